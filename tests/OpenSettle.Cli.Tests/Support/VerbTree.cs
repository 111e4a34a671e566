using System.CommandLine;
using OpenSettle.Cli.Help;

namespace OpenSettle.Cli.Tests.Support;

/// <summary>All verbs of the command line, by their whole names.</summary>
internal static class VerbTree
{
    public static IReadOnlyList<(string Path, Command Command)> All { get; } = [.. Under(CommandLine.Create()).Select(command => (HelpPage.PathOf(command), command))];

    /// <summary>Those that do something themselves.</summary>
    public static IEnumerable<(string Path, Verb Verb)> Leaves => All.Where(verb => verb.Command.Subcommands.Count == 0).Select(verb => (verb.Path, (Verb)verb.Command));

    public static TheoryData<string> LeafPaths => [.. Leaves.Select(verb => verb.Path)];

    public static Verb Leaf(string path) => Leaves.Single(verb => verb.Path == path).Verb;

    private static IEnumerable<Command> Under(Command command) => command.Subcommands.SelectMany(verb => Under(verb).Prepend(verb));
}
