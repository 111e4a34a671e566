using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Signing;

/// <summary>
/// Holds what a signer elsewhere sent back against what it was asked, and refuses everything else: a signature over
/// anything but the request is money that somebody else may move.
/// </summary>
internal sealed class SignedReply(ReplyReader reply, Address account, IChainProvider curve)
{
    private const byte TransactionType = 2;
    private const byte EvenV = 27;
    private const int SignatureSize = 2 * Hash32.Size + 1;

    private static readonly string[] Fields =
        ["chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "data", "accessList"];

    // v, r and s come behind the fields.
    private static readonly int ItemCount = Fields.Length + 3;

    /// <summary>Passes where the bytes are the request, signed by the account.</summary>
    public void Transaction(TransactionRequest request, byte[] raw)
    {
        if (raw.Length == 0 || raw[0] != TransactionType) reply.Refuse("what came back is not an EIP-1559 transaction.");
        if (!RlpItems.TryRead(raw.AsMemory(1), ItemCount, out var items) || items.Count != ItemCount)
            reply.Refuse("what came back is not a signed EIP-1559 transaction.");
        RequireFields(request, items);
        var signature = new RecoverableSignature(Word(items[^2], "r"), Word(items[^1], "s"), V(RlpItems.Payload(items[^3])));
        // The fields are equal, so this can only be another spelling of the same: no node would take it.
        if (!TypedTransaction.Encode(request, signature).AsSpan().SequenceEqual(raw)) reply.Refuse("the signed transaction is not in its one valid encoding.");
        RequireSigner(TypedTransaction.SigningHash(request), signature);
    }

    /// <summary>The signature, where it is the account's for this digest.</summary>
    public RecoverableSignature Signature(Hash32 digest, byte[] bytes)
    {
        if (bytes.Length != SignatureSize) reply.Refuse($"the signature has {bytes.Length} bytes, not {SignatureSize}.");
        var v = bytes[^1];
        // Some write the parity alone.
        if (v <= 1) v += EvenV;
        if (v is not (EvenV or EvenV + 1)) reply.Refuse("the signature's v is none of 0, 1, 27 and 28.");
        var signature = new RecoverableSignature(Hash32.FromBytes(bytes.AsSpan(0, Hash32.Size)), Hash32.FromBytes(bytes.AsSpan(Hash32.Size, Hash32.Size)), v);
        RequireSigner(digest, signature);
        return signature;
    }

    private void RequireFields(TransactionRequest request, IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        // Read like the reply; its signature is none and is not looked at.
        var nobody = new RecoverableSignature(Hash32.Zero, Hash32.Zero, EvenV);
        _ = RlpItems.TryRead(TypedTransaction.Encode(request, nobody).AsMemory(1), ItemCount, out var asked);
        for (var i = 0; i < Fields.Length; i++)
        {
            if (!items[i].Span.SequenceEqual(asked[i].Span)) reply.Refuse($"the signed transaction has another '{Fields[i]}' than was asked for.");
        }
    }

    private void RequireSigner(Hash32 digest, RecoverableSignature signature)
    {
        if (curve.Recover(digest, signature) is not { } signer)
        {
            reply.Refuse("the signature is not one that contracts take: r or s is out of range, or s is not the lower one of two.");
            return;
        }

        if (signer != account) reply.Refuse($"the signature is not that of {account} for what was asked.");
    }

    private Hash32 Word(ReadOnlyMemory<byte> item, string name)
    {
        var digits = RlpItems.Payload(item);
        if (digits.Length > Hash32.Size) reply.Refuse($"the signature's {name} has {digits.Length} bytes.");
        Span<byte> word = stackalloc byte[Hash32.Size];
        word.Clear();
        digits.CopyTo(word[(Hash32.Size - digits.Length)..]);
        return Hash32.FromBytes(word);
    }

    private byte V(ReadOnlySpan<byte> parity)
    {
        if (parity.Length > 1 || (parity.Length == 1 && parity[0] > 1)) reply.Refuse("the signature's parity is neither 0 nor 1.");
        return (byte)(EvenV + (parity.Length == 1 ? parity[0] : 0));
    }
}
