using OpenSettle.Primitives;

namespace OpenSettle.Cli;

/// <summary>Amounts as people read them.</summary>
internal static class Amounts
{
    /// <summary>The amount in whole tokens, with all its digits and no needless zeros.</summary>
    public static string Format(UInt256 amount, byte decimals)
    {
        var digits = amount.ToString().PadLeft(decimals + 1, '0');
        var whole = digits[..^decimals];
        var fraction = digits[^decimals..].TrimEnd('0');
        return fraction.Length == 0 ? whole : $"{whole}.{fraction}";
    }
}
