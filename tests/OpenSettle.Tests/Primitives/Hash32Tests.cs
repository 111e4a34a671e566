using System.Text;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class Hash32Tests
{
    private const string Right = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";

    [Fact]
    public void Utf8_OfAnyHash_IsItsTextAndReadsBack() => Properties.Hold(Properties.Numbers, number =>
    {
        var hash = number.ToHash();
        var text = new byte[Hash32.TextSize];
        hash.FormatUtf8(text);
        Assert.Equal(hash.ToString(), Encoding.ASCII.GetString(text));
        Assert.True(Hash32.TryParseLowerUtf8(text, out var back));
        Assert.Equal(hash, back);
    }, 5_000);

    [Theory]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("0Xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a47")]
    [InlineData("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a4700")]
    [InlineData("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a47000")]
    [InlineData("0xC5D2460186F7233C927E7DB2DCC703C0E500B653CA82273B7BFAD8045D85A470")]
    public void Utf8_OfAnythingElse_IsRefused(string text)
    {
        Assert.False(Hash32.TryParseLowerUtf8(Encoding.UTF8.GetBytes(text), out var hash));
        Assert.True(hash.IsZero);
    }

    [Fact]
    public void Utf8_WithOneByteChanged_IsTakenOnlyAsALowerDigit()
    {
        for (var at = 0; at < Right.Length; at++)
        {
            for (var b = 0; b <= byte.MaxValue; b++)
            {
                var text = Encoding.ASCII.GetBytes(Right);
                text[at] = (byte)b;
                var digit = at < 2 ? b == Right[at] : b is >= '0' and <= '9' or >= 'a' and <= 'f';
                Assert.Equal(digit, Hash32.TryParseLowerUtf8(text, out var hash));
                Assert.Equal(digit ? Encoding.ASCII.GetString(text) : Hash32.Zero.ToString(), hash.ToString());
            }
        }
    }

    [Fact]
    public void Utf8_IntoTooFewBytes_Throws()
    {
        for (var room = 0; room < Hash32.TextSize; room++) Assert.ThrowsAny<ArgumentException>(() => Hash32.Zero.FormatUtf8(new byte[room]));
    }
}
