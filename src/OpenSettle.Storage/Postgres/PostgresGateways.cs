using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>The gateways of a deployment's schema, for who adds and revokes them, also while nodes run.</summary>
public sealed class PostgresGateways(PostgresPlace place) : IGateways
{
    // One at a time, as in a file: a number is given once, and a salt is made once.
    private const string Begin = "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' gateways', 0))";

    /// <inheritdoc/>
    public GatewayRecord? Add(string name, Hash32 keyHash, Address address, GatewayScopes scopes, long perSecond, long perDay, DateTimeOffset now) =>
        Run(session => GatewayTable.Add(session, name, keyHash, address, scopes, perSecond, perDay, now));

    /// <inheritdoc/>
    public bool Revoke(string name, DateTimeOffset now) => Run(session => GatewayTable.Revoke(session, name, now));

    /// <inheritdoc/>
    public IReadOnlyList<GatewayRecord> All() => Run(GatewayTable.Read);

    /// <inheritdoc/>
    public byte[] ConsumerSalt(byte[]? known = null) => Run(session => GatewayTable.Salt(session, known));

    /// <summary>Nothing is held between two calls.</summary>
    public void Dispose()
    {
    }

    private T Run<T>(Func<BooksSession, T> work)
    {
        try
        {
            using var connection = place.Connect();
            return PostgresPlace.InTransaction(connection, Begin, () => work(new BooksSession(new PostgresEngine(connection))));
        }
        catch (Exception e) when (PostgresBooks.IsServers(e))
        {
            throw place.Translate(e);
        }
    }
}
