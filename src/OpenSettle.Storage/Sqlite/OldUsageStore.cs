using System.Globalization;
using System.Data.Common;
using OpenSettle.Storage.Stores;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Sqlite;

/// <summary>Usage as the books held it before it had a file of its own.</summary>
internal sealed class OldUsageStore(BooksSession session)
{
    private const string EpochsKey = "usage moved of epochs";

    /// <summary>Whether there still is something to move.</summary>
    public bool Exists => session.Single("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'usage_events'", row => row.GetInt64(0)) > 0;

    /// <summary>The last epoch whose events were moved.</summary>
    public ulong MovedEpochs => session.Meta.GetText(EpochsKey) is { } number ? ulong.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    /// <summary>Names of the gateways that sent events.</summary>
    public IReadOnlyList<string> Gateways() => session.Query("SELECT DISTINCT gateway FROM usage_events ORDER BY gateway", row => row.GetString(0));

    /// <summary>Events after a place, in the order in which they came: those that an epoch took, or, for none, those that none took.</summary>
    public IReadOnlyList<(long Place, string Gateway, MeteredEvent Event)> Events(ulong? epoch, long after, int most) => session.Query(
        """
        SELECT seq, gateway, source, event_id, type, model, domain, outcome, units, consumer, event_time, payment_tx
        FROM usage_events WHERE epoch IS ?1 AND seq > ?2 ORDER BY seq LIMIT ?3
        """,
        row => (row.GetInt64(0), row.GetString(1), ReadEvent(row)), epoch is { } number ? (object)checked((long)number) : null, after, (long)most);

    /// <summary>An epoch's events are in the journal now, up to this seal.</summary>
    public void SetMoved(ulong epoch, long position, Hash32 chain)
    {
        session.Epochs.SetUsageCut(epoch, position, chain);
        session.Meta.SetText(EpochsKey, epoch.ToString(CultureInfo.InvariantCulture));
    }

    public void Drop() => session.Execute("DROP TABLE usage_events");

    private static MeteredEvent ReadEvent(DbDataReader row) => new()
    {
        Source = row.GetString(2),
        Id = row.GetString(3),
        Type = row.GetString(4),
        Model = row.Model(5),
        Domain = row.GetString(6),
        Outcome = row.GetString(7),
        // More than the journal can say was taken once; no sum of money came from it.
        Units = row.Amount(8) is var units && units <= ulong.MaxValue ? (ulong)units : ulong.MaxValue,
        Consumer = row.Word(9),
        Time = SecondsOf(row.GetString(10)),
        Payment = row.Word(11),
    };

    private static ulong SecondsOf(string time) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed) ? (ulong)Math.Max(parsed.ToUnixTimeSeconds(), 0) : 0;
}
