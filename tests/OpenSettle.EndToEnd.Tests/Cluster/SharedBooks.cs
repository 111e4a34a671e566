using Npgsql;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Epochs;
using OpenSettle.Node;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Stores;

namespace OpenSettle.EndToEnd.Tests.Cluster;

/// <summary>The books that nodes share, as they are; bundles from the place that all nodes reach.</summary>
internal sealed class SharedBooks : IAuditedBooks
{
    private readonly PostgresPlace _place;
    private readonly PostgresBooks _books;
    private readonly string _database;
    private readonly BundleFolder _bundles;

    public SharedBooks(string database, DeploymentId deployment, string bundles)
    {
        _database = database;
        _place = PostgresPlace.Of(database, deployment, "audit");
        _books = new PostgresBooks(_place);
        _bundles = new BundleFolder(new NodeOptionsPaths(string.Empty, string.Empty, bundles));
    }

    /// <summary>The ledger's sums and the epochs' rows are looked at by the audit itself.</summary>
    public IReadOnlyList<CheckResult> Checks => [];

    public IBooks Books => _books;

    public Bundle Bundle(Hash32 hash) => _bundles.Read(hash);

    public IReadOnlyList<StoredVersion> Versions()
    {
        using var connection = new NpgsqlConnection(_database);
        connection.Open();
        using var command = new NpgsqlCommand(
            $"SELECT o.purpose, v.nonce, v.hash, v.fills, v.gas_used, v.gas_price FROM {_place.Schema}.outbox_versions v JOIN {_place.Schema}.outbox o ON o.id = v.outbox ORDER BY v.nonce, v.version", connection);
        using var row = command.ExecuteReader();
        var versions = new List<StoredVersion>();
        while (row.Read())
        {
            versions.Add(new StoredVersion(
                row.GetString(0), (ulong)row.GetInt64(1), Hash32.FromBytes((byte[])row.GetValue(2)), row.GetInt64(3) != 0,
                row.IsDBNull(4) ? null : (ulong)row.GetInt64(4), row.IsDBNull(5) ? UInt256.Zero : UInt256.FromBigEndian((byte[])row.GetValue(5))));
        }

        return versions;
    }

    public void Dispose()
    {
        _books.Dispose();
        _place.Dispose();
    }
}
