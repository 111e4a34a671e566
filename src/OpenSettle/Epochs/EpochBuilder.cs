using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>A token that the vault settles, and the smallest accrual that becomes payable.</summary>
public sealed record ListedToken(Address Token, UInt256 SmallestLeaf);

/// <summary>
/// What an account ever earned of a token, and how much of it stands in its leaf. The difference waits until it
/// reaches the token's smallest leaf.
/// </summary>
public sealed record AccountState(Address Account, Address Token, UInt256 Earned, UInt256 Leaf);

/// <summary>The books between two epochs: all that the next one needs of those before it.</summary>
/// <param name="Accounts">In order of token, then account.</param>
/// <param name="Residues">In order of model, then token.</param>
public sealed record SettlementState(IReadOnlyList<AccountState> Accounts, IReadOnlyList<Residue> Residues)
{
    public static SettlementState Empty { get; } = new([], []);
}

/// <summary>How many usage events of a model an epoch saw. They count for passports; money follows in a later version.</summary>
public sealed record UsageCount(ModelId Model, ulong Events);

/// <summary>All that an epoch is built from.</summary>
/// <param name="Number">The epoch's number, from 1.</param>
/// <param name="FirstBlock">The block after the last one of the epoch before.</param>
/// <param name="LastBlock">The last block whose payments count; it is final.</param>
/// <param name="Before">The books before it.</param>
/// <param name="Payments">Payments whose money is in the vault by the last block, not divided before.</param>
public sealed record EpochInput(
    ulong Number,
    ulong FirstBlock,
    ulong LastBlock,
    Hash32 LastBlockHash,
    Hash32 PreviousRoot,
    SettlementState Before,
    IReadOnlyList<ListedToken> Tokens,
    IReadOnlyList<DividedPayment> Payments,
    IReadOnlyList<UsageCount> Usage);

/// <summary>A token's new cumulative total over all leaves.</summary>
public sealed record TokenTotal(Address Token, UInt256 Total);

/// <summary>An epoch, divided: what is posted, what is promised, and the tree behind it.</summary>
/// <param name="Entries">The division's entries, for the ledger.</param>
/// <param name="After">The books after it.</param>
/// <param name="Changed">New totals of the tokens whose leaves changed, tokens ascending.</param>
/// <param name="Tree">The tree of all leaves; null while no account has a payable one.</param>
public sealed record EpochResult(
    EpochInput Input,
    IReadOnlyList<LedgerEntry> Entries,
    SettlementState After,
    IReadOnlyList<TokenTotal> Changed,
    CumulativeTree? Tree);

/// <summary>From an epoch's input to its books and root. Pure: anybody who has the input gets the same bytes.</summary>
public static class EpochBuilder
{
    public static EpochResult Build(EpochInput input)
    {
        var smallest = input.Tokens.ToDictionary(token => token.Token, token => token.SmallestLeaf);
        foreach (var (settled, _) in input.Payments)
        {
            if (!smallest.ContainsKey(settled.Payment.Token))
                throw new InvalidOperationException($"Payment {settled.Payment.At} is in token {settled.Payment.Token}, which is not listed.");
        }

        var division = Division.Divide(input.Payments, input.Before.Residues);
        var accounts = new SortedDictionary<(Address Token, Address Account), AccountState>();
        foreach (var state in input.Before.Accounts) accounts.Add((state.Token, state.Account), state);
        foreach (var entry in division.Entries)
        {
            if (entry.To.Kind != AccountKind.Contributor) continue;
            var key = (entry.Token, Account: entry.To.ToAddress());
            var state = accounts.GetValueOrDefault(key) ?? new AccountState(key.Account, key.Token, UInt256.Zero, UInt256.Zero);
            accounts[key] = state with { Earned = state.Earned + entry.Amount };
        }

        var changed = new SortedSet<Address>();
        foreach (var (key, state) in accounts.ToArray())
        {
            var accrued = state.Earned - state.Leaf;
            if (accrued.IsZero || accrued < smallest[key.Token]) continue;
            accounts[key] = state with { Leaf = state.Earned };
            changed.Add(key.Token);
        }

        var after = new SettlementState([.. accounts.Values], division.Residues);
        return new EpochResult(input, division.Entries, after, Totals(after, changed), TreeOf(after));
    }

    /// <summary>The tree over all payable leaves of the books, or null where there are none.</summary>
    public static CumulativeTree? TreeOf(SettlementState state)
    {
        var leaves = new List<CumulativeLeaf>(state.Accounts.Count);
        foreach (var account in state.Accounts)
        {
            if (!account.Leaf.IsZero) leaves.Add(new CumulativeLeaf(account.Account, account.Token, account.Leaf));
        }

        return leaves.Count > 0 ? CumulativeTree.Build(leaves) : null;
    }

    private static List<TokenTotal> Totals(SettlementState state, SortedSet<Address> changed)
    {
        var totals = new SortedDictionary<Address, UInt256>();
        foreach (var account in state.Accounts)
        {
            if (changed.Contains(account.Token)) totals[account.Token] = totals.GetValueOrDefault(account.Token) + account.Leaf;
        }

        return [.. totals.Select(pair => new TokenTotal(pair.Key, pair.Value))];
    }
}
