using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Sqlite;

/// <summary>The journal of usage events, in order of arrival.</summary>
public sealed class UsageStore(BooksSession session)
{
    /// <summary>Stores an event once. Tells whether it was new, known, or contradicts what is known.</summary>
    public UsageOutcome Add(UsageEvent e, DateTimeOffset received)
    {
        var identity = e.Identity();
        var content = e.Content();
        var added = session.Execute(
            """
            INSERT INTO usage_events
                (identity, content, source, event_id, type, gateway, model, domain, outcome, units, consumer, event_time, payment_tx, received)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            ON CONFLICT (identity) DO NOTHING
            """,
            identity, content, e.Source, e.Id, e.Type, e.Gateway, e.Model, e.Domain, e.Outcome, e.Units, e.Consumer, e.Time,
            e.PaymentTransaction, received.ToUnixTimeMilliseconds());
        if (added == 1) return UsageOutcome.Accepted;
        var known = session.Single("SELECT content FROM usage_events WHERE identity = ?1", row => row.Word(0), identity);
        return known == content ? UsageOutcome.Duplicate : UsageOutcome.Conflict;
    }

    /// <summary>The last position of the journal. With one writer at a time, everything up to it is there.</summary>
    public long LastPosition() => session.Single("SELECT coalesce(max(seq), 0) FROM usage_events", row => row.GetInt64(0));

    /// <summary>Events that no epoch has counted, up to a position, by model.</summary>
    public IReadOnlyList<UsageCount> CountOpen(long upTo) => session.Query(
        "SELECT model, count(*) FROM usage_events WHERE epoch IS NULL AND seq <= ?1 GROUP BY model ORDER BY model",
        row => new UsageCount(row.Model(0), row.Number(1)),
        upTo);

    public void MarkCounted(ulong epoch, long upTo) =>
        session.Execute("UPDATE usage_events SET epoch = ?1 WHERE epoch IS NULL AND seq <= ?2", epoch, upTo);

    public long Count() => session.Single("SELECT count(*) FROM usage_events", row => row.GetInt64(0));

    /// <summary>Uses of a model by domain: events, those with outcome "ok", and units.</summary>
    public IReadOnlyList<(string Domain, long Events, long Ok, UInt256 Units)> ByDomain(ModelId model)
    {
        var domains = new SortedDictionary<string, (long Events, long Ok, UInt256 Units)>(StringComparer.Ordinal);
        foreach (var (domain, outcome, units) in session.Query(
            "SELECT domain, outcome, units FROM usage_events WHERE model = ?1", row => (row.GetString(0), row.GetString(1), row.Amount(2)), model))
        {
            var sum = domains.GetValueOrDefault(domain);
            domains[domain] = (sum.Events + 1, sum.Ok + (outcome == "ok" ? 1 : 0), sum.Units + units);
        }

        return [.. domains.Select(pair => (pair.Key, pair.Value.Events, pair.Value.Ok, pair.Value.Units))];
    }
}
