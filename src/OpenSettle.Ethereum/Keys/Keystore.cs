using System.Buffers.Binary;
using System.Security.Cryptography;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// Keystores, version 3 (Web3 Secret Storage): a private key under a password, as geth and other wallets write it. A password
/// is its UTF-8 bytes, as it was typed.
/// </summary>
internal static class Keystore
{
    // What ethers takes: 128 MiB and about half a second. geth's standard is twice that.
    private const int Cost = 1 << 17;
    private const int BlockSize = 8;
    private const int Parallel = 1;
    private const int SaltSize = 32;
    private const int EncryptionKeySize = 16;

    /// <summary>Writes the private key of a keystore's text.</summary>
    /// <exception cref="KeystoreException">It is no keystore, asks for too much, is of another address, or the password is not its.</exception>
    public static void WritePrivateKey(ICurve curve, string text, string password, Span<byte> secret)
    {
        var file = KeystoreFile.Parse(text);
        var derived = Derive(file.Derivation, password);
        try
        {
            if (!CryptographicOperations.FixedTimeEquals(Mac(derived, file.Ciphertext), file.Mac))
                throw new KeystoreException("The password is not this keystore's, or the file is damaged.");
            Crypt(derived, file.Iv, file.Ciphertext, secret);
            RequireOwner(curve, secret, file.Account);
        }
        catch (KeystoreException)
        {
            CryptographicOperations.ZeroMemory(secret);
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    /// <summary>A new keystore's text, under scrypt, with salt, vector and name of its own.</summary>
    public static string Create(ICurve curve, ReadOnlySpan<byte> secret, string password) =>
        Create(curve, secret, password, new KeystoreDerivation.Scrypt(RandomNumberGenerator.GetBytes(SaltSize), Cost, BlockSize, Parallel));

    /// <summary>As the other, under a derivation that was chosen.</summary>
    internal static string Create(ICurve curve, ReadOnlySpan<byte> secret, string password, KeystoreDerivation derivation)
    {
        using var key = new PrivateKey(curve, secret);
        var derived = Derive(derivation, password);
        var iv = RandomNumberGenerator.GetBytes(KeystoreFile.IvSize);
        var ciphertext = new byte[Hash32.Size];
        Crypt(derived, iv, secret, ciphertext);
        var file = new KeystoreFile(derivation, iv, ciphertext, Mac(derived, ciphertext), key.Address);
        CryptographicOperations.ZeroMemory(derived);
        return KeystoreWriter.Write(file, NewName());
    }

    private static byte[] Derive(KeystoreDerivation derivation, string password)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(password);
        try
        {
            return derivation switch
            {
                KeystoreDerivation.Scrypt scrypt => Scrypt.Derive(bytes, scrypt.Salt, scrypt.Cost, scrypt.BlockSize, scrypt.Parallel, KeystoreFile.DerivedSize),
                KeystoreDerivation.Pbkdf2 pbkdf2 => Rfc2898DeriveBytes.Pbkdf2(bytes, pbkdf2.Salt, pbkdf2.Rounds, HashAlgorithmName.SHA256, KeystoreFile.DerivedSize),
                _ => throw new ArgumentException("A derivation of another kind.", nameof(derivation)),
            };
        }
        catch (OutOfMemoryException)
        {
            throw new KeystoreException("The keystore's scrypt parameters ask for more memory than this process has.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static byte[] Mac(ReadOnlySpan<byte> derived, ReadOnlySpan<byte> ciphertext)
    {
        Span<byte> input = stackalloc byte[KeystoreFile.DerivedSize - EncryptionKeySize + Hash32.Size];
        derived[EncryptionKeySize..].CopyTo(input);
        ciphertext.CopyTo(input[(KeystoreFile.DerivedSize - EncryptionKeySize)..]);
        var mac = Keccak256.Hash(input).ToArray();
        CryptographicOperations.ZeroMemory(input);
        return mac;
    }

    /// <summary>AES-128 in counter mode, both ways: a key is two blocks, and the vector is the first one's counter.</summary>
    private static void Crypt(ReadOnlySpan<byte> derived, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> from, Span<byte> to)
    {
        Span<byte> counters = stackalloc byte[2 * KeystoreFile.IvSize];
        iv.CopyTo(counters);
        BinaryPrimitives.WriteUInt128BigEndian(counters[KeystoreFile.IvSize..], unchecked(BinaryPrimitives.ReadUInt128BigEndian(iv) + 1));
        Span<byte> stream = stackalloc byte[2 * KeystoreFile.IvSize];
        using var aes = Aes.Create();
        aes.SetKey(derived[..EncryptionKeySize]);
        aes.EncryptEcb(counters, stream, PaddingMode.None);
        for (var i = 0; i < from.Length; i++) to[i] = (byte)(from[i] ^ stream[i]);
        CryptographicOperations.ZeroMemory(stream);
    }

    private static void RequireOwner(ICurve curve, ReadOnlySpan<byte> secret, Address? account)
    {
        if (!curve.IsPrivateKey(secret)) throw new KeystoreException("The keystore holds no private key of secp256k1.");
        using var key = new PrivateKey(curve, secret);
        if (account is { } address && key.Address != address) throw new KeystoreException("The keystore's address is not that of its key.");
    }

    /// <summary>A random UUID, version 4.</summary>
    private static Guid NewName()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        bytes[6] = (byte)(0x40 | bytes[6] & 0x0f);
        bytes[8] = (byte)(0x80 | bytes[8] & 0x3f);
        return new Guid(bytes, bigEndian: true);
    }
}
