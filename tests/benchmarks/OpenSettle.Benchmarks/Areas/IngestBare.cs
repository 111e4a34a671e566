using System.Diagnostics;
using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// The peer of taking usage: a bare loop that inserts the same rows into the same tables, with the same durability, from memory.
/// A prepared INSERT for an event, one for a commit's seal; no HTTP, nothing read or checked, no ids, no rollups.
/// </summary>
internal static class IngestBare
{
    // What the node's commits come to under this load.
    private const int InCommit = 1_600;

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
            Execute(connection, "COMMIT");
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
