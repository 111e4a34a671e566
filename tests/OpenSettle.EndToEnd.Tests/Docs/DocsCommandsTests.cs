using System.Globalization;
using OpenSettle.Demo.Stage;
using Xunit.Abstractions;

namespace OpenSettle.EndToEnd.Tests.Docs;

/// <summary>Every command in a document does what its reader expects, on a real chain with a real node.</summary>
public sealed class DocsCommandsTests(DocsStage stage, ITestOutputHelper output) : IClassFixture<DocsStage>
{
    public static TheoryData<string> Documents()
    {
        using var workspace = Workspace.Create("docs");
        var documents = new TheoryData<string>();
        foreach (var document in DocumentCommands.Documents(workspace.Root).Where(document => DocumentCommands.Read(workspace.Root, document).Count > 0)) documents.Add(document);
        return documents;
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Commands_OfADocument_EndAsItSays(string document)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        var commands = DocumentCommands.Read(stage.Workspace.Root, document);
        if (DocsTable.Examples.FirstOrDefault(row => row.Document == document) is { Document: not null } examples)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{document}: {commands.Count} commands not run: {examples.Why}"));
            return;
        }

        var faults = new List<string>();
        var run = 0;
        foreach (var block in commands.GroupBy(command => command.Block))
        {
            var shell = new DocsShell(stage, $"{document.Replace('/', '-')}-{block.Key}");
            foreach (var command in block)
            {
                if (DocsTable.NotRun.FirstOrDefault(row => command.Text.StartsWith(row.Begins, StringComparison.Ordinal)) is { Begins: not null } row)
                {
                    output.WriteLine($"not run: {command}: {row.Why}");
                    continue;
                }

                run++;
                if (await shell.FaultAsync(command, limit.Token) is { } fault) faults.Add($"{command}\n    {fault}");
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{document}: {run} commands run, {commands.Count - run} not"));
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }
}

/// <summary>Runs the commands of one block, one after the other, as somebody at a terminal who says yes.</summary>
internal sealed class DocsShell(DocsStage stage, string name)
{
    private readonly string _folder = stage.NewFolder($"docs-{name}");
    private readonly List<string> _exports = [];
    private string _uid = string.Empty;
    private int _commands;

    /// <summary>What is wrong with the command; null: it ended as the document says.</summary>
    public async Task<string?> FaultAsync(DocumentCommand command, CancellationToken cancellation)
    {
        if (DocsTable.Scripts.FirstOrDefault(row => command.Text.StartsWith(row.Script, StringComparison.Ordinal)) is { Script: not null } script)
            return await RunAsync($"cd {stage.Workspace.Root} && {script.Script} --help", 0, cancellation);
        var text = DocsTable.Fill(command.Text, stage, _uid);
        if (!DocsTable.Run.Contains(DocsTable.Program(text))) return $"'{DocsTable.Program(text)}' is neither run nor named as not run: add it to DocsTable.";
        if (DocsTable.Open(text) is { } left) return $"'{left}' stands for nothing: add it to DocsTable, or write the command so that it can be run. It came to: {text}";
        if (text.StartsWith("export ", StringComparison.Ordinal))
        {
            _exports.Add(text);
            return null;
        }

        return DocsTable.IsNode(text) ? await StartAndStopAsync(text, command.Exit, cancellation) : await RunAsync(text, command.Exit, cancellation);
    }

    private async Task<string?> RunAsync(string text, int exit, CancellationToken cancellation)
    {
        // A terminal of its own, and somebody who answers each question.
        var line = $"printf '{DocsTable.Answers(text)}' | script -qec {Quoted(string.Join('\n', [.. _exports, text]))} /dev/null";
        using var process = Start(line, text);
        var code = await process.WaitAsync(cancellation);
        var said = await File.ReadAllTextAsync(process.LogFile, cancellation);
        _uid = DocsTable.Uid(said) ?? _uid;
        return code == exit ? null : $"ended with {code}, not {exit}: {text}\n    {Last(said)}";
    }

    private async Task<string?> StartAndStopAsync(string text, int exit, CancellationToken cancellation)
    {
        using var process = Start(string.Join('\n', [.. _exports, $"exec {text}"]), text, stage.NodeKeys);
        while (!process.HasExited && !(await File.ReadAllTextAsync(process.LogFile, cancellation)).Contains("listening on", StringComparison.Ordinal))
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        var started = !process.HasExited;
        await process.StopAsync(TimeSpan.FromSeconds(20));
        return started && process.ExitCode == exit ? null : $"ended with {process.ExitCode}, {(started ? "after" : "before")} it was ready: {Last(process.Tail())}";
    }

    private ChildProcess Start(string line, string text, IReadOnlyDictionary<string, string>? more = null)
    {
        var environment = new Dictionary<string, string>(stage.Environment(_folder), StringComparer.Ordinal);
        foreach (var (name, value) in more ?? new Dictionary<string, string>(StringComparer.Ordinal)) environment[name] = value;
        // What looks at a node's data looks at that of the node that runs.
        if (text.StartsWith("opensettle db ", StringComparison.Ordinal) || text.StartsWith("opensettle resume ", StringComparison.Ordinal)) environment["OPENSETTLE_DATA_DIR"] = stage.DataDir;
        return ChildProcess.Start(text, "bash", ["-c", line], _folder, Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"output-{++_commands}.log")), environment);
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Last(string said) => string.Join("\n    ", said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(6));
}
