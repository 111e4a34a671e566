using System.CommandLine;
using System.CommandLine.Help;
using OpenSettle.Cli.Help;
using OpenSettle.Cli.Screen;
using OpenSettle.Cli.Verbs;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli;

/// <summary>All verbs. One file per verb, under Verbs/. Exit codes are in ExitCode.</summary>
internal static class CommandLine
{
    public static RootCommand Create()
    {
        var root = new RootCommand("OpenSettle: accounting and settlement for AI models. Settings come from --config, then OPENSETTLE_* variables, then flags.")
        {
            InitVerb.Create(),
            DoctorVerb.Create(),
            KeysVerb.Create(),
            RunVerb.Create(),
            AttestNodeVerb.Create(),
            WatchVerb.Create(),
            CandidateVerb.Create(),
            StatusVerb.Create(),
            HealthVerb.Create(),
            ConfigVerb.Create(),
            BackfillVerb.Create(),
            ResumeVerb.Create(),
            RebuildVerb.Create(),
            EpochsVerb.Create(),
            EarningsVerb.Create(),
            WhyVerb.Create(),
            ClaimVerb.Create(),
            AttestVerb.Create(),
            TableVerb.Create(),
            DbVerb.Create(),
            GatewayVerb.Create(),
            UsageVerb.Create(),
            WebhooksVerb.Create(),
            OperatorVerb.Create(),
            GovernVerb.Create(),
            VerifyVerb.Create(),
            PassportVerb.Create(),
            FindVerb.Create(),
            CompareVerb.Create(),
            LineageVerb.Create(),
            PermissionsVerb.Create(),
            ExportVerb.Create(),
            ModelVerb.Create(),
            CompletionsVerb.Create(),
            HelpVerb.Create(),
        };
        foreach (var help in root.Options.OfType<HelpOption>()) help.Action = new HelpPage();
        // Alone it says what there is, and that is no mistake.
        root.SetAction(static _ => HelpPage.PrintShort(Page.OnConsole(), Create()));
        return root;
    }

    /// <summary>Parses and runs: what cannot be parsed is told with what was probably meant.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, InvocationConfiguration configuration)
    {
        var parsed = Create().Parse(arguments);
        // Help is given whatever else is missing.
        if (parsed.Errors.Count == 0 || parsed.Action is HelpPage) return await parsed.InvokeAsync(configuration);
        return await VerbRunner.SayAsync(arguments.Contains("--json"), ExitCode.Usage, [.. Problems(parsed)]);
    }

    private static IEnumerable<string> Problems(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            var isOption = unknown.StartsWith('-');
            var known = isOption ? command.Options.Select(option => option.Name) : command.Subcommands.Select(verb => verb.Name);
            yield return $"'{Inert.Of(unknown, 80)}' is not {(isOption ? "an option" : command.Subcommands.Count > 0 ? "a command" : "expected")} of {HelpPage.PathOf(command)}.{Nearest.Hint(unknown, known)} See {HelpPage.PathOf(command)} --help.";
            yield break;
        }

        if (command.Subcommands.Count > 0)
        {
            yield return $"{command.Name}: which? {string.Join(", ", command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name))}. See {HelpPage.PathOf(command)} --help.";
            yield break;
        }

        foreach (var error in parsed.Errors) yield return $"{Inert.Of(error.Message)} See {HelpPage.PathOf(command)} --help.";
    }
}
