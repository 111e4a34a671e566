using System.Globalization;
using System.Numerics;
using OpenSettle.Primitives;

namespace OpenSettle.Epochs;

/// <summary>An exact number, in lowest terms. Only explanations use it: money itself is whole units.</summary>
public readonly record struct Fraction : IComparable<Fraction>
{
    // The default value is zero too, so the denominator is kept less one.
    private readonly BigInteger _denominatorLessOne;

    public Fraction(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.Sign <= 0) throw new ArgumentOutOfRangeException(nameof(denominator), "A denominator is positive.");
        var common = BigInteger.GreatestCommonDivisor(numerator, denominator);
        Numerator = numerator / common;
        _denominatorLessOne = denominator / common - 1;
    }

    public static Fraction Zero => default;

    public static Fraction One => new(1, 1);

    public BigInteger Numerator { get; }

    public BigInteger Denominator => _denominatorLessOne + 1;

    public bool IsZero => Numerator.IsZero;

    public static Fraction operator +(Fraction left, Fraction right) =>
        new(left.Numerator * right.Denominator + right.Numerator * left.Denominator, left.Denominator * right.Denominator);

    public static Fraction operator -(Fraction left, Fraction right) => left + new Fraction(-right.Numerator, right.Denominator);

    public static Fraction operator *(Fraction left, Fraction right) => new(left.Numerator * right.Numerator, left.Denominator * right.Denominator);

    public static bool operator <(Fraction left, Fraction right) => left.CompareTo(right) < 0;

    public static bool operator >(Fraction left, Fraction right) => left.CompareTo(right) > 0;

    public static bool operator <=(Fraction left, Fraction right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Fraction left, Fraction right) => left.CompareTo(right) >= 0;

    public int CompareTo(Fraction other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    public static Fraction Of(UInt256 part, UInt256 whole) => new(ToBig(part), ToBig(whole));

    public static Fraction Of(UInt256 amount) => new(ToBig(amount), BigInteger.One);

    /// <summary>"37.5": so many digits after the point, and what comes behind them is left out.</summary>
    public string ToDecimal(int digits)
    {
        var scaled = BigInteger.Abs(Numerator) * BigInteger.Pow(10, digits) / Denominator;
        var text = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var fraction = text[^digits..].TrimEnd('0');
        var whole = text[..^digits];
        return $"{(Numerator.Sign < 0 && !scaled.IsZero ? "-" : string.Empty)}{whole}{(fraction.Length > 0 ? $".{fraction}" : string.Empty)}";
    }

    /// <summary>"75/2", or "37" where it is whole.</summary>
    public override string ToString() => Denominator.IsOne ? Numerator.ToString() : $"{Numerator}/{Denominator}";

    private static BigInteger ToBig(UInt256 value)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Size];
        value.WriteBigEndian(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }
}
