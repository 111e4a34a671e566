using System.Text;
using FsCheck.Fluent;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class AddressTests
{
    // The examples that EIP-55 publishes.
    [Theory]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EE7")]
    [InlineData("0x8617E340B3D01FA5F11F306F4090FD50E238070D")]
    [InlineData("0xde709f2102306220921060314715629080e2fb77")]
    [InlineData("0x27b1fdb04752bbc536007a920d24acb045561c26")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")]
    [InlineData("0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB")]
    [InlineData("0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb")]
    public void Checksum_OfPublishedExamples_IsTheirs(string text)
    {
        Assert.Equal(text, Address.Parse(text).ToChecksumString());
        Assert.Equal(text, Address.Parse(text.ToLowerInvariant()).ToChecksumString());
        Assert.Equal(text.ToLowerInvariant(), Address.Parse(text).ToString());
    }

    [Fact]
    public void Parse_OfMixedCaseWithOneLetterTurned_Refuses()
    {
        const string Right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        for (var i = 2; i < Right.Length; i++)
        {
            if (!char.IsAsciiLetter(Right[i])) continue;
            var turned = Right.ToCharArray();
            turned[i] = (char)(turned[i] ^ 0x20);
            Assert.False(Address.TryParse(new string(turned), out var address));
            Assert.True(address.IsZero);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedd")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed00")]
    [InlineData("0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")]
    [InlineData("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed00")]
    [InlineData(" 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae\u0131")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae\uff10")]
    public void Parse_OfAnythingElse_Refuses(string? text) => Assert.False(Address.TryParse(text, out _));

    [Fact]
    public void Order_OfAnyTwo_IsThatOfTheirBytes() => Properties.Hold(
        from a in Properties.Numbers from b in Properties.Numbers select (a, b),
        pair =>
        {
            var left = pair.a.ToHash().ToArray()[12..];
            var right = pair.b.ToHash().ToArray()[12..];
            var (a, b) = (Address.FromBytes(left), Address.FromBytes(right));
            Assert.Equal(left, a.ToArray());
            Assert.Equal(Math.Sign(left.AsSpan().SequenceCompareTo(right)), Math.Sign(a.CompareTo(b)));
            Assert.Equal(left.AsSpan().SequenceEqual(right), a == b);
            Assert.Equal(a, Address.Parse(a.ToString()));
            Assert.Equal(a, Address.Parse(a.ToChecksumString()));
        },
        2_000);

    [Fact]
    public void Utf8_OfAnyAddress_IsItsTextAndReadsBack() => Properties.Hold(Properties.Numbers, number =>
    {
        var address = Address.FromBytes(number.ToHash().ToArray().AsSpan(6, Address.Size));
        var text = new byte[Address.TextSize];
        address.FormatUtf8(text);
        Assert.Equal(address.ToString(), Encoding.ASCII.GetString(text));
        Assert.True(Address.TryParseLowerUtf8(text, out var back));
        Assert.Equal(address, back);
    }, 5_000);

    [Theory]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedd")]
    [InlineData("0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")]
    [InlineData("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed00")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1bea\uff10")]
    public void Utf8_OfAnythingElse_IsRefused(string text)
    {
        Assert.False(Address.TryParseLowerUtf8(Encoding.UTF8.GetBytes(text), out var address));
        Assert.True(address.IsZero);
    }

    [Fact]
    public void Utf8_WithOneByteChanged_IsTakenOnlyAsALowerDigit()
    {
        const string Right = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
        for (var at = 0; at < Right.Length; at++)
        {
            for (var b = 0; b <= byte.MaxValue; b++)
            {
                var text = Encoding.ASCII.GetBytes(Right);
                text[at] = (byte)b;
                var digit = at < 2 ? b == Right[at] : b is >= '0' and <= '9' or >= 'a' and <= 'f';
                Assert.Equal(digit, Address.TryParseLowerUtf8(text, out var address));
                Assert.Equal(digit ? Encoding.ASCII.GetString(text) : Address.Zero.ToString(), address.ToString());
            }
        }
    }

    [Fact]
    public void Utf8_IntoTooFewBytes_Throws()
    {
        for (var room = 0; room < Address.TextSize; room++) Assert.ThrowsAny<ArgumentException>(() => Address.Zero.FormatUtf8(new byte[room]));
    }
}
