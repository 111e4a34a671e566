using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// Whether a well-formed reply answers the question that was asked. Both clients use it: what is counted as money does
/// not depend on which one reads.
/// </summary>
internal static class ReplyChecks
{
    public static void RequireRange(LogFilter filter)
    {
        if (filter.FirstBlock > filter.LastBlock)
            throw new ArgumentException($"The range {filter.FirstBlock} to {filter.LastBlock} runs backwards.", nameof(filter));
    }

    public static void Logs(ReplyReader reply, LogFilter filter, IReadOnlyList<LogEntry> logs)
    {
        var addresses = new HashSet<Address>(filter.Addresses);
        LogEntry? before = null;
        foreach (var log in logs)
        {
            if (log.BlockNumber < filter.FirstBlock || log.BlockNumber > filter.LastBlock)
                reply.Refuse($"a log of block {log.BlockNumber} is outside of {filter.FirstBlock} to {filter.LastBlock}.");
            if (!Matches(addresses, filter.Topics, log)) reply.Refuse($"log {log.LogIndex} of block {log.BlockNumber} was not asked for.");
            if (before is { } earlier) Follows(reply, earlier, log);
            before = log;
        }
    }

    public static void Receipt(ReplyReader reply, Hash32 asked, TransactionReceipt receipt)
    {
        if (receipt.TransactionHash != asked) reply.Refuse($"the receipt is of {receipt.TransactionHash}, not of {asked}.");
        LogEntry? before = null;
        foreach (var log in receipt.Logs)
        {
            if (log.TransactionHash != asked || log.BlockHash != receipt.BlockHash || log.BlockNumber != receipt.BlockNumber)
                reply.Refuse($"log {log.LogIndex} belongs to another transaction or block than its receipt.");
            if (before is { } earlier) Follows(reply, earlier, log);
            before = log;
        }
    }

    public static BlockHeader? Block(ReplyReader reply, BlockRef asked, BlockHeader? block)
    {
        if (block is not null && asked.Tag is null && block.Number != asked.Number)
            reply.Refuse($"asked for block {asked.Number}, got block {block.Number}.");
        return block;
    }

    private static void Follows(ReplyReader reply, LogEntry before, LogEntry log)
    {
        if (log.BlockNumber < before.BlockNumber || (log.BlockNumber == before.BlockNumber && log.LogIndex <= before.LogIndex))
            reply.Refuse($"log {log.BlockNumber}/{log.LogIndex} comes after {before.BlockNumber}/{before.LogIndex}: repeated, or out of order.");
        if (log.BlockNumber == before.BlockNumber && log.BlockHash != before.BlockHash)
            reply.Refuse($"block {log.BlockNumber} has two hashes in one reply.");
    }

    private static bool Matches(HashSet<Address> addresses, IReadOnlyList<IReadOnlyList<Hash32>> topics, LogEntry log)
    {
        if (addresses.Count > 0 && !addresses.Contains(log.Address)) return false;
        for (var i = 0; i < topics.Count; i++)
        {
            if (topics[i].Count == 0) continue;
            if (i >= log.Topics.Count || !topics[i].Contains(log.Topics[i])) return false;
        }

        return true;
    }
}
