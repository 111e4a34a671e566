using System.Numerics;
using FsCheck.Fluent;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class UInt256Tests
{
    private static readonly BigInteger Limit = BigInteger.One << 256;

    [Fact]
    public void Sum_OfAnyTwo_IsExactOrThrows() => HoldForPairs((a, b) =>
    {
        if (a.Big() + b.Big() < Limit) Assert.Equal(a.Big() + b.Big(), (a + b).Big());
        else Assert.Throws<OverflowException>(() => a + b);
    });

    [Fact]
    public void Difference_OfAnyTwo_IsExactOrThrows() => HoldForPairs((a, b) =>
    {
        if (a.Big() >= b.Big()) Assert.Equal(a.Big() - b.Big(), (a - b).Big());
        else Assert.Throws<OverflowException>(() => a - b);
    });

    [Fact]
    public void Product_OfAnyTwo_IsExactOrThrows() => HoldForPairs((a, b) =>
    {
        if (a.Big() * b.Big() < Limit) Assert.Equal(a.Big() * b.Big(), (a * b).Big());
        else Assert.Throws<OverflowException>(() => a * b);
    });

    [Fact]
    public void Quotient_OfAnyTwo_IsExactWithItsRemainder() => HoldForPairs((a, b) =>
    {
        if (b.IsZero)
        {
            Assert.Throws<DivideByZeroException>(() => a / b);
            return;
        }

        var expected = BigInteger.DivRem(a.Big(), b.Big(), out var expectedRemainder);
        var quotient = UInt256.DivRem(a, b, out var remainder);
        Assert.Equal(expected, quotient.Big());
        Assert.Equal(expectedRemainder, remainder.Big());
        Assert.Equal(quotient, a / b);
        Assert.Equal(remainder, a % b);
    });

    [Fact]
    public void Quotient_JustBelowAndAtAMultiple_IsExact() => HoldForPairs((a, b) =>
    {
        // Dividends around a multiple of the divisor are where a guessed digit is one too large.
        if (b.IsZero || a.Big() * b.Big() >= Limit || a.IsZero) return;
        var multiple = a * b;
        Assert.Equal(a, UInt256.DivRem(multiple, b, out var none));
        Assert.True(none.IsZero);
        Assert.Equal(a - 1, UInt256.DivRem(multiple - 1, b, out var most));
        Assert.Equal(b - 1, most);
    });

    // 32-bit digits, most significant first: cases known for the step that adds the divisor back, for a guess of a whole
    // digit too many, and for a difference that must not be taken as signed.
    [Theory]
    [InlineData("80000000 00000000 00000003 00000000 00000000", "20000000 00000000 00000001 00000000 00000000")]
    [InlineData("7fffffff 80000000 00000000 00000000", "80000000 00000000 00000001")]
    [InlineData("7fffffff 80000000 00000000 00000000 00000000 00000000", "80000000 00000000 00000001 00000000 00000000")]
    [InlineData("80000000 00000000 fffffffe 00000000 00000000", "80000000 00000000 ffffffff")]
    [InlineData("80000000 00000000 fffffffe 00000000 00000000 00000000", "80000000 0000ffff ffffffff")]
    [InlineData("00008000 00000000 00000000 00000000 00000000 00000000", "00008000 00000000 00000001")]
    [InlineData("80000000 fffffffe 00000000 00000000 00000000", "80000000 ffffffff ffffffff")]
    [InlineData("80000000 00000000 00000000 00000000 00000000", "80000000 00000000 00000001")]
    [InlineData("ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff", "80000000 00000000 00000000")]
    [InlineData("ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff")]
    [InlineData("ffffffff ffffffff ffffffff fffffffe 00000000 00000000 00000000 00000001", "ffffffff ffffffff ffffffff ffffffff")]
    [InlineData("ffffffff ffffffff ffffffff fffffffe ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff ffffffff ffffffff")]
    [InlineData("00000001 00000000 00000000 00000000 00000000", "00000001 00000000 00000000")]
    [InlineData("00000003 00000000 80000000 00000000 00000000 00000000", "00000001 ffffffff ffffffff ffffffff")]
    public void Quotient_OfKnownHardDigits_IsExact(string dividend, string divisor)
    {
        var a = Digits(dividend);
        var b = Digits(divisor);
        var expected = BigInteger.DivRem(a, b, out var expectedRemainder);
        var quotient = UInt256.DivRem(a.ToUInt256(), b.ToUInt256(), out var remainder);
        Assert.Equal(expected, quotient.Big());
        Assert.Equal(expectedRemainder, remainder.Big());
    }

    [Fact]
    public void Text_OfAnyNumber_IsTheDecimalFormAndReadsBack() => Properties.Hold(Properties.Numbers, a =>
    {
        Assert.Equal(a.Big().ToString(), a.ToString());
        Assert.Equal(a, UInt256.Parse(a.ToString()));
    }, 3_000);

    [Fact]
    public void BigEndian_OfAnyNumber_ReadsBack() => Properties.Hold(Properties.Numbers, a =>
    {
        var bytes = new byte[32];
        a.WriteBigEndian(bytes);
        Assert.Equal(a, UInt256.FromBigEndian(bytes));
        Assert.Equal(a.ToString(), new BigInteger(bytes, isUnsigned: true, isBigEndian: true).ToString());
    }, 2_000);

    [Fact]
    public void Order_OfAnyTwo_IsThatOfNumbers() => HoldForPairs((a, b) =>
    {
        Assert.Equal(a.Big().CompareTo(b.Big()), Math.Sign(a.CompareTo(b)));
        Assert.Equal(a.Big() < b.Big(), a < b);
        Assert.Equal(a.Big() <= b.Big(), a <= b);
        Assert.Equal(a.Big() > b.Big(), a > b);
        Assert.Equal(a.Big() >= b.Big(), a >= b);
        Assert.Equal(a.Big() == b.Big(), a == b);
        Assert.Equal(a.Big() != b.Big(), a != b);
        if (a == b) Assert.Equal(a.GetHashCode(), b.GetHashCode());
    });

    [Fact]
    public void Narrowing_OfAnyNumber_IsExactOrThrows() => Properties.Hold(Properties.Numbers, a =>
    {
        Assert.Equal(a.Big() <= ulong.MaxValue, a.FitsUInt64);
        Assert.Equal(a.Big() < BigInteger.One << 128, a.FitsUInt128);
        if (a.FitsUInt64) Assert.Equal(a, (ulong)a);
        else Assert.Throws<OverflowException>(() => (ulong)a);
        if (a.FitsUInt128) Assert.Equal(a, (UInt128)a);
        else Assert.Throws<OverflowException>(() => (UInt128)a);
    }, 2_000);

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("1.0")]
    [InlineData("1_000")]
    [InlineData("1,000")]
    [InlineData("\u0661")]
    [InlineData("\uff11")]
    [InlineData("1\0")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    [InlineData("999999999999999999999999999999999999999999999999999999999999999999999999999999")]
    [InlineData("1000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public void Parse_OfAnythingButADecimalInteger_Refuses(string text)
    {
        Assert.False(UInt256.TryParse(text, out _));
        Assert.Throws<FormatException>(() => UInt256.Parse(text));
    }

    [Fact]
    public void Limits_AreWhatTheirNamesSay()
    {
        Assert.Equal(Limit - 1, UInt256.MaxValue.Big());
        Assert.Equal((BigInteger.One << 128) - 1, UInt256.MaxAmount.Big());
        Assert.Equal("115792089237316195423570985008687907853269984665640564039457584007913129639935", UInt256.MaxValue.ToString());
        Assert.Equal(UInt256.MaxValue, UInt256.Parse(UInt256.MaxValue.ToString()));
        Assert.Throws<OverflowException>(() => UInt256.MaxValue + UInt256.One);
        Assert.Throws<OverflowException>(() => UInt256.Zero - UInt256.One);
        Assert.Throws<ArgumentException>(() => UInt256.FromBigEndian(new byte[31]));
    }

    private static void HoldForPairs(Action<UInt256, UInt256> property) => Properties.Hold(
        from a in Properties.Numbers from b in Properties.Numbers select (a, b), pair => property(pair.a, pair.b), 5_000);

    private static BigInteger Digits(string text) =>
        BigInteger.Parse("0" + text.Replace(" ", "", StringComparison.Ordinal), System.Globalization.NumberStyles.HexNumber);
}
