using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using OpenSettle.Cli.Screen;

namespace OpenSettle.Cli.Help;

/// <summary>What --help prints: one line that says what for, the usage, examples, then the options, the verb's own first.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const string Indent = "  ";
    private const int LongestLabel = 30;

    public override int Invoke(ParseResult parseResult)
    {
        var page = Page.OnConsole();
        if (parseResult.CommandResult.Command is RootCommand root) PrintAll(page, root);
        else PrintVerb(page, parseResult.CommandResult.Command);
        return (int)ExitCode.Done;
    }

    /// <summary>The whole name: <c>opensettle model show</c>.</summary>
    public static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "opensettle";

    public static string UsageOf(Command command) => string.Join(' ', [
        PathOf(command),
        .. command.Arguments.Select(Usage),
        .. command.Options.Where(option => option.Required).Select(option => Label(option)),
        .. command.Subcommands.Count > 0 ? ["COMMAND"] : Array.Empty<string>(),
        .. command.Options.Any(option => !option.Required && option is not HelpOption) ? ["[options]"] : Array.Empty<string>()]);

    public static string Label(Option option) => option.Name + (IsFlag(option) ? string.Empty : option.Arity.MinimumNumberOfValues == 0 && option.Arity.MaximumNumberOfValues == 1 ? $" [{Placeholder(option)}]" : $" {Placeholder(option)}");

    public static bool IsFlag(Option option) => option.ValueType == typeof(bool) || option.ValueType == typeof(void) || option.Arity.MaximumNumberOfValues == 0;

    private static string Placeholder(Option option) => option.HelpName ?? (option.ValueType == typeof(string) ? "TEXT" : "NUMBER");

    private static string Usage(Argument argument)
    {
        var name = argument.Name.ToUpperInvariant() + (argument.Arity.MaximumNumberOfValues > 1 ? "…" : string.Empty);
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    /// <summary>Verbs alone, group by group: what the program says where it was asked nothing.</summary>
    public static void PrintShort(Page page, RootCommand root)
    {
        page.Line("OpenSettle: accounting and settlement for AI models.");
        page.Blank();
        foreach (var (group, verbs) in VerbGroups.Of([.. root.Subcommands.Where(verb => !verb.Hidden)], verb => verb.Name))
            page.Item($"{Indent}{group,-8}", string.Join("  ", verbs.Select(verb => verb.Name)));
        page.Blank();
        page.Line("What each of them is for: opensettle COMMAND --help. All of them: opensettle --help.");
        page.Line("Settings come from --config FILE, then OPENSETTLE_* variables, then flags.");
    }

    /// <summary>Every verb with its line.</summary>
    public static void PrintAll(Page page, RootCommand root)
    {
        page.Line("OpenSettle: accounting and settlement for AI models.");
        foreach (var (group, verbs) in VerbGroups.Of([.. root.Subcommands.Where(verb => !verb.Hidden)], verb => verb.Name))
        {
            page.Blank();
            page.Heading(group);
            foreach (var verb in verbs) page.Item($"{Indent}{verb.Name,-12} ", verb.Description ?? string.Empty);
        }

        page.Blank();
        page.Line("Settings come from --config FILE, then OPENSETTLE_* variables, then flags. Exit codes: opensettle help exit-codes.");
        page.Line("--version says which program this is. Completions for a shell: opensettle completions bash|zsh|fish|powershell.");
    }

    public static void PrintVerb(Page page, Command command)
    {
        page.Line((command.Description ?? string.Empty) + ".");
        page.Blank();
        page.Item("Usage: ", UsageOf(command));
        if (command.Subcommands.Count > 0)
        {
            page.Blank();
            page.Heading("Commands");
            Rows(page, [.. command.Subcommands.Where(verb => !verb.Hidden).Select(verb => (string.Join(' ', [verb.Name, .. verb.Arguments.Select(Usage)]), verb.Description ?? string.Empty))]);
        }

        var verb = command as Verb;
        if (verb is { Examples.Count: > 0 })
        {
            page.Blank();
            page.Heading("Examples");
            // On one line, however long: they are copied.
            foreach (var example in verb.Examples) page.Row(Indent + example);
        }

        if (command.Arguments.Count > 0)
        {
            page.Blank();
            page.Heading("Arguments");
            Rows(page, [.. command.Arguments.Select(argument => (Usage(argument), argument.Description ?? string.Empty))]);
        }

        var settings = verb?.Settings ?? new Dictionary<Option, Node.Configuration.SettingDefinition>();
        var own = command.Options.Where(option => !option.Hidden && !settings.ContainsKey(option)).ToList();
        if (command.Subcommands.Count == 0) own.Add(new HelpOption());
        if (own.Count > 0)
        {
            page.Blank();
            page.Heading("Options");
            Rows(page, [.. own.DistinctBy(option => option.Name).Select(option => (Label(option), Described(option)))]);
        }

        foreach (var (room, group) in SettingRooms.Group(settings.Values))
        {
            page.Blank();
            page.Heading($"Settings: {room}");
            Rows(page, [.. settings.Where(pair => group.Contains(pair.Value)).Select(pair => (Label(pair.Key), pair.Key.Description ?? string.Empty))]);
        }
    }

    private static string Described(Option option) => option switch
    {
        HelpOption => "show this",
        _ => (option.Description ?? string.Empty) + (option.Required ? " (required)" : string.Empty),
    };

    private static void Rows(Page page, IReadOnlyList<(string Label, string Text)> rows)
    {
        var width = rows.Select(row => row.Label.Length).Where(length => length <= LongestLabel).DefaultIfEmpty(0).Max();
        foreach (var (label, text) in rows)
        {
            if (label.Length <= width) page.Item($"{Indent}{label.PadRight(width)}  ", text);
            else
            {
                page.Row(Indent + label);
                page.Item(new string(' ', width + 4), text);
            }
        }
    }
}
