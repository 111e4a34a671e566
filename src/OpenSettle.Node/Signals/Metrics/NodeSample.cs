using OpenSettle.Ledger;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Signals.Metrics;

/// <summary>What the books, the journal of usage and the disk said at one moment.</summary>
/// <param name="OldestUnsettled">Block time of the oldest payment that no epoch took; null where there is none.</param>
/// <param name="Quarantine">Events that wait, by reason.</param>
internal sealed record NodeSample(
    DateTimeOffset At,
    ChainCursor? Books,
    IReadOnlyList<TrialBalance> Balances,
    ulong? OldestUnsettled,
    SettledEpoch? Latest,
    SettledEpoch? Active,
    long Vetoes,
    bool Paused,
    (int Signed, int Refused) Signatures,
    (long Agree, long Differ) Verdicts,
    long HeldBatches,
    IReadOnlyDictionary<OutboxState, int> Open,
    ulong? NextNonce,
    IReadOnlyDictionary<string, long> Webhooks,
    IReadOnlyDictionary<Hold, long> Quarantine,
    long BooksBytes,
    long UsageBytes,
    long FreeBytes)
{
    /// <summary>Proposals that the vault took: numbers have no gaps, and one that was vetoed is proposed again.</summary>
    public double Proposals => (double)(Active?.Number ?? 0) + Vetoes + (Latest?.State is EpochState.Proposed or EpochState.Foreign ? 1d : 0);

    public static NodeSample Take(IBooks books, IUsageJournal usage, DataPaths paths, (long Books, long Usage) bytes, Candidates? candidates, DateTimeOffset now)
    {
        var quarantine = usage.Held().GroupBy(group => group.Hold).ToDictionary(groups => groups.Key, groups => groups.Sum(group => group.Events));
        var free = new DriveInfo(paths.Folder).AvailableFreeSpace;
        return books.Read(session =>
        {
            var cursor = session.Chain.Cursor();
            return new NodeSample(
                now, cursor, session.Ledger.TrialBalances(), OldestOf(session), session.Epochs.Latest(), session.Epochs.LatestActive(), session.Epochs.CountVetoes(),
                cursor is not null && VaultPause.Until(session) > cursor.Timestamp, candidates?.Of(session) is { } candidate ? (candidate.Signatures.Count, candidate.Refusals.Count) : default,
                session.Verdicts.Count(), session.HeldBatches.Count(),
                session.Outbox.Open().GroupBy(item => item.State).ToDictionary(items => items.Key, items => items.Count()), session.Outbox.NextNonce(),
                session.Webhooks.Backlog(), quarantine, bytes.Books, bytes.Usage, free);
        });
    }

    private static ulong? OldestOf(BooksSession session)
    {
        var swept = session.Payments.OldestUndivided();
        var waiting = session.Payments.WaitingTotals().Select(row => (ulong?)row.Since).Min();
        return swept is null || waiting < swept ? waiting : swept;
    }
}

/// <summary>What one look at the chain showed of the operator's account.</summary>
internal sealed record SignerSample(UInt256 Balance, ulong NextNonce, UInt256 BaseFee);
