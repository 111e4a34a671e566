using Npgsql;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Postgres;

/// <summary>Brings a schema to this version's tables. One node at a time does; the others wait for it.</summary>
internal static class PostgresMigration
{
    /// <summary>The steps, all of them in one series: a schema has one version.</summary>
    public static IReadOnlyList<string> Steps { get; } = [.. PostgresSchema.Steps, PostgresUsageSchema.Step, PostgresWitnessSchema.Step];

    public static void Run(PostgresPlace place)
    {
        using var connection = place.Connect();
        place.RequireServer(connection);
        PostgresPlace.InTransaction<object?>(connection, "BEGIN", () =>
        {
            // For all schemas of the database: they are made rarely, and making one takes what others may need.
            PostgresPlace.Execute(connection, "SELECT pg_advisory_xact_lock(hashtextextended('opensettle migration', 0))");
            using (var make = new NpgsqlCommand($"CREATE SCHEMA IF NOT EXISTS {place.Schema}; CREATE TABLE IF NOT EXISTS {place.Schema}.schema_version (version integer NOT NULL)", connection)) make.ExecuteNonQuery();
            var version = VersionOf(connection) ?? 0;
            if (version > Steps.Count)
            {
                throw new StorageException(
                    StorageErrorKind.TooNew, $"{place.Name} has tables of version {version}, and this program knows {Steps.Count}. Run the newer program that wrote it.");
            }

            for (var next = version; next < Steps.Count; next++) PostgresPlace.Execute(connection, Steps[next]);
            if (version == 0) PostgresPlace.Execute(connection, $"INSERT INTO schema_version VALUES ({Steps.Count})");
            else if (version < Steps.Count) PostgresPlace.Execute(connection, $"UPDATE schema_version SET version = {Steps.Count}");
            RequireDeployment(place, new BooksSession(new PostgresEngine(connection)));
            return null;
        });
    }

    /// <summary>Null where there are no tables yet.</summary>
    public static int? VersionOf(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT version FROM schema_version", connection);
        return command.ExecuteScalar() as int?;
    }

    private static void RequireDeployment(PostgresPlace place, BooksSession session)
    {
        var wanted = DeploymentText.Of(place.Deployment);
        if (session.Meta.GetText("deployment") is not { } known) session.Meta.SetText("deployment", wanted);
        else if (known != wanted)
            throw new StorageException(StorageErrorKind.OtherDeployment, $"{place.Name} holds the books of another deployment ({known}). Set database to another one, or deployment to the right file.");
    }
}
