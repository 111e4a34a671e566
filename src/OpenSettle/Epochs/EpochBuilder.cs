using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>A token that the vault settles, and the smallest accrual that becomes payable.</summary>
public sealed record ListedToken(Address Token, UInt256 SmallestLeaf);

/// <summary>
/// What an account ever earned of a token, how much of it stands in its leaf, and how much was assigned to pushes. The
/// rest waits until it reaches the token's smallest leaf.
/// </summary>
public readonly record struct AccountState(Address Account, Address Token, UInt256 Earned, UInt256 Leaf, UInt256 Pushed = default)
{
    /// <summary>All that was promised of it.</summary>
    public UInt256 Promised => Leaf + Pushed;

    /// <summary>Order of the books: token, then account.</summary>
    public static int Compare(AccountState left, AccountState right)
    {
        var byToken = left.Token.CompareTo(right.Token);
        return byToken != 0 ? byToken : left.Account.CompareTo(right.Account);
    }
}

/// <summary>The books between two epochs: all that the next one needs of those before it.</summary>
/// <param name="Accounts">In order of token, then account.</param>
/// <param name="Residues">In order of model, then token.</param>
/// <param name="Suspense">In order of key.</param>
public sealed record SettlementState(IReadOnlyList<AccountState> Accounts, IReadOnlyList<Residue> Residues, IReadOnlyList<Suspense> Suspense)
{
    public static SettlementState Empty { get; } = new([], [], []);

    /// <summary>An account's books of one token, or null where it has none.</summary>
    public AccountState? Find(Address account, Address token)
    {
        var wanted = new AccountState(account, token, UInt256.Zero, UInt256.Zero);
        var (low, high) = (0, Accounts.Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            var order = AccountState.Compare(Accounts[middle], wanted);
            if (order == 0) return Accounts[middle];
            if (order < 0) low = middle + 1;
            else high = middle;
        }

        return null;
    }
}

/// <summary>An account that is paid by push, and the address that its money goes to.</summary>
public readonly record struct PushOrder(Address Account, Address Recipient);

/// <summary>What becomes payable to an account in an epoch.</summary>
public readonly record struct Accrual(Address Account, Address Token, UInt256 Amount);

/// <summary>All that an epoch is built from.</summary>
/// <param name="Number">The epoch's number, from 1.</param>
/// <param name="FirstBlock">The block after the last one of the epoch before.</param>
/// <param name="LastBlock">The last block whose payments count; it is final.</param>
/// <param name="ParentHash">Hash of the last block of the epoch before; zero for the first.</param>
/// <param name="PreviousRoot">Root of the epoch before; zero for the first.</param>
/// <param name="Before">The books before it.</param>
/// <param name="Tokens">Listed by the last block, in any order.</param>
/// <param name="Terms">All terms of the epoch, by id.</param>
/// <param name="Payments">Payments whose money is in the vault by the last block, not divided before, in chain order. Gone through once here, and once more where the bundle is written.</param>
/// <param name="Usage">The epoch's usage and its sums.</param>
/// <param name="Push">Who is paid by push.</param>
public sealed record EpochInput(
    ulong Number,
    ulong FirstBlock,
    ulong LastBlock,
    Hash32 ParentHash,
    Hash32 LastBlockHash,
    Hash32 PreviousRoot,
    SettlementState Before,
    IReadOnlyList<ListedToken> Tokens,
    IReadOnlyList<Terms> Terms,
    IEnumerable<DividedPayment> Payments,
    EpochUsage Usage,
    IReadOnlyList<PushOrder> Push);

/// <summary>A token's new cumulative total: all that was ever promised of it.</summary>
public sealed record TokenTotal(Address Token, UInt256 Total);

/// <summary>An epoch, divided: what is posted, what is promised, and the trees behind it.</summary>
/// <param name="Division">Who got what of which model's money.</param>
/// <param name="After">The books after it.</param>
/// <param name="Changed">New totals of the tokens of which something was promised, tokens ascending.</param>
/// <param name="Tree">The tree of all leaves; null while no account has one.</param>
/// <param name="Pushes">What is to be pushed, tokens ascending, then accounts.</param>
/// <param name="Records">What each model did, models ascending.</param>
public sealed record EpochResult(
    EpochInput Input,
    DivisionResult Division,
    SettlementState After,
    IReadOnlyList<TokenTotal> Changed,
    CumulativeTree? Tree,
    IReadOnlyList<PushEntry> Pushes,
    IReadOnlyList<ModelRecord> Records)
{
    /// <summary>Root of the leaves; zero while there are none.</summary>
    public Hash32 Root => Tree?.Root ?? Hash32.Zero;

    /// <summary>Who gets an entry, and where to, accounts ascending: the bundle's push lines.</summary>
    public IReadOnlyList<PushOrder> PushOrders { get; } =
        [.. Pushes.Select(entry => new PushOrder(entry.Account, entry.Recipient)).Distinct().OrderBy(order => order.Account)];

    /// <summary>Root of the push entries; zero without any.</summary>
    public Hash32 PushRoot { get; } = Pushes.Count > 0 ? PushTree.Build(Pushes).Root : Hash32.Zero;

    /// <summary>Root of the models' records; zero without any.</summary>
    public Hash32 RecordRoot { get; } = RecordTree.RootOf(Input.Number, Records);

    /// <summary>The epoch's entries for the ledger: the division, and what became payable by it.</summary>
    public IEnumerable<LedgerEntry> Entries => Division.Entries.Concat(EpochBooks.Promises(Input.Before, After));
}

