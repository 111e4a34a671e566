using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Ports;

/// <summary>A client that reads blocks with what proves their logs.</summary>
public interface IBlockReader : IChainClient
{
    /// <summary>The headers of a range, in order, each hashed again from its fields; null entries are blocks that the endpoint does not have.</summary>
    Task<IReadOnlyList<SealedHeader?>> GetSealedHeadersAsync(ulong first, ulong last, CancellationToken cancellation);

    /// <summary>
    /// All logs of each of these blocks, in order, held against the root of its receipts; null entries are blocks that the
    /// endpoint does not have (any more). They are asked for at once: whoever calls bounds how many (<see cref="SealedHeader.GasUsed"/>).
    /// </summary>
    Task<IReadOnlyList<IReadOnlyList<LogEntry>?>> GetProvenLogsAsync(IReadOnlyList<SealedHeader> blocks, CancellationToken cancellation);
}

/// <summary>A header whose fields give its hash, with what it says of its block's logs.</summary>
/// <param name="Bloom">Which logs the block may hold: 256 bytes.</param>
/// <param name="ReceiptsRoot">What its receipts have to give.</param>
/// <param name="Transactions">
/// The hashes of its transactions, in order. How many there are is proven with the receipts; the hashes themselves are the
/// endpoint's word, as the header commits to the transactions' bytes.
/// </param>
public sealed record SealedHeader(BlockHeader Header, ReadOnlyMemory<byte> Bloom, Hash32 ReceiptsRoot, IReadOnlyList<Hash32> Transactions)
{
    /// <summary>The gas of its transactions: as a log costs at least 375, and eight more for a byte, this bounds how much there is to read.</summary>
    public ulong GasUsed { get; init; }
}
