using System.Diagnostics;
using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// The peer of taking usage: a bare loop that inserts as many rows of the same size into the same tables, with the same durability,
/// from memory: events, a seal for each commit, and now and then the rows of the index of ids and the rollups. Prepared
/// INSERTs; no HTTP, nothing read, checked, looked up, sorted, merged or counted.
/// </summary>
internal static class IngestBare
{
    // What the node's commits come to under this load.
    private const int InCommit = 1_600;

    // A segment of the index, and how often rollups are written: as the journal does it.
    private const int InSegment = 65_536;
    private const int SegmentKeys = 256;
    private const int SegmentFilters = 32;
    private const int RowBytes = 4_096;
    private const int BetweenRollups = 250_000;
    private const int Rollups = 300;
    private const int SketchBytes = 2_049;

    public static DeploymentId Deployment { get; } = new(31337, Account(1), Account(2), Account(3));

    public static double EventsPerSecond(DirectoryInfo folder, int events)
    {
        var file = Path.Combine(folder.FullName, $"{Guid.NewGuid():n}.sqlite");
        using (SqliteUsage.Open(file, Deployment, TimeProvider.System))
        {
            // Made with its tables.
        }

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA synchronous = FULL");
        var body = EventBody.Encode(new MeteredEvent
        {
            Source = IngestEvents.Source, Id = new string('0', 16), Type = "usage", Model = IngestEvents.ModelOf(1), Domain = "nda-review", Outcome = "ok", Units = 236,
            Time = 1_790_000_000, Consumer = Keccak256.HashText("somebody"),
        });
        var started = Stopwatch.GetTimestamp();
        Insert(connection, events, body);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        connection.Dispose();
        File.Delete(file);
        return events / seconds;
    }

    private static void Insert(SqliteConnection connection, int events, byte[] body)
    {
        using var row = connection.CreateCommand();
        row.CommandText = "INSERT INTO usage_events (position, gateway, batch, body) VALUES (?1, 1, 0, ?2)";
        var position = row.Parameters.Add(new SqliteParameter("?1", SqliteType.Integer));
        var bytes = row.Parameters.Add(new SqliteParameter("?2", SqliteType.Blob));
        using var seal = connection.CreateCommand();
        seal.CommandText = "INSERT INTO usage_seals (position, received, chain) VALUES (?1, 0, zeroblob(32))";
        var last = seal.Parameters.Add(new SqliteParameter("?1", SqliteType.Integer));
        var random = new Random(1);
        for (var at = 0; at < events;)
        {
            Execute(connection, "BEGIN IMMEDIATE");
            for (var i = 0; i < InCommit && at < events; i++)
            {
                // Other bytes in each row, as ids are.
                random.NextBytes(body.AsSpan(body.Length - 40, 16));
                position.Value = (long)++at;
                bytes.Value = body;
                row.ExecuteNonQuery();
            }

            last.Value = (long)at;
            seal.ExecuteNonQuery();
            if (at / InSegment != (at - InCommit) / InSegment) InsertSegment(connection, at / InSegment);
            if (at / BetweenRollups != (at - InCommit) / BetweenRollups) InsertRollups(connection, at / BetweenRollups);
            Execute(connection, "COMMIT");
        }
    }

    private static void InsertSegment(SqliteConnection connection, int number)
    {
        foreach (var (table, column, rows) in new[] { ("usage_keys", "keys", SegmentKeys), ("usage_filters", "filter", SegmentFilters) })
        {
            using var insert = connection.CreateCommand();
            insert.CommandText = $"INSERT INTO {table} (id, {column}) VALUES (?1, randomblob({RowBytes}))";
            var id = insert.Parameters.Add(new SqliteParameter("?1", SqliteType.Integer));
            for (var i = 0; i < rows; i++)
            {
                id.Value = ((long)number << 32) | (uint)i;
                insert.ExecuteNonQuery();
            }
        }
    }

    private static void InsertRollups(SqliteConnection connection, int number)
    {
        using var insert = connection.CreateCommand();
        insert.CommandText = $"INSERT OR REPLACE INTO usage_rollups VALUES (zeroblob(32), ?1, 'domain', zeroblob(20), 1, 0, zeroblob(32), 1, 1, zeroblob({SketchBytes}), {number})";
        var day = insert.Parameters.Add(new SqliteParameter("?1", SqliteType.Integer));
        for (var i = 0; i < Rollups; i++)
        {
            day.Value = (long)i;
            insert.ExecuteNonQuery();
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static Address Account(byte n) => Address.FromBytes([.. new byte[19], n]);
}
