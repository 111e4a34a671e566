using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Postgres;

/// <summary>What a schema is, without making or changing anything.</summary>
/// <param name="Version">Of its tables; null: there are none yet.</param>
/// <param name="Newest">The version that this program makes.</param>
/// <param name="Deployment">Whose it is; null while there are no tables.</param>
public sealed record PostgresLook(int? Version, int Newest, string? Deployment)
{
    /// <exception cref="StorageException">The server cannot be asked.</exception>
    public static PostgresLook Of(PostgresPlace place)
    {
        try
        {
            using var connection = place.Connect();
            place.RequireServer(connection);
            using var exists = PostgresPlace.Command(connection, "SELECT to_regclass($1) IS NOT NULL", $"{place.Schema}.schema_version");
            if (exists.ExecuteScalar() is not true || PostgresMigration.VersionOf(connection) is not { } version) return new PostgresLook(null, PostgresMigration.Steps.Count, null);
            return new PostgresLook(version, PostgresMigration.Steps.Count, new BooksSession(new PostgresEngine(connection)).Meta.GetText("deployment"));
        }
        catch (Exception e) when (PostgresBooks.IsServers(e))
        {
            throw place.Translate(e);
        }
    }
}
