using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OpenSettle.Primitives;

namespace OpenSettle.Metering;

/// <summary>
/// The text that carries a statement and its signature beside the events:
/// <c>gateway=0x…;number=7;root=0x…;count=100;first=…;last=…;previous=0x…;signature=0x…</c>. Every field once, in any order, nothing else.
/// </summary>
public static class BatchHeader
{
    /// <summary>Name of the HTTP header.</summary>
    public const string Name = "OpenSettle-Batch";

    /// <summary>Bytes of a signature: r, s, v.</summary>
    public const int SignatureSize = 65;

    // Far above what all fields need.
    private const int MostCharacters = 1024;

    private static readonly string[] Fields = ["gateway", "number", "root", "count", "first", "last", "previous", "signature"];

    public static string Format(BatchStatement statement, ReadOnlySpan<byte> signature) => string.Create(
        CultureInfo.InvariantCulture,
        $"gateway={statement.Gateway};number={statement.Number};root={statement.Root};count={statement.Count};first={statement.FirstTime};last={statement.LastTime};previous={statement.Previous};signature={Hex.Encode(signature)}");

    /// <summary>Reads the text strictly. Where it is not one, the problem names the field and what it has to be.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out BatchStatement? statement, out byte[] signature, [NotNullWhen(false)] out string? problem)
    {
        (statement, signature) = (null, []);
        problem = Split(text, out var values);
        if (problem is not null) return false;
        if (!Address.TryParse(values["gateway"], out var gateway) || gateway.IsZero) problem = "gateway: an address is needed, 0x and 40 hexadecimal digits; mixed case must be a right checksum";
        else if (!Hash32.TryParse(values["root"], out _)) problem = "root: 0x and 64 hexadecimal digits are needed";
        else if (!Hash32.TryParse(values["previous"], out _)) problem = "previous: 0x and 64 hexadecimal digits are needed; 64 zeros before the first batch";
        else if (!Hex.TryDecode(values["signature"], out signature) || signature.Length != SignatureSize) problem = "signature: 0x and 130 hexadecimal digits are needed, r, s and v";
        if (problem is not null) return false;
        foreach (var name in (ReadOnlySpan<string>)["number", "count", "first", "last"])
        {
            if (TryNumber(values[name], out _)) continue;
            problem = $"{name}: a whole number below 2^63 is needed, without leading zeros";
            return false;
        }

        statement = new BatchStatement(
            gateway, Number(values["number"]), Hash32.Parse(values["root"]), Number(values["count"]), Number(values["first"]), Number(values["last"]), Hash32.Parse(values["previous"]));
        return true;
    }

    private static string? Split(string text, out Dictionary<string, string> values)
    {
        values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (text.Length > MostCharacters) return $"at most {MostCharacters} characters are taken";
        foreach (var part in text.Split(';'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? part : part[..equals];
            if (equals < 0 || Array.IndexOf(Fields, name) < 0) return $"'{Shown(name)}' is none of its fields: {string.Join(", ", Fields)}, each as name=value, with semicolons between and no spaces";
            if (!values.TryAdd(name, part[(equals + 1)..])) return $"{name} is there twice";
        }

        foreach (var field in Fields)
        {
            if (!values.ContainsKey(field)) return $"{field} is missing";
        }

        return null;
    }

    private static string Shown(string name) => name.Length > 20 ? $"{name[..20]}…" : name;

    private static ulong Number(string text) => TryNumber(text, out var number) ? number : throw new InvalidOperationException("A number was taken that is none.");

    private static bool TryNumber(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= long.MaxValue && (text.Length == 1 || text[0] != '0');
}
