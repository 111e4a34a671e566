namespace OpenSettle.Passports;

/// <summary>Wilson's 95 % interval of a proportion: it says how surely, not only how often.</summary>
internal static class Wilson
{
    public static (double Low, double High) Interval(ulong successes, ulong trials)
    {
        if (trials == 0) throw new ArgumentOutOfRangeException(nameof(trials), "Without trials there is no proportion.");
        if (successes > trials) throw new ArgumentOutOfRangeException(nameof(successes), $"{successes} successes are more than {trials} trials.");
        const double Square = SteadyMath.Z95 * SteadyMath.Z95;
        double n = trials;
        var p = successes / n;
        var middle = 2 * n * p + Square;
        var reach = SteadyMath.Z95 * Math.Sqrt(Square + 4 * n * p * (1 - p));
        var low = (middle - reach) / (2 * (n + Square));
        var high = (middle + reach) / (2 * (n + Square));
        // At the ends the interval ends exactly there.
        return (successes == 0 ? 0 : Math.Max(0, low), successes == trials ? 1 : Math.Min(1, high));
    }
}
