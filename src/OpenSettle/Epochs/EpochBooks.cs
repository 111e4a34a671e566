using OpenSettle.Ledger;
using OpenSettle.Primitives;

namespace OpenSettle.Epochs;

/// <summary>The books of accounts after an epoch, and what changed in them.</summary>
/// <param name="Accounts">All accounts, in order of token, then account.</param>
/// <param name="Leaves">Leaves that changed, in the same order.</param>
/// <param name="Pushes">What is to be pushed, in the same order.</param>
/// <param name="Changed">New totals of the tokens of which something was promised.</param>
/// <param name="Accruals">What became payable, by leaf or by push, in the same order.</param>
internal sealed record EpochBooks(
    IReadOnlyList<AccountState> Accounts, IReadOnlyList<CumulativeLeaf> Leaves, IReadOnlyList<PushEntry> Pushes, IReadOnlyList<TokenTotal> Changed,
    IReadOnlyList<Accrual> Accruals)
{
    /// <summary>Adds what was earned, and promises what has become large enough.</summary>
    public static EpochBooks Settle(
        IReadOnlyList<AccountState> before, DivisionResult division, IReadOnlyList<ListedToken> tokens, IReadOnlyList<PushOrder> push)
    {
        var smallest = tokens.ToDictionary(token => token.Token, token => token.SmallestLeaf);
        var recipients = push.ToDictionary(order => order.Account, order => order.Recipient);
        var accounts = Merge(before, Earnings(division));
        var leaves = new List<CumulativeLeaf>();
        var pushes = new List<PushEntry>();
        var accruals = new List<Accrual>();
        var changed = new SortedDictionary<Address, UInt256>();
        for (var i = 0; i < accounts.Length; i++)
        {
            ref var state = ref accounts[i];
            var waiting = state.Earned - state.Promised;
            if (waiting.IsZero) continue;
            // A token is listed for ever, so a token that the books have and the list has not is a fault of the reader.
            if (!smallest.TryGetValue(state.Token, out var least)) throw new InvalidOperationException($"The books have token {state.Token}, which is not listed.");
            if (waiting < least) continue;
            changed[state.Token] = UInt256.Zero;
            accruals.Add(new Accrual(state.Account, state.Token, waiting));
            if (recipients.TryGetValue(state.Account, out var recipient))
            {
                pushes.Add(new PushEntry(state.Account, recipient, state.Token, waiting));
                state = state with { Pushed = state.Pushed + waiting };
            }
            else
            {
                state = state with { Leaf = state.Leaf + waiting };
                leaves.Add(new CumulativeLeaf(state.Account, state.Token, state.Leaf));
            }
        }

        foreach (var state in accounts)
        {
            if (changed.TryGetValue(state.Token, out var total)) changed[state.Token] = total + state.Promised;
        }

        return new EpochBooks(accounts, leaves, pushes, [.. changed.Select(pair => new TokenTotal(pair.Key, pair.Value))], accruals);
    }

    /// <summary>What became payable between two states of the books, as entries of the ledger.</summary>
    public static IEnumerable<LedgerEntry> Promises(SettlementState before, SettlementState after)
    {
        var at = 0;
        foreach (var state in after.Accounts)
        {
            while (at < before.Accounts.Count && AccountState.Compare(before.Accounts[at], state) < 0) at++;
            var known = at < before.Accounts.Count && AccountState.Compare(before.Accounts[at], state) == 0;
            var risen = known ? state.Promised - before.Accounts[at].Promised : state.Promised;
            if (!risen.IsZero) yield return new LedgerEntry(state.Token, LedgerAccount.Contributor(state.Account), LedgerAccount.Settled(state.Account), risen);
        }
    }

    /// <summary>What each account earned, in the order of the books; one account may come several times.</summary>
    private static AccountState[] Earnings(DivisionResult division)
    {
        var count = 0;
        foreach (var model in division.Models) count += model.Rows.Count + model.Influence.Count;
        var earned = new AccountState[count];
        var at = 0;
        foreach (var model in division.Models)
        {
            foreach (var (account, amount) in model.Rows) earned[at++] = new AccountState(account, model.Token, amount, UInt256.Zero);
            foreach (var (account, amount) in model.Influence) earned[at++] = new AccountState(account, model.Token, amount, UInt256.Zero);
        }

        Array.Sort(earned, AccountState.Compare);
        return earned;
    }

    private static AccountState[] Merge(IReadOnlyList<AccountState> before, AccountState[] earned)
    {
        var merged = new List<AccountState>(before.Count + earned.Length);
        var at = 0;
        foreach (var part in earned)
        {
            while (at < before.Count && AccountState.Compare(before[at], part) <= 0) merged.Add(before[at++]);
            if (merged.Count > 0 && AccountState.Compare(merged[^1], part) == 0) merged[^1] = merged[^1] with { Earned = merged[^1].Earned + part.Earned };
            else merged.Add(part);
        }

        while (at < before.Count) merged.Add(before[at++]);
        return [.. merged];
    }
}
