using System.Diagnostics;

namespace OpenSettle.Node.Tests.Support;

/// <summary>Programs that nobody here wrote, and that judge what the node says.</summary>
internal static class Judges
{
    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests run from a checkout.");
    }

    /// <summary>Runs a script of the folder Signals with Node, which finds its packages from there upwards.</summary>
    public static Task<(int Code, string Output, string Errors)> NodeAsync(string script, string input, params string[] arguments) =>
        RunAsync("node", input, [Path.Combine(Root(), "tests", "OpenSettle.Node.Tests", "Signals", script), .. arguments]);

    /// <summary>Prometheus' own checker: ./test.sh brings it. Without it nothing is said of the page, and that is a failure.</summary>
    public static Task<(int Code, string Output, string Errors)> PromtoolAsync(string page) => PromtoolAsync(page, "check", "metrics");

    public static Task<(int Code, string Output, string Errors)> PromtoolAsync(string input, params string[] arguments)
    {
        var ours = Path.Combine(Root(), ".tools", "prometheus", "promtool");
        return RunAsync(File.Exists(ours) ? ours : "promtool", input, arguments);
    }

    public static async Task<(int Code, string Output, string Errors)> RunAsync(string program, string input, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
