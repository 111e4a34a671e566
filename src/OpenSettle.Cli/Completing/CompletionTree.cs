using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using OpenSettle.Cli.Help;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Completing;

/// <summary>What a value is completed by.</summary>
/// <param name="Words">One of these; empty where any text is taken.</param>
/// <param name="Files">Names of files and folders.</param>
internal sealed record ValueForm(IReadOnlyList<string> Words, bool Files)
{
    public static ValueForm Any { get; } = new([], false);
}

/// <param name="Value">Null where it takes none.</param>
internal sealed record CompletionOption(string Name, string Description, ValueForm? Value);

/// <summary>A place in the tree of verbs.</summary>
/// <param name="Path"><c>/model/show</c>; empty for the root.</param>
internal sealed record CompletionPlace(string Path, IReadOnlyList<(string Name, string Description)> Verbs, IReadOnlyList<CompletionOption> Options, ValueForm Argument);

/// <summary>The tree of verbs as shells need it: the same for all of them.</summary>
internal static class CompletionTree
{
    private static readonly string[] FileNames = ["FILE", "PATH", "PLACES", "FOLDER", "README.md"];

    /// <summary>Settings that take one of a few words.</summary>
    internal static IReadOnlyDictionary<SettingDefinition, string[]> Words { get; } = new Dictionary<SettingDefinition, string[]>
    {
        [Settings.Client] = ["auto", "builtin", "nethereum"],
        [Settings.Completeness] = ["receipts", "second", "bloom"],
        [Settings.Finality] = ["finalized"],
        [Settings.RpcQuorum] = ["majority"],
        [Settings.PassportFlows] = ["on", "off"],
        [ClusterSettings.Roles] = ["settle", "ingest", "read"],
    };

    private static readonly SettingDefinition[] Paths = [Settings.Deployment, Settings.DataDir, Settings.UsageMapping, Settings.UsageArchive];

    public static IReadOnlyList<CompletionPlace> Of(RootCommand root) => [.. Places(root, string.Empty)];

    private static IEnumerable<CompletionPlace> Places(Command command, string path)
    {
        var settings = (command as Verb)?.Settings ?? new Dictionary<Option, SettingDefinition>();
        var options = command.Options.Where(option => !option.Hidden).Select(option => new CompletionOption(option.Name, Line(option is HelpOption ? "show help" : option.Description), ValueOf(option, settings))).ToList();
        if (!options.Exists(option => option.Name == "--help")) options.Add(new CompletionOption("--help", "show help", null));
        var verbs = command.Subcommands.Where(verb => !verb.Hidden).ToList();
        yield return new CompletionPlace(path, [.. verbs.Select(verb => (verb.Name, Line(verb.Description)))], options, command.Arguments.Select(ValueOf).FirstOrDefault() ?? ValueForm.Any);
        foreach (var place in verbs.SelectMany(verb => Places(verb, $"{path}/{verb.Name}"))) yield return place;
    }

    private static ValueForm? ValueOf(Option option, IReadOnlyDictionary<Option, SettingDefinition> settings)
    {
        if (HelpPage.IsFlag(option)) return null;
        if (settings.TryGetValue(option, out var setting)) return new ValueForm(Words.GetValueOrDefault(setting) ?? [], Paths.Contains(setting));
        return new ValueForm(WordsOf(option.GetCompletions(CompletionContext.Empty)), FileNames.Contains(option.HelpName));
    }

    private static ValueForm ValueOf(Argument argument) => new(WordsOf(argument.GetCompletions(CompletionContext.Empty)), argument.Name is "file" or "folder");

    private static string[] WordsOf(IEnumerable<CompletionItem> items) => [.. items.Select(item => item.Label)];

    /// <summary>One line without the names of variables and defaults: those are for the help.</summary>
    private static string Line(string? description)
    {
        var text = (description ?? string.Empty).ReplaceLineEndings(" ");
        var bracket = text.IndexOf(" [", StringComparison.Ordinal);
        return bracket > 0 ? text[..bracket] : text;
    }
}
