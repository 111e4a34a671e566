using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>What payments are summed for.</summary>
/// <param name="Day">Days since 1970, by the block's time.</param>
public readonly record struct RevenueKey(ModelId Model, uint Day, Address Payer, Address Token);

/// <summary>Payments of one key, and what was paid by them.</summary>
public readonly record struct RevenueSums(long Payments, UInt256 Paid);

/// <summary>Revenue by model, day, payer and token: the sums over the payments in the books, kept with them.</summary>
public sealed class RevenueStore(BooksSession session)
{
    /// <summary>Sums all payments into a table without rows.</summary>
    internal const string Fill = $"INSERT INTO revenue ({Columns}) SELECT model, timestamp / 86400, payer, token, 1, amount FROM payments WHERE true {AddToThem}";

    private const string Columns = "model, day, payer, token, payments, paid";
    private const string AddToThem = "ON CONFLICT (model, day, payer, token) DO UPDATE SET payments = revenue.payments + excluded.payments, paid = add_amounts(revenue.paid, excluded.paid)";
    private const ulong DaySeconds = 86_400;

    // Written at the end of the unit of work: a thousand payments of one payer to one model change one row.
    private readonly Dictionary<RevenueKey, RevenueSums> _more = [];

    internal void Add(Payment payment)
    {
        var key = KeyOf(payment.Model, payment.Timestamp, payment.Payer, payment.Token);
        var known = _more.GetValueOrDefault(key);
        _more[key] = new RevenueSums(known.Payments + 1, known.Paid + payment.Amount);
    }

    internal void Flush()
    {
        if (_more.Count == 0) return;
        using var add = session.Bulk($"INSERT INTO revenue ({Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6) {AddToThem}");
        Span<byte> word = stackalloc byte[Hash32.Size];
        foreach (var (key, sums) in _more)
        {
            key.Model.Value.WriteTo(word);
            add.Bind(1, word);
            add.Bind(2, (long)key.Day);
            key.Payer.WriteTo(word);
            add.Bind(3, word[..Address.Size]);
            key.Token.WriteTo(word);
            add.Bind(4, word[..Address.Size]);
            add.Bind(5, sums.Payments);
            sums.Paid.WriteBigEndian(word);
            add.Bind(6, word);
            add.Run();
        }

        _more.Clear();
    }

    /// <summary>A model's revenue, by day, payer and token.</summary>
    public IReadOnlyList<(RevenueKey Key, RevenueSums Sums)> Of(ModelId model, uint firstDay = 0, uint lastDay = uint.MaxValue) => session.Query(
        "SELECT day, payer, token, payments, paid FROM revenue WHERE model = ?1 AND day >= ?2 AND day <= ?3 ORDER BY day, payer, token",
        row => (new RevenueKey(model, checked((uint)row.GetInt64(0)), row.Account(1), row.Account(2)), new RevenueSums(row.GetInt64(3), row.Amount(4))),
        model, (long)firstDay, (long)lastDay);

    /// <summary>Recomputes all of it from the payments. Null where they agree, else the first difference.</summary>
    public string? CheckAgainstPayments()
    {
        var computed = new Dictionary<RevenueKey, RevenueSums>();
        session.Each("SELECT model, timestamp, payer, token, amount FROM payments", row =>
        {
            var key = KeyOf(row.Model(0), row.Number(1), row.Account(2), row.Account(3));
            var known = computed.GetValueOrDefault(key);
            computed[key] = new RevenueSums(known.Payments + 1, known.Paid + row.Amount(4));
        });
        string? problem = null;
        session.Each("SELECT model, day, payer, token, payments, paid FROM revenue", row =>
        {
            var key = new RevenueKey(row.Model(0), checked((uint)row.GetInt64(1)), row.Account(2), row.Account(3));
            var stored = new RevenueSums(row.GetInt64(4), row.Amount(5));
            if (!computed.Remove(key, out var sums)) problem ??= $"{Name(key)} has a sum, and no payment";
            else if (sums != stored) problem ??= $"{Name(key)}: the payments give {sums.Payments} and {sums.Paid}, the sum says {stored.Payments} and {stored.Paid}";
        });
        return problem ?? (computed.Count == 0 ? null : $"{Name(computed.Keys.First())} has payments, and no sum");
    }

    /// <summary>Writes all of it anew from the payments.</summary>
    internal void Rebuild()
    {
        session.Execute("DELETE FROM revenue");
        session.Execute(Fill);
    }

    private static RevenueKey KeyOf(ModelId model, ulong timestamp, Address payer, Address token) => new(model, checked((uint)(timestamp / DaySeconds)), payer, token);

    private static string Name(RevenueKey key) => $"model {key.Model}, day {key.Day}, payer {key.Payer}, token {key.Token}";
}
