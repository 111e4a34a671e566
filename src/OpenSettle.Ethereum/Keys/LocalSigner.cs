using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>A key in this process's memory. Nothing that it prints holds the key.</summary>
internal sealed class LocalSigner(Hash32 privateKey) : ISigner, IDigestSigner
{
    private readonly Secp256k1.Key _key = new(privateKey);

    public Address Address => _key.Address;

    public ValueTask<SignedTransaction> SignTransactionAsync(TransactionRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var signature = _key.Sign(TypedTransaction.SigningHash(request));
        var raw = TypedTransaction.Encode(request, signature);
        return ValueTask.FromResult(new SignedTransaction(request, raw, Keccak256.Hash(raw)));
    }

    public ValueTask<RecoverableSignature> SignTypedDataAsync(TypedData data, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(SignDigest(data.Digest()));
    }

    public RecoverableSignature SignDigest(Hash32 digest) => _key.Sign(digest);

    public override string ToString() => $"local key of {Address}";
}
