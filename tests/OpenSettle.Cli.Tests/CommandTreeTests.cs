using System.CommandLine;
using OpenSettle.Cli.Completing;
using OpenSettle.Cli.Help;
using OpenSettle.Cli.Screen;
using OpenSettle.Cli.Tests.Support;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Tests;

/// <summary>The rules that every verb keeps to, held over the whole tree.</summary>
public sealed class CommandTreeTests
{
    public static TheoryData<string> Leaves => VerbTree.LeafPaths;

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Verb_Examples_AreThereAndParse(string path)
    {
        var verb = VerbTree.Leaf(path);
        Assert.True(verb.Examples.Count > 0, $"{path} has no example: add .WithExamples(\"{path} …\") where it is made.");
        foreach (var example in verb.Examples)
        {
            Assert.True(example == path || example.StartsWith(path + " ", StringComparison.Ordinal), $"'{example}' is no example of {path}.");
            var parsed = CommandLine.Create().Parse([.. ShellWords.Of(example).Skip(1)]);
            Assert.True(parsed.Errors.Count == 0, $"'{example}': {string.Join(" ", parsed.Errors.Select(error => error.Message))}");
            Assert.Equal(path, HelpPage.PathOf(parsed.CommandResult.Command));
        }
    }

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Verb_WithJson_SaysWhatItPrints(string path)
    {
        var verb = VerbTree.Leaf(path);
        var json = verb.Options.FirstOrDefault(option => option.Name == "--json");
        Assert.True(json is null or Option<bool>, $"{path}: --json is a switch.");
        Assert.True(json is null == verb.Form is null, $"{path}: {(json is null ? "it says what JSON it prints, and has no --json" : "add .Printing<T>() with the type of its document, or .Printing(\"the answer of …\")")}.");
    }

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Verb_Words_AreOneLineEach(string path)
    {
        var verb = VerbTree.Leaf(path);
        void IsLine(string? text, string what)
        {
            Assert.False(string.IsNullOrWhiteSpace(text), $"{path}: {what} says nothing.");
            Assert.DoesNotContain('\n', text ?? string.Empty);
            Assert.False(text?.EndsWith('.'), $"{path}: {what} ends with a full stop; the help adds it.");
        }

        IsLine(verb.Description, "its description");
        Assert.All(verb.Options.Where(option => !verb.Settings.ContainsKey(option)), option => IsLine(option.Description, option.Name));
        Assert.All(verb.Arguments, argument => IsLine(argument.Description, argument.Name));
    }

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Verb_ThatSendsTransactions_HasDryRunOrAWordToSend(string path)
    {
        var verb = VerbTree.Leaf(path);
        // Whoever takes the sender's key sends something, and nothing is sent without a word. With all keys it is a look at settings.
        if (!verb.Settings.Values.Contains(Settings.SenderKey) || verb.Settings.Values.Contains(Settings.OperatorKey)) return;
        Assert.True(verb.Options.Any(option => option.Name is "--dry-run" or "--yes" or "--verify"), $"{path} takes a key to send with, and has neither --dry-run nor --yes.");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(120)]
    public void Help_OfEveryVerb_FitsTheScreen(int width)
    {
        foreach (var (path, command) in VerbTree.All)
        {
            using var output = new StringWriter();
            HelpPage.PrintVerb(new Page(output, colours: false, width), command);
            var text = output.ToString().ReplaceLineEndings("\n");
            Assert.Contains("Usage: " + path.Split(' ')[0], text, StringComparison.Ordinal);
            var examples = (command as Verb)?.Examples ?? [];
            // Examples are copied, and so on one line each; what is in a word that is longer than the page is cut.
            Assert.All(text.Split('\n').Where(line => !examples.Contains(line.Trim())), line => Assert.True(Inert.Width(line) <= width || line.Trim().StartsWith("--", StringComparison.Ordinal), $"{path}: {line}"));
        }
    }

    [Fact]
    public void ShortHelp_OfAllVerbs_FitsOnOneScreen()
    {
        using var output = new StringWriter();
        var root = CommandLine.Create();
        HelpPage.PrintShort(new Page(output, colours: false), root);
        var text = output.ToString().ReplaceLineEndings("\n");
        Assert.True(text.Split('\n').Length <= 24, text);
        Assert.All(root.Subcommands, verb => Assert.Contains(verb.Name, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Groups_OfVerbs_HaveEachVerbOnce()
    {
        var root = CommandLine.Create();
        Assert.Equal(root.Subcommands.Select(verb => verb.Name).Order(), VerbGroups.Of([.. root.Subcommands], verb => verb.Name).SelectMany(group => group.Verbs).Select(verb => verb.Name).Order());
    }

    [Fact]
    public void Settings_OfARunningNode_AreEachInARoomOnce()
    {
        var grouped = SettingRooms.Group(Settings.ForRun).ToList();
        Assert.Equal(Settings.ForRun.Select(setting => setting.Key).Order(), grouped.SelectMany(room => room.Settings).Select(setting => setting.Key).Order());
        Assert.Equal(grouped.Count, grouped.Select(room => room.Room).Distinct().Count());
    }

    [Fact]
    public void Words_OfSettings_AreTakenByThem() =>
        Assert.All(CompletionTree.Words, pair => Assert.All(pair.Value, word => Assert.True(pair.Key.Problem(word) is null, $"{pair.Key.Key} does not take {word}.")));

    [Fact]
    public void ExitCodes_AllOfThem_AreDocumentedAlike()
    {
        Assert.Equal(Enum.GetValues<ExitCode>().Order(), ExitCodes.All.Select(row => row.Code).Order());
        var document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "operate.md"));
        Assert.All(ExitCodes.All, row => Assert.Contains($"| {(int)row.Code} | {row.Meaning} |", document, StringComparison.Ordinal));
    }
}
