#if WITH_NETHEREUM
using Nethereum.Model;
using Nethereum.Signer;
#else
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;
using OpenSettle.Ethereum.Keys;
#endif
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

#if WITH_NETHEREUM
/// <summary>What signing is measured against: Nethereum as it is out of the box, nothing of this project around it.</summary>
internal static class SigningPeer
{
    public const string Name = "Nethereum's default signing";

    public static Func<TransactionRequest, byte[]> Create(Hash32 secret)
    {
        var key = new EthECKey(secret.ToArray(), isPrivate: true);
        var signer = new Transaction1559Signer();
        return request =>
        {
            // This project's own provider turns it on, for the whole process.
            var before = EthECKey.SignRecoverable;
            EthECKey.SignRecoverable = false;
            var transaction = new Transaction1559(
                request.ChainId, request.Nonce, (ulong)request.MaxPriorityFeePerGas, (ulong)request.MaxFeePerGas, request.GasLimit,
                request.To?.ToString() ?? string.Empty, (ulong)request.Value, string.Empty, []);
            var raw = Hex.Decode("0x" + signer.SignTransaction(key, transaction));
            EthECKey.SignRecoverable = before;
            return raw;
        };
    }
}
#else
/// <summary>
/// What signing is measured against where Nethereum is not: what its default does underneath, which is BouncyCastle's generic
/// curve, and trying which point the signature's was.
/// </summary>
internal static class SigningPeer
{
    public const string Name = "BouncyCastle's generic curve, as Nethereum's default has it; Nethereum is not in this build";

    public static Func<TransactionRequest, byte[]> Create(Hash32 secret)
    {
        var curve = SecNamedCurves.GetByName("secp256k1");
        var domain = new ECDomainParameters(curve.Curve, curve.G, curve.N, curve.H);
        var parameters = new ECPrivateKeyParameters(new BigInteger(1, secret.ToArray()), domain);
        var own = domain.G.Multiply(parameters.D).Normalize();
        return request =>
        {
            var digest = TypedTransaction.SigningHash(request);
            var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
            signer.Init(true, parameters);
            var parts = signer.GenerateSignature(digest.ToArray());
            var (r, s) = (parts[0], parts[1].CompareTo(domain.N.ShiftRight(1)) > 0 ? domain.N.Subtract(parts[1]) : parts[1]);
            for (byte id = 0; id <= 1; id++)
            {
                var point = domain.Curve.DecodePoint([(byte)(2 + id), .. Word(r).ToArray()]);
                var inverse = r.ModInverse(domain.N);
                var ofGenerator = new BigInteger(1, digest.ToArray()).Negate().Multiply(inverse).Mod(domain.N);
                var key = ECAlgorithms.SumOfTwoMultiplies(domain.G, ofGenerator, point, s.Multiply(inverse).Mod(domain.N)).Normalize();
                if (key.Equals(own)) return TypedTransaction.Encode(request, new RecoverableSignature(Word(r), Word(s), (byte)(27 + id)));
            }

            throw new InvalidOperationException("A signature does not recover to its own key.");
        };
    }

    private static Hash32 Word(BigInteger value)
    {
        var digits = value.ToByteArrayUnsigned();
        return Hash32.FromBytes([.. new byte[Hash32.Size - digits.Length], .. digits]);
    }
}
#endif
