using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>Ethereum's rules around the curve: which signatures contracts take, and whose they are.</summary>
internal static class Secp256k1
{
    public const byte FirstV = 27;

    /// <summary>Bytes of an uncompressed point.</summary>
    public const int PointSize = 65;

    /// <summary>Bytes of r and s.</summary>
    public const int SignatureSize = 2 * Hash32.Size;

    /// <summary>The number of points; private keys and both halves of a signature are below it.</summary>
    private static readonly Hash32 Order = Hash32.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

    private static readonly Hash32 HalfOrder = Hash32.Parse("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

    /// <summary>As <see cref="Recover(ICurve, Hash32, RecoverableSignature)"/>, with the best curve that this machine has.</summary>
    public static Address? Recover(Hash32 digest, RecoverableSignature signature) => Recover(Curves.Best, digest, signature);

    /// <summary>The address whose key made the signature; null where r or s is out of range, s is high, or v is not 27 or 28.</summary>
    public static Address? Recover(ICurve curve, Hash32 digest, RecoverableSignature signature)
    {
        if (!IsInRange(signature)) return null;
        Span<byte> word = stackalloc byte[Hash32.Size];
        Span<byte> compact = stackalloc byte[SignatureSize];
        Span<byte> point = stackalloc byte[PointSize];
        digest.WriteTo(word);
        signature.R.WriteTo(compact);
        signature.S.WriteTo(compact[Hash32.Size..]);
        return curve.TryRecover(word, compact, signature.V - FirstV, point) ? AddressOf(point) : null;
    }

    public static bool IsPrivateKey(Hash32 word) => !word.IsZero && word < Order;

    /// <summary>Whether contracts take r, s and v: in range, low s, and v 27 or 28.</summary>
    public static bool IsInRange(RecoverableSignature signature) =>
        signature.V is FirstV or FirstV + 1
        && !signature.R.IsZero && signature.R < Order
        && !signature.S.IsZero && signature.S <= HalfOrder;

    /// <summary>The address of an uncompressed point.</summary>
    public static Address AddressOf(ReadOnlySpan<byte> point)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        // Without the byte that says "uncompressed".
        Keccak256.Hash(point[1..PointSize], hash);
        return Address.FromBytes(hash[(Hash32.Size - Address.Size)..]);
    }
}
