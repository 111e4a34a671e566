using System.CommandLine;
using OpenSettle.Cli.Screen;
using OpenSettle.Cli.Setup;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle init: from a few questions to a file of settings that a node runs with.</summary>
internal static class InitVerb
{
    private static readonly Argument<string> Folder = new("folder") { Description = "folder that gets settings.json, the data, and keys that are made", DefaultValueFactory = _ => "opensettle" };
    private static readonly Option<string?> Keys = new("--keys") { Description = "new (keystores are made), existing, or remote (a signer holds them)", HelpName = "WAY" };
    private static readonly Option<int?> Attestors = new("--attestors") { Description = "how many attestors' keys are made (default: as many signatures as the vault wants)", HelpName = "NUMBER" };
    private static readonly Option<bool> Yes = new("--yes") { Description = "ask nothing, and take what is usual" };
    private static readonly Option<bool> Ask = new("--ask") { Description = "ask also where the input is no terminal: answers are its lines" };
    private static readonly Option<bool> Force = new("--force") { Description = "write over settings that are there; keys never are" };

    /// <param name="Settings">The file that was written.</param>
    /// <param name="Keys">Keystores that were made.</param>
    /// <param name="Remarks">What a person has still to do.</param>
    /// <param name="Next">Commands that come next.</param>
    internal sealed record SetupForm(string Settings, IReadOnlyList<NewKeyForm> Keys, IReadOnlyList<string> Remarks, IReadOnlyList<string> Next);

    /// <param name="Role">operator or attestor.</param>
    internal sealed record NewKeyForm(string Role, string Account, string File);

    public static Command Create() => VerbRunner.Create(
        "init", "Asks a few questions, and writes the settings of a node", Settings.ForRun, RunAsync, Folder, Keys, Attestors, Yes, Ask, Force, VerbRunner.Json)
        .WithExamples("opensettle init", "opensettle init node --yes --rpc https://rpc.example --deployment deployment.json").Printing<SetupForm>();

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var (yes, force) = (parsed.GetValue(Yes), parsed.GetValue(Force));
        var questions = yes ? null : Questions.OnConsole(parsed.GetValue(Ask));
        try
        {
            var plan = await PlanAsync(settings, parsed, questions, cancellation);
            SetupFiles.Write(plan, force, cancellation);
            // What was written has to be what a node starts with.
            var file = SetupFiles.SettingsOf(plan.Folder);
            NodeOptions.From(SettingsReader.Read(file, new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal)));
            Print(plan, file, parsed.GetValue(VerbRunner.Json));
        }
        catch (OperationCanceledException)
        {
            throw new VerbException(ExitCode.Stopped, "stopped: nothing was written.");
        }
    }

    private static async Task<SetupPlan> PlanAsync(SettingsReader settings, ParseResult parsed, Questions? questions, CancellationToken cancellation)
    {
        var folder = parsed.GetValue(Folder) ?? string.Empty;
        // Named on the command line it is not asked for again.
        if (questions is not null && parsed.GetResult(Folder) is not { Implicit: false }) folder = await questions.AskAsync("folder: gets settings, data and new keys", folder, _ => null, cancellation);
        if (folder.Length == 0) throw new VerbException(ExitCode.Usage, "folder: it is empty. Give a folder.");
        folder = Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar);
        SetupFiles.RequireRoom(folder, parsed.GetValue(Force));
        return await new SetupInterview(settings, folder, questions, parsed.GetValue(Yes)).RunAsync(parsed.GetValue(Keys), parsed.GetValue(Attestors), cancellation);
    }

    private static void Print(SetupPlan plan, string file, bool json)
    {
        string[] next = [$"opensettle doctor --config {file}", $"opensettle run --config {file}", $"opensettle status --api {plan.Values.First(value => value.Key == Settings.Listen.Key).Value}"];
        if (json)
        {
            JsonOutput.Print(new SetupForm(
                file, [.. plan.Keys.Select(key => new NewKeyForm(key.Role, key.Keystore.Account.ToChecksumString(), SetupFiles.KeyFile(plan.Folder, key.Name)))], plan.Remarks, next));
            return;
        }

        var page = Page.OnConsole();
        page.Item("wrote     ", file);
        foreach (var (name, role, keystore) in plan.Keys) page.Item("made      ", $"{role} {keystore.Account.ToChecksumString()} in {SetupFiles.KeyFile(plan.Folder, name)}");
        foreach (var remark in plan.Remarks) page.Item("remember  ", remark);
        // Not broken into lines: they are copied.
        foreach (var (number, command) in next.Index()) Console.WriteLine($"{(number == 0 ? "next" : string.Empty),-10}{command}");
        Console.WriteLine($"{"systemd",-10}ExecStart=opensettle run --config {file}");
    }
}
