using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Passports;

/// <summary>Asks an endpoint for transfers of tokens to accounts, in pieces that it takes.</summary>
internal sealed class TransferReader(IChainClient client)
{
    /// <summary>Endpoints bound the size of a filter.</summary>
    public const int AccountsAtOnce = 200;

    private const ulong MostBlocks = 10_000;
    private const uint DaySeconds = 86_400;

    private ulong _blocks = 2_000;

    /// <summary>Transfers to some accounts, from a block on, and the last block up to which they are all there are.</summary>
    public async Task<(List<(LogEntry Log, Erc20.Transfer Transfer)> Logs, ulong Last)> ReadAsync(
        IReadOnlyList<Address> tokens, IReadOnlySet<Address> wanted, ulong first, ulong most, CancellationToken cancellation)
    {
        while (true)
        {
            var last = most - first < _blocks ? most : first + _blocks - 1;
            try
            {
                var filter = new LogFilter(first, last, tokens, [[Erc20.TransferTopic], [], [.. wanted.Select(LogTopics.Word)]]);
                var said = await client.GetLogsAsync(filter, cancellation);
                _blocks = Math.Min(MostBlocks, _blocks * 2);
                return ([.. said.Select(log => (Log: log, Transfer: Erc20.Decode(log))).Where(pair => pair.Transfer is { } transfer && wanted.Contains(transfer.To)).Select(pair => (pair.Log, pair.Transfer ?? throw new InvalidOperationException("It was looked at.")))], last);
            }
            catch (ChainException e) when (e.Kind is ChainErrorKind.RangeTooLarge && _blocks > 1)
            {
                _blocks = Math.Max(1, Math.Min(_blocks, last - first + 1) / 2);
            }
        }
    }

    /// <summary>The times of the blocks of these logs, and of the last one: a log does not say its own.</summary>
    /// <param name="known">The time of a block that need not be asked for.</param>
    public async Task<Dictionary<ulong, ulong>> TimesAsync(List<(LogEntry Log, Erc20.Transfer Transfer)> logs, ulong last, BlockPoint known, CancellationToken cancellation)
    {
        var times = new Dictionary<ulong, ulong> { [known.Number] = known.Timestamp };
        foreach (var block in logs.Select(log => log.Log.BlockNumber).Append(last).Distinct())
        {
            if (times.ContainsKey(block)) continue;
            var header = await client.GetBlockAsync(BlockRef.At(block), cancellation)
                ?? throw new ChainException(ChainErrorKind.UnknownBlock, client.Endpoint, "eth_getBlockByNumber", $"block {block} is not there.");
            times[block] = header.Timestamp;
        }

        return times;
    }

    /// <summary>By day, sender and receiver.</summary>
    public static List<TokenFlow> Sum(List<(LogEntry Log, Erc20.Transfer Transfer)> logs, Dictionary<ulong, ulong> times)
    {
        var sums = new Dictionary<(uint Day, Address Token, Address From, Address To), UInt256>();
        foreach (var (log, transfer) in logs)
        {
            var key = (checked((uint)(times[log.BlockNumber] / DaySeconds)), log.Address, transfer.From, transfer.To);
            sums[key] = sums.GetValueOrDefault(key) + transfer.Amount;
        }

        return [.. sums.Select(pair => new TokenFlow(pair.Key.Day, pair.Key.Token, pair.Key.From, pair.Key.To, pair.Value))];
    }
}
