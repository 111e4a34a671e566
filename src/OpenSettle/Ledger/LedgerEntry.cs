using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ledger;

/// <summary>The kinds of accounts in the books.</summary>
public enum AccountKind : byte
{
    Unknown = 0,

    /// <summary>Where all money comes from: the only account that may be overdrawn.</summary>
    Payers = 1,

    /// <summary>At a model's pay address, not yet swept.</summary>
    Transit = 2,

    /// <summary>A model's revenue: in the vault, not yet divided; between epochs, its rounding residue.</summary>
    Model = 3,

    /// <summary>Earned by a contributor, and still below the token's smallest leaf.</summary>
    Contributor = 4,

    /// <summary>Paid out of the vault.</summary>
    Paid = 5,

    /// <summary>On its way up to a parent model, from its children. Empty between epochs.</summary>
    Upstream = 6,

    /// <summary>The part of a model's revenue that measured influence divides. Empty between epochs.</summary>
    Pool = 7,

    /// <summary>A model's, until a committed table is published.</summary>
    Suspense = 8,

    /// <summary>A contributor's, in an epoch's leaf or push entry: payable once that epoch is active.</summary>
    Settled = 9,
}

/// <summary>One account of the books, within one token.</summary>
public readonly record struct LedgerAccount(AccountKind Kind, Hash32 Id)
{
    public static LedgerAccount Payers => new(AccountKind.Payers, Hash32.Zero);

    public static LedgerAccount Paid => new(AccountKind.Paid, Hash32.Zero);

    public static LedgerAccount Transit(ModelId model) => new(AccountKind.Transit, model.Value);

    public static LedgerAccount Model(ModelId model) => new(AccountKind.Model, model.Value);

    public static LedgerAccount Upstream(ModelId parent) => new(AccountKind.Upstream, parent.Value);

    public static LedgerAccount Pool(ModelId model) => new(AccountKind.Pool, model.Value);

    public static LedgerAccount Suspense(ModelId model) => new(AccountKind.Suspense, model.Value);

    public static LedgerAccount Contributor(Address account) => new(AccountKind.Contributor, Pad(account));

    public static LedgerAccount Settled(Address account) => new(AccountKind.Settled, Pad(account));

    /// <summary>The address behind a contributor's accounts.</summary>
    public Address ToAddress()
    {
        if (Kind is not (AccountKind.Contributor or AccountKind.Settled)) throw new InvalidOperationException($"A {Kind} account has no address.");
        Span<byte> padded = stackalloc byte[Hash32.Size];
        Id.WriteTo(padded);
        return Address.FromBytes(padded[12..]);
    }

    private static Hash32 Pad(Address account)
    {
        Span<byte> padded = stackalloc byte[Hash32.Size];
        padded.Clear();
        account.WriteTo(padded[12..]);
        return Hash32.FromBytes(padded);
    }
}

/// <summary>
/// Money moves from one account to another. With both sides in one entry, the books cannot lose or make any.
/// </summary>
public readonly record struct LedgerEntry(Address Token, LedgerAccount From, LedgerAccount To, UInt256 Amount);

/// <summary>All that ever went out of and came into an account.</summary>
public readonly record struct AccountTotals(UInt256 Out, UInt256 In)
{
    /// <summary>What is in it. Meaningless for <see cref="AccountKind.Payers"/>, which only gives.</summary>
    public UInt256 Balance => In - Out;

    /// <summary>Both totals: the balance of what only gives would be below zero.</summary>
    public override string ToString() => $"{Out} out and {In} in";
}

/// <summary>The books of one token, by kind of account.</summary>
/// <param name="Received">What came and stayed.</param>
/// <param name="Transit">At pay addresses.</param>
/// <param name="Undivided">Models' revenue and residues, and what is on its way through a division.</param>
/// <param name="Suspense">Waits for tables.</param>
/// <param name="Earned">Contributors', below the smallest leaf.</param>
/// <param name="Settled">Contributors', payable.</param>
/// <param name="Paid">Paid out.</param>
public sealed record TrialBalance(
    Address Token, UInt256 Received, UInt256 Transit, UInt256 Undivided, UInt256 Suspense, UInt256 Earned, UInt256 Settled, UInt256 Paid)
{
    /// <summary>Whether everything that came in is somewhere: the sum over all accounts is zero.</summary>
    public bool Agrees => Received == Transit + Undivided + Suspense + Earned + Settled + Paid;

    /// <summary>What is owed to contributors, payable or not yet.</summary>
    public UInt256 Owed => Earned + Settled;

    /// <summary>Draws it up from what went out of and came into all accounts of each kind.</summary>
    public static TrialBalance Of(Address token, IReadOnlyDictionary<AccountKind, AccountTotals> kinds)
    {
        UInt256 Balance(AccountKind kind) => kinds.TryGetValue(kind, out var totals) ? totals.Balance : UInt256.Zero;
        var payers = kinds.GetValueOrDefault(AccountKind.Payers);
        return new TrialBalance(
            token, payers.Out - payers.In, Balance(AccountKind.Transit),
            Balance(AccountKind.Model) + Balance(AccountKind.Upstream) + Balance(AccountKind.Pool),
            Balance(AccountKind.Suspense), Balance(AccountKind.Contributor), Balance(AccountKind.Settled), Balance(AccountKind.Paid));
    }
}
