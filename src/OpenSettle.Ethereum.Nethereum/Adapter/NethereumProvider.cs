using Nethereum.HdWallet;
using Nethereum.Signer;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>Nethereum behind the port: its wallets, its signing, its RPC services.</summary>
/// <param name="time">The clock of time-outs and retries.</param>
public sealed class NethereumProvider(TimeProvider time) : IChainProvider
{
    static NethereumProvider()
    {
        // Ten times faster than the default, and the same bytes: both are RFC 6979.
        EthECKey.SignRecoverable = true;
    }

    public string Name => "nethereum";

    public string Curve => "Nethereum (NBitcoin.Secp256k1 signs, BouncyCastle recovers)";

    public IChainClient Connect(Uri endpoint, TimeSpan timeout) => new NethereumClient(new JsonRpcConnection(endpoint, timeout, time));

    public ISigner SignerFromPrivateKey(Hash32 privateKey)
    {
        if (!Secp256k1.IsPrivateKey(privateKey))
            throw new ArgumentException("A private key is a number above zero and below the order of secp256k1.", nameof(privateKey));
        return new NethereumSigner(new EthECKey(privateKey.ToArray(), isPrivate: true));
    }

    public ISigner SignerFromMnemonic(string mnemonic, string passphrase, HdPath path)
    {
        // Nethereum takes a wrong checksum for granted, and its errors repeat words.
        var wallet = new Wallet(Mnemonic.Checked(mnemonic), passphrase, path.ToString());
        // The wallet's accounts are children of its path; the path itself is what is asked for.
        return new NethereumSigner(new EthECKey(wallet.GetMasterExtKey().PrivateKey.ToBytes(), isPrivate: true));
    }

    public ISigner SignerFromKeystore(string keystore, string password) => throw new NotSupportedException();

    public Address? Recover(Hash32 digest, RecoverableSignature signature) => Recovery.Recover(digest, signature);
}
