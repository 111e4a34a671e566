using System.Numerics;
using Nethereum.Hex.HexTypes;
using Nethereum.JsonRpc.Client;
using Nethereum.RPC.Eth;
using Nethereum.RPC.Eth.Blocks;
using Nethereum.RPC.Eth.DTOs;
using Nethereum.RPC.Eth.Filters;
using Nethereum.RPC.Eth.Transactions;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Receipt = OpenSettle.Ethereum.Ports.TransactionReceipt;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>The port's questions as Nethereum's RPC services.</summary>
internal sealed partial class NethereumClient(JsonRpcConnection connection) : IChainClient
{
    public string Endpoint => connection.Endpoint;

    public Task<ulong> GetChainIdAsync(CancellationToken cancellation) =>
        ReadAsync(
            "eth_chainId",
            async (client, reply) => NethereumReplies.UInt64(reply, await new EthChainId(client).SendRequestAsync()),
            cancellation);

    public Task<BlockHeader?> GetBlockAsync(BlockRef block, CancellationToken cancellation) =>
        ReadAsync(
            "eth_getBlockByNumber",
            async (client, reply) =>
            {
                var answer = await new EthGetBlockWithTransactionsHashesByNumber(client).SendRequestAsync(Parameter(block));
                return ReplyChecks.Block(reply, block, NethereumReplies.Block(reply, answer));
            },
            cancellation,
            NoBlock);

    public async Task<IReadOnlyList<BlockHeader?>> GetBlocksAsync(ulong first, ulong last, CancellationToken cancellation)
    {
        if (first > last) throw new ArgumentException($"The range {first} to {last} runs backwards.", nameof(first));
        var blocks = new List<BlockHeader?>();
        for (var start = first; ; start += JsonRpcConnection.BatchSize)
        {
            var end = last - start < JsonRpcConnection.BatchSize ? last : start + JsonRpcConnection.BatchSize - 1;
            blocks.AddRange(await ReadAsync(
                "eth_getBlockByNumber", (client, reply) => ReadBatchAsync(client, reply, start, end), cancellation, NoBlock));
            if (end == last) return blocks;
        }
    }

    public Task<IReadOnlyList<LogEntry>> GetLogsAsync(LogFilter filter, CancellationToken cancellation)
    {
        ReplyChecks.RequireRange(filter);
        return ReadAsync<IReadOnlyList<LogEntry>>(
            "eth_getLogs",
            async (client, reply) =>
            {
                var logs = NethereumReplies.Logs(reply, await new EthGetLogs(client).SendRequestAsync(Input(filter)));
                ReplyChecks.Logs(reply, filter, logs);
                return logs;
            },
            cancellation);
    }

    public Task<Receipt?> GetReceiptAsync(Hash32 transaction, CancellationToken cancellation) =>
        ReadAsync(
            "eth_getTransactionReceipt",
            async (client, reply) =>
            {
                var receipt = NethereumReplies.Receipt(
                    reply, await client.SendRequestAsync<RollupReceipt>(new EthGetTransactionReceipt(client).BuildRequest(transaction.ToString())));
                if (receipt is not null) ReplyChecks.Receipt(reply, transaction, receipt);
                return receipt;
            },
            cancellation);

    public Task<ReadOnlyMemory<byte>> CallAsync(CallRequest call, BlockRef block, CancellationToken cancellation) =>
        ReadAsync<ReadOnlyMemory<byte>>(
            "eth_call",
            async (client, reply) =>
                NethereumReplies.Data(reply, await new EthCall(client).SendRequestAsync(Input(call), Parameter(block))),
            cancellation);

