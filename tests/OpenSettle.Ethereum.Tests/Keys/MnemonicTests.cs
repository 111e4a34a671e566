using System.Numerics;
using System.Security.Cryptography;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Keys;

/// <summary>BIP-39, BIP-32 and BIP-44 against their vectors and against ethers.</summary>
public sealed class MnemonicTests
{
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    public static TheoryData<string> Names => EachCurve.Names;

    public static TheoryData<string> ClientNames => Clients.Names;

    [Fact]
    public void Words_OfThePublishedEntropies_AndSeedsOfTheWords_AreThePublishedOnes()
    {
        Assert.Equal(24, KeyVectors.Mnemonics.Count);
        foreach (var (entropy, words, seed) in KeyVectors.Mnemonics)
        {
            Assert.Equal(words, Mnemonic.OfEntropy(entropy));
            var made = new byte[64];
            Mnemonic.WriteSeed(words, "TREZOR", made);
            Assert.Equal(seed, Hex.Encode(made));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Derive_OfThePublishedPaths_GivesThePublishedKeys(string name)
    {
        Assert.Equal(12, KeyVectors.Paths.Count);
        foreach (var (seed, path, extended) in KeyVectors.Paths)
        {
            var key = new byte[32];
            HdKey.Derive(EachCurve.All[name], seed, path, key);
            Assert.Equal(KeyOf(extended), Convert.ToHexStringLower(key));
        }
    }

    [Theory]
    [MemberData(nameof(ClientNames))]
    public void Wallets_OfEthers_HaveTheSameAddresses(string name)
    {
        Assert.Equal(60, KeyVectors.Wallets.Count);
        var provider = Clients.Named(name, TimeProvider.System);
        foreach (var wallet in KeyVectors.Wallets)
            Assert.Equal(wallet.Address, provider.SignerFromMnemonic(wallet.Mnemonic, wallet.Passphrase, wallet.Path).Address);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Wallets_OfEthers_HaveTheSameKeys(string name)
    {
        foreach (var wallet in KeyVectors.Wallets)
        {
            var key = new byte[32];
            Mnemonic.WritePrivateKey(EachCurve.All[name], wallet.Mnemonic, wallet.Passphrase, wallet.Path, key);
            Assert.Equal(wallet.PrivateKey, Hash32.FromBytes(key));
        }
    }

    [Theory]
    [InlineData(12)]
    [InlineData(15)]
    [InlineData(18)]
    [InlineData(21)]
    [InlineData(24)]
    public void Create_OfAnyLength_IsAMnemonicAndEachTimeAnother(int words)
    {
        var made = Enumerable.Range(0, 50).Select(_ => Mnemonic.Create(words)).ToArray();
        Assert.Equal(50, made.Distinct(StringComparer.Ordinal).Count());
        Assert.All(made, each => Assert.Equal(words, Mnemonic.Checked(each).Split(' ').Length));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(27)]
    [InlineData(-12)]
    public void Create_OfAnotherLength_IsRefused(int words) => Assert.Throws<FormatException>(() => Mnemonic.Create(words));

    [Fact]
    public void Checked_WithAnyWordChangedOrExchanged_IsRefusedExceptWhereTheChecksumIsRight()
    {
        var words = Mnemonic.OfEntropy(SHA256.HashData("some entropy"u8)).Split(' ');
        var passed = 0;
        for (var at = 0; at < words.Length; at++)
        {
            foreach (var other in new[] { "zoo", "abandon", "legal", "wrong" })
            {
                var changed = (string[])words.Clone();
                changed[at] = other;
                if (Accepts(changed)) passed++;
            }
        }

        // Eight bits of checksum: one in 256 passes.
        Assert.InRange(passed, 0, 3);
        Assert.True(Accepts(words));
    }

    [Fact]
    public void Passphrase_ThatIsNotText_IsRefused()
    {
        var refusal = Assert.Throws<FormatException>(() => Mnemonic.WriteSeed(KeyVectors.Mnemonics[0].Words, "secret\ud800!", new byte[64]));
        Assert.DoesNotContain("secret", refusal.ToString());
    }

    private static bool Accepts(string[] words)
    {
        try
        {
            Mnemonic.Checked(string.Join(' ', words));
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>The 32 bytes in front of the four of the checksum, in base 58.</summary>
    private static string KeyOf(string extended)
    {
        var number = extended.Aggregate(BigInteger.Zero, (sum, letter) => sum * Alphabet.Length + Alphabet.IndexOf(letter, StringComparison.Ordinal));
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return Convert.ToHexStringLower(bytes.AsSpan(bytes.Length - 36, 32));
    }
}
