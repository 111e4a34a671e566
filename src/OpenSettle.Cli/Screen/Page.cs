using System.Buffers;
using System.Text;

namespace OpenSettle.Cli.Screen;

/// <summary>A page of text for people: as wide as the terminal, or 80 columns; addresses and hashes stay whole, because they are copied; colours only where they are wanted.</summary>
internal sealed class Page(TextWriter output, bool colours, int width = Page.Columns)
{
    public const int Columns = 80;

    private const int ShortestHex = 42;
    private const int LongestHex = 66;
    private const int LongLabelIndent = 6;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private const string Bold = "\u001b[1m";
    private const string Yellow = "\u001b[33m";
    private const string Plain = "\u001b[0m";

    public int Width => width;

    public static Page OnConsole() => new(Console.Out, Terminal.Colours, Terminal.Columns);

    public void Blank() => output.WriteLine();

    public void Heading(string text) => Lines(string.Empty, text, Bold);

    public void Warning(string label, string text) => Lines(label, text, Yellow);

    public void Line(string text) => Lines(string.Empty, text, null);

    /// <summary>A text after a label; its other lines begin below the text.</summary>
    public void Item(string label, string text) => Lines(label, text, null);

    /// <summary>A line whose columns are laid out already, and fit.</summary>
    public void Row(string text, bool isHeading = false) => output.WriteLine(colours && isHeading ? Bold + text.TrimEnd() + Plain : text.TrimEnd());

    private void Lines(string label, string text, string? colour)
    {
        var (indent, lead) = (Inert.Width(label), label);
        if (indent > width / 2)
        {
            // A label that takes most of the line stands alone, and the text below it.
            output.WriteLine(label.TrimEnd());
            indent = LongLabelIndent;
            lead = new string(' ', indent);
        }

        foreach (var line in Wrap(text, width - indent))
        {
            var whole = (lead + line).TrimEnd();
            output.WriteLine(colours && colour is not null ? colour + whole + Plain : whole);
            lead = new string(' ', indent);
        }
    }

    /// <summary>Lines of at most so many columns, broken between words, and within those that are longer, unless they are addresses or hashes.</summary>
    internal static IEnumerable<string> Wrap(string text, int columns)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            var rest = word;
            if (line.Length > 0 && Inert.Width(line.ToString()) + 1 + Inert.Width(rest) > columns)
            {
                yield return line.ToString();
                line.Clear();
            }

            while (Inert.Width(rest) > columns && !IsHex(rest))
            {
                var cut = Fitting(rest, columns);
                yield return rest[..cut];
                rest = rest[cut..];
            }

            if (line.Length > 0) line.Append(' ');
            line.Append(rest);
        }

        yield return line.ToString();
    }

    private static bool IsHex(string word)
    {
        var digits = word.AsSpan().TrimEnd(",.;:)");
        return digits.Length >= ShortestHex && digits.Length <= LongestHex && digits.StartsWith("0x") && !digits[2..].ContainsAnyExcept(HexDigits);
    }

    private static int Fitting(string text, int columns)
    {
        var cut = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            columns -= Inert.Width(rune.ToString());
            if (columns < 0) break;
            cut += rune.Utf16SequenceLength;
        }

        return int.Max(cut, 1);
    }
}
