using System.Globalization;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Screen;

/// <summary>Figures in the words of people: amounts in whole tokens with the symbol, and what is not known said as such.</summary>
internal static class FigureWords
{
    /// <summary>These are amounts of the token that they are of.</summary>
    private static readonly HashSet<string> Amounts = new(StringComparer.Ordinal) { "revenue.settled", "revenue.weekly", "revenue.washAdjusted", "price.perUse" };

    public static string Value(PassportFile file, Figure figure) => figure.State switch
    {
        FigureState.Known => Known(file, figure),
        FigureState.Insufficient => string.Create(CultureInfo.InvariantCulture, $"insufficient data (n {figure.N} of {figure.LeastN})"),
        FigureState.NotFound => "nothing to be found in the data",
        FigureState.NotRead => "not read",
        _ => "unknown",
    };

    public static string Scope(PassportFile file, Figure figure) => Token(file, figure) is { } token ? token.Symbol : figure.Scope;

    /// <summary>An amount in whole tokens.</summary>
    public static string Amount(UInt256 amount, TokenName token) => $"{Cli.Amounts.Format(amount, token.Decimals)} {Inert.Of(token.Symbol, 44)}";

    /// <summary>An amount of smallest units that may have a fraction, as an average has: null where it is none.</summary>
    public static string? Amount(string units, TokenName token)
    {
        var point = units.IndexOf('.', StringComparison.Ordinal);
        var (whole, fraction) = point < 0 ? (units, string.Empty) : (units[..point], units[(point + 1)..]);
        return whole.Length > 0 && fraction.Length <= 30 && token.Decimals <= 200 && UInt256.TryParse((whole + fraction).TrimStart('0') is { Length: > 0 } digits ? digits : "0", out var amount)
            ? $"{Cli.Amounts.Format(amount, (byte)(token.Decimals + fraction.Length))} {Inert.Of(token.Symbol, 44)}"
            : null;
    }

    /// <summary>One character for how surely it is known; <see cref="Levels"/> says what they mean.</summary>
    public static char Mark(FigureLevel level) => level switch
    {
        FigureLevel.OnChain => '=',
        FigureLevel.Attested => '+',
        FigureLevel.SelfReported => '~',
        _ => '?',
    };

    public static IEnumerable<(FigureLevel Level, string Text)> Levels =>
    [
        (FigureLevel.OnChain, "on chain: it follows from the chain and the bundles; anybody recomputes it"),
        (FigureLevel.Attested, "attested: an account signed it; as true as that account is honest"),
        (FigureLevel.SelfReported, "self-reported: the model's owner or this node says so"),
    ];

    public static string Time(ulong seconds) => seconds <= 253_402_300_799
        ? DateTimeOffset.FromUnixTimeSeconds((long)seconds).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)
        : $"second {seconds.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Six digits are for machines: two or three are for people.</summary>
    public static string Ratio(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return point >= 0 && text.Length - point > 4 && PlainNumber.IsOne(text) && !text.Contains('e', StringComparison.OrdinalIgnoreCase) ? text[..(point + 4)] : text;
    }

    private static string Known(PassportFile file, Figure figure)
    {
        var value = Shown(file, figure, figure.Value ?? string.Empty);
        var interval = figure is { Low: { } low, High: { } high } ? $" ({Shown(file, figure, low)} to {Shown(file, figure, high)})" : string.Empty;
        return value + interval;
    }

    private static string Shown(PassportFile file, Figure figure, string value)
    {
        if (Amounts.Contains(figure.Id) && Token(file, figure) is { } token && Amount(value, token) is { } amount) return amount;
        return Inert.Of(Ratio(value), 80);
    }

    private static TokenName? Token(PassportFile file, Figure figure) => Address.TryParse(figure.Scope, out var token) ? file.TokenOf(token) : null;
}
