using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class HexTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0x")]
    [InlineData("0x00")]
    [InlineData("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a47")]
    [InlineData("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a4700")]
    [InlineData("0Xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a47g")]
    [InlineData("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a47 ")]
    [InlineData("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a47000")]
    [InlineData("0x0xd2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a4\u0660\u0660")]
    public void Hash_OfHostileText_IsRefused(string? text)
    {
        Assert.False(Hash32.TryParse(text, out var hash));
        Assert.True(hash.IsZero);
    }

    [Fact]
    public void Hash_OfAnyWord_ReadsBackFromBothCases() => Properties.Hold(Properties.Numbers, number =>
    {
        var hash = number.ToHash();
        Assert.Equal(hash, Hash32.Parse(hash.ToString()));
        Assert.Equal(hash, Hash32.Parse("0x" + hash.ToString()[2..].ToUpperInvariant()));
        Assert.Equal(66, hash.ToString().Length);
        Assert.Equal(hash, Hash32.FromBytes(hash.ToArray()));
    }, 500);

    [Fact]
    public void Hash_Order_IsThatOfBytes()
    {
        var low = Hash32.Parse("0x00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
        var high = Hash32.Parse("0x0100000000000000000000000000000000000000000000000000000000000000");
        Assert.True(low < high && high > low && low <= high && high >= low && low != high);
    }

    [Theory]
    [InlineData("0x", 0)]
    [InlineData("0xFf", 1)]
    [InlineData("0x0001", 2)]
    public void Decode_OfWholeBytes_ReadsThem(string text, int length) => Assert.Equal(length, Hex.Decode(text).Length);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("00")]
    [InlineData("0x0")]
    [InlineData("0xzz")]
    [InlineData("x000")]
    public void Decode_OfAnythingElse_Refuses(string text)
    {
        Assert.False(Hex.TryDecode(text, out byte[] bytes));
        Assert.Empty(bytes);
        Assert.Throws<FormatException>(() => Hex.Decode(text));
    }
}