/// <summary>From an epoch's input to its books and roots. Pure: anybody who has the input gets the same bytes.</summary>
public static class EpochBuilder
{
    /// <param name="input">What the epoch is built from.</param>
    /// <param name="before">The tree of the books before it, where it is at hand: what did not change is not hashed again.</param>
    public static EpochResult Build(EpochInput input, CumulativeTree? before = null) => Build(input, _ => input.Push, before);

    /// <summary>The same, where who is paid by push depends on what becomes payable.</summary>
    /// <param name="choose">Of the accruals that become payable, in the books' order: who is paid by push.</param>
    public static EpochResult Build(EpochInput input, Func<IReadOnlyList<Accrual>, IReadOnlyList<PushOrder>> choose, CumulativeTree? before = null)
    {
        var listed = input.Tokens.Select(token => token.Token).ToHashSet();
        var division = new Division();
        foreach (var payment in input.Payments) division.Add(RequireListed(payment, listed));
        return Build(input, division, choose, before);
    }

    /// <summary>The same, where the input's payments were already given to the division one by one.</summary>
    public static EpochResult Build(EpochInput input, Division division, Func<IReadOnlyList<Accrual>, IReadOnlyList<PushOrder>> choose, CumulativeTree? before = null)
    {
        if (division.Tokens.Except(input.Tokens.Select(token => token.Token)).Cast<Address?>().FirstOrDefault() is { } strange)
            throw new InvalidOperationException($"There are payments in token {strange}, which is not listed.");
        var divided = division.Finish(input.Before.Residues, input.Before.Suspense, input.Terms, input.Usage);
        var books = EpochBooks.Settle(input.Before.Accounts, divided, input.Tokens, []);
        var push = choose(books.Accruals);
        if (push.Count > 0) books = EpochBooks.Settle(input.Before.Accounts, divided, input.Tokens, push);
        return Result(input with { Push = push }, divided, books, before);
    }

    /// <summary>The same, where it is known who is paid by push.</summary>
    internal static EpochResult Build(EpochInput input, Division division, CumulativeTree? before = null)
    {
        var divided = division.Finish(input.Before.Residues, input.Before.Suspense, input.Terms, input.Usage);
        return Result(input, divided, EpochBooks.Settle(input.Before.Accounts, divided, input.Tokens, input.Push), before);
    }

    private static EpochResult Result(EpochInput input, DivisionResult divided, EpochBooks books, CumulativeTree? before)
    {
        var after = new SettlementState(books.Accounts, divided.Residues, divided.Suspense);
        return new EpochResult(input, divided, after, books.Changed, TreeOf(after, books.Leaves, before), books.Pushes, ModelRecords.Of(input.Usage, divided.Revenue));
    }

    private static DividedPayment RequireListed(DividedPayment payment, HashSet<Address> listed)
    {
        var made = payment.Settled.Payment;
        return listed.Contains(made.Token) ? payment : throw new InvalidOperationException($"Payment {made.At} is in token {made.Token}, which is not listed.");
    }

    /// <summary>The tree over all leaves of the books, or null where there are none.</summary>
    public static CumulativeTree? TreeOf(SettlementState state)
    {
        var leaves = new List<CumulativeLeaf>(state.Accounts.Count);
        foreach (var account in state.Accounts)
        {
            if (!account.Leaf.IsZero) leaves.Add(new CumulativeLeaf(account.Account, account.Token, account.Leaf));
        }

        return leaves.Count > 0 ? CumulativeTree.Build(leaves) : null;
    }

    private static CumulativeTree? TreeOf(SettlementState after, IReadOnlyList<CumulativeLeaf> changed, CumulativeTree? before)
    {
        if (before is null) return TreeOf(after);
        return changed.Count == 0 ? before : before.With(changed);
    }
}
