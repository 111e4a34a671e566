using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OpenSettle.Servers;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// Taking usage over HTTP into PostgreSQL: the intake in a process of its own, the server in its own, this process as the gateway, all on the
/// same cores; durable, deduplicated and rolled up. The peer is PostgreSQL's own COPY, in its binary form, in one transaction, of the very
/// same rows into a table of the same columns, indexes and partitions, with nothing read, checked or counted.
/// </summary>
internal static class PostgresIngest
{
    private const int InBatch = 100;
    private const int Connections = 48;
    private const int Events = 2_000_000;
    // A server that has just started compiles what it runs.
    private const int WarmUp = 500_000;

    private static readonly string AllNew = string.Create(CultureInfo.InvariantCulture, $"\"accepted\":{InBatch},");

    // What an operator sets for such a load: memory, and no checkpoint every few seconds. Commits are as durable as by default, and it is looked at.
    internal static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["shared_buffers"] = "512MB", ["max_wal_size"] = "8GB", ["checkpoint_timeout"] = "15min", ["wal_buffers"] = "64MB",
    };

    private const string Logged = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint";
    private const string Stored = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relname LIKE 'usage%' AND relkind = 'r'";

    public static List<(string Key, Figure Figure)> Measure() => MeasureAsync().GetAwaiter().GetResult();

    private static async Task<List<(string Key, Figure Figure)>> MeasureAsync()
    {
        var (rates, copies) = (new List<double>(), new List<double>());
        for (var run = 0; run <= Harness.Runs; run++)
        {
            await using var server = await PostgresServer.StartAsync(Settings);
            var database = await server.CreateDatabaseAsync();
            foreach (var setting in (string[])["fsync", "synchronous_commit", "full_page_writes"])
            {
                if (await ScalarAsync(database, $"SHOW {setting}") is not "on") throw new InvalidOperationException($"{setting} is not on.");
            }

            double seconds;
            var logged = Convert.ToInt64(await ScalarAsync(database, Logged), CultureInfo.InvariantCulture);
            using (var intake = await IngestProcess.StartPostgresAsync(database))
            {
                await SendAsync(intake, WarmUp, 500 + run);
                seconds = await SendAsync(intake, Events, run);
            }

            var all = (double)(WarmUp + Events);
            var (stored, log) = (Convert.ToInt64(await ScalarAsync(database, Stored), CultureInfo.InvariantCulture) / all, (Convert.ToInt64(await ScalarAsync(database, Logged), CultureInfo.InvariantCulture) - logged) / all);
            var copy = await CopyAsync(database);
            await Console.Error.WriteLineAsync($"bench: run {run}: {Events / seconds:0}/s, copy {Events / copy:0}/s; an event takes {stored:0} bytes of tables and {log:0} of WAL");
            // The first is the warm-up.
            if (run == 0) continue;
            rates.Add(Events / seconds);
            copies.Add(Events / copy);
        }

        // Times of an event, so that the ratio is the peer's over ours.
        var (ours, others) = (new Samples([.. rates.Select(rate => 1 / rate)]), new Samples([.. copies.Select(rate => 1 / rate)]));
        var ratio = Figure.RatioOf(ours, others, "× (peer: events/s of a plain binary COPY)", 0.4);
        return [("pg_events_per_s", Figure.Of(new Samples(rates), "1/s", 120_000)), ("pg_ratio_copy", ratio with { Peer = Math.Round(new Samples(copies).Median) })];
    }

    /// <summary>Seconds from the first request until the last event is answered, and all are in the rollups.</summary>
    private static async Task<double> SendAsync(IngestProcess intake, int events, int seed)
    {
        var before = intake.Count();
        var started = Stopwatch.GetTimestamp();
        await IngestLoad.RunAsync(
            intake.Port, Connections, events / InBatch, InBatch, seed, IngestProcess.Head("application/cloudevents-batch+json"),
            answer => answer.StartsWith("HTTP/1.1 202", StringComparison.Ordinal) && answer.Contains(AllNew, StringComparison.Ordinal));
        while (intake.Rolled() < before + events) await Task.Delay(5);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (intake.Count() - before != events) throw new InvalidOperationException($"The journal has {intake.Count() - before} events of {events}.");
        return seconds;
    }

    /// <summary>Seconds of a plain COPY of the last rows, from a file.</summary>
    private static async Task<double> CopyAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await ExecuteAsync(
            connection,
            $"""
            SET search_path = opensettle_{IngestBare.Deployment.ChainId}_{IngestBare.Deployment.Vault.ToString()[2..10].ToLowerInvariant()};
            CREATE TABLE plain (model bytea NOT NULL, position bigint NOT NULL, gateway bigint NOT NULL, batch bigint NOT NULL, body bytea NOT NULL, PRIMARY KEY (model, position)) PARTITION BY RANGE (position);
            CREATE INDEX plain_position ON plain (position);
            CREATE TABLE plain_0 PARTITION OF plain FOR VALUES FROM (0) TO ({1 << 24})
            """);
        var file = Path.GetTempFileName();
        try
        {
            await using (var rows = await connection.BeginRawBinaryCopyAsync($"COPY (SELECT model, position, gateway, batch, body FROM usage_events WHERE position > {WarmUp} ORDER BY position) TO STDOUT (FORMAT BINARY)"))
            await using (var kept = File.Create(file)) await rows.CopyToAsync(kept);
            var started = Stopwatch.GetTimestamp();
            await using (var kept = File.OpenRead(file))
            await using (var rows = await connection.BeginRawBinaryCopyAsync("COPY plain (model, position, gateway, batch, body) FROM STDIN (FORMAT BINARY)")) await kept.CopyToAsync(rows, 1 << 16);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (await ScalarAsync(connection, "SELECT count(*) FROM plain") is not (long)Events) throw new InvalidOperationException("COPY left rows out.");
            return seconds;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<object?> ScalarAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        return await ScalarAsync(connection, sql);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
