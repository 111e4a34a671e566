using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Watch;

/// <summary>What one step at the tip did.</summary>
internal readonly record struct TipTally(WatchStage Stage, JournalBlock? Tip, ulong Head, ulong Blocks, int Logs, ulong RolledBack, ulong Behind, ulong Withheld)
{
    public bool More => Stage is not WatchStage.Idle && (Tip?.Number ?? 0) + Withheld < Head;
}

/// <summary>
/// Keeps the blocks that are not final yet one branch: adds what follows the journal's last block, and where the endpoint's
/// chain has left the journal's, puts its branch in the place of ours from the last block that both have.
/// </summary>
internal sealed class TipFollower(IChainClient client, RangeReader reader, FinalGuard guard, IChainJournal journal, WatchOptions options)
{
    // Reorganisations are short: most end in the first headers that are asked for. Each look back is twice as long.
    private const ulong FirstLook = 8;
    private const ulong LongestLook = 512;

    /// <summary>One range, or one reorganisation. It throws before anything is changed.</summary>
    public async Task<TipTally> FollowAsync(JournalPosition position, CancellationToken cancellation)
    {
        var head = await client.GetBlockAsync(BlockRef.Latest, cancellation) ?? throw guard.Bad("there is no 'latest' block");
        var limit = checked(position.NextFinal(options.FirstBlock) + options.MostPending - 1);
        if (position.Last is not { } tip) return await BeginAsync(head, limit, cancellation);
        if (head.Number <= tip.Number)
        {
            // The same branch, and not as far: an endpoint that lags takes nothing back. Below the last final block nothing is known to differ.
            var same = position.At(head.Number) is not { } ours || ours.Hash == head.Hash;
            return same ? Idle(tip, head.Number, limit) with { Behind = tip.Number - head.Number } : await ReplaceAsync(position, tip, head, limit, cancellation);
        }

        if (head.Number == tip.Number + 1 && head.ParentHash != tip.Hash) return await ReplaceAsync(position, tip, head, limit, cancellation);
        if (tip.Number >= limit)
        {
            // There is no room for what follows, which would show a reorganisation.
            var there = await client.GetBlockAsync(BlockRef.At(tip.Number), cancellation) ?? throw NotThere(tip.Number, head.Number);
            return there.Hash == tip.Hash ? Idle(tip, head.Number, limit) : await ReplaceAsync(position, tip, head, limit, cancellation);
        }

        var read = await ReadAsync(tip, tip.Number + 1, head.Number, limit, cancellation);
        if (read.First.ParentHash != tip.Hash) return await ReplaceAsync(position, tip, head, limit, cancellation);
        await journal.ReplacePendingAsync(tip.Number, read.Range, cancellation);
        return Added(WatchStage.Tip, read, head.Number, limit, 0);
    }

    private static TipTally Idle(JournalBlock? tip, ulong head, ulong limit) => new(WatchStage.Idle, tip, head, 0, 0, 0, 0, Withheld(head, limit));

    private static TipTally Added(WatchStage stage, RangeRead read, ulong head, ulong limit, ulong rolledBack) => new(
        stage, JournalBlock.Of(read.Last), head, (ulong)read.Range.Headers.Count, read.Range.Logs.Count, rolledBack, 0, Withheld(head, limit));

    private static ulong Withheld(ulong head, ulong limit) => head > limit ? head - limit : 0;

    private async Task<TipTally> BeginAsync(BlockHeader head, ulong limit, CancellationToken cancellation)
    {
        if (head.Number < options.FirstBlock) return Idle(null, head.Number, limit);
        // Block 0 is always final: there is one before the first that is not.
        var read = await ReadAsync(null, options.FirstBlock, head.Number, limit, cancellation);
        await journal.ReplacePendingAsync(checked(options.FirstBlock - 1), read.Range, cancellation);
        return Added(WatchStage.Tip, read, head.Number, limit, 0);
    }

    private Task<RangeRead> ReadAsync(JournalBlock? after, ulong first, ulong head, ulong limit, CancellationToken cancellation) =>
        reader.ReadAsync(first, Math.Min(head, Math.Max(first, limit)), reader.WantedAfter(after, first), cancellation);

    /// <summary>Puts the endpoint's branch in the place of ours, in one transaction.</summary>
    private async Task<TipTally> ReplaceAsync(JournalPosition position, JournalBlock tip, BlockHeader head, ulong limit, CancellationToken cancellation)
    {
        var highest = Math.Min(head.Number, tip.Number);
        var ancestor = await FindAncestorAsync(position, tip, highest, cancellation);
        // The endpoint left our branch, and a moment later it is back on it: answers of two nodes, of which neither is to be trusted alone.
        if (ancestor is { } back && back.Number >= highest) throw guard.Bad($"block {back.Number} is on two branches at once");
        var keepUpTo = ancestor?.Number ?? checked(options.FirstBlock - 1);
        var read = await ReadAsync(ancestor, keepUpTo + 1, head.Number, limit, cancellation);
        if (ancestor is { } parent && read.First.ParentHash != parent.Hash)
            throw guard.Bad($"block {read.First.Number} follows {read.First.ParentHash}, and block {parent.Number} was {parent.Hash} a moment ago");
        if (position.At(read.First.Number)?.Hash == read.First.Hash) throw guard.Bad($"block {read.First.Number} is on two branches at once");
        await journal.ReplacePendingAsync(keepUpTo, read.Range, cancellation);
        return Added(WatchStage.Reorg, read, head.Number, limit, tip.Number - keepUpTo);
    }

    /// <summary>The last block that the journal and the endpoint's chain both have; null where that is before the first one that is looked at.</summary>
    private async Task<JournalBlock?> FindAncestorAsync(JournalPosition position, JournalBlock tip, ulong highest, CancellationToken cancellation)
    {
        var lowest = position.Final?.Number ?? position.Pending[0].Number;
        for (var (high, look) = (highest, FirstLook); ; look = Math.Min(look * 2, LongestLook))
        {
            var low = high - Math.Min(look - 1, high - lowest);
            var headers = await client.GetBlocksAsync(low, high, cancellation);
            if ((ulong)headers.Count != high - low + 1) throw guard.Bad($"{headers.Count} blocks came for {low} to {high}");
            for (var i = headers.Count - 1; i >= 0; i--)
            {
                var header = headers[i] ?? throw NotThere(low + (ulong)i, highest);
                if (position.At(low + (ulong)i) is { } ours && ours.Hash == header.Hash) return ours;
            }

            if (low == lowest) break;
            high = low - 1;
        }

        if (position.Final is not { } final) return null;
        await guard.RequireSameAsync(final, tip.Number, cancellation);
        throw guard.Bad($"the endpoint has another block {final.Number} than the final {final.Hash}");
    }

    private ChainException NotThere(ulong number, ulong head) => guard.Bad($"block {number} is not there, and block {head} was");
}
