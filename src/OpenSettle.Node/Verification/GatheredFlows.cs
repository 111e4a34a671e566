using OpenSettle.Node.Passports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Verification;

/// <summary>Transfers that a verification reads by itself, account by account as it learns which of them matter.</summary>
internal sealed class GatheredFlows(TransferReader transfers, IReadOnlyList<Address> tokens, ulong firstBlock, BlockPoint last) : IFlows
{
    private readonly Dictionary<Address, FlowAccount> _accounts = [];
    private readonly Dictionary<Address, List<TokenFlow>> _into = [];

    public List<TokenFlow> Into(IEnumerable<Address> receivers, uint beforeDay) =>
        [.. receivers.SelectMany(receiver => _into.GetValueOrDefault(receiver, [])).Where(flow => flow.Day < beforeDay)];

    public Dictionary<Address, FlowAccount> Of(IEnumerable<Address> accounts) =>
        accounts.Where(_accounts.ContainsKey).ToDictionary(account => account, account => _accounts[account]);

    /// <summary>The facts with the transfers of all accounts that matter, and why they are not known whole; null where they are.</summary>
    public async Task<(PassportFacts Facts, string? Missing)> AddToAsync(PassportFacts facts, CancellationToken cancellation)
    {
        var entry = facts.Registry.Get(facts.Model);
        while (true)
        {
            var related = RelatedAccounts.Of(this, facts, entry);
            // Whom a funder leads to is known once what it got is: those further on come in the next round.
            var unread = related.Near.Take(RelatedAccounts.MostNear).Concat(related.Funders.SelectMany(level => level)).Where(account => !_accounts.ContainsKey(account)).ToList();
            if (unread.Count == 0 || related.Near.Count > RelatedAccounts.MostNear) return (facts with { Flows = related.Flows, FlowsKnown = related.Missing is null }, related.Missing);
            foreach (var some in unread.Chunk(TransferReader.AccountsAtOnce)) await ReadAsync([.. some], cancellation);
        }
    }

    private async Task ReadAsync(HashSet<Address> accounts, CancellationToken cancellation)
    {
        foreach (var account in accounts) _accounts[account] = new FlowAccount(account, firstBlock, last.Timestamp, 0, 0, FlowState.Reading);
        for (var next = firstBlock; tokens.Count > 0 && next <= last.Number && accounts.Count > 0;)
        {
            var (logs, reached) = await transfers.ReadAsync(tokens, accounts, next, last.Number, cancellation);
            foreach (var flow in TransferReader.Sum(logs, await transfers.TimesAsync(logs, reached, last, cancellation)))
            {
                if (!_into.TryGetValue(flow.To, out var into)) _into.Add(flow.To, into = []);
                into.Add(flow);
            }

            foreach (var some in logs.GroupBy(log => log.Transfer.To))
            {
                var account = _accounts[some.Key];
                var count = account.Logs + some.LongCount();
                _accounts[some.Key] = account with { Logs = count, State = count > FlowReader.MostLogs ? FlowState.TooMany : FlowState.Reading };
                if (count > FlowReader.MostLogs) accounts.Remove(some.Key);
            }

            next = reached + 1;
        }
    }
}
