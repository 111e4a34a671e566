using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>Blocks, logs and receipts as the execution API writes them.</summary>
internal static class ChainReplies
{
    public static BlockHeader? Block(ReplyReader reply, JsonElement block)
    {
        if (ReplyReader.IsNull(block)) return null;
        var number = reply.UInt64(reply.Field(block, "number"), "number");
        // Absent before EIP-1559, and on chains without it.
        var baseFee = reply.Optional(block, "baseFeePerGas");
        return new BlockHeader(
            number,
            reply.Hash(reply.Field(block, "hash"), "hash"),
            reply.Hash(reply.Field(block, "parentHash"), "parentHash"),
            reply.UInt64(reply.Field(block, "timestamp"), "timestamp"),
            baseFee.ValueKind == JsonValueKind.Undefined ? UInt256.Zero : reply.Quantity(baseFee, "baseFeePerGas"));
    }

    public static LogEntry[] Logs(ReplyReader reply, JsonElement logs)
    {
        var array = reply.Array(logs, "logs");
        var entries = new LogEntry[array.GetArrayLength()];
        var at = 0;
        foreach (var log in array.EnumerateArray()) entries[at++] = Log(reply, log);
        return entries;
    }

    public static TransactionReceipt? Receipt(ReplyReader reply, JsonElement receipt)
    {
        if (ReplyReader.IsNull(receipt)) return null;
        // Some clients answer for a transaction that still waits.
        if (reply.Optional(receipt, "blockHash").ValueKind == JsonValueKind.Undefined) return null;
        var status = reply.UInt64(reply.Field(receipt, "status"), "status");
        if (status > 1) reply.Refuse("'status' is neither 0 nor 1.");
        var contract = reply.Optional(receipt, "contractAddress");
        return new TransactionReceipt(
            reply.Hash(reply.Field(receipt, "transactionHash"), "transactionHash"),
            reply.UInt64(reply.Field(receipt, "blockNumber"), "blockNumber"),
            reply.Hash(reply.Field(receipt, "blockHash"), "blockHash"),
            status == 1,
            reply.UInt64(reply.Field(receipt, "gasUsed"), "gasUsed"),
            reply.Quantity(reply.Field(receipt, "effectiveGasPrice"), "effectiveGasPrice"),
            contract.ValueKind == JsonValueKind.Undefined ? null : reply.Account(contract, "contractAddress"),
            Logs(reply, reply.Field(receipt, "logs")));
    }

    private static LogEntry Log(ReplyReader reply, JsonElement log)
    {
        var removed = reply.Optional(log, "removed");
        if (removed.ValueKind == JsonValueKind.True) reply.Refuse("a log is marked as removed.");
        var index = reply.UInt64(reply.Field(log, "logIndex"), "logIndex");
        if (index > uint.MaxValue) reply.Refuse("'logIndex' does not fit into 32 bits.");
        return new LogEntry(
            reply.Account(reply.Field(log, "address"), "address"),
            Topics(reply, reply.Field(log, "topics")),
            reply.Data(reply.Field(log, "data"), "data"),
            reply.UInt64(reply.Field(log, "blockNumber"), "blockNumber"),
            reply.Hash(reply.Field(log, "blockHash"), "blockHash"),
            reply.Hash(reply.Field(log, "transactionHash"), "transactionHash"),
            (uint)index);
    }

    private static LogTopics Topics(ReplyReader reply, JsonElement topics)
    {
        var array = reply.Array(topics, "topics");
        if (array.GetArrayLength() > LogTopics.Most) reply.Refuse($"a log has {array.GetArrayLength()} topics.");
        var hashes = new Hash32[array.GetArrayLength()];
        var at = 0;
        foreach (var topic in array.EnumerateArray()) hashes[at++] = reply.Hash(topic, "topics");
        return LogTopics.Create(hashes);
    }
}
