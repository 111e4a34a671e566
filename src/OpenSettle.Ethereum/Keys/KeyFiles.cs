using System.Security.Cryptography;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>A keystore's text, and whose key is in it.</summary>
public sealed record KeystoreText(Address Account, string Text);

/// <summary>Makes keys and the files that keep them. A key is in memory while its keystore is written, and wiped then; no error repeats one.</summary>
public static class KeyFiles
{
    /// <summary>A new key, from the system's random numbers.</summary>
    public static KeystoreText Create(string password)
    {
        Span<byte> secret = stackalloc byte[Hash32.Size];
        try
        {
            // All but one of 2^128 numbers are keys.
            do RandomNumberGenerator.Fill(secret);
            while (!Curves.Best.IsPrivateKey(secret));
            return Written(secret, password);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>The keystore of a key that is written out.</summary>
    public static KeystoreText FromPrivateKey(Hash32 key, string password)
    {
        Span<byte> secret = stackalloc byte[Hash32.Size];
        try
        {
            key.WriteTo(secret);
            return Written(secret, password);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>The keystore of an account of a mnemonic.</summary>
    /// <exception cref="FormatException">It is not a mnemonic.</exception>
    public static KeystoreText FromMnemonic(string mnemonic, string passphrase, HdPath path, string password)
    {
        Span<byte> secret = stackalloc byte[Hash32.Size];
        try
        {
            Mnemonic.WritePrivateKey(Curves.Best, mnemonic, passphrase, path, secret);
            return Written(secret, password);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>The same key under another password, with a salt of its own.</summary>
    /// <exception cref="KeystoreException">It is not a keystore, or the password is not its.</exception>
    public static KeystoreText FromKeystore(string keystore, string password, string newPassword)
    {
        Span<byte> secret = stackalloc byte[Hash32.Size];
        try
        {
            Keystore.WritePrivateKey(Curves.Best, keystore, password, secret);
            return Written(secret, newPassword);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>New words of BIP-39: 12, 15, 18, 21 or 24 of them.</summary>
    public static string CreateMnemonic(int words) => Mnemonic.Create(words);

    /// <summary>Whose keystore it says that it is, which only its password proves; null where it does not say.</summary>
    /// <exception cref="KeystoreException">It is not a keystore.</exception>
    public static Address? AccountOf(string keystore) => KeystoreFile.Parse(keystore).Account;

    private static KeystoreText Written(ReadOnlySpan<byte> secret, string password)
    {
        using var key = new PrivateKey(Curves.Best, secret);
        return new KeystoreText(key.Address, Keystore.Create(Curves.Best, secret, password));
    }
}
