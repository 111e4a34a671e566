using System.Text;

namespace OpenSettle.Cli.Screen;

/// <summary>Where what stands in a column is put.</summary>
internal enum Side
{
    Left,
    Right,

    /// <summary>Numbers: their decimal points stand below each other.</summary>
    Point,
}

/// <param name="Gives">What is cut, with a mark, where the table is wider than the page. Numbers are never cut.</param>
internal sealed record Column(string Heading, Side Side = Side.Left, bool Gives = false);

/// <summary>
/// A table for people: each column as wide as what stands in it, the whole no wider than a page. Where that cannot be, each row
/// is printed as lines of its own. Cells are expected to be inert.
/// </summary>
internal sealed class Table(params IReadOnlyList<Column> columns)
{
    private const string Between = "  ";
    private const int LeastGiven = 6;

    private readonly List<IReadOnlyList<string>> _rows = [];

    public int Count => _rows.Count;

    public Table Add(params IReadOnlyList<string> cells)
    {
        if (cells.Count != columns.Count) throw new ArgumentException($"A row has {cells.Count} cells, and the table {columns.Count} columns.", nameof(cells));
        _rows.Add(cells);
        return this;
    }

    public void Print(Page page, string indent = "  ")
    {
        if (_rows.Count == 0) return;
        var cells = _rows.Select(row => row.ToArray()).ToList();
        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i].Side == Side.Point) AlignPoints(cells, i);
        }

        var widths = columns.Select((column, i) => int.Max(Inert.Width(column.Heading), cells.Max(row => Inert.Width(row[i])))).ToArray();
        if (!Narrow(widths, page.Width - Inert.Width(indent)))
        {
            PrintAsLines(page, indent);
            return;
        }

        if (columns.Any(column => column.Heading.Length > 0)) page.Row(indent + Line([.. columns.Select(column => column.Heading)], widths), isHeading: true);
        foreach (var row in cells) page.Row(indent + Line(row, widths));
    }

    /// <summary>Takes from the columns that give, the widest first; false where that is not enough.</summary>
    private bool Narrow(int[] widths, int most)
    {
        while (widths.Sum() + Between.Length * (widths.Length - 1) > most)
        {
            var widest = -1;
            for (var i = 0; i < widths.Length; i++)
            {
                if (columns[i].Gives && widths[i] > LeastGiven && (widest < 0 || widths[i] > widths[widest])) widest = i;
            }

            if (widest < 0) return false;
            widths[widest]--;
        }

        return true;
    }

    private string Line(string[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0) line.Append(Between);
            var cell = Cut(cells[i], widths[i]);
            var space = new string(' ', widths[i] - Inert.Width(cell));
            line.Append(columns[i].Side == Side.Left ? cell + space : space + cell);
        }

        return line.ToString().TrimEnd();
    }

    private void PrintAsLines(Page page, string indent)
    {
        var label = columns.Max(column => Inert.Width(column.Heading));
        foreach (var row in _rows)
        {
            for (var i = 0; i < columns.Count; i++)
            {
                var heading = columns[i].Heading + new string(' ', label - Inert.Width(columns[i].Heading));
                page.Item(indent + (i == 0 ? string.Empty : Between) + heading + Between, row[i]);
            }
        }
    }

    /// <summary>Spaces after the shorter fractions, so that all points stand in one column.</summary>
    private static void AlignPoints(List<string[]> rows, int column)
    {
        var most = rows.Max(row => AfterPoint(row[column]));
        foreach (var row in rows) row[column] += new string(' ', most - AfterPoint(row[column]));
    }

    /// <summary>Columns from the point of the number on, whatever follows it.</summary>
    private static int AfterPoint(string cell)
    {
        var end = 0;
        while (end < cell.Length && (char.IsAsciiDigit(cell[end]) || cell[end] is '-' or '+' or '~' or ',')) end++;
        return Inert.Width(cell[end..]);
    }

    internal static string Cut(string text, int columns)
    {
        if (Inert.Width(text) <= columns) return text;
        var cut = new StringBuilder();
        var left = columns - 1;
        foreach (var rune in text.EnumerateRunes())
        {
            left -= Inert.Width(rune.ToString());
            if (left < 0) break;
            cut.Append(rune);
        }

        return cut.Append('…').ToString();
    }
}
