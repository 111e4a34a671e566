using System.Text;
using Microsoft.Extensions.Primitives;

namespace OpenSettle.Node.Usage;

/// <summary>The envelope of a CloudEvent in binary form: ce-* headers, percent-encoded UTF-8 (HTTP binding, 3.1.3.2).</summary>
internal static class BinaryHeaders
{
    private static readonly (string Name, EventField Field)[] Known =
    [
        ("ce-specversion", EventField.SpecVersion), ("ce-id", EventField.Id), ("ce-source", EventField.Source), ("ce-type", EventField.Type),
        ("ce-time", EventField.Time), ("ce-subject", EventField.Subject),
    ];

    public static bool AreIn(IHeaderDictionary headers) => headers.ContainsKey("ce-specversion") || headers.ContainsKey("ce-id");

    /// <summary>The values that are there; null for one that stands twice.</summary>
    public static List<(EventField, byte[]?)> Read(IHeaderDictionary headers)
    {
        var values = new List<(EventField, byte[]?)>();
        foreach (var (name, field) in Known)
        {
            if (headers.TryGetValue(name, out var value)) values.Add((field, Decode(value)));
        }

        return values;
    }

    private static byte[]? Decode(StringValues values)
    {
        if (values.Count != 1 || values[0] is not { } text) return null;
        var bytes = Encoding.UTF8.GetBytes(Unquote(text));
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            // A '%' that begins no escape stands for itself: the JavaScript SDK sends it so.
            if (bytes[i] != '%' || i + 2 >= bytes.Length || !char.IsAsciiHexDigit((char)bytes[i + 1]) || !char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                bytes[length++] = bytes[i];
                continue;
            }

            bytes[length++] = (byte)(Digit(bytes[i + 1]) * 16 + Digit(bytes[i + 2]));
            i += 2;
        }

        return bytes[..length];
    }

    private static string Unquote(string text)
    {
        if (text.Length < 2 || text[0] != '"' || text[^1] != '"') return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 1; i < text.Length - 1; i++)
        {
            if (text[i] == '\\' && i + 2 < text.Length) i++;
            plain.Append(text[i]);
        }

        return plain.ToString();
    }

    private static int Digit(byte hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
