using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>A key of a gateway. Its text is shown once; what is kept is its hash.</summary>
public static class GatewayKeyText
{
    public const string Prefix = "osk_";

    private const int SecretBytes = 32;

    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>SHA-256 of the text: a key of 256 random bits needs no slow hash.</summary>
    public static Hash32 HashOf(ReadOnlySpan<byte> utf8)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        SHA256.HashData(utf8, hash);
        return Hash32.FromBytes(hash);
    }

    public static Hash32 HashOf(string text) => HashOf(System.Text.Encoding.UTF8.GetBytes(text));
}

/// <summary>
/// The gateways of a usage file, for who adds and revokes them: a connection of its own, so that it works while a node runs
/// on the same file.
/// </summary>
public sealed class GatewayStore : IGateways
{
    internal const string SaltKey = "consumer salt";

    private readonly string _file;
    private readonly SqliteConnection _connection;

    private GatewayStore(string file, SqliteConnection connection) => (_file, _connection) = (file, connection);

    /// <inheritdoc cref="SqliteFile.OpenWriter"/>
    public static GatewayStore Open(string file, DeploymentId deployment) => new(file, UsageSchema.OpenWriter(file, deployment));

    /// <inheritdoc/>
    public GatewayRecord? Add(string name, Hash32 keyHash, Address address, GatewayScopes scopes, long perSecond, long perDay, DateTimeOffset now) => Write(session =>
    {
        if (session.Single("SELECT 1 FROM gateways WHERE name = ?1", row => row.GetInt32(0), name) == 1) return null;
        var created = now.ToUnixTimeMilliseconds();
        var id = session.Single(
            "INSERT INTO gateways (name, key_hash, address, scopes, per_second, per_day, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
            row => row.GetInt32(0), name, keyHash, address, scopes, perSecond, perDay, created);
        return new GatewayRecord(id, name, keyHash, address, scopes, perSecond, perDay, created);
    });

    /// <inheritdoc/>
    public bool Revoke(string name, DateTimeOffset now) => Write(session =>
        session.Execute("UPDATE gateways SET revoked = coalesce(revoked, ?2) WHERE name = ?1", name, now.ToUnixTimeMilliseconds()) > 0);

    public IReadOnlyList<GatewayRecord> All() => Write(Read);

    public void Dispose() => _connection.Dispose();

    /// <inheritdoc/>
    public byte[] ConsumerSalt(byte[]? known = null) => Write(session =>
    {
        if (session.Meta.Get(SaltKey) is { } salt) return salt;
        var made = known ?? RandomNumberGenerator.GetBytes(Hash32.Size);
        session.Meta.Set(SaltKey, made);
        return made;
    });

    internal static List<GatewayRecord> Read(BooksSession session) => session.Query(
        "SELECT id, name, key_hash, address, scopes, per_second, per_day, created, revoked FROM gateways ORDER BY id",
        row => new GatewayRecord(
            row.GetInt32(0), row.GetString(1), row.Word(2), row.Account(3), (GatewayScopes)row.GetInt32(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7),
            row.IsDBNull(8) ? null : row.GetInt64(8)));

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
