using OpenSettle.Primitives;

namespace OpenSettle.Node;

/// <summary>What waits of a token at pay addresses, and why it is not swept.</summary>
/// <param name="Amount">At all pay addresses together.</param>
/// <param name="Models">How many pay addresses have any.</param>
/// <param name="Cost">What the sweep of one address costs at the least, in wei; null where it was not asked.</param>
/// <param name="NextLook">Or sooner, with the next final block.</param>
public sealed record SweepView(Address Token, UInt256 Amount, int Models, UInt256? Cost, string Why, DateTimeOffset NextLook);

/// <summary>A figure as the books have it and as the chain has it, at one block.</summary>
public readonly record struct Compared(UInt256 Ledger, UInt256 Chain)
{
    public bool Agrees => Ledger == Chain;

    /// <summary>How far they are apart, with a sign: what the chain has more than the books.</summary>
    public string Difference => Chain >= Ledger ? $"{Chain - Ledger}" : $"-{Ledger - Chain}";
}

/// <summary>The books of a token against the vault's.</summary>
/// <param name="Promised">What activated epochs promise.</param>
/// <param name="Balance">What the vault holds; the books say the least that it has to hold.</param>
public sealed record TokenDrift(Address Token, Compared Credited, Compared Promised, Compared Paid, Compared Balance)
{
    /// <summary>The first figure that differs, in words; null where none does.</summary>
    public string? Problem =>
        Told("was credited", Credited) ?? Told("has promised", Promised) ?? Told("has paid", Paid)
        ?? (Balance.Chain >= Balance.Ledger ? null : $"the vault holds {Balance.Chain}, and owes {Balance.Ledger}");

    private static string? Told(string what, Compared figure) => figure.Agrees ? null : $"the vault {what} {figure.Chain}, and the books say {figure.Ledger}";
}

/// <summary>The last comparison of the books with the chain.</summary>
/// <param name="ComputedAt">Null before the first.</param>
/// <param name="Block">Both sides are of this block.</param>
/// <param name="AccountsChecked">Accounts, each for one token, that were compared since the start.</param>
/// <param name="Reason">Why it could not be computed again; null where it could.</param>
public sealed record DriftView(DateTimeOffset? ComputedAt, ulong? Block, IReadOnlyList<TokenDrift> Tokens, long AccountsChecked, string? Reason)
{
    public static DriftView None { get; } = new(null, null, [], 0, null);
}
