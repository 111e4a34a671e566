using System.Numerics;
using System.Text;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class UInt256TextTests
{
    [Fact]
    public void Utf8_OfAnyNumber_IsTheDecimalFormAndReadsBack() => Properties.Hold(Properties.Numbers, a => CheckUtf8(a.Big()), 20_000);

    [Fact]
    public void Utf8_AroundEachPowerOfTenAndTwo_ReadsBack()
    {
        for (var digits = 0; digits < UInt256.MaxDigits; digits++)
        {
            var power = BigInteger.Pow(10, digits);
            foreach (var number in (BigInteger[])[power - 1, power, power + 1, power * 11 / 10]) CheckUtf8(number);
        }

        foreach (var edge in Sizes.Edges) CheckUtf8(edge);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("007")]
    [InlineData("0123456789012345678")]
    [InlineData("01234567890123456789")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\n")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("1.0")]
    [InlineData("1,000")]
    [InlineData("\u0661")]
    [InlineData("\uff11")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    [InlineData("999999999999999999999999999999999999999999999999999999999999999999999999999999")]
    [InlineData("1000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000000000000000001")]
    public void Utf8_OfAnythingButACanonicalInteger_IsRefused(string text)
    {
        Assert.False(UInt256.TryParseUtf8(Encoding.UTF8.GetBytes(text), out var value));
        Assert.True(value.IsZero);
    }

    [Fact]
    public void Utf8_WithOneByteThatIsNoDigit_IsRefusedWhereverItStands()
    {
        var text = Enumerable.Repeat((byte)'1', UInt256.MaxDigits).ToArray();
        for (var length = 1; length <= text.Length; length++)
        {
            Assert.True(UInt256.TryParseUtf8(text.AsSpan(0, length), out _));
            for (var at = 0; at < length; at++)
            {
                for (var b = 0; b <= byte.MaxValue; b++)
                {
                    if (b is >= '0' and <= '9') continue;
                    text[at] = (byte)b;
                    if (UInt256.TryParseUtf8(text.AsSpan(0, length), out var value) || !value.IsZero) Assert.Fail($"Byte {b} at {at} of {length} is taken.");
                }

                text[at] = (byte)'1';
            }
        }
    }

    [Fact]
    public void Text_WithZerosBefore_IsTakenFromPeopleOnly()
    {
        Assert.Equal(7UL, UInt256.Parse("007"));
        Assert.Equal(7UL, UInt256.Parse(new string('0', 77) + "7"));
        Assert.Equal(UInt256.Zero, UInt256.Parse(new string('0', 78)));
        Assert.False(UInt256.TryParse(new string('0', 79), out _));
    }

    [Fact]
    public void Utf8_IntoTooFewBytes_WritesNothing()
    {
        foreach (var number in Sizes.Edges.Select(edge => edge.ToUInt256()))
        {
            var length = number.ToString().Length;
            for (var room = 0; room < length; room++)
            {
                Assert.False(number.TryFormatUtf8(new byte[room], out var written));
                Assert.Equal(0, written);
            }
        }
    }

    [Fact]
    public void HashCodes_OfLimbsWithSwappedHalves_AreNotOne()
    {
        // A limb's own hash code joins its halves, so that all of these would have one code.
        var codes = new HashSet<int>();
        var addresses = new HashSet<int>();
        for (var i = 0UL; i < 1_000; i++)
        {
            UInt256 number = new UInt128((i << 32) | i, (i << 32) | i);
            codes.Add(number.GetHashCode());
            addresses.Add(Address.FromBytes(number.ToHash().ToArray().AsSpan(12)).GetHashCode());
        }

        Assert.True(codes.Count > 990);
        Assert.True(addresses.Count > 990);
    }

    private static void CheckUtf8(BigInteger number)
    {
        var value = number.ToUInt256();
        var expected = number.ToString();
        Span<byte> text = stackalloc byte[UInt256.MaxDigits];
        Assert.True(value.TryFormatUtf8(text, out var written));
        Assert.Equal(expected, Encoding.ASCII.GetString(text[..written]));
        Assert.Equal(expected, value.ToString());
        Assert.True(value.TryFormatUtf8(new byte[written], out _));
        Assert.True(UInt256.TryParseUtf8(text[..written], out var back));
        Assert.Equal(value, back);
        Assert.Equal(value, UInt256.Parse(expected));
    }
}
