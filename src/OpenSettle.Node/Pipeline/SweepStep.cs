using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>Plans the sweeps that bring pay addresses' money into the vault, where it is worth the gas. It changes only when money is payable, never whose it is.</summary>
public sealed class SweepStep(NodeOptions options, IChainClient client, IBooks books, NodeState state, TimeProvider time, ILogger<SweepStep> log)
{
    /// <summary>Pay addresses in one transaction: well within a block's gas.</summary>
    private const int MostModels = 100;

    private const string OnItsWay = "a sweep is on its way; the next one takes what has come since";

    /// <summary>The price of gas is looked at so often where no block brings anything new.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    private readonly DataFees _dataFees = new(client);

    private ulong? _seen;
    private IReadOnlyList<WaitingTotal> _waiting = [];
    private List<Address> _underWay = [];
    private DateTimeOffset _nextLook;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var (cursor, hasEnded) = books.Read(session => (session.Chain.Cursor(), _underWay.Exists(token => !session.Outbox.IsOpen(PurposeOf(token)))));
        if (cursor is null || (cursor.Block == _seen && now < _nextLook && !hasEnded)) return;
        // Only a block changes what waits.
        var (waiting, smallest, open) = books.Read(session => (
            cursor.Block == _seen ? _waiting : session.Payments.WaitingTotals(),
            session.Chain.ListedTokens().ToDictionary(token => token.Token, token => token.SmallestLeaf),
            session.Outbox.Open().Select(item => item.Purpose).ToList()));
        var (views, underWay) = (new List<SweepView>(), new List<Address>());
        UInt256? price = null;
        foreach (var token in waiting.GroupBy(total => total.Token).OrderBy(token => token.Key))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!smallest.TryGetValue(token.Key, out var least)) continue;
            var totals = token.ToList();
            var view = new SweepView(token.Key, Sum(totals), totals.Count, null, OnItsWay, now + Between);
            if (!open.Exists(purpose => purpose.StartsWith(PurposeOf(token.Key), StringComparison.Ordinal)))
            {
                // Below the smallest payable leaf a sweep could not make anybody richer.
                totals.RemoveAll(total => total.Amount < least);
                if (totals.Count == 0) view = view with { Why = $"no pay address has the smallest payable leaf, {least}" };
                else view = await ConsiderAsync(view, totals, price ??= await PriceAsync(cancellation), cursor, cancellation);
            }

            if (view.Why == OnItsWay) underWay.Add(token.Key);
            views.Add(view);
        }

        state.Sweeps = views;
        (_seen, _waiting, _underWay, _nextLook) = (cursor.Block, waiting, underWay, now + Between);
    }

    /// <summary>Plans a sweep of what is worth it; else says why nothing is.</summary>
    private async Task<SweepView> ConsiderAsync(SweepView view, List<WaitingTotal> totals, UInt256 price, ChainCursor cursor, CancellationToken cancellation)
    {
        // Planned now, it would only wait; planned later, it takes what has come since.
        if (price > options.MaxFeePerGas) return view with { Why = $"one gas costs {price} wei, more than maxFeeGwei allows" };
        var candidates = totals.ConvertAll(total => new SweepCandidate(
            total.Model, total.Amount, options.TokenPrices.TryValue(view.Token, total.Amount, out var value) ? value : null, IsOverdue(total, cursor)));
        var cost = await CostAsync(view.Token, totals, price, cancellation);
        var chosen = SweepPlan.Choose(candidates, cost, options.SweepMaxCostPercent, MostModels);
        view = view with { Cost = cost.Part(Math.Min(candidates.Count, MostModels)) };
        if (chosen.Count == 0)
        {
            var most = candidates.Max(candidate => candidate.Value ?? UInt256.Zero);
            return view with { Why = $"of what a pay address brings, at most {most} wei, a sweep would take {view.Cost} wei: more than sweepMaxCostPercent allows, {options.SweepMaxCostPercent}" };
        }

        ModelId[] models = [.. chosen.Select(candidate => candidate.Model).Order()];
        await books.WriteAsync(session => Plan(session, view.Token, models, cursor.Block), cancellation);
        FailPoint.At(FailPoint.SweepPlanned);
        log.SweepPlanned(view.Token, models.Length);
        return view with { Why = OnItsWay };
    }

    private bool IsOverdue(WaitingTotal total, ChainCursor cursor) =>
        options.SweepAfter is { } after && cursor.Timestamp >= total.Since && cursor.Timestamp - total.Since >= (ulong)after.TotalSeconds;

    private async Task<UInt256> PriceAsync(CancellationToken cancellation)
    {
        var head = await client.GetBlockAsync(BlockRef.Latest, cancellation);
        // An endpoint without a newest block says nothing of prices.
        return head is null ? UInt256.MaxAmount : GasOffer.Price(head.BaseFee, await client.GetPriorityFeeAsync(cancellation));
    }

    /// <summary>With what a rollup takes for the data, as far as that goes by the number of addresses.</summary>
    private async Task<SweepCost> CostAsync(Address token, List<WaitingTotal> totals, UInt256 price, CancellationToken cancellation)
    {
        var gas = SweepCost.At(price);
        var many = Math.Min(totals.Count, MostModels);
        var one = Bounded(await _dataFees.EstimateAsync(Encode(token, totals.Take(1)), cancellation));
        if (one.IsZero) return gas;
        if (many == 1) return gas with { Once = gas.Once + one };
        var all = Bounded(await _dataFees.EstimateAsync(Encode(token, totals.Take(many)), cancellation));
        var each = all > one ? (all - one + (ulong)(many - 2)) / (ulong)(many - 1) : UInt256.Zero;
        return new SweepCost(gas.Once + (one > each ? one - each : UInt256.Zero), gas.Each + each);
    }

    // What an endpoint says may be anything, and is added to.
    private static UInt256 Bounded(UInt256 fee) => fee < UInt256.MaxAmount ? fee : UInt256.MaxAmount;

    private ReadOnlyMemory<byte> Encode(Address token, IEnumerable<WaitingTotal> totals) => Encode(token, [.. totals.Select(total => total.Model)]);

    // One token in a transaction: one that refuses its transfers keeps no other one back.
    private ReadOnlyMemory<byte> Encode(Address token, IReadOnlyList<ModelId> models) =>
        client.Encode(new RoyaltySplit.SweepCall([new SweepOrder(token, [.. models.Select(model => model.Value)])]));

    private void Plan(BooksSession session, Address token, ModelId[] models, ulong block)
    {
        // One sweep of a token at a time: the next one takes what has come since.
        if (session.Outbox.IsOpen(PurposeOf(token))) return;
        // What it brings is divided in the epoch that comes, and so is what it costs.
        var epoch = (session.Epochs.Latest()?.Number ?? 0) + 1;
        session.Outbox.Plan($"{PurposeOf(token)}at {block}", options.Deployment.Watched.Id.Vault, Encode(token, models), epoch);
    }

    private static string PurposeOf(Address token) => $"sweep {token} ";

    // Transfers of a token that counts as it likes may be anything; this is only shown.
    private static UInt256 Sum(List<WaitingTotal> totals) => totals.Aggregate(
        UInt256.Zero, static (sum, total) => sum <= UInt256.MaxValue - total.Amount ? sum + total.Amount : UInt256.MaxValue);
}
