using System.Diagnostics;

namespace OpenSettle.Node.Tests.Passports;

/// <summary>A script of these tests, run by Node: what others' libraries say.</summary>
internal static class NodeScript
{
    /// <param name="script">Its path from the tests' folder.</param>
    public static async Task<(int Code, string Output)> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments.Prepend(Path.Combine(Checkout(), "tests", "OpenSettle.Node.Tests", script))) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("node does not start.");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>In the checkout: packages are found from there upwards.</summary>
    public static string Checkout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests run from a checkout.");
    }
}
