using System.Security.Cryptography;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>What a loaded library has to get right before it is given a key: known answers to each question that is asked of it.</summary>
internal static class CurveProbe
{
    private static readonly Hash32 One = Hash32.Parse("0x0000000000000000000000000000000000000000000000000000000000000001");
    private static readonly byte[] Generator = Hex.Decode("0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    private static readonly byte[] TwiceGenerator = Hex.Decode("0x02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5");

    // RFC 6979 with key 1 and SHA-256 of "Satoshi Nakamoto": known since 2013.
    private static readonly byte[] Digest = SHA256.HashData("Satoshi Nakamoto"u8);

    private static readonly byte[] Signature = Hex.Decode(
        "0x934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
        + "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5");

    /// <exception cref="CryptographicException">An answer is not the known one.</exception>
    public static void Require(ICurve curve)
    {
        var key = One.ToArray();
        Require(curve.IsPrivateKey(key) && !curve.IsPrivateKey(new byte[Hash32.Size]), "which keys are in range");
        Span<byte> point = stackalloc byte[33];
        curve.WritePublicKey(key, point);
        Require(point.SequenceEqual(Generator), "the point of a key");
        Span<byte> signature = stackalloc byte[64];
        var recoveryId = curve.Sign(key, Digest, signature);
        Require(signature.SequenceEqual(Signature), "a signature");
        Span<byte> recovered = stackalloc byte[65];
        Require(
            recoveryId is 0 or 1 && (curve.TryRecover(Digest, signature, recoveryId, recovered) && IsGenerator(recovered)
                || curve.TryRecover(Digest, signature, 1 - recoveryId, recovered) && IsGenerator(recovered)),
            "the key of a signature");
        Require(curve.TryAdd(key, One.ToArray()), "the sum of keys");
        curve.WritePublicKey(key, point);
        Require(point.SequenceEqual(TwiceGenerator), "the sum of keys");
    }

    private static bool IsGenerator(ReadOnlySpan<byte> uncompressed) => uncompressed[1..33].SequenceEqual(Generator.AsSpan(1)) && (uncompressed[64] & 1) == 0;

    private static void Require(bool right, string what)
    {
        if (!right) throw new CryptographicException($"it gets a known answer wrong: {what}");
    }
}
