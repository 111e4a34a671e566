using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Screen;

/// <summary>Amounts of a node's answer as people read them: in whole tokens, with the symbol apart.</summary>
internal readonly record struct Money(string Token, string Symbol, byte Decimals)
{
    /// <summary>Of an object with <c>token</c>, <c>symbol</c> and <c>decimals</c>.</summary>
    public static Money Of(JsonElement described) => new(
        described.GetProperty("token").GetString() ?? string.Empty, Inert.Of(described.GetProperty("symbol").GetString() ?? "?", 20), described.GetProperty("decimals").GetByte());

    public string Text(string units) => Amounts.Format(UInt256.Parse(units), Decimals);

    /// <summary>Of smallest units with a fraction, and perhaps a sign: "-37.5".</summary>
    public string Exact(string units)
    {
        var sign = units.StartsWith('-') ? "-" : string.Empty;
        var point = units.IndexOf('.', StringComparison.Ordinal);
        var (whole, fraction) = point < 0 ? (units[sign.Length..], string.Empty) : (units[sign.Length..point], units[(point + 1)..]);
        var shifted = (whole + fraction).TrimStart('0');
        return sign + Amounts.Format(shifted.Length == 0 ? UInt256.Zero : UInt256.Parse(shifted), checked((byte)(Decimals + fraction.Length)));
    }
}
