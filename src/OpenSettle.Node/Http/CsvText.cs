using System.Globalization;
using System.Text;

namespace OpenSettle.Node.Http;

/// <summary>Tables as RFC 4180 has them.</summary>
internal static class CsvText
{
    public static string Of(IReadOnlyList<string> head, IEnumerable<object?[]> rows)
    {
        var text = new StringBuilder().AppendJoin(',', head).Append("\r\n");
        foreach (var row in rows) text.AppendJoin(',', row.Select(Cell)).Append("\r\n");
        return text.ToString();
    }

    /// <summary>What a spreadsheet would take for a formula gets a mark in front: roles and symbols are whatever somebody wrote.</summary>
    private static string Cell(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        return text.AsSpan().IndexOfAny("\",\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
