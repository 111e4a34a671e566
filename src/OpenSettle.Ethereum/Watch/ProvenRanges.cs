using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// <see cref="Completeness.Receipts"/>: headers are hashed again, their blooms say which blocks may hold something, and those
/// blocks give all their receipts, which have to give the header's root. So the hash of a range's last block proves the whole
/// range, and one honest endpoint in the quorum is enough to know that hash.
/// </summary>
public sealed class ProvenRanges(IBlockReader reader) : IRangeSource
{
    public async Task<BlockRange> ReadAsync(ulong first, ulong last, WatchSet wanted, CancellationToken cancellation)
    {
        var headers = RangeHeaders.Link(reader.Endpoint, first, last, await reader.GetSealedHeadersAsync(first, last, cancellation), static block => block.Header);
        var logs = new RangeLogs(reader.Endpoint, wanted);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var queue = new ProofQueue(reader, headers, wanted, stop.Token);
        try
        {
            for (var block = 0; block < headers.Length; block++)
            {
                if (logs.Take(await queue.TakeAsync(block))) queue.LookAgain(block + 1);
            }
        }
        finally
        {
            await InOrder.CallOffAsync(stop, queue.Flying);
        }

        return new BlockRange(Array.ConvertAll(headers, block => block.Header), logs.Kept);
    }
}
