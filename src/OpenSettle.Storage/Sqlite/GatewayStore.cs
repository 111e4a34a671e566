using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// The gateways of a usage file, for who adds and revokes them: a connection of its own, so that it works while a node runs
/// on the same file.
/// </summary>
public sealed class GatewayStore : IGateways
{
    private readonly string _file;
    private readonly SqliteConnection _connection;

    private GatewayStore(string file, SqliteConnection connection) => (_file, _connection) = (file, connection);

    /// <inheritdoc cref="SqliteFile.OpenWriter"/>
    public static GatewayStore Open(string file, DeploymentId deployment) => new(file, UsageSchema.OpenWriter(file, deployment));

    /// <inheritdoc/>
    public GatewayRecord? Add(string name, Hash32 keyHash, Address address, GatewayScopes scopes, long perSecond, long perDay, DateTimeOffset now) =>
        Write(session => GatewayTable.Add(session, name, keyHash, address, scopes, perSecond, perDay, now));

    /// <inheritdoc/>
    public bool Revoke(string name, DateTimeOffset now) => Write(session => GatewayTable.Revoke(session, name, now));

    public IReadOnlyList<GatewayRecord> All() => Write(GatewayTable.Read);

    public void Dispose() => _connection.Dispose();

    /// <inheritdoc/>
    public byte[] ConsumerSalt(byte[]? known = null) => Write(session => GatewayTable.Salt(session, known));

    private T Write<T>(Func<BooksSession, T> work)
    {
        try
        {
            return SqliteFile.InTransaction(_connection, "BEGIN IMMEDIATE", () => work(SqliteEngine.Session(_connection)));
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(_file, e);
        }
    }
}
