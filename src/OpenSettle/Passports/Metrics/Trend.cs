namespace OpenSettle.Passports;

/// <summary>Whether a series rises or falls, by ranks alone: one wild value changes little.</summary>
/// <param name="S">Pairs that rise less pairs that fall.</param>
/// <param name="Variance">Of S where nothing rises or falls, corrected for ties.</param>
/// <param name="P">How probable so large an S is by chance alone.</param>
internal readonly record struct MannKendall(long S, double Variance, double Z, double P)
{
    /// <summary>Pairs are gone through, so there is a bound: more would take minutes.</summary>
    public const int MostPoints = 1_000;

    public static MannKendall Of(ReadOnlySpan<double> values)
    {
        Check(values.Length);
        var s = 0L;
        for (var i = 0; i < values.Length; i++)
        {
            for (var j = i + 1; j < values.Length; j++) s += values[j].CompareTo(values[i]);
        }

        long n = values.Length;
        // 18 Var = n (n − 1) (2n + 5) − Σ t (t − 1) (2t + 5) over groups of t equal values: whole numbers.
        var variance = Term(n) - Ties(values);
        var exact = variance / 18.0;
        if (variance == 0 || s == 0) return new MannKendall(s, exact, 0, 1);
        var z = (s > 0 ? s - 1 : s + 1) / Math.Sqrt(exact);
        return new MannKendall(s, exact, z, SteadyMath.TwoSidedTail(z));
    }

    internal static void Check(int points)
    {
        if (points is < 2 or > MostPoints) throw new ArgumentOutOfRangeException(nameof(points), $"A trend is of 2 to {MostPoints} points, not of {points}.");
    }

    private static long Ties(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var (sum, run) = (0L, 1L);
        for (var i = 1; i <= sorted.Length; i++)
        {
            if (i < sorted.Length && sorted[i].Equals(sorted[i - 1]))
            {
                run++;
                continue;
            }

            sum += Term(run);
            run = 1;
        }

        return sum;
    }

    private static long Term(long t) => t * (t - 1) * (2 * t + 5);
}

/// <summary>The median of the slopes of all pairs, and its 95 % interval after Sen, ranks interpolated.</summary>
/// <param name="Low">Negative infinity where so few points have no bound.</param>
/// <param name="High">Positive infinity where there is none.</param>
internal readonly record struct TheilSen(double Slope, double Low, double High)
{
    public static TheilSen Of(ReadOnlySpan<double> values)
    {
        Span<double> at = stackalloc double[Math.Min(values.Length, MannKendall.MostPoints)];
        for (var i = 0; i < at.Length; i++) at[i] = i;
        return Of(at, values);
    }

    /// <param name="at">Where the values stand, ascending.</param>
    public static TheilSen Of(ReadOnlySpan<double> at, ReadOnlySpan<double> values)
    {
        var reach = SteadyMath.Z95 * Math.Sqrt(MannKendall.Of(values).Variance);
        var slopes = new double[values.Length * (values.Length - 1) / 2];
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            for (var j = i + 1; j < values.Length; j++)
            {
                if (!(at[j] > at[i])) throw new ArgumentException("The points do not ascend.", nameof(at));
                slopes[count++] = (values[j] - values[i]) / (at[j] - at[i]);
            }
        }

        Array.Sort(slopes);
        var middle = count / 2;
        var median = count % 2 == 1 ? slopes[middle] : (slopes[middle - 1] + slopes[middle]) / 2;
        return new TheilSen(median, AtRank(slopes, (count - reach) / 2), AtRank(slopes, (count + reach) / 2 + 1));
    }

    /// <summary>The value at a rank that is counted from 1, between two where it lies between them.</summary>
    private static double AtRank(double[] sorted, double rank)
    {
        if (rank < 1) return double.NegativeInfinity;
        if (rank > sorted.Length) return double.PositiveInfinity;
        var below = (int)Math.Floor(rank);
        var low = sorted[below - 1];
        return below == sorted.Length ? low : low + (rank - below) * (sorted[below] - low);
    }
}
