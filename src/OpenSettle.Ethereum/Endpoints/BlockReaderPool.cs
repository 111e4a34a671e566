using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>As <see cref="EndpointPool"/>, over clients that read blocks with their proofs.</summary>
public sealed class BlockReaderPool : EndpointPool, IBlockReader
{
    public BlockReaderPool(EndpointSet endpoints)
        : base(endpoints)
    {
        if (endpoints.All.FirstOrDefault(endpoint => endpoint.Client is not IBlockReader) is { } other)
            throw new ArgumentException($"The client of {other.Name} does not read blocks with their proofs.", nameof(endpoints));
    }

    public Task<IReadOnlyList<SealedHeader?>> GetSealedHeadersAsync(ulong first, ulong last, CancellationToken cancellation) =>
        ReadAsync("eth_getBlockByNumber", (client, token) => Reader(client).GetSealedHeadersAsync(first, last, token), cancellation, isLarge: true, static blocks => !blocks.Contains(null));

    public Task<IReadOnlyList<IReadOnlyList<LogEntry>?>> GetProvenLogsAsync(IReadOnlyList<SealedHeader> blocks, CancellationToken cancellation) =>
        ReadAsync("eth_getBlockReceipts", (client, token) => Reader(client).GetProvenLogsAsync(blocks, token), cancellation, isLarge: true, static logs => !logs.Contains(null));

    // Seen when the pool was made.
    private static IBlockReader Reader(IChainClient client) => (IBlockReader)client;
}
