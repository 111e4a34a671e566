using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Builtin;

/// <summary>
/// Headers and receipts, proven. A block's receipts are asked for by its hash: after a reorganisation the answer is none, and
/// never another block's.
/// </summary>
internal sealed class BlockReads(JsonRpcConnection connection)
{
    // "Method not supported" by EIP-1474, as Hardhat says it; elsewhere that code is used for other things.
    private const long NotSupported = -32004;

    // Hardhat has no eth_getBlockReceipts; some providers sell it apart. Found out once.
    private volatile bool _oneByOne;

    public async Task<IReadOnlyList<SealedHeader?>> HeadersAsync(ulong first, ulong last, CancellationToken cancellation)
    {
        if (first > last) throw new ArgumentException($"The range {first} to {last} runs backwards.", nameof(first));
        return await InOrder.ReadAsync(Numbers(first, last).Chunk(JsonRpcConnection.BatchSize), HeaderBatchAsync, cancellation);
    }

    public async Task<IReadOnlyList<IReadOnlyList<LogEntry>?>> LogsAsync(IReadOnlyList<SealedHeader> blocks, CancellationToken cancellation)
    {
        var results = new IReadOnlyList<LogEntry>?[blocks.Count];
        var asked = new List<int>();
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Transactions.Count > 0) asked.Add(i);
            else results[i] = NoLogs(blocks[i]);
        }

        foreach (var part in asked.Chunk(JsonRpcConnection.BatchSize))
        {
            var logs = await PartAsync([.. part.Select(i => blocks[i])], cancellation);
            for (var i = 0; i < part.Length; i++) results[part[i]] = logs[i];
        }

        return results;
    }

    private async Task<IReadOnlyList<SealedHeader?>> HeaderBatchAsync(ulong[] numbers, CancellationToken cancellation) =>
        await connection.ReadBatchAsync([.. numbers.Select(HeaderCall)], cancellation);

    /// <summary>The logs of blocks in one request; where its answer is too large, in two.</summary>
    private async Task<LogEntry[]?[]> PartAsync(SealedHeader[] blocks, CancellationToken cancellation)
    {
        if (_oneByOne) return await OneByOneAsync(blocks, cancellation);
        try
        {
            // One block alone is read while it is walked over; the answers of a batch are looked for first.
            var answers = blocks.Length == 1
                ? [await connection.ReadAsync(ReceiptsCall(blocks[0]), cancellation)]
                : await connection.ReadBatchAsync([.. blocks.Select(ReceiptsCall)], cancellation);
            if (Array.Exists(answers, answer => answer.MethodIsMissing))
            {
                _oneByOne = true;
                return await OneByOneAsync(blocks, cancellation);
            }

            return Array.ConvertAll(answers, answer => answer.Logs);
        }
        catch (ChainException failure) when (failure.Kind == ChainErrorKind.RangeTooLarge && blocks.Length > 1)
        {
            var half = blocks.Length / 2;
            return [.. await PartAsync(blocks[..half], cancellation), .. await PartAsync(blocks[half..], cancellation)];
        }
    }

    private async Task<LogEntry[]?[]> OneByOneAsync(SealedHeader[] blocks, CancellationToken cancellation)
    {
        var results = new LogEntry[]?[blocks.Length];
        for (var i = 0; i < blocks.Length; i++) results[i] = await OneByOneAsync(blocks[i], cancellation);
        return results;
    }

    /// <summary>A block's logs by the receipt of each transaction; null where one of them is not in the block (any more).</summary>
    private async Task<LogEntry[]?> OneByOneAsync(SealedHeader block, CancellationToken cancellation)
    {
        var answers = await InOrder.ReadAsync(block.Transactions.Chunk(JsonRpcConnection.BatchSize), ReadPartAsync, cancellation);
        var receipts = new SealedReceipt[answers.Count];
        var logs = new List<LogEntry>();
        for (var i = 0; i < receipts.Length; i++)
        {
            if (answers[i] is not { } answer) return null;
            receipts[i] = answer.Receipt with { FirstLog = logs.Count };
            logs.AddRange(answer.Logs);
        }

        return ReceiptReplies.Prove(new ReplyReader(connection.Endpoint, ReceiptReplies.OfTransaction), block, receipts, [.. logs]);

        async Task<IReadOnlyList<(SealedReceipt Receipt, LogEntry[] Logs)?>> ReadPartAsync(Hash32[] part, CancellationToken stop) =>
            await connection.ReadBatchAsync([.. part.Select(transaction => ReceiptCall(transaction, block.Header.Hash))], stop);
    }

    private LogEntry[] NoLogs(SealedHeader block)
    {
        if (block.ReceiptsRoot == ReceiptsTrie.Empty) return [];
        throw new ChainException(
            ChainErrorKind.BadReply, connection.Endpoint, "eth_getBlockByNumber", $"block {block.Header.Number} comes without transactions, and its header has receipts.");
    }

    private static RpcCall<SealedHeader?> HeaderCall(ulong number) =>
        new(
            "eth_getBlockByNumber",
            writer =>
            {
                writer.WriteStringValue(BlockRef.At(number).ToString());
                writer.WriteBooleanValue(false);
            },
            (ref ReplyCursor result) => SealedHeaders.Read(ref result, number))
        {
            TakeError = static (RpcError error, out SealedHeader? result) =>
            {
                result = null;
                return RpcErrors.IsUnknownBlock(error.Message);
            },
        };

    private static RpcCall<Receipts> ReceiptsCall(SealedHeader block) =>
        new(
            ReceiptReplies.OfBlock,
            writer => writer.WriteStringValue(block.Header.Hash.ToString()),
            (ref ReplyCursor result) => new Receipts(ReceiptReplies.Block(ref result, block), MethodIsMissing: false))
        {
            TakeError = static (RpcError error, out Receipts result) =>
            {
                result = new Receipts(null, IsMissing(error));
                return result.MethodIsMissing || RpcErrors.IsUnknownBlock(error.Message);
            },
        };

    private static RpcCall<(SealedReceipt Receipt, LogEntry[] Logs)?> ReceiptCall(Hash32 transaction, Hash32 block) =>
        new(
            ReceiptReplies.OfTransaction,
            writer => writer.WriteStringValue(transaction.ToString()),
            (ref ReplyCursor result) => ReceiptReplies.Transaction(ref result, block));

    // Where history was pruned, the receipts are not there one by one either: that error is for whoever knows another endpoint.
    private static bool IsMissing(RpcError error) =>
        error.Code == NotSupported
        || (RpcErrors.Classify(ReceiptReplies.OfBlock, error.Code, error.Message) == ChainErrorKind.MethodMissing
            && !error.Message.Contains("pruned", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<ulong> Numbers(ulong first, ulong last)
    {
        for (var number = first; number < last; number++) yield return number;
        yield return last;
    }

    /// <summary>An answer: logs, no such block, or no such method.</summary>
    private readonly record struct Receipts(LogEntry[]? Logs, bool MethodIsMissing);
}
