using System.Text;
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

    public IChainClient Connect(Uri endpoint, TimeSpan timeout, bool retries = true) => new NethereumClient(new JsonRpcConnection(endpoint, timeout, time, retries));

    public ISigner SignerFromPrivateKey(Hash32 privateKey)
    {
        if (!Secp256k1.IsPrivateKey(privateKey))
            throw new ArgumentException("A private key is a number above zero and below the order of secp256k1.", nameof(privateKey));
        return new NethereumSigner(new EthECKey(privateKey.ToArray(), isPrivate: true));
    }

    public ISigner SignerFromMnemonic(string mnemonic, string passphrase, HdPath path)
    {
        // The wallet's accounts are children of its path; the path itself is what is asked for.
        var key = Wallet(Mnemonic.Checked(mnemonic), passphrase, path.ToString()).GetMasterExtKey().PrivateKey;
        return new NethereumSigner(new EthECKey(key.ToBytes(), isPrivate: true));
    }

    public ISigner SignerFromKeystore(string keystore, string password) => new NethereumSigner(NethereumKeystore.Open(keystore, password));

    public Address? Recover(Hash32 digest, RecoverableSignature signature) => Recovery.Recover(digest, signature);

    // The words are checked before: Nethereum takes a wrong checksum for granted, and its errors repeat words. Of the characters
    // beyond ASCII it brings a few only into the form that BIP-39 wants, and refuses the others: their seed is made here.
    private static Wallet Wallet(string words, string passphrase, string path)
    {
        if (Ascii.IsValid(passphrase)) return new Wallet(words, passphrase, path);
        var seed = new byte[Mnemonic.SeedSize];
        Mnemonic.WriteSeed(words, passphrase, seed);
        return new Wallet(seed, path);
    }
}
