using System.Text;
using OpenSettle.Cli.Help;
using OpenSettle.Cli.Tests.Support;

namespace OpenSettle.Cli.Tests;

/// <summary>docs/cli.md below its mark is what the tree of verbs says.</summary>
public sealed class CliReferenceTests
{
    private const string Mark = "<!-- What follows is written from the commands themselves. -->\n";

    [Fact]
    public void Reference_OfAllVerbs_IsThatOfTheTree()
    {
        var document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "cli.md")).ReplaceLineEndings("\n");
        var mark = document.IndexOf(Mark, StringComparison.Ordinal);
        Assert.True(mark > 0, "docs/cli.md has no mark below which the commands are.");
        var actual = document[..(mark + Mark.Length)] + Write();
        var written = Path.Combine(AppContext.BaseDirectory, "cli.actual.md");
        File.WriteAllText(written, actual);
        Assert.True(actual == document, $"A command changed. Look at what is written of it, and copy {written} to docs/cli.md.");
    }

    private static string Write()
    {
        var text = new StringBuilder();
        var root = CommandLine.Create();
        foreach (var (group, verbs) in VerbGroups.Of([.. root.Subcommands], verb => verb.Name))
        {
            text.Append("\n## ").Append(group).Append('\n');
            foreach (var verb in verbs)
            {
                foreach (var (path, leaf) in VerbTree.Leaves.Where(leaf => (leaf.Path + " ").StartsWith($"opensettle {verb.Name} ", StringComparison.Ordinal))) Write(text, path, leaf);
            }
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, string path, Verb verb)
    {
        text.Append("\n### ").Append(path).Append("\n\n").Append(verb.Description).Append(".\n\n```bash\n");
        foreach (var example in verb.Examples) text.Append(example).Append('\n');
        text.Append("```\n\n");
        var own = verb.Options.Where(option => !verb.Settings.ContainsKey(option) && option.Name is not ("--config" or "--help")).ToList();
        if (own.Count + verb.Arguments.Count > 0)
        {
            text.Append("| argument, option | what |\n|---|---|\n");
            foreach (var argument in verb.Arguments) text.Append($"| `{argument.Name.ToUpperInvariant()}` | {Cell(argument.Description)} |\n");
            foreach (var option in own) text.Append($"| `{HelpPage.Label(option)}` | {Cell(option.Description)}{(option.Required ? " (required)" : string.Empty)} |\n");
            if (verb.Settings.Count > 0 || verb.Form is not null) text.Append('\n');
        }

        if (verb.Settings.Count > 0)
        {
            var running = verb.Settings.Count > 30;
            text.Append("Settings: ").Append(running ? "all of a node, see `opensettle run --help`" : string.Join(", ", verb.Settings.Values.Select(setting => $"`{setting.Flag}`"))).Append(".\n");
        }

        if (verb.Form is not { } form) return;
        text.Append(verb.Settings.Count > 0 ? "\n" : string.Empty).Append("`--json` prints ").Append(form.Description).Append(form.Fields.Count > 0 ? ":\n\n| field | |\n|---|---|\n" : ".\n");
        foreach (var field in form.Fields) text.Append($"| `{field.Path}` | {field.Kind} |\n");
    }

    private static string Cell(string? text) => (text ?? string.Empty).Replace("|", "\\|", StringComparison.Ordinal);
}
