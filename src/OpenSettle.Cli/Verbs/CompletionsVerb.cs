using System.CommandLine;
using OpenSettle.Cli.Completing;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle completions: a script by which a shell completes this program's verbs, options and values.</summary>
internal static class CompletionsVerb
{
    private static readonly Dictionary<string, Func<IReadOnlyList<CompletionPlace>, string>> Writers = new(StringComparer.Ordinal)
    {
        ["bash"] = BashCompletions.Write,
        ["zsh"] = ZshCompletions.Write,
        ["fish"] = FishCompletions.Write,
        ["powershell"] = PowerShellCompletions.Write,
    };

    private static readonly Argument<string> Shell = Create(new Argument<string>("shell") { Description = $"one of {string.Join(", ", Writers.Keys)}" });

    public static Command Create() => VerbRunner.Create(
        "completions", "Prints a script for a shell that completes commands, options and values", [], (_, parsed, _) => RunAsync(parsed), Shell)
        .WithExamples("opensettle completions bash", "opensettle completions fish");

    private static async Task RunAsync(ParseResult parsed)
    {
        if (!Writers.TryGetValue(parsed.GetValue(Shell) ?? string.Empty, out var write)) throw new VerbException(ExitCode.Usage, $"shell: one of {string.Join(", ", Writers.Keys)}.");
        await Console.Out.WriteAsync(write(CompletionTree.Of(CommandLine.Create())));
    }

    private static Argument<string> Create(Argument<string> argument)
    {
        argument.AcceptOnlyFromAmong([.. Writers.Keys]);
        return argument;
    }
}
