using System.Diagnostics.CodeAnalysis;
using Nethereum.Hex.HexTypes;
using Nethereum.RPC.Eth.DTOs;
using Newtonsoft.Json;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Receipt = OpenSettle.Ethereum.Ports.TransactionReceipt;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>Nethereum's data objects as the port's. Its hexadecimal reading forgives nearly everything; this does not.</summary>
internal static class NethereumReplies
{
    public static BlockHeader? Block(ReplyReader reply, Block? block) =>
        block is null
            ? null
            : new BlockHeader(
                UInt64(reply, block.Number, "number"),
                Hash(reply, block.BlockHash, "hash"),
                Hash(reply, block.ParentHash, "parentHash"),
                UInt64(reply, block.Timestamp, "timestamp"),
                block.BaseFeePerGas is null ? UInt256.Zero : Quantity(reply, block.BaseFeePerGas, "baseFeePerGas"));

    public static LogEntry[] Logs(ReplyReader reply, FilterLog?[]? logs)
    {
        if (logs is null) reply.Refuse("'logs' is null.");
        return [.. logs.Select(log => Log(reply, log))];
    }

    public static Receipt? Receipt(ReplyReader reply, RollupReceipt? receipt)
    {
        if (receipt?.BlockHash is null) return null;
        var status = UInt64(reply, receipt.Status, "status");
        if (status > 1) reply.Refuse("'status' is neither 0 nor 1.");
        return new Receipt(
            Hash(reply, receipt.TransactionHash, "transactionHash"),
            UInt64(reply, receipt.BlockNumber, "blockNumber"),
            Hash(reply, receipt.BlockHash, "blockHash"),
            status == 1,
            UInt64(reply, receipt.GasUsed, "gasUsed"),
            Quantity(reply, receipt.EffectiveGasPrice, "effectiveGasPrice"),
            receipt.ContractAddress is null ? null : Account(reply, receipt.ContractAddress, "contractAddress"),
            Logs(reply, receipt.Logs)) { DataFee = receipt.L1Fee is null ? UInt256.Zero : Quantity(reply, receipt.L1Fee, "l1Fee") };
    }

    public static UInt256 Quantity(ReplyReader reply, HexBigInteger? value, string name = ReplyReader.Result)
    {
        RequirePresent(reply, value, name);
        return reply.Quantity(value.HexValue, name);
    }

    public static ulong UInt64(ReplyReader reply, HexBigInteger? value, string name = ReplyReader.Result)
    {
        RequirePresent(reply, value, name);
        return reply.UInt64(value.HexValue, name);
    }

    public static Hash32 Hash(ReplyReader reply, string? value, string name = ReplyReader.Result)
    {
        RequirePresent(reply, value, name);
        return reply.Hash(value, name);
    }

    public static byte[] Data(ReplyReader reply, string? value, string name = ReplyReader.Result)
    {
        RequirePresent(reply, value, name);
        return reply.Data(value, name);
    }

    private static LogEntry Log(ReplyReader reply, FilterLog? log)
    {
        RequirePresent(reply, log, "log");
        if (log.Removed) reply.Refuse("a log is marked as removed.");
        RequirePresent(reply, log.Topics, "topics");
        if (log.Topics.Length > LogTopics.Most) reply.Refuse($"a log has {log.Topics.Length} topics.");
        var index = UInt64(reply, log.LogIndex, "logIndex");
        if (index > uint.MaxValue) reply.Refuse("'logIndex' does not fit into 32 bits.");
        return new LogEntry(
            Account(reply, log.Address, "address"),
            [.. log.Topics.Select(topic => Hash(reply, topic as string, "topics"))],
            Data(reply, log.Data, "data"),
            UInt64(reply, log.BlockNumber, "blockNumber"),
            Hash(reply, log.BlockHash, "blockHash"),
            Hash(reply, log.TransactionHash, "transactionHash"),
            (uint)index);
    }

    private static Address Account(ReplyReader reply, string? value, string name)
    {
        RequirePresent(reply, value, name);
        return reply.Account(value, name);
    }

    private static void RequirePresent(ReplyReader reply, [NotNull] object? value, string name)
    {
        if (value is null) reply.Refuse($"'{name}' is missing.");
    }
}

/// <summary>Nethereum's receipt, and the fee that rollups of OP's and Scroll's kind add.</summary>
internal sealed class RollupReceipt : global::Nethereum.RPC.Eth.DTOs.TransactionReceipt
{
    [JsonProperty("l1Fee")]
    public HexBigInteger? L1Fee { get; set; }
}