    public Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancellation) =>
        ReadAsync(
            "eth_estimateGas",
            async (client, reply) =>
                NethereumReplies.UInt64(reply, await new EthEstimateGas(client).SendRequestAsync(Input(call))),
            cancellation);

    public Task<UInt256> GetPriorityFeeAsync(CancellationToken cancellation) =>
        ReadAsync(
            "eth_maxPriorityFeePerGas",
            async (client, reply) =>
                NethereumReplies.Quantity(reply, await new EthMaxPriorityFeePerGas(client).SendRequestAsync()),
            cancellation);

    public Task<ulong> GetNonceAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        ReadAsync(
            "eth_getTransactionCount",
            async (client, reply) =>
                NethereumReplies.UInt64(reply, await new EthGetTransactionCount(client).SendRequestAsync(account.ToString(), Parameter(block))),
            cancellation);

    public Task<UInt256> GetBalanceAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        ReadAsync(
            "eth_getBalance",
            async (client, reply) =>
                NethereumReplies.Quantity(reply, await new EthGetBalance(client).SendRequestAsync(account.ToString(), Parameter(block))),
            cancellation);

    public Task<ReadOnlyMemory<byte>> GetCodeAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        ReadAsync<ReadOnlyMemory<byte>>(
            "eth_getCode",
            async (client, reply) =>
                NethereumReplies.Data(reply, await new EthGetCode(client).SendRequestAsync(account.ToString(), Parameter(block))),
            cancellation);

    public async Task<Hash32> SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellation)
    {
        var hash = Keccak256.Hash(raw.Span);
        var client = new GuardedRpcClient(connection, cancellation)
        {
            ErrorAsResult = error => RpcErrors.IsAlreadyKnown(error.Message) ? $"\"{hash}\"" : null,
        };
        var reply = new ReplyReader(Endpoint, "eth_sendRawTransaction");
        try
        {
            return await GuardAsync(reply, async () =>
            {
                var taken = NethereumReplies.Hash(reply, await new EthSendRawTransaction(client).SendRequestAsync(Hex.Encode(raw.Span)));
                if (taken != hash) reply.Refuse($"the endpoint took something else than {hash}.");
                return hash;
            });
        }
        catch (ChainException refusal) when (refusal.Kind == ChainErrorKind.Reverted)
        {
            // As with the built-in client: Hardhat answers the broadcast of a mined transaction with its revert.
            if (await GetReceiptAsync(hash, cancellation) is null) throw;
            return hash;
        }
    }

    public void Dispose() => connection.Dispose();

    private static string? NoBlock(Rpc.RpcError error) => RpcErrors.IsUnknownBlock(error.Message) ? "null" : null;

    private static async Task<BlockHeader?[]> ReadBatchAsync(GuardedRpcClient client, ReplyReader reply, ulong first, ulong last)
    {
        var handler = new EthGetBlockWithTransactionsHashesByNumber(client);
        var batch = new RpcRequestResponseBatch();
        var items = new List<RpcRequestResponseBatchItem<EthGetBlockWithTransactionsHashesByNumber, BlockWithTransactionHashes>>();
        for (var offset = 0; offset <= (int)(last - first); offset++)
            items.Add(handler.CreateBatchItem(new HexBigInteger(first + (ulong)offset), offset));
        batch.BatchItems.AddRange(items);
        await client.SendBatchRequestAsync(batch);
        var blocks = new BlockHeader?[items.Count];
        for (var i = 0; i < blocks.Length; i++)
        {
            // What it cannot read, Nethereum marks and leaves null: it must not pass for a block that is not there.
            if (items[i].HasError) reply.Refuse($"block {first + (ulong)i} cannot be read.");
            blocks[i] = ReplyChecks.Block(reply, BlockRef.At(first + (ulong)i), NethereumReplies.Block(reply, items[i].Response));
        }

        return blocks;
    }

    private async Task<T> ReadAsync<T>(
        string method,
        Func<GuardedRpcClient, ReplyReader, Task<T>> read,
        CancellationToken cancellation,
        Func<Rpc.RpcError, string?>? errorAsResult = null)
    {
        var reply = new ReplyReader(Endpoint, method);
        return await connection.Retry.ExecuteAsync(
            async token =>
            {
                var client = new GuardedRpcClient(connection, token) { ErrorAsResult = errorAsResult };
                return await GuardAsync(reply, () => read(client, reply));
            },
            cancellation);
    }

    private async Task<T> GuardAsync<T>(ReplyReader reply, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception failure) when (failure is not (ChainException or OperationCanceledException))
        {
            // The transport throws nothing else, so this is Nethereum's reading of the result, which says so with a bare Exception.
            throw new ChainException(ChainErrorKind.BadReply, Endpoint, reply.Method, "Nethereum cannot read the result.", failure);
        }
    }

    private static BlockParameter Parameter(BlockRef block)
    {
        if (block.Tag is null) return new BlockParameter(block.Number);
        var parameter = new BlockParameter();
        parameter.SetValue(Enum.Parse<BlockParameter.BlockParameterType>(block.Tag));
        return parameter;
    }

    private static NewFilterInput Input(LogFilter filter) => new()
    {
        FromBlock = new BlockParameter(filter.FirstBlock),
        ToBlock = new BlockParameter(filter.LastBlock),
        Address = filter.Addresses.Count == 0 ? null : [.. filter.Addresses.Select(address => address.ToString())],
        Topics = [.. filter.Topics.Select(position => position.Count == 0 ? null : position.Select(topic => topic.ToString()).ToArray())],
    };

    private static CallInput Input(CallRequest call) => new()
    {
        From = call.From?.ToString(),
        To = call.To.ToString(),
        Data = Hex.Encode(call.Data.Span),
        Value = call.Value.IsZero ? null : new HexBigInteger(BigInteger.Parse(call.Value.ToString())),
    };
}
