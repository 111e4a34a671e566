using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Node;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Crash;

/// <summary>
/// People who go on whatever the node does: they pay by rail and to pay addresses, in both tokens, claim what the chain's last root
/// owes them, and a gateway signs usage and sends it until it is taken. The guardian vetoes when asked to.
/// </summary>
internal sealed class Crowd(StageFixture stage, NodeProcess node, int seed) : IDisposable
{
    private readonly Cast _cast = stage.Cast;
    private readonly Market _market = new(stage.Chain, stage.Deployment);
    private readonly UsageGateway _gateway = new(node, stage.Cast.Gateway, stage.Deployment);
    private readonly BundleFolder _bundles = new(NodeOptionsPaths.In(stage.Workspace.PathOf("data")));
    private readonly List<StageModel> _models = [];
    private readonly List<Task> _streams = [];
    private CancellationTokenSource _stop = new();
    private int _round;
    private int _vetoes;

    public IReadOnlyList<StageModel> Models => _models;

    public Market Market => _market;

    /// <summary>Usage events that the node took.</summary>
    public int Events { get; private set; }

    public int Claims { get; private set; }

    public int Vetoes { get; private set; }

    /// <summary>A model, one that derives from it and has a pool, and payers with money.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        var table = Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 2, "data"), Market.Row(_cast.Chloe.Address, 1, "code")]);
        var parent = await _market.RegisterAsync(_cast.Ada, $"base {seed}", table, [], cancellation);
        _models.Add(parent);
        _models.Add(await _market.RegisterAsync(
            _cast.Dora, $"tune {seed}",
            new Contract.SplitTable(
                [Market.OwnerRow(3, "training"), Market.Row(_cast.Emil.Address, 4, "curation")], 3, [Market.Row(_cast.Finn.Address, 1, "evaluation")], Contract.TableCommitment.None),
            [new Contract.Parent(parent.Id.Value, 333_333)], cancellation));
        await _market.ListGatewayAsync(_cast.Ada, _models[0], _gateway.Address, cancellation);
        await _market.ListGatewayAsync(_cast.Dora, _models[1], _gateway.Address, cancellation);
        await _market.FundAsync(_cast.Bank, 1_000_000_000_000, cancellation);
        await _market.FundAsync(_cast.LawFirm, 1_000_000_000_000, cancellation);
    }

    public void Begin()
    {
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        _round++;
        _streams.Clear();
        _streams.Add(StreamAsync(1, random => PayAsync(_cast.Bank, random)));
        _streams.Add(StreamAsync(2, random => PayAsync(_cast.LawFirm, random)));
        _streams.Add(StreamAsync(3, ClaimAsync));
        _streams.Add(StreamAsync(4, MeterAsync));
        _streams.Add(StreamAsync(5, _ => VetoAsync()));
    }

    /// <summary>The guardian vetoes the next proposal that it sees open.</summary>
    public void AskForVeto() => Interlocked.Increment(ref _vetoes);

    /// <summary>Everybody finishes what is under way. The node has to run: the gateway waits until its batch is taken.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_streams);
    }

    /// <summary>What went wrong for somebody, so that a round does not go on without him.</summary>
    public void RequireWell()
    {
        foreach (var stream in _streams.Where(stream => stream.IsFaulted)) stream.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _stop.Dispose();
    }

    private async Task StreamAsync(int number, Func<Random, Task> act)
    {
        var random = new Random(HashCode.Combine(seed, _round, number));
        var stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            await act(random);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100, 700)), CancellationToken.None);
        }
    }

    private Task PayAsync(Person payer, Random random)
    {
        var model = _models[random.Next(_models.Count)];
        var dollars = random.Next(3) > 0;
        var token = dollars ? stage.Deployment.Dollar : stage.Deployment.Coin;
        // Coin that is swept is worth its gas; odd amounts leave residues.
        var amount = dollars ? (UInt256)(ulong)random.NextInt64(5_000, 5_000_000) : (UInt256)(ulong)random.NextInt64(10_000_000_000_000_000, 50_000_000_000_000_000);
        return random.Next(2) == 0
            ? _market.PayAsync(payer, model, token, amount, Market.Text($"use {random.Next(50)}"), CancellationToken.None)
            : _market.TransferAsync(payer, model, token, amount, CancellationToken.None);
    }

    /// <summary>Claims with a proof from the published bundle; no node is asked.</summary>
    private async Task ClaimAsync(Random random)
    {
        var client = stage.Chain.Client;
        var (vault, who) = (stage.Deployment.Id.Vault, _cast.Contributors[random.Next(_cast.Contributors.Count)]);
        var token = stage.Deployment.Tokens[random.Next(stage.Deployment.Tokens.Count)].Address;
        var root = await client.AskAsync(vault, new RoyaltySplit.Root(), BlockRef.Latest, CancellationToken.None);
        if (root.IsZero || await BundleOfAsync(root) is not { } bundle) return;
        var tree = EpochBuilder.TreeOf(bundle.After) ?? throw new InvalidOperationException("A root without leaves.");
        var index = tree.IndexOf(who.Address, token);
        if (index < 0 || tree.Leaves[index].Amount <= await client.AskAsync(vault, new RoyaltySplit.ClaimedOf(who.Address, token), BlockRef.Latest, CancellationToken.None)) return;
        await _market.SendAsync(
            _cast.Relayer, vault, new RoyaltySplit.ClaimCall(new ClaimRequest(who.Address, token, tree.Leaves[index].Amount, tree.Proof(index))), UInt256.Zero, CancellationToken.None);
        Claims++;
    }

    private async Task<Bundle?> BundleOfAsync(Hash32 root)
    {
        // Up to a block that there is: Hardhat goes through all that are asked for.
        var head = await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, CancellationToken.None);
        var logs = await stage.Chain.Client.GetLogsAsync(new LogFilter(0, head?.Number ?? 0, [stage.Deployment.Id.Vault], []), CancellationToken.None);
        var proposed = logs.Select(RoyaltySplit.Decode).OfType<RoyaltySplit.EpochProposed>().LastOrDefault(said => said.Proposal.Root == root);
        return proposed is null ? null : _bundles.Read(proposed.Proposal.BundleHash);
    }

    private async Task MeterAsync(Random random)
    {
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var batch = Enumerable.Range(0, random.Next(1, 6)).Select(i => new MeteredEvent
        {
            Source = $"urn:gateway:{seed}",
            Id = $"use-{Events + i + 1}",
            Type = "ai.opensettle.usage.v1",
            Model = _models[random.Next(_models.Count)].Id,
            Domain = "crash",
            Outcome = Outcomes.Ok,
            Units = (ulong)random.Next(1, 1_000),
            Time = now,
            Consumer = Market.Text($"customer {random.Next(5)}"),
            Payment = random.Next(2) == 0 ? Market.Text($"use {random.Next(50)}") : Hash32.Zero,
            Attribution = random.Next(3) == 0 ? null : new Attribution("infini-gram", Market.Text("infini-gram 1.0"), Weights(random)),
        }).ToList();
        await _gateway.SendUntilTakenAsync(batch, CancellationToken.None);
        Events += batch.Count;
    }

    private List<MeasuredWeight> Weights(Random random) =>
        [.. _cast.Contributors.Where(_ => random.Next(2) == 0).DefaultIfEmpty(_cast.Emil).Select(person =>
        {
            var weight = (UInt128)(ulong)random.Next(1, 100);
            return new MeasuredWeight(person.Address, weight, weight, weight);
        }).OrderBy(row => row.Account)];

    private async Task VetoAsync()
    {
        var vault = stage.Deployment.Id.Vault;
        if (Volatile.Read(ref _vetoes) == 0 || await stage.Chain.Client.AskAsync(vault, new RoyaltySplit.OpenProposal(), BlockRef.Latest, CancellationToken.None) is not { } open) return;
        var attempt = await stage.Chain.Client.AskAsync(vault, new RoyaltySplit.Attempt(), BlockRef.Latest, CancellationToken.None);
        try
        {
            await _market.SendAsync(new Person("Guardian", _cast.Guardian), vault, new RoyaltySplit.VetoCall(open.Epoch, attempt), UInt256.Zero, CancellationToken.None);
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted)
        {
            // Somebody activated it first: there will be another.
            return;
        }

        Interlocked.Decrement(ref _vetoes);
        Vetoes++;
    }
}
