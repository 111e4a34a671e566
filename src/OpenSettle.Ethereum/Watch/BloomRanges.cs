using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// <see cref="Completeness.Bloom"/>: logs come by filters. A block that gave none of them, and whose bloom may hold one, has to
/// prove by its receipts that it holds none.
/// </summary>
public sealed class BloomRanges(IBlockReader reader) : IRangeSource
{
    // Blocks that are proven at once.
    private const int AtOnce = 20;

    public async Task<BlockRange> ReadAsync(ulong first, ulong last, WatchSet wanted, CancellationToken cancellation)
    {
        var headers = RangeHeaders.Link(reader.Endpoint, first, last, await reader.GetSealedHeadersAsync(first, last, cancellation), static block => block.Header);
        var plain = Array.ConvertAll(headers, block => block.Header);
        var said = await FilteredLogs.ReadAsync(reader, plain, wanted, cancellation);

        var logs = new RangeLogs(reader.Endpoint, wanted);
        var silent = new List<SealedHeader>();
        var at = 0;
        foreach (var block in headers)
        {
            var (from, kept) = (at, logs.Kept.Count);
            while (at < said.Count && said[at].BlockNumber == block.Header.Number) at++;
            // What is wanted grows while a block is taken: blocks before it are held against what was wanted there.
            var before = at > from && silent.Count > 0 ? wanted.Copy() : wanted;
            if (logs.Take(said[from..at]))
            {
                await RequireNoneAsync(silent, before, cancellation);
                silent.Clear();
            }

            if (logs.Kept.Count == kept && wanted.MayHold(block.Bloom.Span)) silent.Add(block);
        }

        await RequireNoneAsync(silent, wanted, cancellation);
        return new BlockRange(plain, logs.Kept);
    }

    private async Task RequireNoneAsync(List<SealedHeader> blocks, WatchSet wanted, CancellationToken cancellation)
    {
        foreach (var part in blocks.Chunk(AtOnce))
        {
            var proven = await reader.GetProvenLogsAsync(part, cancellation);
            for (var i = 0; i < part.Length; i++) RequireNone(part[i], proven[i], wanted);
        }
    }

    private void RequireNone(SealedHeader block, IReadOnlyList<LogEntry>? logs, WatchSet wanted)
    {
        var header = block.Header;
        if (logs is null) throw RangeHeaders.WithoutReceipts(reader.Endpoint, header);
        foreach (var log in logs)
        {
            if (!wanted.Wants(in log)) continue;
            throw new ChainException(
                ChainErrorKind.BadReply, reader.Endpoint, "eth_getLogs",
                $"log {log.LogIndex} of block {header.Number} is in the block's receipts, and was kept back. Set completeness to \"receipts\", or use another endpoint.");
        }
    }
}
