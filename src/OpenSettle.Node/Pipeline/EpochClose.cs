using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Decides when an epoch is closed, and with which block: once payments have waited long enough, there are enough of them, or
/// they are worth enough. The block is final and in the books.
/// </summary>
internal sealed class EpochClose(NodeOptions options, IBooks books, IUsageJournal usage, NodeState state)
{
    // What there was when nothing of it was payable: no need to divide it again before that has changed.
    private Seen? _nothingPayable;
    private Waiting? _waiting;

    /// <summary>Whether one was closed.</summary>
    public async Task<bool> RunAsync(SettledEpoch? before, ChainCursor cursor, CancellationToken cancellation)
    {
        var firstBlock = before is null ? options.Deployment.Watched.FirstBlock : before.LastBlock + 1;
        if (cursor.Block < firstBlock || !IsDue(firstBlock, cursor)) return false;
        var number = (before?.Number ?? 0) + 1;
        var attempts = books.Read(session => session.Epochs.Vetoed(number));
        var epoch = new SettledEpoch(
            number, attempts.Count > 0 ? attempts[^1].Attempt + 1 : 0, EpochState.Closed, firstBlock, cursor.Block, cursor.Hash, cursor.Timestamp, before?.Root ?? Hash32.Zero,
            Hash32.Zero, Hash32.Zero, string.Empty, 0, 0, 0);
        await books.WriteAsync(session => session.Epochs.Add(epoch), cancellation);
        FailPoint.At(FailPoint.EpochClosed);
        return true;
    }

    /// <summary>What was closed made nobody's leaf large enough.</summary>
    public void NothingPayable(SettledEpoch closed) => _nothingPayable = See(closed.LastBlockTime);

    private bool IsDue(ulong firstBlock, ChainCursor cursor)
    {
        var waiting = Count(firstBlock, cursor.Block);
        if (_nothingPayable is { } seen && !HasChanged(seen, See(cursor.Timestamp))) return false;
        if (HasReleased()) return true;
        return waiting.Count > 0
            && (cursor.Timestamp >= waiting.OldestTime + options.EpochSeconds || waiting.Count >= options.EpochPayments
                || options.EpochValues.Any(limit => waiting.Sums.GetValueOrDefault(limit.Key) >= limit.Value));
    }

    /// <summary>What waits by a block. It is counted on from the last one: there may be a million of them, and a block each second.</summary>
    private Waiting Count(ulong firstBlock, ulong lastBlock)
    {
        if (_waiting is null || _waiting.FirstBlock != firstBlock || _waiting.NextBlock > lastBlock + 1) _waiting = new Waiting(firstBlock);
        if (_waiting.NextBlock > lastBlock) return _waiting;
        var next = _waiting.NextBlock;
        var (more, sums) = books.Read(session => (
            session.Payments.SumUndivided(lastBlock, next), options.EpochValues.Count > 0 ? session.Payments.UndividedSums(lastBlock, next) : new Dictionary<Address, UInt256>()));
        _waiting.Add(more, sums, lastBlock);
        return _waiting;
    }

    /// <summary>Payments change what is payable at once; usage and tables may, and are tried at most once in an epoch's time.</summary>
    private bool HasChanged(Seen before, Seen now) => now.Payments != before.Payments
        || ((now.Usage != before.Usage || !ReferenceEquals(now.Tables, before.Tables)) && now.Time >= before.Time + options.EpochSeconds);

    /// <summary>Whether money waits in suspense for a table that has come.</summary>
    private bool HasReleased() => state.Active is { } active && active.After.Suspense.Any(waiting =>
        state.Registry.TryGet(waiting.Key.Model, out var model) && model.SplitOf(waiting.Key.SplitVersion) is { } split && (split.AtHand || state.Tables.Find(split) is not null));

    private Seen See(ulong time) => new(time, _waiting?.Count ?? 0, usage.Sealed.Position, state.Tables);

    /// <summary>Payments that no epoch has taken.</summary>
    /// <param name="firstBlock">The epoch's first block. Payments of before it may wait too, where they were swept late.</param>
    private sealed class Waiting(ulong firstBlock)
    {
        public ulong FirstBlock => firstBlock;

        /// <summary>What was settled from here on is not counted.</summary>
        public ulong NextBlock { get; private set; }

        public long Count { get; private set; }

        public ulong OldestTime { get; private set; } = ulong.MaxValue;

        public Dictionary<Address, UInt256> Sums { get; } = [];

        public void Add((long Count, ulong OldestTime)? more, IReadOnlyDictionary<Address, UInt256> sums, ulong lastBlock)
        {
            NextBlock = lastBlock + 1;
            if (more is not { } payments) return;
            (Count, OldestTime) = (Count + payments.Count, Math.Min(OldestTime, payments.OldestTime));
            foreach (var (token, sum) in sums) Sums[token] = Sums.GetValueOrDefault(token) + sum;
        }
    }

    private sealed record Seen(ulong Time, long Payments, long Usage, PublishedTables Tables);
}
