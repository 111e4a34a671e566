using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Decides when an epoch is closed, and with which block: once payments have waited long enough, there are enough of them, or
/// they are worth enough. The block is final and in the books.
/// </summary>
internal sealed class EpochClose(NodeOptions options, SqliteBooks books, IUsageJournal usage, NodeState state)
{
    // What there was when nothing of it was payable: no need to divide it again before that has changed.
    private Seen? _nothingPayable;
    private (ulong Block, (long Count, ulong OldestTime)? Waiting)? _known;

    /// <summary>Whether one was closed.</summary>
    public async Task<bool> RunAsync(SettledEpoch? before, ChainCursor cursor, CancellationToken cancellation)
    {
        var firstBlock = before is null ? options.Deployment.Watched.FirstBlock : before.LastBlock + 1;
        if (cursor.Block < firstBlock || !IsDue(cursor)) return false;
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

    private bool IsDue(ChainCursor cursor)
    {
        if (_known?.Block != cursor.Block) _known = (cursor.Block, books.Read(session => session.Payments.SumUndivided(cursor.Block)));
        if (_nothingPayable is { } seen && !HasChanged(seen, See(cursor.Timestamp))) return false;
        if (HasReleased()) return true;
        return _known.Value.Waiting is { } sum
            && (cursor.Timestamp >= sum.OldestTime + options.EpochSeconds || sum.Count >= options.EpochPayments || IsWorthEnough(cursor.Block));
    }

    /// <summary>Payments change what is payable at once; usage and tables may, and are tried at most once in an epoch's time.</summary>
    private bool HasChanged(Seen before, Seen now) => now.Payments != before.Payments
        || ((now.Usage != before.Usage || !ReferenceEquals(now.Tables, before.Tables)) && now.Time >= before.Time + options.EpochSeconds);

    private bool IsWorthEnough(ulong block)
    {
        if (options.EpochValues.Count == 0) return false;
        var sums = books.Read(session => session.Payments.UndividedSums(block));
        return options.EpochValues.Any(limit => sums.GetValueOrDefault(limit.Key) >= limit.Value);
    }

    /// <summary>Whether money waits in suspense for a table that has come.</summary>
    private bool HasReleased() => state.Active is { } active && active.After.Suspense.Any(waiting =>
        state.Registry.TryGet(waiting.Key.Model, out var model) && model.SplitOf(waiting.Key.SplitVersion) is { } split && (split.AtHand || state.Tables.Find(split) is not null));

    private Seen See(ulong time) => new(time, _known?.Waiting?.Count ?? 0, usage.Sealed.Position, state.Tables);

    private sealed record Seen(ulong Time, long Payments, long Usage, PublishedTables Tables);
}
