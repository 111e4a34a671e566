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
