using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>What a key in memory can do and no other signer should: sign a digest without seeing what it stands for.</summary>
internal interface IDigestSigner
{
    RecoverableSignature SignDigest(Hash32 digest);
}
