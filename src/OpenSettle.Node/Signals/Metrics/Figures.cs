using OpenSettle.Primitives;

namespace OpenSettle.Node.Signals.Metrics;

/// <summary>Amounts as a float, for charts and alerts alone: nothing is ever decided or paid by these.</summary>
internal static class Figures
{
    public const int CoinDecimals = 18;

    public static double Whole(UInt256 amount, int decimals)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Size];
        amount.WriteBigEndian(bytes);
        var value = 0d;
        foreach (var digit in bytes) value = value * 256 + digit;
        return value / Math.Pow(10, decimals);
    }
}

/// <summary>Names of states as the API says them.</summary>
internal static class Words
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<Enum, string> Known = new();

    public static string Of(Enum value) => Known.GetOrAdd(value, static known => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(known.ToString()));
}
