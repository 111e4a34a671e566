using OpenSettle.Demo.Stage;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>The command line, as a process.</summary>
internal static class Command
{
    public static async Task<(int Code, string Output)> RunAsync(
        Workspace workspace, IReadOnlyList<string> arguments, CancellationToken cancellation, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = ChildProcess.Start(
            "opensettle", "dotnet", [NodeProcess.Executable(workspace), .. arguments], workspace.Run, workspace.PathOf("command.log"), environment);
        var code = await process.WaitAsync(cancellation);
        return (code, process.Tail());
    }
}
