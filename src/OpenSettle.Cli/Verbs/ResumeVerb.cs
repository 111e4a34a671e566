using System.CommandLine;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Storage;
using OpenSettle.Storage.Postgres;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle resume: a person's word that settlement goes on after a veto.</summary>
internal static class ResumeVerb
{
    private static readonly Argument<string> Attempt = new("attempt") { Description = "epoch and attempt that were vetoed, as the node's status says them: 7.0" };
    private static readonly Option<bool> SameRoot = new("--same-root") { Description = "propose it again although it has the root that was vetoed" };

    public static Command Create() => VerbRunner.Create("resume", "Lets settlement go on after a veto, once it is clear what was wrong; a node may run", [Settings.DataDir, Settings.Deployment, ClusterSettings.Database], RunAsync, Attempt, SameRoot, VerbRunner.Json)
        .Printing<Said>()
        .WithExamples("opensettle resume 7.0 --data-dir data");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var text = parsed.GetValue(Attempt) ?? string.Empty;
        if (Resume.Parse(text) is not { SameRoot: false } said)
            throw new VerbException(ExitCode.Usage, $"attempt: '{text}' is not an epoch and an attempt, such as 7.0. 'opensettle status' shows what was vetoed.");
        said = said with { SameRoot = parsed.GetValue(SameRoot) };
        using (var place = SharedDatabase.Open(settings))
        {
            if (place is null) LeaveInFolder(settings, said);
            else using (var books = new PostgresBooks(place)) await books.WriteAsync(said.Leave, cancellation);
        }

        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(new Said(said.Epoch, said.Attempt, parsed.GetValue(SameRoot)));
        else Console.WriteLine($"said: the node goes on with epoch {said.Epoch} at its next look, or at its next start. It divides anew, and proposes the next attempt.");
    }

    private static void LeaveInFolder(SettingsReader settings, Resume said)
    {
        var folder = Path.GetFullPath(settings.Get(Settings.DataDir));
        if (!File.Exists(NodeOptionsPathsOf(folder))) throw new VerbException(ExitCode.Usage, $"dataDir: {folder} is not a node's folder. Set {Settings.DataDir.Flag}.");
        said.Leave(folder);
    }

    private sealed record Said(ulong Epoch, uint Attempt, bool SameRoot);

    private static string NodeOptionsPathsOf(string folder) => Node.NodeOptionsPaths.In(folder).Database;
}
