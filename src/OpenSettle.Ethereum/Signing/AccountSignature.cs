using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Signing;

/// <summary>Signatures as the vault takes them: of a key, or of an account that is a contract and says itself whether one is good (ERC-1271).</summary>
public static class AccountSignature
{
    private const int Size = 65;

    private static readonly AbiFunction IsValid = new("isValidSignature(bytes32,bytes)", "bytes4");

    /// <summary>Whose key made it; null where it is none of a key.</summary>
    public static Address? KeyOf(Func<Hash32, RecoverableSignature, Address?> recover, Hash32 digest, ReadOnlySpan<byte> signature) =>
        signature.Length == Size && signature[^1] is 27 or 28
            ? recover(digest, new RecoverableSignature(Hash32.FromBytes(signature[..Hash32.Size]), Hash32.FromBytes(signature.Slice(Hash32.Size, Hash32.Size)), signature[^1]))
            : null;

    public static async Task<bool> IsByAsync(IChainProvider provider, IChainClient client, Address account, Hash32 digest, ReadOnlyMemory<byte> signature, CancellationToken cancellation)
    {
        if (KeyOf(provider.Recover, digest, signature.Span) == account) return true;
        if ((await client.GetCodeAsync(account, BlockRef.Latest, cancellation)).IsEmpty) return false;
        try
        {
            var call = IsValid.Call(new AbiWriter().Word(digest).Bytes(signature.Span));
            var answer = await client.CallAsync(new CallRequest(null, account, call, UInt256.Zero), BlockRef.Latest, cancellation);
            // The function's own selector says yes; an older form of the standard has another one, and the vault does not take it.
            return answer.Length == Hash32.Size && answer.Span[..4].SequenceEqual(IsValid.Selector) && !answer.Span[4..].ContainsAnyExcept((byte)0);
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted)
        {
            return false;
        }
    }
}
