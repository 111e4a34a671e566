using System.Globalization;
using OpenSettle.Ledger;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Sqlite;

/// <summary>What models' money gave to accounts and to parents, by epoch: the ledger's entries say it.</summary>
public sealed class EarningStore(BooksSession session)
{
    private const string CausePrefix = "epoch ";

    /// <summary>Of epochs after one and up to another, in order of epoch, token and taker.</summary>
    public (IReadOnlyList<Earning> Earnings, IReadOnlyList<UpstreamFlow> Upstream) Of(ModelId model, ulong after, ulong upTo)
    {
        var earned = new Dictionary<(ulong Epoch, Address Token, Hash32 To), UInt256>();
        var up = new Dictionary<(ulong Epoch, Address Token, Hash32 To), UInt256>();
        session.Each(
            "SELECT cause, token, to_kind, to_id, amount FROM ledger_entries INDEXED BY ledger_entries_given WHERE from_id = ?1 AND to_kind IN (4, 6) ORDER BY seq",
            row =>
            {
                var cause = row.GetString(0);
                if (!cause.StartsWith(CausePrefix, StringComparison.Ordinal) || !ulong.TryParse(cause.AsSpan(CausePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)) return;
                if (epoch <= after || epoch > upTo) return;
                var sums = (AccountKind)row.GetInt32(2) == AccountKind.Contributor ? earned : up;
                var key = (epoch, row.Account(1), row.Word(3));
                sums[key] = sums.GetValueOrDefault(key) + row.Amount(4);
            },
            model);
        return (
            [.. earned.OrderBy(pair => pair.Key).Select(pair => new Earning(pair.Key.Epoch, pair.Key.Token, new LedgerAccount(AccountKind.Contributor, pair.Key.To).ToAddress(), pair.Value))],
            [.. up.OrderBy(pair => pair.Key).Select(pair => new UpstreamFlow(pair.Key.Epoch, pair.Key.Token, new ModelId(pair.Key.To), pair.Value))]);
    }
}
