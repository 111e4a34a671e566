using OpenSettle.Epochs;
using OpenSettle.Primitives;

namespace OpenSettle.Tests.Epochs;

public sealed class FractionTests
{
    [Fact]
    public void Fraction_IsKeptInLowestTerms()
    {
        Assert.Equal(new Fraction(1, 2), new Fraction(50, 100));
        Assert.Equal("75/2", new Fraction(150, 4).ToString());
        Assert.Equal("37", new Fraction(74, 2).ToString());
        Assert.Equal("-1/2", new Fraction(-2, 4).ToString());
        Assert.Equal("0", new Fraction(0, 7).ToString());
    }

    [Theory]
    [InlineData(75, 2, 6, "37.5")]
    [InlineData(-75, 2, 6, "-37.5")]
    [InlineData(2, 3, 6, "0.666666")]
    [InlineData(-1, 3, 2, "-0.33")]
    [InlineData(-1, 3, 0, "0")]
    [InlineData(74, 2, 6, "37")]
    [InlineData(1, 1000, 2, "0")]
    [InlineData(0, 1, 6, "0")]
    public void Decimal_IsCutAndNeverRounded(int numerator, int denominator, int digits, string expected) =>
        Assert.Equal(expected, new Fraction(numerator, denominator).ToDecimal(digits));

    [Fact]
    public void Order_IsThatOfTheNumbers()
    {
        Fraction[] ordered = [new(-1, 2), new(-1, 3), Fraction.Zero, new(1, 3), new(1, 2), Fraction.One];
        Assert.Equal(ordered, ordered.Reverse().Order());
        Assert.True(new Fraction(1, 3) < new Fraction(1, 2) && new Fraction(2, 4) >= new Fraction(1, 2) && new Fraction(2, 4) <= new Fraction(1, 2) && new Fraction(3, 4) > new Fraction(1, 2));
    }

    [Fact]
    public void Default_IsZero()
    {
        Assert.Equal(Fraction.Zero, default);
        Assert.Equal(new Fraction(0, 9), Fraction.Zero);
        Assert.True(Fraction.Zero.IsZero);
        Assert.Equal("0", default(Fraction).ToString());
    }

    [Fact]
    public void Sums_AndProducts_AreExact()
    {
        Assert.Equal(new Fraction(1, 1), new Fraction(1, 3) + new Fraction(1, 6) + new Fraction(1, 2));
        Assert.Equal(new Fraction(-1, 6), new Fraction(1, 3) - new Fraction(1, 2));
        Assert.Equal(new Fraction(1, 6), new Fraction(2, 3) * new Fraction(1, 4));
        Assert.Equal(Fraction.Zero, Fraction.Zero * new Fraction(1, 4));
        Assert.Equal(Fraction.One, Fraction.Of(UInt256.MaxValue, UInt256.MaxValue));
        Assert.Equal($"{UInt256.MaxValue}", Fraction.Of(UInt256.MaxValue).ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Denominator_ThatIsNotPositive_IsRefused(int denominator) => Assert.Throws<ArgumentOutOfRangeException>(() => new Fraction(1, denominator));
}
