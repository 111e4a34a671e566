using System.Numerics;
using System.Security.Cryptography;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Keys;

/// <summary>Each curve library by itself, and all of them against one another: the same bytes, whichever a machine has.</summary>
public sealed class CurveTests
{
    private const string Order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    private const string GeneratorX = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

    private static readonly BigInteger OrderNumber = Number(Convert.FromHexString(Order));

    public static TheoryData<string> Names => EachCurve.Names;

    [Fact]
    public void Curves_WhereTheLibraryIsRequired_AreTheLibrary()
    {
        // test.sh sets it where the library is installed: nothing may fall back without a word there.
        if (Environment.GetEnvironmentVariable("OPENSETTLE_REQUIRE_LIBSECP256K1") == "true") Assert.StartsWith("libsecp256k1 (", Curves.Best.Name, StringComparison.Ordinal);
        else Assert.Contains(Curves.Best.Name.Split(' ')[0], new[] { "libsecp256k1", "BouncyCastle" });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Probe_OfEachCurve_Passes(string name) => CurveProbe.Require(EachCurve.All[name]);

    /// <summary>The community's vectors for RFC 6979 with secp256k1 and SHA-256: key, message, r and s (low).</summary>
    [Theory]
    [InlineData("1", "Satoshi Nakamoto", "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8", "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5")]
    [InlineData("1", "All those moments will be lost in time, like tears in rain. Time to die...", "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b", "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21")]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto", "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0", "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5")]
    [InlineData("f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing", "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c", "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea")]
    [InlineData("e91671c46231f833a6406ccbea0e3e392c76c167bac1cb013f6f1013980455c2", "There is a computer disease that anybody who works with computers knows about. It's a very serious disease and it interferes completely with the work. The trouble with computers is that you 'play' with them!", "b552edd27580141f3b2a5463048cb7cd3e047b97c9f98076c32dbdf85a68718b", "279fa72dd19bfae05577e06c7c0c1900c371fcd5893f7e1d56a37d30174671f6")]
    public void Sign_OfTheKnownVectors_GivesTheKnownBytes(string key, string message, string r, string s)
    {
        var secret = Convert.FromHexString(key.PadLeft(64, '0'));
        foreach (var curve in EachCurve.All.Values)
        {
            var signature = new byte[64];
            curve.Sign(secret, SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(message)), signature);
            Assert.Equal(r + s, Convert.ToHexStringLower(signature));
        }
    }

    [Fact]
    public void Signatures_OfThousandsOfRandomKeys_AreTheSameBytesInEachCurve()
    {
        var random = new Random(6979);
        for (var round = 0; round < 2000; round++)
        {
            var (secret, digest) = (RandomWord(random), RandomWord(random));
            var made = EachCurve.All.Values.Select(curve => SignWith(curve, secret, digest)).ToArray();
            Assert.Single(made.Distinct());
            Assert.All(EachCurve.All.Values, curve => Assert.Equal(made[0].Address, Secp256k1.Recover(curve, Hash32.FromBytes(digest), made[0].Signature)));
        }
    }

