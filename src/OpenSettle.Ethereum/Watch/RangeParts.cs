using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Watch;

/// <summary>What all ways of reading a range ask of its headers.</summary>
internal static class RangeHeaders
{
    private const string Method = "eth_getBlockByNumber";

    /// <summary>The range's headers, each there and each following the one before it.</summary>
    public static T[] Link<T>(string endpoint, ulong first, ulong last, IReadOnlyList<T?> replies, Func<T, BlockHeader> header)
        where T : class
    {
        if ((ulong)replies.Count != last - first + 1) throw Bad(endpoint, $"{replies.Count} headers came for the blocks {first} to {last}.");
        var linked = new T[replies.Count];
        for (var i = 0; i < linked.Length; i++)
        {
            var number = first + (ulong)i;
            // An endpoint behind a balancer may lag behind the one that named the range: asked again, it may know the block.
            var reply = replies[i] ?? throw Gone(endpoint, $"block {number} is not there (yet).");
            linked[i] = reply;
            if (i > 0 && header(reply).ParentHash != header(linked[i - 1]).Hash)
                throw Bad(endpoint, $"block {number} follows {header(reply).ParentHash}, and block {number - 1} came as {header(linked[i - 1]).Hash}: blocks of two forks.");
        }

        return linked;
    }

    /// <summary>A block that was there, and whose receipts are not.</summary>
    public static ChainException WithoutReceipts(string endpoint, BlockHeader block) =>
        Gone(endpoint, $"block {block.Number} was {block.Hash}, and has no receipts (any more).");

    private static ChainException Gone(string endpoint, string what) => new(ChainErrorKind.UnknownBlock, endpoint, Method, what);

    private static ChainException Bad(string endpoint, string what) => new(ChainErrorKind.BadReply, endpoint, Method, what);
}

/// <summary>The logs of a range that matter, one block after another. What they say of new addresses is looked for from there on.</summary>
internal sealed class RangeLogs(string endpoint, WatchSet wanted)
{
    // Parts of fewer logs than these on average are not worth a place of their own.
    private const int ShortestRun = 8;

    private readonly LogParts _kept = new();
    // Where in a block what is kept begins and ends, by turns.
    private readonly List<int> _turns = [];

    public IReadOnlyList<LogEntry> Kept => _kept;

    /// <summary>Takes the logs of one block, or the next part of them: true where they taught something.</summary>
    public bool Take(IReadOnlyList<LogEntry> said)
    {
        var logs = said as LogEntry[] ?? [.. said];
        var (learned, kept) = (false, 0);
        _turns.Clear();
        for (var i = 0; i < logs.Length; i++)
        {
            // By reference: a log is a large value.
            ref readonly var log = ref logs[i];
            if (wanted.Wants(in log) != (_turns.Count % 2 == 1)) _turns.Add(i);
            if (_turns.Count % 2 == 0) continue;
            kept++;
            learned |= Learn(in log);
        }

        if (_turns.Count % 2 == 1) _turns.Add(logs.Length);
        Keep(logs, kept);
        return learned;
    }

    /// <summary>Where they are most of the block, logs stay where they are; few are copied, as they would keep all others in memory.</summary>
    private void Keep(LogEntry[] logs, int kept)
    {
        var few = kept * 2 < logs.Length || _turns.Count * ShortestRun > kept * 2;
        var picked = few ? new LogEntry[kept] : [];
        var next = 0;
        for (var turn = 0; turn < _turns.Count; turn += 2)
        {
            var (first, end) = (_turns[turn], _turns[turn + 1]);
            if (!few) _kept.Add(new ArraySegment<LogEntry>(logs, first, end - first));
            // A block's data share buffers, too.
            else for (; first < end; first++) picked[next++] = logs[first] with { Data = logs[first].Data.ToArray() };
        }

        if (next > 0) _kept.Add(picked);
    }

    private bool Learn(in LogEntry log)
    {
        try
        {
            return wanted.Learn(in log);
        }
        catch (AbiException wrong)
        {
            throw new ChainException(
                ChainErrorKind.BadReply, endpoint, "eth_getLogs", $"log {log.LogIndex} of block {log.BlockNumber} of {log.Address} cannot be read: {wrong.Message}", wrong);
        }
    }
}
