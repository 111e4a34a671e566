using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage;

namespace OpenSettle.Node.Passports;

/// <summary>
/// Reads the transfers of listed ERC-20 tokens that reached accounts which matter to some passport, from the deployment's first block on and
/// never beyond the books. It is one endpoint's word, and no money depends on it. Native coin has no such logs.
/// </summary>
internal sealed class FlowReader(NodeOptions options, IBooks books, IChainClient client)
{
    /// <summary>More accounts, or rows, than these are not kept: passports of models that would need more say nothing of clusters.</summary>
    public const long MostAccounts = 500_000;
    public const long MostRows = 20_000_000;

    /// <summary>An account with more transfers than these is read no further.</summary>
    public const long MostLogs = 50_000;

    private readonly TransferReader _transfers = new(client);

    /// <summary>Says that these accounts matter: to be read once nobody is further behind.</summary>
    public static void Want(BooksSession session, RelatedAccounts related, ulong firstBlock)
    {
        if (session.Flows.CountAccounts() >= MostAccounts) return;
        session.Flows.Want(related.Near.Order().Take(RelatedAccounts.MostNear), 0, firstBlock);
        for (var i = 0; i < related.Funders.Count; i++) session.Flows.Want(related.Funders[i].Order(), i + 1, firstBlock);
    }

    /// <summary>
    /// Reads on, by a piece, the accounts that are furthest behind the day of the last epoch's end. Whether something was read, whether that brought them
    /// to the books' end, and what keeps it from being read, in words.
    /// </summary>
    /// <exception cref="ChainException">The endpoint does not answer.</exception>
    public async Task<(bool Read, bool Whole, string? Problem)> RunAsync(CancellationToken cancellation)
    {
        var (reached, due, tokens, rows) = books.Read(session => session.Chain.Cursor() is { } cursor
            ? (cursor, session.Flows.Due(TransferReader.AccountsAtOnce, DayOf(session.Epochs.LatestActive()?.LastBlockTime ?? 0)), session.Chain.ListedTokens().Select(token => token.Token).Where(token => !token.IsZero).ToList(), session.Flows.CountRows())
            : (null, [], [], 0));
        if (reached is null || due.Count == 0) return (false, false, null);
        if (rows >= MostRows) return (false, false, $"there are {rows} rows of transfers, and at most {MostRows} are kept: no more are read");
        // Together they are asked for one piece of the chain: those that are nearer to its end wait.
        var first = due[0].NextBlock;
        var batch = due.Where(account => account.NextBlock == first).ToList();
        var most = due.Count > batch.Count ? Math.Max(first, due.Where(account => account.NextBlock != first).Min(account => account.NextBlock) - 1) : reached.Block;
        var (logs, last) = tokens.Count == 0 ? ([], most) : await _transfers.ReadAsync(tokens, batch.Select(account => account.Account).ToHashSet(), first, most, cancellation);
        var times = await _transfers.TimesAsync(logs, last, new BlockPoint(reached.Block, reached.Timestamp), cancellation);
        var flows = TransferReader.Sum(logs, times);
        var counts = logs.GroupBy(log => log.Transfer.To).ToDictionary(group => group.Key, group => group.LongCount());
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

    /// <summary>The start of the day. A passport tells of transfers of days before that of the last epoch's end.</summary>
    private static ulong DayOf(ulong time) => time - time % 86_400;

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
}
