using System.Security.Cryptography;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Stores;

/// <summary>The gateways, and the salt of consumers' hashes, on either engine.</summary>
internal static class GatewayTable
{
    public const string SaltKey = "consumer salt";

    public static GatewayRecord? Add(BooksSession session, string name, Hash32 keyHash, Address address, GatewayScopes scopes, long perSecond, long perDay, DateTimeOffset now)
    {
        if (session.Single("SELECT 1 FROM gateways WHERE name = ?1", row => row.GetInt32(0), name) == 1) return null;
        var created = now.ToUnixTimeMilliseconds();
        var id = session.Single(
            "INSERT INTO gateways (name, key_hash, address, scopes, per_second, per_day, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
            row => row.GetInt32(0), name, keyHash, address, scopes, perSecond, perDay, created);
        return new GatewayRecord(id, name, keyHash, address, scopes, perSecond, perDay, created);
    }

    public static bool Revoke(BooksSession session, string name, DateTimeOffset now) =>
        session.Execute("UPDATE gateways SET revoked = coalesce(revoked, ?2) WHERE name = ?1", name, now.ToUnixTimeMilliseconds()) > 0;

    public static List<GatewayRecord> Read(BooksSession session) => session.Query(
        "SELECT id, name, key_hash, address, scopes, per_second, per_day, created, revoked FROM gateways ORDER BY id",
        row => new GatewayRecord(
            row.GetInt32(0), row.GetString(1), row.Word(2), row.Account(3), (GatewayScopes)row.GetInt32(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7),
            row.IsDBNull(8) ? null : row.GetInt64(8)));

    public static byte[] Salt(BooksSession session, byte[]? known)
    {
        if (session.Meta.Get(SaltKey) is { } salt) return salt;
        var made = known ?? RandomNumberGenerator.GetBytes(Hash32.Size);
        session.Meta.Set(SaltKey, made);
        return made;
    }
}
