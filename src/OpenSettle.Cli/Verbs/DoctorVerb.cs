using System.CommandLine;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Doctor;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle doctor: what would keep a node from starting, or from settling, each with its remedy. It writes nothing and sends nothing.</summary>
internal static class DoctorVerb
{
    private static readonly Option<string[]> Only = new("--check")
    {
        Description = $"show only this check; may be given again. There are: {string.Join(", ", Examination.Names)}", HelpName = "NAME", DefaultValueFactory = _ => [],
    };

    public static Command Create() => VerbRunner.CreateUnread(
        "doctor", "Looks for all that keeps a node from settling; a node may run. Writes nothing, sends nothing", Settings.ForRun, RunAsync, Only, VerbRunner.Json)
        .WithExamples("opensettle doctor --config settings.json", "opensettle doctor --config settings.json --check rpc --check funds", "opensettle doctor --config settings.json --json")
        .Printing<DoctorForm>();

    /// <param name="Ok">Whether there is no fault.</param>
    internal sealed record DoctorForm(bool Ok, int Faults, int Warnings, IReadOnlyList<FindingForm> Findings);

    /// <param name="Check">The check that found it.</param>
    /// <param name="Level">ok, skipped, warning or fault.</param>
    /// <param name="Remedy">The setting or the command to use; null where all is well.</param>
    internal sealed record FindingForm(string Check, string Level, string Message, string? Remedy);

    private static async Task RunAsync(Func<SettingsReader> read, ParseResult parsed, CancellationToken cancellation)
    {
        var only = parsed.GetValue(Only) ?? [];
        if (Array.Find(only, name => !Examination.Names.Contains(name, StringComparer.Ordinal)) is { } unknown)
            throw new VerbException(ExitCode.Usage, $"--check: there is no check '{unknown}'. There are: {string.Join(", ", Examination.Names)}.");
        var json = parsed.GetValue(VerbRunner.Json);
        var page = Page.OnConsole();
        var shown = new List<Finding>();
        await foreach (var finding in FindingsAsync(read, cancellation))
        {
            if (only.Length > 0 && !only.Contains(finding.Check, StringComparer.Ordinal)) continue;
            shown.Add(finding);
            if (!json) Print(page, finding);
        }

        var (faults, warnings) = (shown.Count(finding => finding.Level == FindingLevel.Fault), shown.Count(finding => finding.Level == FindingLevel.Warning));
        if (json)
        {
            JsonOutput.Print(new DoctorForm(faults == 0, faults, warnings, [.. shown.Select(finding => new FindingForm(finding.Check, Level(finding.Level), finding.Message, finding.Remedy))]));
        }
        else
        {
            page.Line($"{Count(faults, "fault")}, {Count(warnings, "warning")}");
        }

        if (faults > 0) throw new VerbException(ExitCode.Unfit, $"{Count(faults, "fault")} found. Each says what to do.");
    }

    private static async IAsyncEnumerable<Finding> FindingsAsync(Func<SettingsReader> read, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var (options, secrets, problems) = Usable(read);
        if (problems is not null)
        {
            foreach (var finding in Examination.Unusable(problems)) yield return finding;
        }
        else if (options is not null)
        {
            await foreach (var finding in Examination.RunAsync(options, secrets, Clock.Real, cancellation)) yield return finding;
        }
    }

    private static (NodeOptions? Options, IReadOnlyList<SecretFile> Secrets, SettingsException? Problems) Usable(Func<SettingsReader> read)
    {
        try
        {
            var settings = read();
            return (NodeOptions.From(settings), SecretFiles.Of(settings), null);
        }
        catch (SettingsException problems)
        {
            return (null, [], problems);
        }
    }

    private static void Print(Page page, Finding finding)
    {
        // Texts of endpoints and of nodes may be in it.
        var text = Inert.Of(finding.Remedy is null ? finding.Message : $"{finding.Message} {finding.Remedy}", 1200);
        var label = $"{(finding.Level == FindingLevel.Fault ? "FAULT" : Level(finding.Level)),-8} {finding.Check,-10} ";
        if (finding.Level is FindingLevel.Fault or FindingLevel.Warning) page.Warning(label, text);
        else page.Item(label, text);
    }

    private static string Level(FindingLevel level) => level.ToString().ToLowerInvariant();

    private static string Count(int number, string of) => $"{number} {of}{(number == 1 ? string.Empty : "s")}";
}
