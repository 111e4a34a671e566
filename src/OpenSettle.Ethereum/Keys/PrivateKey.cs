using System.Security.Cryptography;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// One private key. Its bytes are at one place in memory, which the collector neither moves nor copies, and are wiped when it is
/// disposed of. Nothing that it prints holds them.
/// </summary>
internal sealed class PrivateKey : IDisposable
{
    private readonly byte[] _secret = GC.AllocateArray<byte>(Hash32.Size, pinned: true);
    private readonly ICurve _curve;
    private bool _disposed;

    public PrivateKey(ICurve curve, ReadOnlySpan<byte> secret)
    {
        if (!curve.IsPrivateKey(secret))
            throw new ArgumentException("A private key is a number above zero and below the order of secp256k1.", nameof(secret));
        _curve = curve;
        secret.CopyTo(_secret);
        Span<byte> point = stackalloc byte[Secp256k1.PointSize];
        curve.WritePublicKey(_secret, point);
        Address = Secp256k1.AddressOf(point);
    }

    public Address Address { get; }

    public RecoverableSignature Sign(Hash32 digest)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> word = stackalloc byte[Hash32.Size];
        Span<byte> compact = stackalloc byte[Secp256k1.SignatureSize];
        digest.WriteTo(word);
        var likely = _curve.Sign(_secret, word, compact) & 1;
        var (r, s) = (Hash32.FromBytes(compact[..Hash32.Size]), Hash32.FromBytes(compact[Hash32.Size..]));
        // Recovering finds v, and checks the finished signature too: a fault while signing could give the key away.
        for (var guess = 0; guess <= 1; guess++)
        {
            var signature = new RecoverableSignature(r, s, (byte)(Secp256k1.FirstV + (likely ^ guess)));
            if (Secp256k1.Recover(_curve, digest, signature) == Address) return signature;
        }

        throw new CryptographicException("A signature does not recover to its own key.");
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_secret);
    }

    public override string ToString() => $"key of {Address}";
}
