namespace OpenSettle.Passports;

/// <summary>
/// Logarithm, exponential and the normal tail from additions, multiplications and divisions alone, which are the same on every machine:
/// the framework's come from each system's own library, and may differ in the last bit. Statistics only, never money.
/// </summary>
internal static class SteadyMath
{
    /// <summary>The normal distribution's 97.5 % point.</summary>
    public const double Z95 = 1.959963984540054;

    private const double Ln2 = 0.6931471805599453;

    /// <summary>The natural logarithm of a positive finite number.</summary>
    public static double Log(double value)
    {
        if (!(value > 0) || double.IsInfinity(value)) throw new ArgumentOutOfRangeException(nameof(value), "Only a positive number has a logarithm.");
        var exponent = 0;
        // By halves and doubles, which are exact, to where the series is short.
        while (value > 1.4142135623730951)
        {
            value /= 2;
            exponent++;
        }

        while (value < 0.7071067811865476)
        {
            value *= 2;
            exponent--;
        }

        // ln v = 2 (s + s³/3 + s⁵/5 + …) with s = (v − 1) / (v + 1), below 0.172.
        var s = (value - 1) / (value + 1);
        var square = s * s;
        var sum = 0.0;
        for (var k = 25; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
        return 2 * s * sum + exponent * Ln2;
    }

    /// <summary>e to a power from −700 to 700.</summary>
    public static double Exp(double power)
    {
        if (!(power is >= -700 and <= 700)) throw new ArgumentOutOfRangeException(nameof(power), "The power is out of range.");
        var twos = (int)Math.Floor(power / Ln2 + 0.5);
        var rest = power - twos * Ln2;
        var sum = 1.0;
        for (var k = 18; k >= 1; k--) sum = 1 + sum * rest / k;
        for (; twos > 0; twos--) sum *= 2;
        for (; twos < 0; twos++) sum /= 2;
        return sum;
    }

    /// <summary>How probable it is that a normal variable is farther from zero than this, on either side.</summary>
    public static double TwoSidedTail(double z)
    {
        z = Math.Abs(z);
        if (z > 37) return 0;
        var density = Exp(-z * z / 2) * 0.3989422804014327;
        return z < 3 ? 1 - 2 * density * Body(z) : 2 * density * Tail(z);
    }

    /// <summary>(Φ(z) − ½) / φ(z) = z + z³/3 + z⁵/(3·5) + …</summary>
    private static double Body(double z)
    {
        var (sum, term) = (z, z);
        for (var k = 3; term > sum * 1e-18; k += 2)
        {
            term *= z * z / k;
            sum += term;
        }

        return sum;
    }

    /// <summary>(1 − Φ(z)) / φ(z), by Laplace's continued fraction.</summary>
    private static double Tail(double z)
    {
        var fraction = z;
        for (var k = 80; k >= 1; k--) fraction = z + k / fraction;
        return 1 / fraction;
    }
}
