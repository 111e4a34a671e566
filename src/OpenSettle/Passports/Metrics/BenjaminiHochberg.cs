namespace OpenSettle.Passports;

/// <summary>Who looks at twenty domains finds one that decays by chance: probabilities adjusted for how many were looked at.</summary>
internal static class BenjaminiHochberg
{
    /// <summary>Adjusted probabilities, in the order given: below 5 % of what is called decay by them is a false alarm.</summary>
    public static double[] Adjust(ReadOnlySpan<double> probabilities)
    {
        var order = new int[probabilities.Length];
        var keys = probabilities.ToArray();
        for (var i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(keys, order);
        var adjusted = new double[order.Length];
        var least = 1.0;
        for (var rank = order.Length; rank >= 1; rank--)
        {
            // No less than it was: p × n ÷ n may lose its last bit.
            least = Math.Min(least, Math.Max(keys[rank - 1], keys[rank - 1] * order.Length / rank));
            adjusted[order[rank - 1]] = least;
        }

        return adjusted;
    }
}
