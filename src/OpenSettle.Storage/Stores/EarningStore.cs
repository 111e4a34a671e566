using System.Globalization;
using System.Data.Common;
using OpenSettle.Ledger;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>What an account got of a model's money in an epoch.</summary>
/// <param name="Entry">Its place in the ledger: later ones have higher numbers.</param>
/// <param name="ByPool">Whether influence, or the fallback rows, gave it; otherwise the split's rows did.</param>
public readonly record struct AccountEarning(long Entry, ulong Epoch, ModelId Model, Address Token, bool ByPool, UInt256 Amount);

/// <summary>Which earnings are asked for.</summary>
/// <param name="First">The first epoch.</param>
/// <param name="Last">The last one.</param>
public readonly record struct EarningFilter(Address? Token = null, ModelId? Model = null, ulong First = 0, ulong Last = long.MaxValue)
{
    public bool Takes(AccountEarning earning) => (Token ?? earning.Token) == earning.Token && (Model ?? earning.Model) == earning.Model && earning.Epoch >= First && earning.Epoch <= Last;
}

/// <summary>What was paid out to an account, by a claim or by a push.</summary>
/// <param name="Entry">Its place in the ledger: later ones have higher numbers.</param>
/// <param name="Cause">What the ledger calls it: <c>payout</c>, <c>push</c> or <c>push taken</c>.</param>
public readonly record struct AccountPayout(long Entry, string Cause, LogPosition At, Address Token, UInt256 Amount);

/// <summary>What models' money gave to accounts and to parents, by epoch, and what was paid of it: the ledger's entries say it.</summary>
public sealed class EarningStore(BooksSession session)
{
    private const string CausePrefix = "epoch ";

    // Influence comes out of a model's pool, rows out of the model itself.
    private const string EarningColumns = $"seq, {EpochOfCause}, from_id, token, from_kind = 7, amount";
    // Looked at only where it is a number: an engine may look before it leaves other rows out.
    private const string EpochOfCause = "CASE WHEN substr(cause, 1, 6) = 'epoch ' THEN CAST(substr(cause, 7) AS BIGINT) END";
    private const string OfEpochs = "substr(cause, 1, 6) = 'epoch '";

    /// <summary>Whether anything was ever earned by an account, or paid out to it.</summary>
    public bool Knows(Address account) => session.Single(
        "SELECT EXISTS (SELECT 1 FROM ledger_accounts WHERE kind IN (?1, ?2) AND id = ?3)", row => row.Flag(0),
        AccountKind.Contributor, AccountKind.Settled, LedgerAccount.Settled(account).Id);

    /// <summary>Of epochs after one and up to another, in order of epoch, token and taker.</summary>
    public (IReadOnlyList<Earning> Earnings, IReadOnlyList<UpstreamFlow> Upstream) Of(ModelId model, ulong after, ulong upTo)
    {
        var earned = new Dictionary<(ulong Epoch, Address Token, Hash32 To), UInt256>();
        var up = new Dictionary<(ulong Epoch, Address Token, Hash32 To), UInt256>();
        session.Each(
            "SELECT cause, token, to_kind, to_id, amount FROM ledger_entries INDEXED BY ledger_entries_given WHERE from_id = ?1 AND to_kind IN (4, 6) ORDER BY seq",
            row =>
            {
                if (EpochOf(row.GetString(0)) is not { } epoch || epoch <= after || epoch > upTo) return;
                var sums = (AccountKind)row.GetInt32(2) == AccountKind.Contributor ? earned : up;
                var key = (epoch, row.Account(1), row.Word(3));
                sums[key] = sums.GetValueOrDefault(key) + row.Amount(4);
            },
            model);
        return (
            [.. earned.OrderBy(pair => pair.Key).Select(pair => new Earning(pair.Key.Epoch, pair.Key.Token, new LedgerAccount(AccountKind.Contributor, pair.Key.To).ToAddress(), pair.Value))],
            [.. up.OrderBy(pair => pair.Key).Select(pair => new UpstreamFlow(pair.Key.Epoch, pair.Key.Token, new ModelId(pair.Key.To), pair.Value))]);
    }

