using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Signing;

/// <summary>Whether a statement's signature is its gateway's. A contract cannot sign: its answer could change, and a batch stays.</summary>
public static class BatchSignature
{
    /// <param name="recover">Whose key made a signature, see <see cref="IChainProvider.Recover"/>.</param>
    /// <returns>The digest, and what is wrong; null where nothing is.</returns>
    public static (Hash32 Digest, string? Problem) Check(
        ulong chainId, Address registry, BatchStatement statement, ReadOnlySpan<byte> signature, Func<Hash32, RecoverableSignature, Address?> recover)
    {
        var digest = UsageBatchTypedData.Of(chainId, registry, statement).Digest();
        if (signature.Length != BatchHeader.SignatureSize) return (digest, $"signature: {signature.Length} bytes and not {BatchHeader.SignatureSize}");
        var signed = new RecoverableSignature(Hash32.FromBytes(signature[..Hash32.Size]), Hash32.FromBytes(signature.Slice(Hash32.Size, Hash32.Size)), signature[^1]);
        if (recover(digest, signed) is not { } signer)
            return (digest, "signature: no account made it. r and s have to be in range, s low, and v 27 or 28");
        return signer == statement.Gateway
            ? (digest, null)
            : (digest, $"signature: {signer.ToChecksumString()} made it over digest {digest}, and not {statement.Gateway.ToChecksumString()}. "
                + $"It has to be that account's, for chain {chainId} and registry {registry.ToChecksumString()}");
    }
}
