using OpenSettle.Epochs;
using OpenSettle.Primitives;

namespace OpenSettle.Verify;

/// <summary>Whether what the bundle promises is there, whoever it promises it to.</summary>
internal static class SolvencyCheck
{
    /// <param name="recomputed">The recomputed epoch where its books are the stated ones: its roots are then the stated books' too.</param>
    public static string? Difference(Bundle bundle, SettlementState before, EpochOnChain onChain, ChainView? chain, EpochResult? recomputed)
    {
        var promised = new SortedDictionary<Address, UInt256>();
        var earlier = new SortedDictionary<Address, UInt256>();
        var entries = new List<PushEntry>();
        var recipients = bundle.Push.ToDictionary(order => order.Account, order => order.Recipient);
        var at = 0;
        foreach (var state in bundle.After.Accounts)
        {
            var known = default(AccountState);
            if (at < before.Accounts.Count)
            {
                var order = AccountState.Compare(before.Accounts[at], state);
                if (order < 0) return Gone(before.Accounts[at]);
                if (order == 0) known = before.Accounts[at++];
            }

            if (state.Earned < known.Earned || state.Leaf < known.Leaf || state.Pushed < known.Pushed) return $"account {state.Account}, token {state.Token}: what it had fell";
            if (state.Leaf > state.Earned || state.Pushed > state.Earned - state.Leaf) return $"account {state.Account}, token {state.Token}: more is promised than was earned";
            promised[state.Token] = promised.GetValueOrDefault(state.Token) + state.Promised;
            earlier[state.Token] = earlier.GetValueOrDefault(state.Token) + known.Promised;
            if (state.Pushed == known.Pushed) continue;
            if (!recipients.TryGetValue(state.Account, out var recipient)) return $"account {state.Account}, token {state.Token}: a push has no recipient";
            entries.Add(new PushEntry(state.Account, recipient, state.Token, state.Pushed - known.Pushed));
        }

        if (at < before.Accounts.Count) return Gone(before.Accounts[at]);
        foreach (var entry in entries) recipients.Remove(entry.Account);
        if (recipients.Count > 0) return $"account {recipients.Keys.First()} has a recipient and no push";
        return TotalsDifference(bundle, promised, earlier)
            ?? RootsDifference(bundle, onChain, entries, recomputed)
            ?? CreditDifference(promised, chain);
    }

    private static string? TotalsDifference(Bundle bundle, SortedDictionary<Address, UInt256> promised, SortedDictionary<Address, UInt256> earlier)
    {
        var stated = bundle.Changed.ToDictionary(total => total.Token, total => total.Total);
        foreach (var (token, total) in stated)
        {
            if (promised.GetValueOrDefault(token) == earlier.GetValueOrDefault(token)) return $"token {token}: there is a total, and nothing new is promised";
            if (promised.GetValueOrDefault(token) != total) return $"token {token}: the total is {total}, and {promised.GetValueOrDefault(token)} is promised";
        }

        foreach (var (token, total) in promised)
        {
            if (total != earlier[token] && !stated.ContainsKey(token)) return $"token {token}: {total} is promised, and no total says so";
        }

        return null;
    }

    private static string? RootsDifference(Bundle bundle, EpochOnChain onChain, List<PushEntry> entries, EpochResult? recomputed)
    {
        var root = recomputed is null ? EpochBuilder.TreeOf(bundle.After)?.Root ?? Hash32.Zero : recomputed.Root;
        if (root != bundle.Root) return $"the root of the leaves is {root}, the bundle's is {bundle.Root}";
        if (root != onChain.Root) return $"the root of the leaves is {root}, on chain it is {onChain.Root}";
        var pushRoot = entries.Count > 0 ? PushTree.Build(entries).Root : Hash32.Zero;
        if (pushRoot != bundle.PushRoot) return $"the root of the pushes is {pushRoot}, the bundle's is {bundle.PushRoot}";
        var recordRoot = RecordTree.RootOf(bundle.Number, bundle.Records);
        if (recordRoot != bundle.RecordRoot) return $"the root of the records is {recordRoot}, the bundle's is {bundle.RecordRoot}";
        return recordRoot == onChain.RecordRoot ? null : $"the root of the records is {recordRoot}, on chain it is {onChain.RecordRoot}";
    }

    private static string? CreditDifference(SortedDictionary<Address, UInt256> promised, ChainView? chain)
    {
        if (chain is null) return null;
        foreach (var (token, total) in promised)
        {
            var credited = chain.Credited.GetValueOrDefault(token);
            if (total > credited) return $"token {token}: {total} is promised, and the vault was credited {credited}";
        }

        return null;
    }

    private static string Gone(AccountState state) => $"account {state.Account}, token {state.Token}: it is no longer there";
}
