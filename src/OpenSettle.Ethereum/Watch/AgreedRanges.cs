using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// <see cref="Completeness.Second"/>: two endpoints have to give the same headers and the same logs. Any client can do this, on
/// any chain; nothing is proven where both keep the same log back.
/// </summary>
/// <param name="endpoints">The endpoints to be asked this time, the best first; the first two are.</param>
public sealed class AgreedRanges(Func<IReadOnlyList<IChainClient>> endpoints) : IRangeSource
{
    public async Task<BlockRange> ReadAsync(ulong first, ulong last, WatchSet wanted, CancellationToken cancellation)
    {
        if (endpoints() is not [var one, var other, ..])
        {
            throw new ChainException(
                ChainErrorKind.Unreachable, "rpc", "eth_getLogs", "two endpoints are needed at once, and fewer can be asked. Name more, or set completeness to \"receipts\".");
        }

        var headers = await BothAsync(
            (client, stop) => HeadersAsync(client, first, last, stop),
            one, other, "eth_getBlockByNumber", static (left, right) => left == right, static header => $"block {header.Number} as {header.Hash}", cancellation);
        var said = await BothAsync(
            async (client, stop) => (IReadOnlyList<LogEntry>)await FilteredLogs.ReadAsync(client, headers, wanted, stop),
            one, other, "eth_getLogs", Same, static log => $"log {log.LogIndex} of block {log.BlockNumber}", cancellation);
        var logs = new RangeLogs(one.Endpoint, wanted);
        logs.Take(said);
        return new BlockRange(headers, logs.Kept);
    }

    private static async Task<IReadOnlyList<BlockHeader>> HeadersAsync(IChainClient client, ulong first, ulong last, CancellationToken cancellation) =>
        RangeHeaders.Link(client.Endpoint, first, last, await client.GetBlocksAsync(first, last, cancellation), static block => block);

    private static async Task<IReadOnlyList<T>> BothAsync<T>(
        Func<IChainClient, CancellationToken, Task<IReadOnlyList<T>>> ask,
        IChainClient one, IChainClient other, string method, Func<T, T, bool> same, Func<T, string> name, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var (first, second) = (ask(one, stop.Token), ask(other, stop.Token));
        IReadOnlyList<T> left, right;
        try
        {
            (left, right) = (await first, await second);
        }
        finally
        {
            await Rpc.InOrder.CallOffAsync(stop, [first, second]);
        }

        for (var i = 0; i < Math.Max(left.Count, right.Count); i++)
        {
            if (i < left.Count && i < right.Count && same(left[i], right[i])) continue;
            var what = $"{one.Endpoint} gives {(i < left.Count ? name(left[i]) : "nothing more")}, {other.Endpoint} {(i < right.Count ? name(right[i]) : "nothing more")}";
            throw new ChainException(ChainErrorKind.Disagreement, $"{one.Endpoint} and {other.Endpoint}", method, $"they contradict each other: {what}.");
        }

        return left;
    }

    private static bool Same(LogEntry left, LogEntry right) =>
        left.BlockNumber == right.BlockNumber
        && left.LogIndex == right.LogIndex
        && left.BlockHash == right.BlockHash
        && left.TransactionHash == right.TransactionHash
        && left.Address == right.Address
        && left.Topics == right.Topics
        && left.Data.Span.SequenceEqual(right.Data.Span);
}
