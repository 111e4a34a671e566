using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Builtin;

/// <summary>The port's questions as JSON-RPC methods.</summary>
internal sealed class BuiltinClient(JsonRpcConnection connection) : IBlockReader
{
    private readonly BlockReads _blocks = new(connection);

    public string Endpoint => connection.Endpoint;

    public Task<ulong> GetChainIdAsync(CancellationToken cancellation) =>
        connection.ReadAsync(new RpcCall<ulong>("eth_chainId", NoParameters, TakeUInt64), cancellation);

    public Task<BlockHeader?> GetBlockAsync(BlockRef block, CancellationToken cancellation) => connection.ReadAsync(BlockCall(block), cancellation);

    public async Task<IReadOnlyList<BlockHeader?>> GetBlocksAsync(ulong first, ulong last, CancellationToken cancellation)
    {
        if (first > last) throw new ArgumentException($"The range {first} to {last} runs backwards.", nameof(first));
        var blocks = new List<BlockHeader?>();
        var calls = new List<RpcCall<BlockHeader?>>();
        for (var number = first; ; number++)
        {
            calls.Add(BlockCall(BlockRef.At(number)));
            if (number != last && calls.Count < JsonRpcConnection.BatchSize) continue;
            blocks.AddRange(await connection.ReadBatchAsync(calls, cancellation));
            if (number == last) return blocks;
            calls.Clear();
        }
    }

    public Task<IReadOnlyList<SealedHeader?>> GetSealedHeadersAsync(ulong first, ulong last, CancellationToken cancellation) =>
        _blocks.HeadersAsync(first, last, cancellation);

    public Task<IReadOnlyList<IReadOnlyList<LogEntry>?>> GetProvenLogsAsync(IReadOnlyList<SealedHeader> blocks, CancellationToken cancellation) =>
        _blocks.LogsAsync(blocks, cancellation);

    public Task<IReadOnlyList<LogEntry>> GetLogsAsync(LogFilter filter, CancellationToken cancellation)
    {
        ReplyChecks.RequireRange(filter);
        return connection.ReadAsync(
            new RpcCall<IReadOnlyList<LogEntry>>(
                "eth_getLogs",
                writer => WriteFilter(writer, filter),
                (ref ReplyCursor result) =>
                {
                    var logs = LogReplies.Logs(ref result);
                    ReplyChecks.Logs(result.Reply, filter, logs);
                    return logs;
                }),
            cancellation);
    }

    public Task<TransactionReceipt?> GetReceiptAsync(Hash32 transaction, CancellationToken cancellation) =>
        connection.ReadAsync(
            new RpcCall<TransactionReceipt?>(
                "eth_getTransactionReceipt",
                writer => writer.WriteStringValue(transaction.ToString()),
                (ref ReplyCursor result) =>
                {
                    var receipt = ChainReplies.Receipt(ref result);
                    if (receipt is not null) ReplyChecks.Receipt(result.Reply, transaction, receipt);
                    return receipt;
                }),
            cancellation);

    public Task<ReadOnlyMemory<byte>> CallAsync(CallRequest call, BlockRef block, CancellationToken cancellation) =>
        connection.ReadAsync(
            new RpcCall<ReadOnlyMemory<byte>>(
                "eth_call",
                writer =>
                {
                    WriteCall(writer, call);
                    writer.WriteStringValue(block.ToString());
                },
                TakeData),
            cancellation);

