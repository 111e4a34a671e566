using System.Globalization;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>Reads right results in the slow and plain way: a document, and a string for each value.</summary>
internal static class PlainOracle
{
    public static LogEntry[] Logs(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Logs(document.RootElement);
    }

    public static BlockHeader Block(string json)
    {
        using var document = JsonDocument.Parse(json);
        var block = document.RootElement;
        return new BlockHeader(
            Number(block, "number"), Hash(block, "hash"), Hash(block, "parentHash"), Number(block, "timestamp"),
            block.GetProperty("baseFeePerGas").ValueKind == JsonValueKind.Null ? UInt256.Zero : Quantity(block, "baseFeePerGas"));
    }

    public static TransactionReceipt Receipt(string json)
    {
        using var document = JsonDocument.Parse(json);
        var receipt = document.RootElement;
        var contract = receipt.GetProperty("contractAddress");
        return new TransactionReceipt(
            Hash(receipt, "transactionHash"), Number(receipt, "blockNumber"), Hash(receipt, "blockHash"), Number(receipt, "status") == 1, Number(receipt, "gasUsed"),
            Quantity(receipt, "effectiveGasPrice"), contract.ValueKind == JsonValueKind.Null ? null : Address.FromBytes(Hex.Decode(contract.GetString())),
            Logs(receipt.GetProperty("logs")))
        {
            DataFee = receipt.GetProperty("l1Fee").ValueKind == JsonValueKind.Null ? UInt256.Zero : Quantity(receipt, "l1Fee"),
        };
    }

    private static LogEntry[] Logs(JsonElement logs) =>
    [
        .. logs.EnumerateArray().Select(log => new LogEntry(
            Address.FromBytes(Hex.Decode(log.GetProperty("address").GetString())),
            [.. log.GetProperty("topics").EnumerateArray().Select(topic => Hash32.FromBytes(Hex.Decode(topic.GetString())))],
            Hex.Decode(log.GetProperty("data").GetString()),
            Number(log, "blockNumber"),
            Hash(log, "blockHash"),
            Hash(log, "transactionHash"),
            (uint)Number(log, "logIndex"))),
    ];

    private static Hash32 Hash(JsonElement parent, string name) => Hash32.FromBytes(Hex.Decode(parent.GetProperty(name).GetString()));

    private static ulong Number(JsonElement parent, string name) =>
        ulong.Parse((parent.GetProperty(name).GetString() ?? "")[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static UInt256 Quantity(JsonElement parent, string name) =>
        UInt256.FromBigEndian(Hex.Decode($"0x{(parent.GetProperty(name).GetString() ?? "")[2..].PadLeft(64, '0')}"));
}
