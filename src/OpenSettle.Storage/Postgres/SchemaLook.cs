using Npgsql;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// What can be said of a deployment's schema without changing it, on one snapshot: nodes may work on it meanwhile. Nothing is made or migrated.
/// </summary>
public sealed class SchemaLook : IDisposable
{
    private readonly PostgresPlace _place;

    private SchemaLook(PostgresPlace place) => _place = place;

    /// <exception cref="StorageException">There is no such schema, or its tables are of another version.</exception>
    public static SchemaLook Open(string address, DeploymentId deployment)
    {
        var place = PostgresPlace.Of(address, deployment, "opensettle db");
        try
        {
            var look = new SchemaLook(place);
            look.Reading(connection => VersionOf(place, connection));
            return look;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="PostgresPlace.Name"/>
    public string Name => _place.Name;

    public (ulong? Block, string All, IReadOnlyList<(string Part, long Rows, string Hash)> Parts) Digest() => Reading(connection =>
    {
        var session = SessionOf(connection);
        var (all, parts) = BooksDigest.Of(session);
        return (session.Chain.Cursor()?.Block, all, parts);
    });

    /// <inheritdoc cref="DataStatus"/>
    public DataStatus Status() => Reading(connection =>
    {
        var session = SessionOf(connection);
        long Number(string sql) => session.Single(sql, row => row.GetInt64(0));
        var bytes = Number("SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'm')");
        var database = new DatabaseStatus(_place.Name, VersionOf(_place, connection), PostgresMigration.Steps.Count, bytes, 0, 8192, bytes / 8192, 0);
        var deployment = session.Meta.GetText("deployment");
        var latest = session.Epochs.Latest();
        var books = new BooksStatus(
            database, deployment, session.Chain.Cursor()?.Block, session.Journal.Final()?.Number, session.Journal.CountLogs(), Number("SELECT count(*) FROM payments"),
            Number("SELECT coalesce(max(seq), 0) FROM ledger_entries"), Number("SELECT count(DISTINCT model) FROM registry_facts"), Number("SELECT count(*) FROM epochs"),
            latest is null ? null : $"{latest.Number} is {latest.State.ToString().ToLowerInvariant()}", Number("SELECT count(*) FROM outbox WHERE state < 3"));
        var head = UsageHead.Read(connection);
        var usage = new UsageStatus(
            database, deployment, head.Position, head.Position == 0 ? null : head.Seal.Chain.ToString(), Number("SELECT count(*) FROM usage_events"), Number("SELECT count(*) FROM usage_batches"),
            head.Held, head.Conflicts, Number("SELECT count(*) FROM usage_segments"), Number("SELECT count(*) FROM usage_rollups"), Number("SELECT position FROM usage_rolled"),
            Number("SELECT count(*) FROM gateways"), 0, 0, 0);
        return new DataStatus(_place.Name, null, books, usage);
    });

    /// <summary>Recomputes what the tables say of one another.</summary>
    public IReadOnlyList<CheckResult> Check(Func<Hash32, Bundle> readBundle, Action<CheckResult> tell, Action<string> progress) => Reading(connection =>
    {
        if (VersionOf(_place, connection) is var version && version != PostgresMigration.Steps.Count)
            throw new StorageException(StorageErrorKind.CannotOpen, $"{_place.Name} has tables of version {version}, and this program checks {PostgresMigration.Steps.Count}. Use the program of that version, or start a node of this one first.");
        return Check(connection, readBundle, tell, progress);
    });

    public void Dispose() => _place.Dispose();

    /// <param name="readBundle">Null: bundles are not looked at.</param>
    internal static IReadOnlyList<CheckResult> Check(NpgsqlConnection connection, Func<Hash32, Bundle>? readBundle, Action<CheckResult> tell, Action<string> progress)
    {
        var session = SessionOf(connection);
        var results = new CheckList(tell, progress);
        new BooksCheck(session).Run(results, readBundle, progress);
        var usage = new UsageCheck(session, [], string.Empty, progress);
        usage.Run(results, () => Ids(connection, usage), session.Epochs.List(int.MaxValue));
        return results.All;
    }

    private static (string Seen, string? Problem) Ids(NpgsqlConnection connection, UsageCheck check)
    {
        var head = UsageHead.Read(connection);
        var ids = new UsageIds(65_536);
        ids.CatchUp(connection, head);
        var positions = new List<long>();
        var buckets = new List<(long Segment, int Bucket, ulong Key)>();
        return check.Ids(
            (position, key) =>
            {
                positions.Clear();
                buckets.Clear();
                ids.Find(key, positions, buckets);
                UsageIds.Look(connection, buckets, (_, found) => positions.Add(found));
                return positions.Contains(position);
            },
            $"segments up to position {head.Indexed}, {head.Position - head.Indexed} ids after them");
    }

    private static BooksSession SessionOf(NpgsqlConnection connection) => new(new PostgresEngine(connection));

    private static int VersionOf(PostgresPlace place, NpgsqlConnection connection)
    {
        using var exists = new NpgsqlCommand("SELECT to_regclass('schema_version') IS NOT NULL", connection);
        if (exists.ExecuteScalar() is true && PostgresMigration.VersionOf(connection) is { } version) return version;
        throw new StorageException(StorageErrorKind.CannotOpen, $"{place.Name}: nothing of this deployment is there. Check the settings database and deployment; a node makes the tables as it starts.");
    }

    private T Reading<T>(Func<NpgsqlConnection, T> read)
    {
        try
        {
            using var connection = _place.Connect();
            return PostgresPlace.InTransaction(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", () => read(connection));
        }
        catch (Exception e) when (PostgresBooks.IsServers(e))
        {
            throw _place.Translate(e);
        }
    }
}
