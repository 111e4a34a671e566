using System.Text.Json;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Earnings;

/// <summary>Epochs, newest first.</summary>
/// <param name="Next">What <c>before</c> has to be for the next page; null: this is the last.</param>
internal sealed record EpochsAnswer(ulong ActiveEpoch, IReadOnlyList<EpochLine> Epochs, ulong? Next);

/// <param name="EndedAt">The time of its last block, in seconds; null where older books do not say.</param>
/// <param name="ReadyAt">Block time from which it can be activated; null before it is proposed.</param>
/// <param name="ActivatedAt">Block time of its activation; null before.</param>
/// <param name="Revenue">By token: what payments brought; before it is active, what waits to be divided by its last block.</param>
/// <param name="Cost">Of this node's final transactions for it, in wei.</param>
internal sealed record EpochLine(
    ulong Number, uint Attempt, string State, ulong FirstBlock, ulong LastBlock, int Payments, long UsageEvents, ulong? EndedAt, ulong? ReadyAt, ulong? ActivatedAt, IReadOnlyList<EpochRevenue> Revenue, string Cost);

internal sealed record EpochRevenue(string Token, string Symbol, int Decimals, string Amount);

/// <summary>One epoch, with its steps.</summary>
/// <param name="Transactions">This node's own for it, in order; those of others are on chain.</param>
/// <param name="Pushes">How many entries are in which state.</param>
/// <param name="Vetoed">Attempts that the guardian vetoed.</param>
internal sealed record EpochDetails(
    EpochLine Epoch, string Root, string PushRoot, string RecordRoot, string BundleHash, string BundleUri, bool Revoked, ulong? ActivatedBlock, int Models, IReadOnlyList<EpochSending> Transactions,
    IReadOnlyDictionary<string, long> Pushes, IReadOnlyList<EpochVeto> Vetoed);

/// <param name="Hash">Of what was mined, or else signed last; null where nothing was signed.</param>
/// <param name="Cost">In wei; null before it is final.</param>
internal sealed record EpochSending(string Purpose, string State, string? Hash, ulong? Nonce, int Versions, ulong? Gas, string? Cost, string? Waits);

internal sealed record EpochVeto(uint Attempt, string Root, ulong At);

/// <summary>How epochs went: from the books, and this node's own transactions.</summary>
internal sealed class EpochHistory(IBooks books, NodeState state, AccountEarnings names)
{
    public EpochsAnswer List(ulong? before, int most) => books.Read(session =>
    {
        var epochs = session.Epochs.List(before ?? long.MaxValue, most + 1);
        return new EpochsAnswer(session.Epochs.LatestActive()?.Number ?? 0, [.. epochs.Take(most).Select(epoch => Line(session, epoch))], epochs.Count > most ? epochs[most - 1].Number : null);
    });

    public EpochDetails? Find(ulong number) => books.Read(session =>
    {
        if (session.Epochs.Get(number) is not { } epoch) return null;
        var (block, _) = session.Epochs.Activation(number);
        return new EpochDetails(
            Line(session, epoch), epoch.Root.ToString(), epoch.PushRoot.ToString(), epoch.RecordRoot.ToString(), epoch.BundleHash.ToString(), epoch.BundleUri, session.Epochs.IsRevoked(epoch.Root),
            block > 0 ? block : null, session.Records.OfEpoch(number).Count, [.. session.Outbox.OfEpoch(number).Select(Describe)],
            session.Pushes.Counts(number).ToDictionary(pair => Name(pair.Key), pair => pair.Value), [.. session.Epochs.Vetoed(number).Select(veto => new EpochVeto(veto.Attempt, veto.Root.ToString(), veto.Time))]);
    });

    private EpochLine Line(BooksSession session, SettledEpoch epoch)
    {
        var (_, activated) = session.Epochs.Activation(epoch.Number);
        return new EpochLine(
            epoch.Number, epoch.Attempt, Name(epoch.State), epoch.FirstBlock, epoch.LastBlock, epoch.Payments, epoch.UsageEvents, epoch.LastBlockTime > 0 ? epoch.LastBlockTime : null,
            epoch.ReadyAt > 0 ? epoch.ReadyAt : null, activated > 0 ? activated : null, [.. Revenue(session, epoch).Select(pair => Describe(pair.Key, pair.Value))],
            session.Outbox.CostOf(epoch.Number).ToString());
    }

    private static IEnumerable<KeyValuePair<Address, UInt256>> Revenue(BooksSession session, SettledEpoch epoch)
    {
        if (!epoch.IsActive) return session.Payments.UndividedSums(epoch.LastBlock).OrderBy(pair => pair.Key);
        var sums = new SortedDictionary<Address, UInt256>();
        foreach (var revenue in session.Records.OfEpoch(epoch.Number).SelectMany(record => record.Revenue)) sums[revenue.Token] = sums.GetValueOrDefault(revenue.Token) + revenue.Amount;
        return sums;
    }

    private EpochRevenue Describe(Address token, UInt256 amount)
    {
        var named = names.Describe(token);
        return new EpochRevenue(named.Token, named.Symbol, named.Decimals, amount.ToString());
    }

    private EpochSending Describe(OutboxRecord item)
    {
        var mined = item.Mined?.Outcome;
        return new EpochSending(
            item.Purpose, Name(item.State), item.Hash.IsZero ? null : item.Hash.ToString(), item.Nonce, item.Versions.Count, mined?.GasUsed, mined?.Cost.ToString(), state.Waiting.GetValueOrDefault(item.Purpose));
    }

    private static string Name(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
