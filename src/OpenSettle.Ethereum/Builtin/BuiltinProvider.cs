using System.Security.Cryptography;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Builtin;

/// <summary>The client that needs nothing beyond this project: JSON-RPC over HTTP, keys in memory.</summary>
public sealed class BuiltinProvider : IChainProvider
{
    private readonly TimeProvider _time;
    private readonly ICurve _curve;

    /// <param name="time">The clock of time-outs and retries.</param>
    public BuiltinProvider(TimeProvider time)
        : this(time, Curves.Best)
    {
    }

    internal BuiltinProvider(TimeProvider time, ICurve curve) => (_time, _curve) = (time, curve);

    public string Name => "builtin";

    public string Curve => _curve.Name;

    public IChainClient Connect(Uri endpoint, TimeSpan timeout, bool retries = true) => new BuiltinClient(new JsonRpcConnection(endpoint, timeout, _time, retries));

    public ISigner SignerFromPrivateKey(Hash32 privateKey)
    {
        Span<byte> secret = stackalloc byte[Hash32.Size];
        privateKey.WriteTo(secret);
        return Signer(secret);
    }

    public ISigner SignerFromMnemonic(string mnemonic, string passphrase, HdPath path)
    {
        Span<byte> secret = stackalloc byte[Hash32.Size];
        Mnemonic.WritePrivateKey(_curve, mnemonic, passphrase, path, secret);
        return Signer(secret);
    }

    public ISigner SignerFromKeystore(string keystore, string password)
    {
        Span<byte> secret = stackalloc byte[Hash32.Size];
        Keystore.WritePrivateKey(_curve, keystore, password, secret);
        return Signer(secret);
    }

    public Address? Recover(Hash32 digest, RecoverableSignature signature) => Secp256k1.Recover(_curve, digest, signature);

    // The signer has a copy of its own: this one is wiped.
    private LocalSigner Signer(Span<byte> secret)
    {
        try
        {
            return new LocalSigner(new PrivateKey(_curve, secret));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
