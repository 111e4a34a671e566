using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// A range's logs by filters: what the endpoint says there is. More than is wanted may come, as pay addresses that are new in
/// the range are asked for from its beginning on: <see cref="RangeLogs"/> takes what is wanted.
/// </summary>
internal static class FilteredLogs
{
    // Endpoints bound the size of a filter; this many topics are taken by all that are known.
    private const int TopicsAtOnce = 200;

    /// <summary>The logs in chain order, each in one of these blocks.</summary>
    public static async Task<List<LogEntry>> ReadAsync(IChainClient client, IReadOnlyList<BlockHeader> headers, WatchSet wanted, CancellationToken cancellation)
    {
        var (first, last) = (headers[0].Number, headers[^1].Number);
        var all = new List<LogEntry>(await client.GetLogsAsync(new LogFilter(first, last, [.. wanted.Contracts], []), cancellation));
        var later = wanted.Copy();
        new RangeLogs(client.Endpoint, later).Take(all);

        var payments = await InOrder.ReadAsync(Filters(first, last, later), client.GetLogsAsync, cancellation);
        all.AddRange(payments);
        all.Sort(static (left, right) => (left.BlockNumber, left.LogIndex).CompareTo((right.BlockNumber, right.LogIndex)));
        for (var i = 0; i < all.Count; i++)
        {
            var log = all[i];
            var header = headers[checked((int)(log.BlockNumber - first))];
            if (header.Hash != log.BlockHash) throw Bad(client, $"a log of block {log.BlockNumber} is from block {log.BlockHash}, the chain has {header.Hash}.");
            if (i > 0 && all[i - 1].BlockNumber == log.BlockNumber && all[i - 1].LogIndex == log.LogIndex)
                throw Bad(client, $"log {log.LogIndex} of block {log.BlockNumber} came for two filters, of which no log fits both.");
        }

        return all;
    }

    private static IEnumerable<LogFilter> Filters(ulong first, ulong last, WatchSet wanted)
    {
        if (wanted.Attestations is { } attestations)
            yield return new LogFilter(first, last, [attestations.Service], [[Eas.AttestedTopic, Eas.RevokedTopic], [], [], [.. attestations.Schemas]]);
        // A contract of ours among the tokens or pay addresses was asked for already.
        Address[] tokens = [.. wanted.Tokens.Where(token => !wanted.Contracts.Contains(token))];
        foreach (var chunk in wanted.PayAddresses.Chunk(TopicsAtOnce))
        {
            if (tokens.Length > 0) yield return new LogFilter(first, last, tokens, [[Erc20.TransferTopic], [], [.. chunk.Select(LogTopics.Word)]]);
            Address[] accounts = [.. chunk.Where(account => !wanted.Contracts.Contains(account))];
            if (accounts.Length > 0) yield return new LogFilter(first, last, accounts, [[ModelAccount.NativeReceivedTopic]]);
        }
    }

    private static ChainException Bad(IChainClient client, string what) => new(ChainErrorKind.BadReply, client.Endpoint, "eth_getLogs", what);
}