    public Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancellation) =>
        connection.ReadAsync(new RpcCall<ulong>("eth_estimateGas", writer => WriteCall(writer, call), TakeUInt64), cancellation);

    public Task<UInt256> GetPriorityFeeAsync(CancellationToken cancellation) =>
        connection.ReadAsync(new RpcCall<UInt256>("eth_maxPriorityFeePerGas", NoParameters, TakeQuantity), cancellation);

    public Task<ulong> GetNonceAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        connection.ReadAsync(new RpcCall<ulong>("eth_getTransactionCount", AccountAt(account, block), TakeUInt64), cancellation);

    public Task<UInt256> GetBalanceAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        connection.ReadAsync(new RpcCall<UInt256>("eth_getBalance", AccountAt(account, block), TakeQuantity), cancellation);

    public Task<ReadOnlyMemory<byte>> GetCodeAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        connection.ReadAsync(new RpcCall<ReadOnlyMemory<byte>>("eth_getCode", AccountAt(account, block), TakeData), cancellation);

    public async Task<Hash32> SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellation)
    {
        var hash = Keccak256.Hash(raw.Span);
        var call = new RpcCall<Hash32>(
            "eth_sendRawTransaction",
            writer => writer.WriteStringValue(Hex.Encode(raw.Span)),
            (ref ReplyCursor result) =>
            {
                if (result.Hash(ReplyReader.Result) != hash) result.Reply.Refuse($"the endpoint took something else than {hash}.");
                return hash;
            })
        {
            TakeError = (RpcError error, out Hash32 result) =>
            {
                result = hash;
                return RpcErrors.IsAlreadyKnown(error.Message);
            },
        };
        try
        {
            return await connection.SendOnceAsync(call, cancellation);
        }
        catch (ChainException refusal) when (refusal.Kind == ChainErrorKind.Reverted)
        {
            // Hardhat mines a transaction that reverts, and then answers its broadcast with the revert: it was taken all the same.
            if (await GetReceiptAsync(hash, cancellation) is null) throw;
            return hash;
        }
    }

    public void Dispose() => connection.Dispose();

    private static RpcCall<BlockHeader?> BlockCall(BlockRef block) =>
        new(
            "eth_getBlockByNumber",
            writer =>
            {
                writer.WriteStringValue(block.ToString());
                writer.WriteBooleanValue(false);
            },
            (ref ReplyCursor result) => ReplyChecks.Block(result.Reply, block, ChainReplies.Block(ref result)))
        {
            TakeError = static (RpcError error, out BlockHeader? result) =>
            {
                result = null;
                return RpcErrors.IsUnknownBlock(error.Message);
            },
        };

    private static void WriteFilter(Utf8JsonWriter writer, LogFilter filter)
    {
        writer.WriteStartObject();
        writer.WriteString("fromBlock", BlockRef.At(filter.FirstBlock).ToString());
        writer.WriteString("toBlock", BlockRef.At(filter.LastBlock).ToString());
        if (filter.Addresses.Count > 0)
        {
            writer.WriteStartArray("address");
            foreach (var address in filter.Addresses) writer.WriteStringValue(address.ToString());
            writer.WriteEndArray();
        }

        writer.WriteStartArray("topics");
        foreach (var position in filter.Topics)
        {
            if (position.Count == 0)
            {
                writer.WriteNullValue();
                continue;
            }

            writer.WriteStartArray();
            foreach (var topic in position) writer.WriteStringValue(topic.ToString());
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter writer, CallRequest call)
    {
        writer.WriteStartObject();
        if (call.From is { } from) writer.WriteString("from", from.ToString());
        writer.WriteString("to", call.To.ToString());
        writer.WriteString("data", Hex.Encode(call.Data.Span));
        if (!call.Value.IsZero) writer.WriteQuantity("value", call.Value);
        writer.WriteEndObject();
    }

    private static Action<Utf8JsonWriter> AccountAt(Address account, BlockRef block) => writer =>
    {
        writer.WriteStringValue(account.ToString());
        writer.WriteStringValue(block.ToString());
    };

    private static void NoParameters(Utf8JsonWriter writer)
    {
        // The array stays empty.
    }

    private static ulong TakeUInt64(ref ReplyCursor result) => result.UInt64(ReplyReader.Result);

    private static UInt256 TakeQuantity(ref ReplyCursor result) => result.Quantity(ReplyReader.Result);

    private static ReadOnlyMemory<byte> TakeData(ref ReplyCursor result) => result.Data(ReplyReader.Result);
}
