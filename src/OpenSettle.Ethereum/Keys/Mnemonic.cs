using System.Buffers.Binary;
using System.Security.Cryptography;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Org.BouncyCastle.Math;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// BIP-39 words and passphrase to a private key by a BIP-32 path. Words are checked against BIP-39's English list (its
/// licence lies beside it). No error repeats a word.
/// </summary>
internal static class Mnemonic
{
    private const int BitsPerWord = 11;
    private const int SeedRounds = 2048;
    private const int SeedSize = 64;

    private static readonly Lazy<Dictionary<string, int>> Words = new(LoadWords);

    public static Hash32 PrivateKey(string mnemonic, string passphrase, HdPath path)
    {
        // The words are ASCII, so that they are their own NFKD form; a passphrase may be anything.
        var salt = System.Text.Encoding.UTF8.GetBytes("mnemonic" + passphrase.Normalize(System.Text.NormalizationForm.FormKD));
        var seed = Rfc2898DeriveBytes.Pbkdf2(
            System.Text.Encoding.UTF8.GetBytes(Checked(mnemonic)), salt, SeedRounds, HashAlgorithmName.SHA512, SeedSize);
        var (key, chain) = Halves(HMACSHA512.HashData("Bitcoin seed"u8, seed));
        if (!InRange(key)) throw new CryptographicException("The seed has no master key.");
        foreach (var child in path.Steps) (key, chain) = Derive(key, chain, child);
        return Secp256k1.Word(key);
    }

    /// <summary>The words with one space between them. Refuses what is not a mnemonic, without repeating a word of it.</summary>
    public static string Checked(string mnemonic)
    {
        var words = mnemonic.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        RequireChecksum(words);
        return string.Join(' ', words);
    }

    private static (BigInteger Key, byte[] Chain) Derive(BigInteger key, byte[] chain, uint child)
    {
        var data = new byte[37];
        if (child >= HdPath.Hardened) Secp256k1.Word(key).WriteTo(data.AsSpan(1));
        else Secp256k1.CompressedPublicKey(key).CopyTo(data, 0);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(33), child);
        var (offset, next) = Halves(HMACSHA512.HashData(chain, data));
        var derived = offset.Add(key).Mod(Secp256k1.Order);
        // BIP-32: one in 2^127 children does not exist.
        if (offset.CompareTo(Secp256k1.Order) >= 0 || derived.SignValue == 0) throw new CryptographicException("The path has no key.");
        return (derived, next);
    }

    private static (BigInteger Key, byte[] Chain) Halves(byte[] mac) => (new BigInteger(1, mac[..32]), mac[32..]);

    private static bool InRange(BigInteger key) => key.SignValue > 0 && key.CompareTo(Secp256k1.Order) < 0;

    private static void RequireChecksum(string[] words)
    {
        if (words.Length is not (12 or 15 or 18 or 21 or 24))
            throw new FormatException($"A mnemonic has 12, 15, 18, 21 or 24 words, not {words.Length}.");
        var bits = new bool[words.Length * BitsPerWord];
        for (var i = 0; i < words.Length; i++)
        {
            if (!Words.Value.TryGetValue(words[i], out var number))
                throw new FormatException($"Word {i + 1} of the mnemonic is not in BIP-39's English list.");
            for (var bit = 0; bit < BitsPerWord; bit++) bits[i * BitsPerWord + bit] = (number >> (BitsPerWord - 1 - bit) & 1) != 0;
        }

        var checksumBits = words.Length / 3;
        var entropy = new byte[(bits.Length - checksumBits) / 8];
        for (var i = 0; i < entropy.Length * 8; i++)
        {
            if (bits[i]) entropy[i / 8] |= (byte)(0x80 >> (i % 8));
        }

        var hash = SHA256.HashData(entropy);
        for (var i = 0; i < checksumBits; i++)
        {
            if (bits[entropy.Length * 8 + i] != ((hash[0] >> (7 - i) & 1) != 0))
                throw new FormatException("The mnemonic's checksum is wrong: a word is mistyped, or two are swapped.");
        }
    }

    private static Dictionary<string, int> LoadWords()
    {
        using var stream = typeof(Mnemonic).Assembly.GetManifestResourceStream("bip39-english")
            ?? throw new InvalidOperationException("The word list is not embedded.");
        using var reader = new StreamReader(stream);
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } word) words.Add(word, words.Count);
        return words;
    }
}
