using Nethereum.KeyStore;
using Nethereum.KeyStore.Crypto;
using Nethereum.Signer;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>Keystores, opened by Nethereum.</summary>
internal static class NethereumKeystore
{
    /// <summary>
    /// The key of a keystore's text. Nethereum gets it written anew from the parts that were checked: its own reading takes any
    /// cost and any spelling of a field, and its scrypt writes beyond its memory where n is not a power of two.
    /// </summary>
    /// <exception cref="KeystoreException">It is no keystore, asks for too much, is of another address, or the password is not its.</exception>
    public static EthECKey Open(string text, string password)
    {
        var file = KeystoreFile.Parse(text);
        var secret = Decrypt(KeystoreWriter.Write(file, Guid.Empty), password);
        if (secret.Length != Hash32.Size || !Secp256k1.IsPrivateKey(Hash32.FromBytes(secret)))
            throw new KeystoreException("The keystore holds no private key of secp256k1.");
        var key = new EthECKey(secret, isPrivate: true);
        return file.Account is not { } account || Address.Parse(key.GetPublicAddress()) == account
            ? key
            : throw new KeystoreException("The keystore's address is not that of its key.");
    }

    private static byte[] Decrypt(string text, string password)
    {
        try
        {
            return new KeyStoreService().DecryptKeyStoreFromJson(password, text);
        }
        catch (DecryptionException)
        {
            throw new KeystoreException("The password is not this keystore's, or the file is damaged.");
        }
        catch (OutOfMemoryException)
        {
            throw new KeystoreException("The keystore's scrypt parameters ask for more memory than this process has.");
        }
        catch (Exception failure) when (failure is not KeystoreException)
        {
            // Without what Nethereum says: it may show a part of the file.
            throw new KeystoreException($"Nethereum cannot open the keystore ({failure.GetType().Name}).");
        }
    }
}
