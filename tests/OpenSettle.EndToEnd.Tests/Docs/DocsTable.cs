using System.Text.RegularExpressions;

namespace OpenSettle.EndToEnd.Tests.Docs;

/// <summary>
/// What stands for what in the documents. A command that begins with a word that is not here, or that has a placeholder left
/// when all were filled in, fails: nothing is passed over in silence.
/// </summary>
internal static partial class DocsTable
{
    private const int Patience = 1000;

    private const string OfCandidates = "needs an epoch that waits for signatures, and the stage's node signs by itself; OfflineSignerTests takes one through all four";

    /// <summary>Those that go on until they are stopped.</summary>
    private static readonly string[] Nodes = ["opensettle run", "opensettle attest-node", "opensettle watch"];

    /// <summary>What cannot run here, and why. Each is counted and told.</summary>
    public static readonly IReadOnlyList<(string Begins, string Why)> NotRun =
    [
        ("sudo ", "changes the machine: it needs root, a user of its own and systemd"),
        ("apt-get ", "changes the machine"),
        ("npm install", "brings packages into somebody's own project"),
        ("npm ci", "what the scripts did before the tests began"),
        ("dotnet build", "what built these tests"),
        ("npm run", "what the scripts did before the tests began"),
        ("dotnet publish", "builds the program once more; what it publishes is what built these tests"),
        ("opensettle candidate export ", OfCandidates),
        ("opensettle candidate check ", OfCandidates),
        ("opensettle candidate sign ", OfCandidates),
        ("opensettle candidate submit ", OfCandidates),
        ("opensettle govern execute ", "waits two windows, and gives the stage's vault to others; Govern/GovernTests executes each kind"),
        ("docker ", "needs a container engine, which does not run here; the files that it reads are held against what they have to be in the node's tests"),
    ];

    /// <summary>Documents whose commands show the form of each verb, and do not follow one another. Each is counted and told.</summary>
    public static readonly IReadOnlyList<(string Document, string Why)> Examples =
        [("docs/cli.md", "written from the command tree, whose examples are parsed by the real parser in the tests of the command line; the verbs themselves run in the other documents")];

    /// <summary>Scripts that take minutes, and are run whole elsewhere: here it is seen that they are there and know their flags.</summary>
    public static readonly IReadOnlyList<(string Script, string Where)> Scripts =
    [
        ("./demo.sh", "DemoTests runs the program behind it"),
        ("./test.sh", "runs these tests"),
    ];

    /// <summary>What somebody at the terminal answers, line by line: yes, but where a question has an answer ready.</summary>
    public static string Answers(string command) => command.StartsWith("opensettle init", StringComparison.Ordinal) ? string.Concat(Enumerable.Repeat("\\n", 20)) : "y\\ny\\ny\\n";

    /// <summary>Programs that are run as they stand.</summary>
    public static readonly IReadOnlyList<string> Run = ["opensettle", "curl", "export", "node", "cp", "mkdir", "chmod"];

    /// <summary>Fills in what the document leaves open, in this order.</summary>
    public static string Fill(string command, DocsStage stage, string uid)
    {
        foreach (var (placeholder, value) in (IReadOnlyList<(string, string)>)
                 [
                     ("https://rpc.example", stage.Rpc), ("https://mirror.example", $"{stage.Api}bundles"), ("https://node.example", stage.Api), ("http://127.0.0.1:8545", stage.Rpc),
                     ("http://127.0.0.1:8480/", stage.Api), ("http://127.0.0.1:8480", stage.Api.TrimEnd('/')), ("/etc/opensettle/", "./"), ("/var/lib/opensettle", "./data"),
                     ("0xPARENT", stage.Parent), ("0xMODEL", stage.Model), ("0xUID", uid), ("0xATTESTOR", stage.Attestor), ("0xHASH", stage.SomeHash), ("0xACCOUNT", stage.Account), ("0xOTHER", stage.Other), ("0xGATEWAY", stage.Other),
                     ("0xTOKEN", stage.Token), ("--uri https://…", "--uri https://about.invalid/it"), ("--remove 0x…", $"--remove {stage.Gateway}"), ("0x…", stage.Owner), ("--epoch 12", "--epoch 1"), ("TX", stage.Transaction),
                 ])
            command = command.Replace(placeholder, value, StringComparison.Ordinal);
        return Model().Replace(command, stage.Model);
    }

    /// <summary>Whether a command goes on until it is stopped.</summary>
    public static bool IsNode(string command) => Nodes.Any(verb => command == verb || command.StartsWith($"{verb} ", StringComparison.Ordinal));

    /// <summary>What is still open in a command that was filled in; null: nothing.</summary>
    public static string? Open(string command) => Left().Match(command) is { Success: true } left ? left.Value : null;

    /// <summary>The program that a command begins with.</summary>
    public static string Program(string command) => Assignment().Replace(command, string.Empty).Split(' ')[0];

    /// <summary>The uid that an attestation was given, in what a command printed.</summary>
    public static string? Uid(string output) => SentUid().Matches(Control().Replace(output, string.Empty)) is { Count: > 0 } found ? found[^1].Groups["uid"].Value : null;

    [GeneratedRegex(@"\bMODEL\b", RegexOptions.None, Patience)]
    private static partial Regex Model();

    [GeneratedRegex(@"…|\.example\b|0x[A-Z]{2,}|\[--|\b(?!POST\b|OWNER\b|README\b)[A-Z]{4,}\b(?![=_""':}])", RegexOptions.None, Patience)]
    private static partial Regex Left();

    [GeneratedRegex(@"^(\w+=\S+ )+", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Assignment();

    /// <summary>What a terminal is told, and nobody reads.</summary>
    [GeneratedRegex(@"\x1b(\[[0-9;?]*[A-Za-z]|[=>])|\r", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Control();

    [GeneratedRegex(@"^sent [^\n]*(?<uid>0x[0-9a-f]{64})\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex SentUid();
}
