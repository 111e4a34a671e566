using Nethereum.Signer;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>Recovery by Nethereum, with the rules of contracts before it.</summary>
internal static class Recovery
{
    public static Address? Recover(Hash32 digest, RecoverableSignature signature)
    {
        if (!Secp256k1.IsInRange(signature)) return null;
        var parts = EthECDSASignatureFactory.FromComponents(signature.R.ToArray(), signature.S.ToArray(), signature.V);
        try
        {
            return Address.Parse(EthECKey.RecoverFromSignature(parts, digest.ToArray()).GetPublicAddress());
        }
        catch (NullReferenceException)
        {
            // What Nethereum throws where no point has this x: it uses the key that it did not find.
            return null;
        }
    }
}
