using System.Security.Cryptography;
using Nethereum.Signer;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Signature = Nethereum.Model.Signature;
using Transaction1559 = Nethereum.Model.Transaction1559;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>A key that Nethereum holds. Nothing that it prints holds the key.</summary>
internal sealed class NethereumSigner(EthECKey key) : ISigner, IDigestSigner
{
    private const byte FirstV = 27;

    public Address Address { get; } = Address.Parse(key.GetPublicAddress());

    public ValueTask<SignedTransaction> SignTransactionAsync(TransactionRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var transaction = new Transaction1559(
            request.ChainId,
            request.Nonce,
            Words.Number(request.MaxPriorityFeePerGas),
            Words.Number(request.MaxFeePerGas),
            request.GasLimit,
            request.To?.ToString() ?? string.Empty,
            Words.Number(request.Value),
            Hex.Encode(request.Data.Span),
            []);
        // The digest is this project's own: a signature of anything else would not recover to this key.
        var signature = Sign(TypedTransaction.SigningHash(request), transaction.RawHash);
        transaction.SetSignature(new Signature
        {
            R = Trimmed(signature.R),
            S = Trimmed(signature.S),
            V = [(byte)(signature.V - FirstV)],
        });
        var raw = transaction.GetRLPEncoded();
        return ValueTask.FromResult(new SignedTransaction(request, raw, Keccak256.Hash(raw)));
    }

    public ValueTask<RecoverableSignature> SignTypedDataAsync(TypedData data, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(SignDigest(TypedDataMessages.Digest(data)));
    }

    public RecoverableSignature SignDigest(Hash32 digest) => Sign(digest, digest.ToArray());

    public void Dispose()
    {
        // Nethereum keeps copies of its keys: there is no place to wipe.
    }

    public override string ToString() => $"key of {Address}, held by Nethereum";

    private RecoverableSignature Sign(Hash32 expected, byte[] digest)
    {
        // Its recoverable signing refuses a key that starts with a zero byte, which one in 256 does; those take its slower way.
        var parts = key.GetPrivateKeyAsBytes().Length == Hash32.Size ? key.SignAndCalculateV(digest) : key.Sign(digest);
        for (var v = FirstV; v <= FirstV + 1; v++)
        {
            var signature = new RecoverableSignature(Word(parts.R), Word(parts.S), v);
            if (Recovery.Recover(expected, signature) == Address) return signature;
        }

        throw new CryptographicException("A signature does not recover to its own key.");
    }

    private static byte[] Trimmed(Hash32 word) => word.ToArray().AsSpan().TrimStart((byte)0).ToArray();

    // Nethereum leaves leading zeros out.
    private static Hash32 Word(byte[] digits)
    {
        Span<byte> word = stackalloc byte[Hash32.Size];
        word.Clear();
        digits.CopyTo(word[(Hash32.Size - digits.Length)..]);
        return Hash32.FromBytes(word);
    }
}
