using System.Security.Cryptography;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;
using Org.BouncyCastle.Math.EC.Multiplier;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace OpenSettle.Ethereum.Keys;

/// <summary>ECDSA on secp256k1 with Ethereum's rules: RFC 6979 nonces, low s, recoverable. The curve is the library's.</summary>
internal static class Secp256k1
{
    private const byte FirstV = 27;

    private static readonly X9ECParameters Curve = CustomNamedCurves.GetByName("secp256k1");
    private static readonly ECDomainParameters Domain = new(Curve.Curve, Curve.G, Curve.N, Curve.H);
    private static readonly BigInteger HalfOrder = Curve.N.ShiftRight(1);

    /// <summary>The number of points; private keys and both halves of a signature are below it.</summary>
    public static BigInteger Order => Curve.N;

    /// <summary>The 33-byte form of a private key's public key.</summary>
    public static byte[] CompressedPublicKey(BigInteger privateKey) =>
        new FixedPointCombMultiplier().Multiply(Curve.G, privateKey).Normalize().GetEncoded(true);

    public static BigInteger Integer(Hash32 word) => new(1, word.ToArray());

    public static Hash32 Word(BigInteger value)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        bytes.Clear();
        var digits = value.ToByteArrayUnsigned();
        digits.CopyTo(bytes[(Hash32.Size - digits.Length)..]);
        return Hash32.FromBytes(bytes);
    }

    /// <summary>The address whose key made the signature; null where r or s is out of range, s is high, or v is not 27 or 28.</summary>
    public static Address? Recover(Hash32 digest, RecoverableSignature signature)
    {
        if (!IsInRange(signature)) return null;
        var r = Integer(signature.R);
        var s = Integer(signature.S);
        byte[] compressed = [(byte)(2 + signature.V - FirstV), .. signature.R.ToArray()];
        ECPoint point;
        try
        {
            point = Curve.Curve.DecodePoint(compressed);
        }
        catch (ArgumentException)
        {
            // No point has this x.
            return null;
        }

        // Q = (s R - e G) / r
        var inverse = r.ModInverse(Curve.N);
        var ofPoint = s.Multiply(inverse).Mod(Curve.N);
        var ofGenerator = Integer(digest).Negate().Multiply(inverse).Mod(Curve.N);
        var key = ECAlgorithms.SumOfTwoMultiplies(Curve.G, ofGenerator, point, ofPoint).Normalize();
        return key.IsInfinity ? null : AddressOf(key);
    }

    public static bool IsPrivateKey(Hash32 word) => Integer(word) is { SignValue: > 0 } number && number.CompareTo(Curve.N) < 0;

    /// <summary>Whether contracts take r, s and v: in range, low s, and v 27 or 28.</summary>
    public static bool IsInRange(RecoverableSignature signature)
    {
        var r = Integer(signature.R);
        var s = Integer(signature.S);
        return signature.V is FirstV or FirstV + 1
            && r.SignValue > 0 && r.CompareTo(Curve.N) < 0
            && s.SignValue > 0 && s.CompareTo(HalfOrder) <= 0;
    }

    private static Address AddressOf(ECPoint publicKey)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        // Without the byte that says "uncompressed".
        Keccak256.Hash(publicKey.GetEncoded(false).AsSpan(1), hash);
        return Address.FromBytes(hash[(Hash32.Size - Address.Size)..]);
    }

    /// <summary>One private key.</summary>
    internal sealed class Key
    {
        private readonly ECPrivateKeyParameters _parameters;

        public Key(Hash32 privateKey)
        {
            var secret = Integer(privateKey);
            if (!IsPrivateKey(privateKey))
                throw new ArgumentException("A private key is a number above zero and below the order of secp256k1.", nameof(privateKey));
            _parameters = new ECPrivateKeyParameters(secret, Domain);
            Address = AddressOf(new FixedPointCombMultiplier().Multiply(Curve.G, secret).Normalize());
        }

        public Address Address { get; }

        public RecoverableSignature Sign(Hash32 digest)
        {
            var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
            signer.Init(true, _parameters);
            var parts = signer.GenerateSignature(digest.ToArray());
            var s = parts[1].CompareTo(HalfOrder) > 0 ? Curve.N.Subtract(parts[1]) : parts[1];
            // Finding v recovers the key from the finished signature, which checks it too: a fault while signing could give the key away.
            for (var v = FirstV; v <= FirstV + 1; v++)
            {
                var signature = new RecoverableSignature(Word(parts[0]), Word(s), v);
                if (Recover(digest, signature) == Address) return signature;
            }

            throw new CryptographicException("A signature does not recover to its own key.");
        }

        public override string ToString() => $"key of {Address}";
    }
}
