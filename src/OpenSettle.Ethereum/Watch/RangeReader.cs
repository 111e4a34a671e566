using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Watch;

/// <summary>A range as it was read, and what is wanted after it.</summary>
internal sealed record RangeRead(BlockRange Range, WatchSet Wanted)
{
    public BlockHeader First => Range.Headers[0];

    public BlockHeader Last => Range.Headers[^1];
}

/// <summary>Reads ranges of the size that the endpoint bears, and lets nothing pass that is not one linked piece of a chain.</summary>
internal sealed class RangeReader(string endpoint, IRangeSource ranges, IChainJournal journal, WatchOptions options, TimeProvider time)
{
    private readonly RangeSize _size = new(options.StartBlocks, options.MostBlocks, options.MostLogs, options.SlowRange);

    // What is wanted after a block follows from the chain up to it: as long as that one is the journal's last, nothing has to be
    // gathered from the journal's logs, of which there may be many.
    private (Hash32 After, WatchSet Wanted)? _known;

    /// <summary>What is wanted after a block of the journal; null: before the first.</summary>
    public WatchSet WantedAfter(JournalBlock? last, ulong first) => last is { } block && _known is { } known && known.After == block.Hash ? known.Wanted : journal.Wanted(first);

    /// <summary>Reads from a block on, at most to another.</summary>
    public async Task<RangeRead> ReadAsync(ulong first, ulong most, WatchSet wanted, CancellationToken cancellation)
    {
        while (true)
        {
            var last = most - first < _size.Blocks ? most : first + _size.Blocks - 1;
            var blocks = last - first + 1;
            var began = time.GetTimestamp();
            BlockRange range;
            try
            {
                // A copy: a reading that fails must not have taught anything.
                range = await ranges.ReadAsync(first, last, wanted.Copy(), cancellation);
            }
            catch (ChainException e) when (e.Kind is ChainErrorKind.RangeTooLarge && _size.TryShrink(blocks))
            {
                continue;
            }

            var read = Check(range, first, last, wanted.Copy());
            _size.Took(blocks, range.Logs.Count, time.GetElapsedTime(began));
            _known = (read.Last.Hash, read.Wanted);
            return read;
        }
    }

    private RangeRead Check(BlockRange range, ulong first, ulong last, WatchSet wanted)
    {
        RequireLinked(range.Headers, first, last);
        return new RangeRead(range with { Logs = Wanted(range, first, wanted) }, wanted);
    }

    private void RequireLinked(IReadOnlyList<BlockHeader> headers, ulong first, ulong last)
    {
        if ((ulong)headers.Count != last - first + 1) throw Bad($"{headers.Count} blocks came for {first} to {last}");
        for (var i = 0; i < headers.Count; i++)
        {
            var number = first + (ulong)i;
            if (headers[i].Number != number) throw Bad($"block {headers[i].Number} came for block {number}");
            if (i > 0 && headers[i].ParentHash != headers[i - 1].Hash) throw Bad($"block {number} does not follow the block {number - 1} that came with it");
        }
    }

    /// <summary>
    /// The logs that were wanted when they were written: one before what makes it wanted, in the same range, is left out, so that
    /// the journal is the same however the blocks were cut into ranges.
    /// </summary>
    private IReadOnlyList<LogEntry> Wanted(BlockRange range, ulong first, WatchSet wanted)
    {
        var logs = range.Logs;
        List<LogEntry>? kept = null;
        (ulong Block, uint Index)? before = null;
        for (var i = 0; i < logs.Count; i++)
        {
            var log = logs[i];
            RequireInside(in log, range.Headers, first, before);
            before = (log.BlockNumber, log.LogIndex);
            if (!wanted.Wants(in log))
            {
                kept ??= [.. logs.Take(i)];
                continue;
            }

            Learn(in log, wanted);
            kept?.Add(log);
        }

        return kept ?? logs;
    }

    private void RequireInside(in LogEntry log, IReadOnlyList<BlockHeader> headers, ulong first, (ulong Block, uint Index)? before)
    {
        if (log.BlockNumber < first || log.BlockNumber - first >= (ulong)headers.Count) throw Bad($"a log of block {log.BlockNumber} is outside of the range from {first}");
        var header = headers[(int)(log.BlockNumber - first)];
        if (header.Hash != log.BlockHash) throw Bad($"a log of block {log.BlockNumber} is from block {log.BlockHash}, the chain has {header.Hash}");
        if (before is { } earlier && (earlier.Block > log.BlockNumber || (earlier.Block == log.BlockNumber && earlier.Index >= log.LogIndex)))
            throw Bad($"log {log.BlockNumber}/{log.LogIndex} comes after {earlier.Block}/{earlier.Index}: repeated, or out of order");
    }

    private void Learn(in LogEntry log, WatchSet wanted)
    {
        try
        {
            wanted.Learn(in log);
        }
        catch (AbiException wrong)
        {
            throw new ChainException(ChainErrorKind.BadReply, endpoint, "eth_getLogs", $"the log at {log.BlockNumber}/{log.LogIndex} of {log.Address} cannot be read: {wrong.Message}", wrong);
        }
    }

    private ChainException Bad(string what) => new(ChainErrorKind.BadReply, endpoint, "eth_getLogs", what);
}
