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
    private readonly List<LogEntry> _kept = [];

    public IReadOnlyList<LogEntry> Kept => _kept;

    /// <summary>Takes the logs of one block, or the next part of them: true where they taught something.</summary>
    public bool Take(IReadOnlyList<LogEntry> logs)
    {
        var (learned, first) = (false, _kept.Count);
        for (var i = 0; i < logs.Count; i++)
        {
            var log = logs[i];
            if (!wanted.Wants(in log)) continue;
            _kept.Add(log);
            try
            {
                learned |= wanted.Learn(in log);
            }
            catch (AbiException wrong)
            {
                throw new ChainException(
                    ChainErrorKind.BadReply, endpoint, "eth_getLogs", $"log {log.LogIndex} of block {log.BlockNumber} of {log.Address} cannot be read: {wrong.Message}", wrong);
            }
        }

        if ((_kept.Count - first) * 2 < logs.Count) Detach(first);
        return learned;
    }

    // A block's data share buffers: those of a few logs would keep those of all the others alive.
    private void Detach(int first)
    {
        for (var i = first; i < _kept.Count; i++) _kept[i] = _kept[i] with { Data = _kept[i].Data.ToArray() };
    }
}
