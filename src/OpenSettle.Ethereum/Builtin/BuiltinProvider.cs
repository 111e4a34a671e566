using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Builtin;

/// <summary>The client that needs nothing beyond this project: JSON-RPC over HTTP, keys in memory.</summary>
/// <param name="time">The clock of time-outs and retries.</param>
public sealed class BuiltinProvider(TimeProvider time) : IChainProvider
{
    public string Name => "builtin";

    public string Curve => "BouncyCastle";

    public IChainClient Connect(Uri endpoint, TimeSpan timeout) => new BuiltinClient(new JsonRpcConnection(endpoint, timeout, time));

    public ISigner SignerFromPrivateKey(Hash32 privateKey) => new LocalSigner(privateKey);

    public ISigner SignerFromMnemonic(string mnemonic, string passphrase, HdPath path) =>
        new LocalSigner(Mnemonic.PrivateKey(mnemonic, passphrase, path));

    public ISigner SignerFromKeystore(string keystore, string password) => throw new NotSupportedException();

    public Address? Recover(Hash32 digest, RecoverableSignature signature) => Secp256k1.Recover(digest, signature);
}
