using System.Diagnostics;
using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Usage;

public sealed class SdkTests
{
    [Fact]
    public async Task CloudEventsSdk_InAllItsModes_IsUnderstood()
    {
        await using var intake = await IntakeHost.StartAsync();
        var lines = await RunAsync("cloudevents.mjs", new Uri(intake.Http.BaseAddress ?? throw new InvalidOperationException("It does not listen."), "api/v1/events").ToString(), intake.Key, IntakeHost.Model.ToString());
        Assert.Equal(
            [
                """202 {"accepted":1,"held":0,"duplicates":0,"conflicts":0,"refused":0,"problems":[]}""",
                """202 {"accepted":1,"held":0,"duplicates":0,"conflicts":0,"refused":0,"problems":[]}""",
                """202 {"accepted":2,"held":0,"duplicates":1,"conflicts":0,"refused":0,"problems":[{"index":2,"status":"duplicate","reason":"it is known already, the same"}]}""",
                // In another mode it is the same event: the bytes that are kept do not depend on how it came.
                """202 {"accepted":0,"held":0,"duplicates":1,"conflicts":0,"refused":0,"problems":[{"index":0,"status":"duplicate","reason":"it is known already, the same"}]}""",
            ],
            lines);
        Assert.Equal(["binary", "structured", "first", "second"], intake.Events().Select(e => e.Id));
        Assert.Single(intake.Events().Select(e => (e.Source, e.Type, e.Domain, e.Units, e.Time, e.Consumer)).Distinct());
    }

    private static async Task<string[]> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments.Prepend(Path.Combine(Folder(), script))) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("node does not start.");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>In the checkout: packages are found from there upwards.</summary>
    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln"))) return Path.Combine(folder.FullName, "tests", "OpenSettle.Node.Tests", "Usage");
        }

        throw new InvalidOperationException("The tests run from a checkout.");
    }
}
