using System.Text;
using OpenSettle.Passports;
using OpenSettle.Tests.Passports;

namespace OpenSettle.Node.Tests.Passports;

public sealed class CsvTests
{
    [Fact]
    public void RandomPassports_AsCsv_AreTablesOfSixteenColumns()
    {
        var random = new RandomPassports(4180);
        for (var i = 0; i < 300; i++)
        {
            var file = random.Next();
            var rows = Parse(Encoding.UTF8.GetString(CsvWriter.Write(file).Content));
            Assert.All(rows, row => Assert.Equal(16, row.Count));
            var figures = rows.Where(row => row[0] == "figure").ToList();
            Assert.Equal(file.Passport.Figures.Count, figures.Count);
            foreach (var (figure, row) in file.Passport.Figures.Zip(figures))
            {
                Assert.Equal((figure.Value ?? "", figure.Low ?? "", figure.High ?? "", figure.N.ToString(), PassportWords.Of(figure.Level)), (row[5], row[6], row[7], row[8], row[10]));
                Assert.Equal(figure.Scope, Original(row[2]));
            }

            Assert.Equal(file.Passport.Figures.Sum(figure => figure.Points.Count), rows.Count(row => row[0] == "point"));
        }
    }

    [Fact]
    public void Cells_OfStrangers_AreNoFormulas()
    {
        var random = new RandomPassports(9);
        for (var i = 0; i < 300; i++)
        {
            foreach (var cell in Parse(Encoding.UTF8.GetString(CsvWriter.Write(random.Next()).Content)).SelectMany(row => row))
            {
                Assert.False(cell.TrimStart().Length > 0 && "=+-@\uFF1D\uFF0B\uFF0D\uFF20".Contains(cell.TrimStart()[0]) && !PlainNumber.IsOne(cell), cell);
                Assert.DoesNotContain(cell, c => char.IsControl(c) && c is not ('\r' or '\n' or '\t'));
            }
        }
    }

    /// <summary>The quote before what could be a formula is taken off, and what was spelled is read.</summary>
    private static string Original(string cell)
    {
        var text = cell.StartsWith('\'') ? cell[1..] : cell;
        return text.Replace("\\u0000", "\0", StringComparison.Ordinal).Replace("\\u001b", "\u001b", StringComparison.Ordinal);
    }

    /// <summary>RFC 4180, read strictly.</summary>
    private static List<List<string>> Parse(string text)
    {
        var (rows, row, at) = (new List<List<string>>(), new List<string>(), 0);
        while (at < text.Length)
        {
            var cell = new StringBuilder();
            if (text[at] == '"')
            {
                at++;
                while (text[at] != '"' || (at + 1 < text.Length && text[at + 1] == '"'))
                {
                    if (text[at] == '"') at++;
                    cell.Append(text[at++]);
                }

                at++;
            }
            else
            {
                while (text[at] is not (',' or '\r'))
                {
                    Assert.NotEqual('"', text[at]);
                    Assert.NotEqual('\n', text[at]);
                    cell.Append(text[at++]);
                }
            }

            row.Add(cell.ToString());
            if (text[at] == ',')
            {
                at++;
                continue;
            }

            Assert.Equal("\r\n", text.Substring(at, 2));
            at += 2;
            rows.Add(row);
            row = [];
        }

        Assert.Empty(row);
        return rows;
    }
}
