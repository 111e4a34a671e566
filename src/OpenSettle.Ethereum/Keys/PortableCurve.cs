using OpenSettle.Primitives;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;
using Org.BouncyCastle.Math.EC.Multiplier;
using Org.BouncyCastle.Utilities;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// BouncyCastle: runs wherever .NET runs. Not constant-time: who measures how long signing takes on the same machine may learn
/// something of the key, and copies of keys stay in memory until it is used anew. Where keys are worth much,
/// install libsecp256k1.
/// </summary>
/// <param name="reason">Why nothing better is used; null where it was asked for.</param>
internal sealed class PortableCurve(string? reason = null) : ICurve
{
    private static readonly X9ECParameters Curve = CustomNamedCurves.GetByName("secp256k1");
    private static readonly ECDomainParameters Domain = new(Curve.Curve, Curve.G, Curve.N, Curve.H);
    private static readonly BigInteger HalfOrder = Curve.N.ShiftRight(1);

    public string Name => reason is null ? "BouncyCastle (portable, not constant-time)" : $"BouncyCastle (portable, not constant-time; {reason})";

    public bool IsPrivateKey(ReadOnlySpan<byte> key) => key.Length == Hash32.Size && Integer(key) is { SignValue: > 0 } number && number.CompareTo(Curve.N) < 0;

    public void WritePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> point) =>
        Write(new FixedPointCombMultiplier().Multiply(Curve.G, Integer(privateKey)).Normalize(), point);

    public bool TryAdd(Span<byte> privateKey, ReadOnlySpan<byte> word)
    {
        var added = Integer(word);
        var sum = Integer(privateKey).Add(added).Mod(Curve.N);
        if (added.CompareTo(Curve.N) >= 0 || sum.SignValue == 0) return false;
        Write(sum, privateKey);
        return true;
    }

    public int Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> digest, Span<byte> signature)
    {
        var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
        signer.Init(true, new ECPrivateKeyParameters(Integer(privateKey), Domain));
        var parts = signer.GenerateSignature(digest.ToArray());
        Write(parts[0], signature[..Hash32.Size]);
        Write(parts[1].CompareTo(HalfOrder) > 0 ? Curve.N.Subtract(parts[1]) : parts[1], signature[Hash32.Size..]);
        // The library does not say which point it was.
        return 0;
    }

    public bool TryRecover(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, int recoveryId, Span<byte> point)
    {
        if (Lift(signature[..Hash32.Size], recoveryId) is not { } nonce) return false;
        // Q = (s R - e G) / r
        var inverse = BigIntegers.ModOddInverseVar(Curve.N, Integer(signature[..Hash32.Size]));
        var ofNonce = Integer(signature[Hash32.Size..]).Multiply(inverse).Mod(Curve.N);
        var ofGenerator = Integer(digest).Negate().Multiply(inverse).Mod(Curve.N);
        var key = ECAlgorithms.SumOfTwoMultiplies(Curve.G, ofGenerator, nonce, ofNonce).Normalize();
        if (key.IsInfinity) return false;
        Write(key, point);
        return true;
    }

    /// <summary>The point with this x; null where there is none.</summary>
    private static ECPoint? Lift(ReadOnlySpan<byte> x, int parity)
    {
        var compressed = new byte[1 + Hash32.Size];
        compressed[0] = (byte)(2 + parity);
        x.CopyTo(compressed.AsSpan(1));
        try
        {
            return Curve.Curve.DecodePoint(compressed);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static void Write(ECPoint normalized, Span<byte> point) => normalized.GetEncoded(compressed: point.Length == 1 + Hash32.Size).CopyTo(point);

    private static BigInteger Integer(ReadOnlySpan<byte> word) => new(1, word.ToArray());

    private static void Write(BigInteger value, Span<byte> word)
    {
        var digits = value.ToByteArrayUnsigned();
        word.Clear();
        digits.CopyTo(word[(word.Length - digits.Length)..]);
    }
}
