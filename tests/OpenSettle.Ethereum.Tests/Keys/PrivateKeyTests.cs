using System.Reflection;
using System.Security.Cryptography;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Keys;

/// <summary>What a private key gives away, which is signatures that are right, and nothing else.</summary>
public sealed class PrivateKeyTests
{
    private static readonly byte[] Secret = Hex.Decode("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    private static readonly Hash32 Digest = Keccak256.HashText("something to sign");

    public static TheoryData<string> Names => EachCurve.Names;

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(63)]
    public void Sign_WithAFaultInTheSignature_HandsNothingOut(int at)
    {
        using var key = new PrivateKey(new FaultyCurve(at, 0), Secret);
        var fault = Assert.Throws<CryptographicException>(() => key.Sign(Digest));
        Assert.Equal("A signature does not recover to its own key.", fault.Message);
    }

    [Fact]
    public void Sign_WithTheWrongGuessAtTheRecoveryId_FindsTheRightOne()
    {
        using var right = new PrivateKey(Curves.Portable, Secret);
        foreach (var guess in new[] { 0, 1 })
        {
            using var key = new PrivateKey(new FaultyCurve(-1, guess), Secret);
            Assert.Equal(right.Sign(Digest), key.Sign(Digest));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Key_Disposed_IsWipedAndSignsNoMore(string name)
    {
        var key = new PrivateKey(EachCurve.All[name], Secret);
        var field = typeof(PrivateKey).GetField("_secret", BindingFlags.Instance | BindingFlags.NonPublic);
        var bytes = Assert.IsType<byte[]>(field?.GetValue(key));
        Assert.Equal(Secret, bytes);
        key.Dispose();
        Assert.All(bytes, each => Assert.Equal(0, each));
        Assert.Throws<ObjectDisposedException>(() => key.Sign(Digest));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Key_OutOfRange_IsRefusedWithoutShowingIt(string name)
    {
        var order = Hex.Decode("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        var refusal = Assert.Throws<ArgumentException>(() => new PrivateKey(EachCurve.All[name], order));
        Assert.DoesNotContain("fffffffe", refusal.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Throws<ArgumentException>(() => new PrivateKey(EachCurve.All[name], new byte[32]));
        Assert.Throws<ArgumentException>(() => new PrivateKey(EachCurve.All[name], new byte[31]));
    }

    /// <summary>A curve whose signatures have a flipped bit, or that guesses wrong.</summary>
    private sealed class FaultyCurve(int flipped, int guess) : ICurve
    {
        public string Name => "faulty";

        public bool IsPrivateKey(ReadOnlySpan<byte> key) => Curves.Portable.IsPrivateKey(key);

        public void WritePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> point) => Curves.Portable.WritePublicKey(privateKey, point);

        public bool TryAdd(Span<byte> privateKey, ReadOnlySpan<byte> word) => Curves.Portable.TryAdd(privateKey, word);

        public int Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> digest, Span<byte> signature)
        {
            Curves.Portable.Sign(privateKey, digest, signature);
            if (flipped >= 0) signature[flipped] ^= 1;
            return guess;
        }

        public bool TryRecover(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, int recoveryId, Span<byte> point) =>
            Curves.Portable.TryRecover(digest, signature, recoveryId, point);
    }
}
