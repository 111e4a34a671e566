using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>A key in this process's memory, which it owns and wipes when it is disposed of. Nothing that it prints holds the key.</summary>
internal sealed class LocalSigner(PrivateKey key) : ISigner, IDigestSigner
{
    public Address Address => key.Address;

    public ValueTask<SignedTransaction> SignTransactionAsync(TransactionRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var signature = key.Sign(TypedTransaction.SigningHash(request));
        var raw = TypedTransaction.Encode(request, signature);
        return ValueTask.FromResult(new SignedTransaction(request, raw, Keccak256.Hash(raw)));
    }

    public ValueTask<RecoverableSignature> SignTypedDataAsync(TypedData data, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(SignDigest(data.Digest()));
    }

    public RecoverableSignature SignDigest(Hash32 digest) => key.Sign(digest);

    public void Dispose() => key.Dispose();

    public override string ToString() => $"local key of {Address}";
}
