using System.Text;

namespace OpenSettle.Cli.Tests.Support;

/// <summary>Words of a command line as a shell cuts them: spaces between, single quotes around what has some.</summary>
internal static class ShellWords
{
    public static IReadOnlyList<string> Of(string line)
    {
        var (words, word, quoted, begun) = (new List<string>(), new StringBuilder(), false, false);
        foreach (var c in line)
        {
            if (c == '\'') (quoted, begun) = (!quoted, true);
            else if (c == ' ' && !quoted)
            {
                if (begun) words.Add(word.ToString());
                word.Clear();
                begun = false;
            }
            else
            {
                word.Append(c);
                begun = true;
            }
        }

        if (begun) words.Add(word.ToString());
        return quoted ? throw new FormatException($"A quote is not closed: {line}") : words;
    }
}
