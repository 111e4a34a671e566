using System.Data.Common;
using OpenSettle.Ledger;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>An account that was paid in a token by claims.</summary>
public readonly record struct Claimant(Address Account, Address Token);

/// <summary>
/// What claims paid, as the ledger's entries have it: the vault counts it by account, and pushes apart from it.
/// </summary>
public sealed class ClaimStore(BooksSession session)
{
    // A claim's entries are posted with this cause; a push's with another. Its index takes the kind as it stands here.
    private const string AreClaims = "to_kind = 5 AND substr(cause, 1, 7) = 'payout '";

    /// <summary>All that an account ever claimed of a token.</summary>
    public UInt256 Sum(Claimant claimant) => session.Query(
        $"SELECT amount FROM ledger_entries WHERE {AreClaims} AND from_id = ?1 AND token = ?2 AND from_kind = ?3", row => row.Amount(0),
        LedgerAccount.Settled(claimant.Account).Id, claimant.Token, AccountKind.Settled).Aggregate(UInt256.Zero, static (sum, amount) => sum + amount);

    /// <summary>The next claimants after one, in order; from the beginning where there is none.</summary>
    public IReadOnlyList<Claimant> After(Claimant? last, int most) => session.Query(
        $"SELECT DISTINCT from_id, token FROM ledger_entries WHERE {AreClaims} AND (from_id, token) > (?1, ?2) ORDER BY from_id, token LIMIT ?3", ReadClaimant,
        last is { } known ? LedgerAccount.Settled(known.Account).Id : Hash32.Zero, last?.Token ?? Address.Zero, most);

    /// <summary>Claimants that were paid in entries after one.</summary>
    public IReadOnlyList<Claimant> PaidSince(long entry) =>
        session.Query($"SELECT DISTINCT from_id, token FROM ledger_entries WHERE +{AreClaims} AND seq > ?1 ORDER BY from_id, token", ReadClaimant, entry);

    /// <summary>The ledger's last entry.</summary>
    public long LastEntry() => session.Single("SELECT coalesce(max(seq), 0) FROM ledger_entries", row => row.GetInt64(0));

    private static Claimant ReadClaimant(DbDataReader row) => new(new LedgerAccount(AccountKind.Settled, row.Word(0)).ToAddress(), row.Account(1));
}
