using System.Globalization;
using System.Text.RegularExpressions;

namespace OpenSettle.EndToEnd.Tests.Docs;

/// <summary>A command that a document shows, in a block marked bash or sh.</summary>
/// <param name="Block">Which block of the document, from 0: commands of one block follow one another in one folder.</param>
/// <param name="Line">Where it stands, for whoever has to mend it.</param>
/// <param name="Exit">What it ends with: 0, unless its comment says "exit N".</param>
internal sealed record DocumentCommand(string Document, int Block, int Line, string Text, int Exit)
{
    public override string ToString() => $"{Document}:{Line}: {Text}";
}

/// <summary>Reads commands out of the documents.</summary>
internal static partial class DocumentCommands
{
    /// <summary>All documents whose commands are to work, by their path from the root.</summary>
    public static IReadOnlyList<string> Documents(string root) =>
    [
        .. (string[])["README.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/README.md"],
        .. Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            // Decisions tell of their day, and are not changed.
            .Where(file => !file.StartsWith("docs/decisions/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    public static IReadOnlyList<DocumentCommand> Read(string root, string document)
    {
        var commands = new List<DocumentCommand>();
        var (inside, block, open, opened) = (false, -1, string.Empty, 0);
        var lines = File.ReadAllLines(Path.Combine(root, document));
        for (var i = 0; i < lines.Length; i++)
        {
            // A block may belong to an item of a list.
            var line = lines[i].Trim();
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inside = !inside && line is "```bash" or "```sh";
                if (inside) block++;
                continue;
            }

            if (!inside || line.Length == 0) continue;
            if (open.Length == 0) opened = i + 1;
            if (line.EndsWith('\\'))
            {
                open += line[..^1].TrimEnd() + " ";
                continue;
            }

            var (text, comment) = Split(open + line.TrimStart());
            open = string.Empty;
            var exit = ExitCode().Match(comment) is { Success: true } said ? int.Parse(said.Groups["code"].Value, CultureInfo.InvariantCulture) : 0;
            if (text.Length > 0) commands.Add(new DocumentCommand(document, block, opened, text, exit));
        }

        return commands;
    }

    /// <summary>Text and comment: a # that begins a word and stands in no quotes.</summary>
    private static (string Text, string Comment) Split(string line)
    {
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            if (quote != '\0') quote = line[i] == quote ? '\0' : quote;
            else if (line[i] is '\'' or '"') quote = line[i];
            else if (line[i] == '#' && (i == 0 || line[i - 1] == ' ')) return (line[..i].Trim(), line[(i + 1)..]);
        }

        return (line.Trim(), string.Empty);
    }

    [GeneratedRegex(@"\bexit (?<code>\d+)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ExitCode();
}
