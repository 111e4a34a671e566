using OpenSettle.Primitives;

namespace OpenSettle.Cli;

/// <summary>Amounts as people read them.</summary>
internal static class Amounts
{
    private const int Group = 3;

    /// <summary>The amount in whole tokens, with all its digits and no needless zeros; thousands with commas between.</summary>
    public static string Format(UInt256 amount, byte decimals)
    {
        var digits = amount.ToString().PadLeft(decimals + 1, '0');
        var whole = Grouped(digits[..^decimals]);
        var fraction = digits[^decimals..].TrimEnd('0');
        return fraction.Length == 0 ? whole : $"{whole}.{fraction}";
    }

    private static string Grouped(string digits)
    {
        var text = new System.Text.StringBuilder(digits);
        for (var at = digits.Length - Group; at > 0; at -= Group) text.Insert(at, ',');
        return text.ToString();
    }
}
