using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>After how many periods half of the revenue is gone.</summary>
/// <param name="Slope">Of the logarithm of revenue, by period.</param>
/// <param name="Periods">Null where the slope's interval is not below zero: no decay can be seen.</param>
/// <param name="Low">The shortest half-life of the interval.</param>
/// <param name="High">The longest; null where the interval has no end.</param>
internal readonly record struct HalfLife(TheilSen Slope, double? Periods, double? Low, double? High)
{
    private const double Ln2 = 0.6931471805599453;

    /// <summary>A period without revenue counts as one with a single unit: as nothing it would have no logarithm, and left out it would hide that revenue stopped.</summary>
    public static HalfLife Of(ReadOnlySpan<UInt256> revenue)
    {
        var logs = new double[revenue.Length];
        for (var i = 0; i < logs.Length; i++) logs[i] = Log(revenue[i].IsZero ? UInt256.One : revenue[i]);
        var slope = TheilSen.Of(logs);
        if (!(slope.High < 0)) return new HalfLife(slope, null, null, null);
        return new HalfLife(slope, Ln2 / -slope.Slope, double.IsInfinity(slope.Low) ? 0 : Ln2 / -slope.Low, Ln2 / -slope.High);
    }

    private static double Log(UInt256 value)
    {
        var shift = 0;
        // To the highest 53 bits, which a double holds exactly.
        while (value >= 1UL << 53)
        {
            value /= 2;
            shift++;
        }

        return SteadyMath.Log((ulong)value) + shift * Ln2;
    }
}
