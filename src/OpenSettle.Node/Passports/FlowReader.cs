using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Passports;

/// <summary>
/// Reads the transfers of listed ERC-20 tokens that reached accounts which matter to some passport, from the deployment's first block on and
/// never beyond the books. It is one endpoint's word, and no money depends on it. Native coin has no such logs.
/// </summary>
internal sealed class FlowReader(NodeOptions options, SqliteBooks books, IChainClient client)
{
    /// <summary>More accounts, or rows, than these are not kept: passports of models that would need more say nothing of clusters.</summary>
    public const long MostAccounts = 500_000;
    public const long MostRows = 20_000_000;

    /// <summary>An account with more transfers than these is read no further.</summary>
    public const long MostLogs = 50_000;

    /// <summary>Endpoints bound the size of a filter.</summary>
    private const int AccountsAtOnce = 200;

    private const ulong MostBlocks = 10_000;
    private const uint DaySeconds = 86_400;

    private ulong _blocks = 2_000;

    /// <summary>Says that these accounts matter: to be read once nobody is further behind.</summary>
    public static void Want(BooksSession session, RelatedAccounts related, ulong firstBlock)
    {
        if (session.Flows.CountAccounts() >= MostAccounts) return;
        session.Flows.Want(related.Near.Order().Take(RelatedAccounts.MostNear), 0, firstBlock);
        for (var i = 0; i < related.Funders.Count; i++) session.Flows.Want(related.Funders[i].Order(), i + 1, firstBlock);
    }

    /// <summary>
    /// Reads on, by a piece, the accounts that are furthest behind the last epoch's end. Whether something was read, whether that brought them
    /// to the books' end, and what keeps it from being read, in words.
    /// </summary>
    /// <exception cref="ChainException">The endpoint does not answer.</exception>
    public async Task<(bool Read, bool Whole, string? Problem)> RunAsync(CancellationToken cancellation)
    {
        var (reached, due, tokens, rows) = books.Read(session => session.Chain.Cursor() is { } cursor
            ? (cursor, session.Flows.Due(AccountsAtOnce, session.Epochs.LatestActive()?.LastBlockTime ?? 0), session.Chain.ListedTokens().Select(token => token.Token).Where(token => !token.IsZero).ToList(), session.Flows.CountRows())
            : (null, [], [], 0));
        if (reached is null || due.Count == 0) return (false, false, null);
        if (rows >= MostRows) return (false, false, $"there are {rows} rows of transfers, and at most {MostRows} are kept: no more are read");
        // Together they are asked for one piece of the chain: those that are nearer to its end wait.
        var first = due[0].NextBlock;
        var batch = due.Where(account => account.NextBlock == first).ToList();
        var most = due.Count > batch.Count ? Math.Max(first, due.Where(account => account.NextBlock != first).Min(account => account.NextBlock) - 1) : reached.Block;
        var (logs, last) = tokens.Count == 0 ? ([], most) : await ReadAsync(tokens, batch, first, most, cancellation);
        var times = await TimesAsync(logs, last, reached, cancellation);
        var flows = Sum(logs, times);
        var counts = logs.GroupBy(log => log.Transfer.To, log => log).ToDictionary(group => group.Key, group => group.LongCount());
        await books.WriteAsync(
            session =>
            {
                session.Flows.Take(
                    flows,
                    batch.Select(account =>
                    {
                        var count = account.Logs + counts.GetValueOrDefault(account.Account);
                        return account with { NextBlock = last + 1, ReadTime = times[last], Logs = count, State = count > MostLogs ? FlowState.TooMany : FlowState.Reading };
                    }));
                if (last == reached.Block) WantFunders(session, batch);
            },
            cancellation);
        return (true, last == reached.Block, null);
    }

    /// <summary>Whoever stands behind those accounts matters too, up to so many steps.</summary>
    private void WantFunders(BooksSession session, List<FlowAccount> accounts)
    {
        if (session.Flows.CountAccounts() >= MostAccounts) return;
        var id = options.Deployment.Watched.Id;
        foreach (var step in accounts.Where(account => account.Steps < RelatedAccounts.Steps).GroupBy(account => account.Steps, account => account.Account))
        {
            var funders = RelatedAccounts.FundersOf(session.Flows.Into(step, uint.MaxValue)).Where(account => account != id.Vault && account != id.Rail && !options.PublicSources.Contains(account));
            session.Flows.Want(funders.Distinct(), step.Key + 1, options.Deployment.Watched.FirstBlock);
        }
    }

    private async Task<(List<(LogEntry Log, Erc20.Transfer Transfer)> Logs, ulong Last)> ReadAsync(
        List<Address> tokens, List<FlowAccount> accounts, ulong first, ulong most, CancellationToken cancellation)
    {
        var wanted = accounts.Select(account => account.Account).ToHashSet();
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
    private async Task<Dictionary<ulong, ulong>> TimesAsync(List<(LogEntry Log, Erc20.Transfer Transfer)> logs, ulong last, ChainCursor reached, CancellationToken cancellation)
    {
        var times = new Dictionary<ulong, ulong> { [reached.Block] = reached.Timestamp };
        foreach (var block in logs.Select(log => log.Log.BlockNumber).Append(last).Distinct())
        {
            if (times.ContainsKey(block)) continue;
            var header = await client.GetBlockAsync(BlockRef.At(block), cancellation)
                ?? throw new ChainException(ChainErrorKind.UnknownBlock, client.Endpoint, "eth_getBlockByNumber", $"block {block} is not there.");
            times[block] = header.Timestamp;
        }

        return times;
    }

    private static List<TokenFlow> Sum(List<(LogEntry Log, Erc20.Transfer Transfer)> logs, Dictionary<ulong, ulong> times)
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