    /// <summary>Digests that RFC 6979 reduces first, and others at the edges.</summary>
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000001")]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140")]
    [InlineData(Order)]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364142")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Signatures_OfDigestsAtTheEdges_AreTheSameBytesInEachCurve(string digest)
    {
        foreach (var key in new[] { "1", "2", "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140" })
        {
            var secret = Convert.FromHexString(key.PadLeft(64, '0'));
            Assert.Single(EachCurve.All.Values.Select(curve => SignWith(curve, secret, Convert.FromHexString(digest))).Distinct());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void IsPrivateKey_AtTheEdges_IsRight(string name)
    {
        var curve = EachCurve.All[name];
        Assert.False(curve.IsPrivateKey(new byte[32]));
        Assert.False(curve.IsPrivateKey(Convert.FromHexString(Order)));
        Assert.False(curve.IsPrivateKey(Convert.FromHexString(new string('f', 64))));
        Assert.False(curve.IsPrivateKey([1]));
        Assert.True(curve.IsPrivateKey(Word(1)));
        Assert.True(curve.IsPrivateKey(Word(OrderNumber - 1)));
    }

    [Fact]
    public void IsInRange_AtTheEdges_IsRight()
    {
        var half = OrderNumber / 2;
        Assert.True(InRange(1, 1, 27));
        Assert.True(InRange(OrderNumber - 1, half, 28));
        Assert.False(InRange(1, half + 1, 27));
        Assert.False(InRange(OrderNumber, 1, 27));
        Assert.False(InRange(0, 1, 27));
        Assert.False(InRange(1, 0, 27));
        Assert.False(InRange(1, 1, 26));
        Assert.False(InRange(1, 1, 29));

        static bool InRange(BigInteger r, BigInteger s, byte v) =>
            Secp256k1.IsInRange(new RecoverableSignature(Hash32.FromBytes(Word(r)), Hash32.FromBytes(Word(s)), v));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryAdd_OfRandomWords_IsTheSumModuloTheOrder(string name)
    {
        var curve = EachCurve.All[name];
        var random = new Random(32);
        for (var round = 0; round < 500; round++)
        {
            var (key, word) = (RandomWord(random), RandomWord(random));
            var sum = (byte[])key.Clone();
            Assert.True(curve.TryAdd(sum, word));
            Assert.Equal((Number(key) + Number(word)) % OrderNumber, Number(sum));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryAdd_OutOfRange_IsRefused(string name)
    {
        var curve = EachCurve.All[name];
        Assert.False(curve.TryAdd(Word(1), Word(OrderNumber)));
        Assert.False(curve.TryAdd(Word(1), Convert.FromHexString(new string('f', 64))));
        // The sum is zero.
        Assert.False(curve.TryAdd(Word(5), Word(OrderNumber - 5)));
        var key = Word(7);
        Assert.True(curve.TryAdd(key, new byte[32]));
        Assert.Equal(Word(7), key);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Recover_OfTheKeyAtInfinity_IsNull(string name)
    {
        // With R the generator and e = s, the key would be (s G - e G) / r: the point at infinity.
        var signature = new RecoverableSignature(Hash32.Parse("0x" + GeneratorX), Hash32.FromBytes(Word(5)), 27);
        Assert.Null(Secp256k1.Recover(EachCurve.All[name], Hash32.FromBytes(Word(5)), signature));
        Assert.NotNull(Secp256k1.Recover(EachCurve.All[name], Hash32.FromBytes(Word(6)), signature));
    }

    [Fact]
    public void Recover_OfRandomSignatures_IsTheSameInEachCurve()
    {
        var random = new Random(27);
        var found = 0;
        for (var round = 0; round < 600; round++)
        {
            var s = Word(Number(RandomWord(random)) / 2);
            // Half of all x have no point; whether one has is found out alike.
            var signature = new RecoverableSignature(Hash32.FromBytes(RandomWord(random)), Hash32.FromBytes(s), (byte)(27 + round % 2));
            var digest = Hash32.FromBytes(RandomWord(random));
            var owners = EachCurve.All.Values.Select(curve => Secp256k1.Recover(curve, digest, signature)).Distinct().ToArray();
            if (Assert.Single(owners) is not null) found++;
        }

        Assert.InRange(found, 200, 400);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Keys_OfManyThreadsAtOnce_SignAsOneDoes(string name)
    {
        var curve = EachCurve.All[name];
        var digests = Enumerable.Range(0, 400).Select(i => Keccak256.HashText($"digest {i}")).ToArray();
        using var key = new PrivateKey(curve, Word(77));
        var alone = digests.Select(key.Sign).ToArray();
        var together = new RecoverableSignature[digests.Length];
        Parallel.For(0, digests.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => together[i] = key.Sign(digests[i]));
        Assert.Equal(alone, together);
    }

    [Fact]
    public void Choose_WithoutTheLibrary_FallsBackAndSaysWhy()
    {
        Assert.Equal("BouncyCastle (portable, not constant-time; libsecp256k1 was not found)", Curves.Choose(["libthere-is-no-such-thing.so.1"]).Name);
        Assert.Equal("BouncyCastle (portable, not constant-time)", Curves.Portable.Name);
    }

    [Fact]
    public void Choose_OfALibraryThatIsAnother_FallsBackAndSaysWhatItLacks()
    {
        // A library that every Linux, macOS and Windows has.
        var another = OperatingSystem.IsWindows() ? "kernel32.dll" : OperatingSystem.IsMacOS() ? "libSystem.dylib" : "libc.so.6";
        var curve = Curves.Choose([another]);
        Assert.IsType<PortableCurve>(curve);
        Assert.Contains($"{another} lacks a function", curve.Name);
        Assert.Contains("secp256k1_context_create", curve.Name);
    }

    private static (Address Address, RecoverableSignature Signature) SignWith(ICurve curve, byte[] secret, byte[] digest)
    {
        using var key = new PrivateKey(curve, secret);
        return (key.Address, key.Sign(Hash32.FromBytes(digest)));
    }

    private static byte[] RandomWord(Random random)
    {
        var word = new byte[32];
        random.NextBytes(word);
        return word;
    }

    private static BigInteger Number(byte[] word) => new(word, isUnsigned: true, isBigEndian: true);

    private static byte[] Word(BigInteger number)
    {
        var digits = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - digits.Length], .. digits];
    }
}
