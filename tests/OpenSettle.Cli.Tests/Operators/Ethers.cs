using System.Diagnostics;

namespace OpenSettle.Cli.Tests.Operators;

/// <summary>A wallet library that nobody here wrote, run by Node.</summary>
internal static class Ethers
{
    public static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments.Prepend(Script())) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("node does not start.");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? (await output).Trim() : throw new InvalidOperationException(await errors);
    }

    /// <summary>In the checkout: packages are found from there upwards.</summary>
    private static string Script()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln"))) return Path.Combine(folder.FullName, "tests", "OpenSettle.Cli.Tests", "Operators", "keystore.mjs");
        }

        throw new InvalidOperationException("The tests run from a checkout.");
    }
}
