using System.Security.Cryptography;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// BIP-39 words and passphrase to a private key by a BIP-32 path. Words are checked against BIP-39's English list (its
/// licence lies beside it). No error repeats a word.
/// </summary>
internal static class Mnemonic
{
    public const int SeedSize = 64;

    private const int BitsPerWord = 11;
    private const int SeedRounds = 2048;

    private static readonly Lazy<string[]> Words = new(LoadWords);

    private static readonly Lazy<Dictionary<string, int>> Numbers = new(
        () => Words.Value.Index().ToDictionary(word => word.Item, word => word.Index, StringComparer.Ordinal));

    /// <summary>Writes the private key of words, passphrase and path.</summary>
    /// <exception cref="FormatException">It is not a mnemonic, or the passphrase is not text.</exception>
    public static void WritePrivateKey(ICurve curve, string mnemonic, string passphrase, HdPath path, Span<byte> secret)
    {
        Span<byte> seed = stackalloc byte[SeedSize];
        try
        {
            WriteSeed(mnemonic, passphrase, seed);
            HdKey.Derive(curve, seed, path, secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Writes the seed of words and passphrase: 64 bytes.</summary>
    /// <exception cref="FormatException">It is not a mnemonic, or the passphrase is not text.</exception>
    public static void WriteSeed(string mnemonic, string passphrase, Span<byte> seed)
    {
        // The words are ASCII, so that they are their own NFKD form; a passphrase may be anything.
        var words = System.Text.Encoding.UTF8.GetBytes(Checked(mnemonic));
        var salt = System.Text.Encoding.UTF8.GetBytes("mnemonic" + Nfkd.Normalize(passphrase));
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(words, salt, seed, SeedRounds, HashAlgorithmName.SHA512);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(words);
            CryptographicOperations.ZeroMemory(salt);
        }
    }

    /// <summary>New words, 12 to 24 of them: as many random bits as they hold.</summary>
    public static string Create(int words)
    {
        RequireLength(words);
        Span<byte> entropy = stackalloc byte[words / 3 * sizeof(uint)];
        RandomNumberGenerator.Fill(entropy);
        var mnemonic = OfEntropy(entropy);
        CryptographicOperations.ZeroMemory(entropy);
        return mnemonic;
    }

    /// <summary>The words of 16, 20, 24, 28 or 32 bytes.</summary>
    public static string OfEntropy(ReadOnlySpan<byte> entropy)
    {
        // Behind the entropy, at most eight bits of its hash.
        Span<byte> bits = [.. entropy, SHA256.HashData(entropy)[0]];
        var words = new string[entropy.Length * 3 / sizeof(uint)];
        RequireLength(words.Length);
        for (var i = 0; i < words.Length; i++)
        {
            var number = 0;
            for (var bit = i * BitsPerWord; bit < (i + 1) * BitsPerWord; bit++) number = number << 1 | bits[bit / 8] >> 7 - bit % 8 & 1;
            words[i] = Words.Value[number];
        }

        CryptographicOperations.ZeroMemory(bits);
        return string.Join(' ', words);
    }

    /// <summary>The words with one space between them. Refuses what is not a mnemonic, without repeating a word of it.</summary>
    public static string Checked(string mnemonic)
    {
        var words = mnemonic.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        RequireLength(words.Length);
        Span<byte> bits = stackalloc byte[words.Length * BitsPerWord / 8 + 1];
        bits.Clear();
        for (var i = 0; i < words.Length; i++)
        {
            if (!Numbers.Value.TryGetValue(words[i], out var number))
                throw new FormatException($"Word {i + 1} of the mnemonic is not in BIP-39's English list.");
            for (var bit = 0; bit < BitsPerWord; bit++)
            {
                var at = i * BitsPerWord + bit;
                bits[at / 8] |= (byte)((number >> BitsPerWord - 1 - bit & 1) << 7 - at % 8);
            }
        }

        // The same entropy gives the same words, but for what its checksum makes of the last one.
        var text = string.Join(' ', words);
        var right = OfEntropy(bits[..(words.Length / 3 * sizeof(uint))]) == text;
        CryptographicOperations.ZeroMemory(bits);
        return right ? text : throw new FormatException("The mnemonic's checksum is wrong: a word is mistyped, or two are swapped.");
    }

    private static void RequireLength(int words)
    {
        if (words is not (12 or 15 or 18 or 21 or 24)) throw new FormatException($"A mnemonic has 12, 15, 18, 21 or 24 words, not {words}.");
    }

    private static string[] LoadWords()
    {
        using var stream = typeof(Mnemonic).Assembly.GetManifestResourceStream("bip39-english")
            ?? throw new InvalidOperationException("The word list is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
