using System.Globalization;
using System.Numerics;
using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>Numbers of a passport as text: six digits, rounded half up, the same everywhere.</summary>
internal static class FigureText
{
    private const ulong Million = 1_000_000;

    /// <summary>A statistic. A zero has no sign.</summary>
    public static string Six(double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentOutOfRangeException(nameof(value), "A figure is a number.");
        var text = value.ToString("F6", CultureInfo.InvariantCulture);
        return text == "-0.000000" ? "0.000000" : text;
    }

    /// <summary>A quotient of two exact numbers, rounded once.</summary>
    public static string Ratio(UInt256 part, UInt256 whole)
    {
        // ⌊x + ½⌋ = ⌊(⌊2x⌋ + 1) / 2⌋.
        var twice = UInt256.MulDivFloor(part, 2 * Million, whole);
        return Millionths((twice + UInt256.One) / 2);
    }

    /// <inheritdoc cref="Ratio"/>
    public static string BigRatio(BigInteger part, BigInteger whole)
    {
        if (part.Sign < 0 || whole.Sign <= 0) throw new ArgumentOutOfRangeException(nameof(whole), "A ratio is of a part that is not negative, and a positive whole.");
        var millionths = (part * Million * 2 + whole) / (whole * 2);
        var (units, rest) = BigInteger.DivRem(millionths, Million);
        return $"{units.ToString(CultureInfo.InvariantCulture)}.{((ulong)rest).ToString("D6", CultureInfo.InvariantCulture)}";
    }

    public static string Whole(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    public static BigInteger Big(UInt256 value)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Size];
        value.WriteBigEndian(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    private static string Millionths(UInt256 millionths)
    {
        var units = UInt256.DivRem(millionths, Million, out var rest);
        return $"{units}.{((ulong)rest).ToString("D6", CultureInfo.InvariantCulture)}";
    }
}
