using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>An endpoint of a <see cref="RangesChain"/>, which tests make lie.</summary>
internal sealed class RangesReader(RangesChain chain, string endpoint = "http://one") : IBlockReader
{
    public string Endpoint => endpoint;

    /// <summary>The blocks whose receipts were asked for, in the order of the questions.</summary>
    public List<ulong> Proven { get; } = [];

    /// <summary>How many questions for receipts came.</summary>
    public int Questions { get; private set; }

    /// <summary>Changes what filters give.</summary>
    public Func<IReadOnlyList<LogEntry>, IReadOnlyList<LogEntry>> Filtered { get; init; } = static logs => logs;

    /// <summary>Changes the headers.</summary>
    public Func<SealedHeader, SealedHeader?> Header { get; init; } = static header => header;

    /// <summary>Answers in place of the chain, or lets it wait.</summary>
    public Func<IReadOnlyList<SealedHeader>, CancellationToken, Task<IReadOnlyList<IReadOnlyList<LogEntry>?>>>? Receipts { get; init; }

    public async Task<IReadOnlyList<SealedHeader?>> GetSealedHeadersAsync(ulong first, ulong last, CancellationToken cancellation)
    {
        await Task.Yield();
        return [.. chain.Headers.GetRange((int)first, (int)(last - first) + 1).Select(Header)];
    }

    public Task<IReadOnlyList<IReadOnlyList<LogEntry>?>> GetProvenLogsAsync(IReadOnlyList<SealedHeader> blocks, CancellationToken cancellation)
    {
        Questions++;
        Proven.AddRange(blocks.Select(block => block.Header.Number));
        return Receipts is null ? TruthAsync(blocks) : Receipts(blocks, cancellation);
    }

    public async Task<IReadOnlyList<IReadOnlyList<LogEntry>?>> TruthAsync(IReadOnlyList<SealedHeader> blocks)
    {
        await Task.Yield();
        return [.. blocks.Select(block => chain.All[(int)block.Header.Number])];
    }

    public async Task<IReadOnlyList<BlockHeader?>> GetBlocksAsync(ulong first, ulong last, CancellationToken cancellation) =>
        [.. (await GetSealedHeadersAsync(first, last, cancellation)).Select(block => block?.Header)];

    public async Task<IReadOnlyList<LogEntry>> GetLogsAsync(LogFilter filter, CancellationToken cancellation)
    {
        await Task.Yield();
        return Filtered(
        [
            .. chain.All.Skip((int)filter.FirstBlock).Take((int)(filter.LastBlock - filter.FirstBlock) + 1).SelectMany(logs => logs).Where(log =>
                (filter.Addresses.Count == 0 || filter.Addresses.Contains(log.Address))
                && filter.Topics.Select((topics, at) => topics.Count == 0 || (at < log.Topics.Count && topics.Contains(log.Topics[at]))).All(fits => fits)),
        ]);
    }

    public Task<ulong> GetChainIdAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<BlockHeader?> GetBlockAsync(BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<TransactionReceipt?> GetReceiptAsync(Hash32 transaction, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReadOnlyMemory<byte>> CallAsync(CallRequest call, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<UInt256> GetPriorityFeeAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ulong> GetNonceAsync(Address account, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<UInt256> GetBalanceAsync(Address account, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReadOnlyMemory<byte>> GetCodeAsync(Address account, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Hash32> SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellation) => throw new NotSupportedException();

    public void Dispose()
    {
        // Nothing is held.
    }
}
