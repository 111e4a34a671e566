using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage;

/// <summary>The gateways that may send usage, for who adds and revokes them: also while nodes run.</summary>
public interface IGateways : IDisposable
{
    /// <summary>Adds a gateway; null where the name is taken, also by one that was revoked.</summary>
    GatewayRecord? Add(string name, Hash32 keyHash, Address address, GatewayScopes scopes, long perSecond, long perDay, DateTimeOffset now);

    /// <summary>Revokes a gateway's key; false where no gateway has that name. Revoking again changes nothing.</summary>
    bool Revoke(string name, DateTimeOffset now);

    IReadOnlyList<GatewayRecord> All();

    /// <summary>
    /// The salt of consumers' hashes, made where there is none. With <paramref name="known"/> it becomes that one, so that
    /// consumers of before keep their hashes.
    /// </summary>
    byte[] ConsumerSalt(byte[]? known = null);
}

/// <summary>All that a node keeps, of one engine.</summary>
public sealed class NodeStores : IDisposable
{
    private NodeStores()
    {
    }

    public required IBooks Books { get; init; }

    public required IUsageJournal Usage { get; init; }

    public required IGateways Gateways { get; init; }

    public required ILeases Leases { get; init; }

    /// <summary>From now on what is written to the books is written under this lease, or not at all.</summary>
    public void Fence(Lease lease)
    {
        if (Books is PostgresBooks shared) shared.Fence = lease;
    }

    /// <summary>Opens the files of a data folder, whose lock is held.</summary>
    public static NodeStores OpenFiles(DataPaths paths, DeploymentId deployment, TimeProvider time, UsageOptions options)
    {
        var books = SqliteBooks.Open(paths.Books, deployment);
        SqliteUsage? usage = null;
        try
        {
            usage = SqliteUsage.Open(paths.Usage, deployment, time, options);
            return new NodeStores { Books = books, Usage = usage, Gateways = GatewayStore.Open(paths.Usage, deployment), Leases = new SoleHolder() };
        }
        catch
        {
            usage?.Dispose();
            books.Dispose();
            throw;
        }
    }

    /// <summary>Opens a deployment's schema, whichever nodes work on it. The place is not closed with the stores.</summary>
    public static NodeStores OpenPostgres(PostgresPlace place, TimeProvider time, UsageOptions options) => new()
    {
        Books = new PostgresBooks(place), Usage = PostgresUsage.Open(place, time, options), Gateways = new PostgresGateways(place), Leases = new PostgresLeases(place),
    };

    public void Dispose()
    {
        Gateways.Dispose();
        Usage.Dispose();
        Books.Dispose();
    }
}