    /// <summary>All that an account ever earned, in no order.</summary>
    public IReadOnlyList<AccountEarning> AllTo(Address account) => session.Query(
        $"SELECT {EarningColumns} FROM ledger_entries INDEXED BY ledger_entries_to WHERE to_kind = 4 AND to_id = ?1 AND {OfEpochs}", Read,
        LedgerAccount.Contributor(account).Id);

    /// <summary>What an account earned, newest first.</summary>
    public IReadOnlyList<AccountEarning> To(Address account, EarningFilter filter, long before, int most) => session.Query(
        $"""
        SELECT {EarningColumns} FROM ledger_entries INDEXED BY ledger_entries_to WHERE to_kind = 4 AND to_id = ?1 AND {OfEpochs} AND seq < ?2
        AND (token = ?3 OR ?3 IS NULL) AND (from_id = ?4 OR ?4 IS NULL) AND {EpochOfCause} BETWEEN ?5 AND ?6 ORDER BY seq DESC LIMIT ?7
        """,
        Read, LedgerAccount.Contributor(account).Id, before, filter.Token, filter.Model, filter.First, filter.Last, most);

    /// <summary>What an account earned in an epoch, by token.</summary>
    public IReadOnlyDictionary<Address, UInt256> In(ulong epoch, Address account)
    {
        var sums = new SortedDictionary<Address, UInt256>();
        session.Each(
            "SELECT token, amount FROM ledger_entries WHERE to_kind = 4 AND to_id = ?1 AND cause = ?2",
            row => sums[row.Account(0)] = sums.GetValueOrDefault(row.Account(0)) + row.Amount(1),
            LedgerAccount.Contributor(account).Id, CausePrefix + epoch.ToString(CultureInfo.InvariantCulture));
        return sums;
    }

    /// <summary>What was paid out to an account, newest first.</summary>
    /// <param name="before">An entry; only those before it.</param>
    public IReadOnlyList<AccountPayout> Paid(Address account, Address? token, long before, int most) => session.Query(
        "SELECT seq, cause, token, amount FROM ledger_entries WHERE to_kind = 5 AND from_id = ?1 AND seq < ?2 AND (token = ?3 OR ?3 IS NULL) ORDER BY seq DESC LIMIT ?4",
        row =>
        {
            // "payout 12:3", "push 12:3", "push taken 12:3".
            var cause = row.GetString(1);
            var space = cause.LastIndexOf(' ');
            var place = cause[(space + 1)..].Split(':');
            var at = new LogPosition(ulong.Parse(place[0], NumberStyles.None, CultureInfo.InvariantCulture), uint.Parse(place[1], NumberStyles.None, CultureInfo.InvariantCulture));
            return new AccountPayout(row.GetInt64(0), cause[..space], at, row.Account(2), row.Amount(3));
        },
        LedgerAccount.Settled(account).Id, before, token, most);

    /// <summary>What claims and what pushes paid to an account, by token.</summary>
    public IReadOnlyDictionary<Address, (UInt256 Claimed, UInt256 Pushed)> PaidSums(Address account)
    {
        var sums = new SortedDictionary<Address, (UInt256 Claimed, UInt256 Pushed)>();
        session.Each(
            "SELECT token, amount, substr(cause, 1, 7) = 'payout ' FROM ledger_entries WHERE to_kind = 5 AND from_id = ?1",
            row =>
            {
                var known = sums.GetValueOrDefault(row.Account(0));
                sums[row.Account(0)] = row.Flag(2) ? known with { Claimed = known.Claimed + row.Amount(1) } : known with { Pushed = known.Pushed + row.Amount(1) };
            },
            LedgerAccount.Settled(account).Id);
        return sums;
    }

    private static AccountEarning Read(DbDataReader row) => new(row.GetInt64(0), row.Number(1), row.Model(2), row.Account(3), row.Flag(4), row.Amount(5));

    private static ulong? EpochOf(string cause) =>
        cause.StartsWith(CausePrefix, StringComparison.Ordinal) && ulong.TryParse(cause.AsSpan(CausePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : null;
}
