using System.Data.Common;
using Npgsql;
using OpenSettle.Metering;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// The rollups' rows, which have all events up to one position, and what the journal has since: together they are exact at any moment,
/// whoever wrote what. Work is on a connection within a transaction.
/// </summary>
internal static class PostgresRollupTable
{
    private const int MostInStatement = 2_000;
    private const string Sums = "r.uses, r.signed, r.units, r.successes, r.trials, r.consumers";

    /// <summary>Up to where the rows are; with the lock that keeps them from being moved on.</summary>
    public static long Lock(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT position FROM usage_rolled FOR UPDATE", connection);
        return (long)(command.ExecuteScalar() ?? 0L);
    }

    public static long Position(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT position FROM usage_rolled", connection);
        return (long)(command.ExecuteScalar() ?? 0L);
    }

    /// <summary>A model's sums.</summary>
    public static List<(RollupKey Key, RollupSums Sums)> Read(NpgsqlConnection connection, ModelId model, uint firstDay, uint lastDay)
    {
        var rolled = Position(connection);
        var all = new Dictionary<RollupKey, RollupSums>();
        using (var read = PostgresPlace.Command(connection, $"SELECT {Sums}, r.day, r.domain, r.payer FROM usage_rollups r WHERE model = $1 AND day >= $2 AND day <= $3", model.Value.ToArray(), (long)firstDay, (long)lastDay))
        using (var rows = read.ExecuteReader())
        {
            while (rows.Read()) all.Add(new RollupKey(model, rows.GetString(7), checked((uint)rows.GetInt64(6)), rows.Account(8)), ToSums(rows));
        }

        var tail = new RollupSheet();
        using (var read = PostgresPlace.Command(
            connection,
            "SELECT e.batch, e.body FROM usage_events e WHERE e.model = $1 AND e.position > $2 AND NOT EXISTS (SELECT FROM usage_held h WHERE h.position = e.position)",
            model.Value.ToArray(), rolled))
        using (var rows = read.ExecuteReader())
        {
            while (rows.Read()) tail.Add(new EventView(rows.Bytes(1)), rows.GetInt64(0) != 0);
        }

        foreach (var (key, sums) in tail.All().Where(row => row.Key.Day >= firstDay && row.Key.Day <= lastDay))
        {
            if (all.TryGetValue(key, out var known)) known.Merge(sums);
            else all.Add(key, sums);
        }

        return [.. all.Select(pair => (pair.Key, pair.Value)).OrderBy(row => row.Key.Day).ThenBy(row => row.Key.Domain, StringComparer.Ordinal).ThenBy(row => row.Key.Payer)];
    }

    /// <summary>Adds the events after one position and up to another, but for those that wait.</summary>
    public static void AddFromJournal(NpgsqlConnection connection, RollupSheet sheet, long after, long upTo)
    {
        using var read = PostgresPlace.Command(
            connection,
            "SELECT e.batch, e.body FROM usage_events e WHERE e.position > $1 AND e.position <= $2 AND NOT EXISTS (SELECT FROM usage_held h WHERE h.position = e.position)", after, upTo);
        using var rows = read.ExecuteReader();
        while (rows.Read()) sheet.Add(new EventView(rows.Bytes(1)), rows.GetInt64(0) != 0);
    }

    /// <summary>Adds sums to the rows, which have all up to a position then. The rows are locked.</summary>
    public static void Write(NpgsqlConnection connection, RollupSheet sheet, long through)
    {
        foreach (var some in sheet.All().Chunk(MostInStatement)) Write(connection, some, through);
        PostgresPlace.Execute(connection, "UPDATE usage_rolled SET position = $1", through);
    }

    private static void Write(NpgsqlConnection connection, (RollupKey Key, RollupSums Sums)[] rows, long through)
    {
        // By the text that the server keeps: of two that it cannot tell apart it would take only one.
        var all = new Dictionary<RollupKey, RollupSums>();
        foreach (var (key, sums) in rows)
        {
            var stored = key with { Domain = PostgresEngine.Storable(key.Domain) };
            if (all.TryGetValue(stored, out var other)) other.Merge(sums);
            else all.Add(stored, sums.Copy());
        }

        AddKnown(connection, all);
        using var write = new NpgsqlCommand(
            """
            INSERT INTO usage_rollups (model, day, domain, payer, uses, signed, units, successes, trials, consumers, through)
            SELECT n.*, $11 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) n
            ON CONFLICT (model, day, domain, payer) DO UPDATE SET
                uses = excluded.uses, signed = excluded.signed, units = excluded.units, successes = excluded.successes, trials = excluded.trials,
                consumers = excluded.consumers, through = excluded.through
            """,
            connection);
        AddKeys(write, all.Keys);
        Add(write, all.Values.Select(sums => checked((long)sums.Uses)));
        Add(write, all.Values.Select(sums => checked((long)sums.Signed)));
        Add(write, all.Values.Select(sums => sums.Units.ToBytes()));
        Add(write, all.Values.Select(sums => checked((long)sums.Successes)));
        Add(write, all.Values.Select(sums => checked((long)sums.Trials)));
        Add(write, all.Values.Select(sums => sums.Consumers.Encode()));
        write.Parameters.Add(PostgresEngine.Parameter(through));
        write.ExecuteNonQuery();
    }

    /// <summary>Adds what the rows have already.</summary>
    private static void AddKnown(NpgsqlConnection connection, Dictionary<RollupKey, RollupSums> all)
    {
        using var read = new NpgsqlCommand(
            $"""
            SELECT {Sums}, r.day, r.domain, r.payer, r.model FROM unnest($1, $2, $3, $4) k(model, day, domain, payer)
            JOIN usage_rollups r ON r.model = k.model AND r.day = k.day AND r.domain = k.domain AND r.payer = k.payer
            """,
            connection);
        AddKeys(read, all.Keys);
        using var rows = read.ExecuteReader();
        while (rows.Read()) all[new RollupKey(rows.Model(9), rows.GetString(7), checked((uint)rows.GetInt64(6)), rows.Account(8))].Merge(ToSums(rows));
    }

    private static void AddKeys(NpgsqlCommand command, IReadOnlyCollection<RollupKey> keys)
    {
        Add(command, keys.Select(key => key.Model.Value.ToArray()));
        Add(command, keys.Select(key => (long)key.Day));
        Add(command, keys.Select(key => key.Domain));
        Add(command, keys.Select(key => key.Payer.ToArray()));
    }

    private static void Add<T>(NpgsqlCommand command, IEnumerable<T> values) => command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = [.. values] });

    private static byte[] ToBytes(this Primitives.UInt256 amount)
    {
        var bytes = new byte[Primitives.UInt256.Size];
        amount.WriteBigEndian(bytes);
        return bytes;
    }

    private static RollupSums ToSums(DbDataReader row) => new()
    {
        Uses = row.Number(0), Signed = row.Number(1), Units = row.Amount(2), Successes = row.Number(3), Trials = row.Number(4), Consumers = ConsumerCount.Decode(row.Bytes(5)),
    };
}
