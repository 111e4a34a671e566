using System.Collections.Frozen;
using System.Text;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Usage;

/// <summary>
/// The keys that hold, by their hashes. The table is read again when it is a second old, so that a key that was added or
/// revoked beside the running node is noticed within two.
/// </summary>
internal sealed class GatewayRing(IUsageJournal usage, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private const int LongestKey = 512;

    private volatile Snapshot? _snapshot;
    private int _reading;

    /// <summary>The gateway of an Authorization header; null where no key that holds is in it.</summary>
    /// <exception cref="StorageException">The table was never read and cannot be.</exception>
    public GatewayRecord? Find(string? authorization)
    {
        const string Scheme = "Bearer ";
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var key = authorization.AsSpan(Scheme.Length).Trim();
        if (key.Length is 0 or > LongestKey || !Ascii.IsValid(key)) return null;
        Span<byte> bytes = stackalloc byte[key.Length];
        Encoding.ASCII.GetBytes(key, bytes);
        // Looked up by hash: how long that takes tells nothing of a key.
        return Current().ByKey.GetValueOrDefault(GatewayKeyText.HashOf(bytes));
    }

    private Snapshot Current()
    {
        var snapshot = _snapshot;
        if (snapshot is null) return Read();
        if ((time.GetUtcNow() - snapshot.ReadAt).Duration() < Fresh || Interlocked.Exchange(ref _reading, 1) == 1) return snapshot;
        try
        {
            return Read();
        }
        catch (StorageException)
        {
            // What is known holds on: a full disk must not turn every gateway away.
            return snapshot;
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    private Snapshot Read()
    {
        var at = time.GetUtcNow();
        return _snapshot = new Snapshot(at, usage.Gateways().Where(gateway => gateway.Revoked is null).ToFrozenDictionary(gateway => gateway.KeyHash));
    }

    private sealed record Snapshot(DateTimeOffset ReadAt, FrozenDictionary<Hash32, GatewayRecord> ByKey);
}
