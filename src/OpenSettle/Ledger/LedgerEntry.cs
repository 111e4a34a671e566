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

    /// <summary>In the vault and a model's, not yet divided; between epochs, its rounding residue.</summary>
    Model = 3,

    /// <summary>Earned by a contributor and not yet paid out.</summary>
    Contributor = 4,

    /// <summary>Paid out of the vault.</summary>
    Paid = 5,
}

/// <summary>One account of the books, within one token.</summary>
public readonly record struct LedgerAccount(AccountKind Kind, Hash32 Id)
{
    public static LedgerAccount Payers => new(AccountKind.Payers, Hash32.Zero);

    public static LedgerAccount Paid => new(AccountKind.Paid, Hash32.Zero);

    public static LedgerAccount Transit(ModelId model) => new(AccountKind.Transit, model.Value);

    public static LedgerAccount Model(ModelId model) => new(AccountKind.Model, model.Value);

    public static LedgerAccount Contributor(Address account)
    {
        Span<byte> padded = stackalloc byte[Hash32.Size];
        padded.Clear();
        account.WriteTo(padded[12..]);
        return new LedgerAccount(AccountKind.Contributor, Hash32.FromBytes(padded));
    }

    /// <summary>The address behind a contributor's account.</summary>
    public Address ToAddress()
    {
        if (Kind != AccountKind.Contributor) throw new InvalidOperationException($"A {Kind} account has no address.");
        Span<byte> padded = stackalloc byte[Hash32.Size];
        Id.WriteTo(padded);
        return Address.FromBytes(padded[12..]);
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
public sealed record TrialBalance(
    Address Token, UInt256 Received, UInt256 Transit, UInt256 Undivided, UInt256 Owed, UInt256 Paid)
{
    /// <summary>Whether everything that came in is somewhere.</summary>
    public bool Agrees => Received == Transit + Undivided + Owed + Paid;
}
