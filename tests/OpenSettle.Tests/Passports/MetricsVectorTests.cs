using System.Globalization;
using System.Text.Json;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Passports;

/// <summary>The statistics against scipy, statsmodels and exact fractions (tests/vectors/metrics.py), to every digit that is shown.</summary>
public sealed class MetricsVectorTests
{
    private static readonly JsonElement Vectors = Repository.Vectors("metrics.json");

    [Fact]
    public void Wilson_OfEveryVector_IsStatsmodels()
    {
        foreach (var vector in Vectors.GetProperty("wilson").EnumerateArray())
        {
            var (low, high) = Wilson.Interval(vector.GetProperty("successes").GetUInt64(), vector.GetProperty("trials").GetUInt64());
            Assert.Equal((Text(vector, "low"), Text(vector, "high")), (FigureText.Six(low), FigureText.Six(high)));
        }
    }

    [Fact]
    public void Trend_OfEveryVector_IsScipys()
    {
        foreach (var vector in Vectors.GetProperty("trend").EnumerateArray())
        {
            double[] values = [.. vector.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
            var (kendall, sen) = (MannKendall.Of(values), TheilSen.Of(values));
            Assert.Equal(vector.GetProperty("s").GetInt64(), kendall.S);
            Assert.Equal(Text(vector, "variance"), FigureText.Six(kendall.Variance));
            Assert.Equal((Text(vector, "z"), Text(vector, "p")), (FigureText.Six(kendall.Z), FigureText.Six(kendall.P)));
            Assert.Equal((Text(vector, "slope"), Text(vector, "low"), Text(vector, "high")), (FigureText.Six(sen.Slope), Bound(sen.Low), Bound(sen.High)));
        }
    }

    [Fact]
    public void HalfLife_OfEveryVector_IsScipys()
    {
        foreach (var vector in Vectors.GetProperty("halfLife").EnumerateArray())
        {
            var half = HalfLife.Of([.. vector.GetProperty("revenue").EnumerateArray().Select(Amount)]);
            Assert.Equal(Text(vector, "slope"), FigureText.Six(half.Slope.Slope));
            Assert.Equal(Text(vector, "periods"), half.Periods is { } periods ? FigureText.Six(periods) : null);
        }
    }

    [Fact]
    public void Concentration_OfEveryVector_IsTheExactFraction()
    {
        foreach (var vector in Vectors.GetProperty("concentration").EnumerateArray())
        {
            var of = Concentration.Of(vector.GetProperty("amounts").EnumerateArray().Select(Amount));
            Assert.Equal((Text(vector, "index"), Text(vector, "effective")), (of?.Index, of?.Effective));
        }
    }

    [Fact]
    public void BenjaminiHochberg_OfEveryVector_IsStatsmodels()
    {
        foreach (var vector in Vectors.GetProperty("benjaminiHochberg").EnumerateArray())
        {
            var adjusted = BenjaminiHochberg.Adjust([.. vector.GetProperty("p").EnumerateArray().Select(p => p.GetDouble())]);
            Assert.Equal(vector.GetProperty("adjusted").EnumerateArray().Select(p => p.GetString()), adjusted.Select(FigureText.Six));
        }
    }

    [Fact]
    public void SteadyMath_OfEveryVector_IsWithinAFewLastBits()
    {
        foreach (var vector in Vectors.GetProperty("tail").EnumerateArray()) Near(Number(vector, "p"), SteadyMath.TwoSidedTail(vector.GetProperty("z").GetDouble()), 1e-12);
        foreach (var vector in Vectors.GetProperty("log").EnumerateArray()) Near(Number(vector, "ln"), SteadyMath.Log(vector.GetProperty("x").GetDouble()), 1e-15);
        foreach (var vector in Vectors.GetProperty("exp").EnumerateArray()) Near(Number(vector, "e"), SteadyMath.Exp(vector.GetProperty("x").GetDouble()), 1e-13);
    }

    /// <summary>The values that FORMATS states, beside the file's.</summary>
    [Fact]
    public void Goldens_OfTheSpecification_AreMet()
    {
        Assert.Equal(("0.435000", "2.298851"), Concentration.Of([600, 250, 100, 50]));
        double[] falling = [912, 905, 921, 884, 871, 866, 873, 840, 829, 818];
        var (kendall, sen) = (MannKendall.Of(falling), TheilSen.Of(falling));
        Assert.Equal((-37, 125.0), (kendall.S, kendall.Variance));
        Assert.Equal(("-3.219938", "0.001282"), (FigureText.Six(kendall.Z), FigureText.Six(kendall.P)));
        Assert.Equal(("-10.857143", "-12.637688", "-9.272462"), (FigureText.Six(sen.Slope), FigureText.Six(sen.Low), FigureText.Six(sen.High)));
        var half = HalfLife.Of([1000, 820, 700, 560, 470, 390]);
        Assert.Equal(("-0.188322", "3.680655"), (FigureText.Six(half.Slope.Slope), FigureText.Six(half.Periods ?? 0)));
        Assert.Equal((("0.790196", "0.922428"), ("0.490162", "0.943318"), ("0.000000", "0.161125")), (Six(87, 100), Six(8, 10), Six(0, 20)));
    }

    private static (string Low, string High) Six(ulong successes, ulong trials)
    {
        var (low, high) = Wilson.Interval(successes, trials);
        return (FigureText.Six(low), FigureText.Six(high));
    }

    private static void Near(double expected, double actual, double relative) =>
        Assert.True(Math.Abs(actual - expected) <= Math.Abs(expected) * relative, $"{actual:R} is not {expected:R}");

    private static string? Bound(double value) => double.IsFinite(value) ? FigureText.Six(value) : null;

    private static string? Text(JsonElement vector, string name) => vector.GetProperty(name).GetString();

    private static double Number(JsonElement vector, string name) => double.Parse(Text(vector, name) ?? "", CultureInfo.InvariantCulture);

    private static UInt256 Amount(JsonElement value) => UInt256.Parse(value.GetString());
}
