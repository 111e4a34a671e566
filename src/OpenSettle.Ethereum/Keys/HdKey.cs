using System.Buffers.Binary;
using System.Security.Cryptography;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>BIP-32: from a seed to the private key of a path.</summary>
internal static class HdKey
{
    private const int NodeSize = 2 * Hash32.Size;
    private const int CompressedSize = 33;

    /// <exception cref="CryptographicException">The seed, or the path, has no key: one in 2^127.</exception>
    public static void Derive(ICurve curve, ReadOnlySpan<byte> seed, HdPath path, Span<byte> privateKey)
    {
        // A private key, and the chain code behind it.
        Span<byte> node = stackalloc byte[NodeSize];
        try
        {
            HMACSHA512.HashData("Bitcoin seed"u8, seed, node);
            if (!curve.IsPrivateKey(node[..Hash32.Size])) throw new CryptographicException("The seed has no master key.");
            foreach (var child in path.Steps) Descend(curve, node, child);
            node[..Hash32.Size].CopyTo(privateKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(node);
        }
    }

    private static void Descend(ICurve curve, Span<byte> node, uint child)
    {
        var key = node[..Hash32.Size];
        var chain = node[Hash32.Size..];
        Span<byte> data = stackalloc byte[CompressedSize + sizeof(uint)];
        Span<byte> mac = stackalloc byte[NodeSize];
        try
        {
            data[0] = 0;
            if (child >= HdPath.Hardened) key.CopyTo(data[1..]);
            else curve.WritePublicKey(key, data[..CompressedSize]);
            BinaryPrimitives.WriteUInt32BigEndian(data[CompressedSize..], child);
            HMACSHA512.HashData(chain, data, mac);
            if (!curve.TryAdd(key, mac[..Hash32.Size])) throw new CryptographicException("The path has no key.");
            mac[Hash32.Size..].CopyTo(chain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(data);
            CryptographicOperations.ZeroMemory(mac);
        }
    }
}
