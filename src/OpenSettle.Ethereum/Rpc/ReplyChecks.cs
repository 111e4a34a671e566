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

    public static void Logs(ReplyReader reply, LogFilter filter, ReadOnlySpan<LogEntry> logs)
    {
        var addresses = new AnyOf<Address>(filter.Addresses);
        AnyOf<Hash32>[] topics = [.. filter.Topics.Select(position => new AnyOf<Hash32>(position))];
        for (var i = 0; i < logs.Length; i++)
        {
            // By reference: a log is a large value.
            ref readonly var log = ref logs[i];
            if (log.BlockNumber < filter.FirstBlock || log.BlockNumber > filter.LastBlock)
                reply.Refuse($"a log of block {log.BlockNumber} is outside of {filter.FirstBlock} to {filter.LastBlock}.");
            if (!addresses.Has(log.Address) || !Matches(topics, in log)) reply.Refuse($"log {log.LogIndex} of block {log.BlockNumber} was not asked for.");
            if (i > 0) Follows(reply, in logs[i - 1], in log);
        }
    }

    public static void Receipt(ReplyReader reply, Hash32 asked, TransactionReceipt receipt)
    {
        if (receipt.TransactionHash != asked) reply.Refuse($"the receipt is of {receipt.TransactionHash}, not of {asked}.");
        ReadOnlySpan<LogEntry> logs = receipt.Logs as LogEntry[] ?? [.. receipt.Logs];
        for (var i = 0; i < logs.Length; i++)
        {
            ref readonly var log = ref logs[i];
            if (log.TransactionHash != asked || log.BlockHash != receipt.BlockHash || log.BlockNumber != receipt.BlockNumber)
                reply.Refuse($"log {log.LogIndex} belongs to another transaction or block than its receipt.");
            if (i > 0) Follows(reply, in logs[i - 1], in log);
        }
    }

    public static BlockHeader? Block(ReplyReader reply, BlockRef asked, BlockHeader? block)
    {
        if (block is not null && asked.Tag is null && block.Number != asked.Number)
            reply.Refuse($"asked for block {asked.Number}, got block {block.Number}.");
        return block;
    }

    private static void Follows(ReplyReader reply, in LogEntry before, in LogEntry log)
    {
        if (log.BlockNumber < before.BlockNumber || (log.BlockNumber == before.BlockNumber && log.LogIndex <= before.LogIndex))
            reply.Refuse($"log {log.BlockNumber}/{log.LogIndex} comes after {before.BlockNumber}/{before.LogIndex}: repeated, or out of order.");
        if (log.BlockNumber == before.BlockNumber && log.BlockHash != before.BlockHash)
            reply.Refuse($"block {log.BlockNumber} has two hashes in one reply.");
    }

    private static bool Matches(AnyOf<Hash32>[] positions, in LogEntry log)
    {
        for (var i = 0; i < positions.Length; i++)
        {
            if (positions[i].IsAny) continue;
            if (i >= log.Topics.Count || !positions[i].Has(log.Topics[i])) return false;
        }

        return true;
    }

    /// <summary>What a filter allows in one place: everything where it names nothing.</summary>
    private readonly struct AnyOf<T>(IReadOnlyList<T> values)
        where T : struct, IEquatable<T>
    {
        private readonly T _only = values.Count == 1 ? values[0] : default;
        private readonly HashSet<T>? _values = values.Count > 1 ? [.. values] : null;

        public bool IsAny { get; } = values.Count == 0;

        public bool Has(T value) => IsAny || (_values?.Contains(value) ?? _only.Equals(value));
    }
}
