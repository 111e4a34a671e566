using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using static OpenSettle.Queue.Tests.QueueStage;

namespace OpenSettle.Queue.Tests;

/// <summary>A gateway that publishes by itself, with the program that it would use.</summary>
[Trait("Category", "Server")]
public sealed class GatewayPublishTests
{
    private const int Events = 20_000;

    [Fact]
    public async Task Publisher_KilledInTheMiddleAndStartedAgain_BringsEachEventOnce()
    {
        await using var stage = await StartAsync(partitions: 3);
        var node = await stage.AddNodeAsync("a");
        await UntilAsync(() => node.Consumer.Partitions.Count == 3 && node.View.All.All(stream => stream.Next is not null), "the streams are not read");
        var file = await WriteAsync(stage, Events);
        var deployment = await WriteDeploymentAsync(stage);

        // The whole file is on its input but for the end, so that it is at work when it is killed.
        using (var first = Start(stage, deployment, "-"))
        {
            await using var lines = File.OpenRead(file);
            var part = new byte[lines.Length / 2];
            await lines.ReadExactlyAsync(part);
            await first.StandardInput.BaseStream.WriteAsync(part);
            await first.StandardInput.BaseStream.FlushAsync();
            await UntilAsync(() => stage.Journal.Totals.Events > 1000, "nothing of what it publishes is taken");
            first.Kill();
            await first.WaitForExitAsync();
        }

        using var second = Start(stage, deployment, file, "--json");
        var output = await second.StandardOutput.ReadToEndAsync();
        var errors = await second.StandardError.ReadToEndAsync();
        await second.WaitForExitAsync();
        Assert.True(second.ExitCode == 0, errors);
        using var said = JsonDocument.Parse(output);
        Assert.Equal(Events, said.RootElement.GetProperty("confirmed").GetInt64());
        await stage.UntilEventsAsync(Events);
        Assert.Equal(Enumerable.Range(0, Events).Select(i => $"{i}").Order(StringComparer.Ordinal), stage.Ids().Order(StringComparer.Ordinal));
        Assert.Equal(0, stage.Journal.Totals.Conflicts);
        Assert.Empty(stage.Quarantine.All);
    }

    [Fact]
    public async Task Publisher_WhoseInputPauses_SendsWhatItHas_AndIsStoppedWhileItWaits()
    {
        await using var stage = await StartAsync(partitions: 2);
        var node = await stage.AddNodeAsync("a");
        await UntilAsync(() => node.View.All is [{ Next: not null }, { Next: not null }], "the streams are not read");
        using var process = Start(stage, await WriteDeploymentAsync(stage), "-");
        for (var i = 0; i < 3; i++)
        {
            await process.StandardInput.WriteLineAsync(Event($"{i}", Model));
            await process.StandardInput.FlushAsync();
            await stage.UntilEventsAsync(i + 1);
        }

        // As Ctrl-C does.
        using (var interrupt = Process.Start("kill", ["-INT", $"{process.Id}"])) await interrupt.WaitForExitAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("the broker confirmed 3 events", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publisher_SaysWhatIsWrong()
    {
        await using var stage = await StartAsync(partitions: 1);
        var file = await WriteAsync(stage, 3);
        var deployment = await WriteDeploymentAsync(stage);
        await AssertFailsAsync(Start(stage, deployment, file), 5, "A node with the setting queue makes it");
        var node = await stage.AddNodeAsync("a");
        await UntilAsync(() => node.View.All is [{ Next: not null }], "the stream is not read");
        await AssertFailsAsync(Start(stage, deployment, "nowhere.jsonl"), 2, "--file: cannot read nowhere.jsonl");
        await File.AppendAllTextAsync(file, "{ \"half\": \n");
        await AssertFailsAsync(Start(stage, deployment, file), 2, "Event 4 is not valid JSON");
        // What stood before it is there.
        await stage.UntilEventsAsync(3);
    }

    private static async Task AssertFailsAsync(Process process, int code, string message)
    {
        using var _ = process;
        process.StandardInput.Close();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(code, process.ExitCode);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    private static async Task<string> WriteAsync(QueueStage stage, int events)
    {
        var file = Path.Combine(stage.Folder, "events.jsonl");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, events).Select(i => Event(i.ToString(CultureInfo.InvariantCulture), i % 2 == 0 ? Model : Other)));
        return file;
    }

    private static async Task<string> WriteDeploymentAsync(QueueStage stage)
    {
        var file = Path.Combine(stage.Folder, "deployment.json");
        var id = stage.Deployment;
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
        {
            chainId = id.ChainId,
            deployedAtBlock = 1,
            contracts = new { registry = id.Registry.ToChecksumString(), rail = id.Rail.ToChecksumString(), vault = id.Vault.ToChecksumString(), resolver = Account("resolver").ToChecksumString() },
            tokens = Array.Empty<object>(),
        }));
        return file;
    }

    private static Process Start(QueueStage stage, string deployment, string file, params string[] more)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "opensettle.dll"), "usage", "publish", "--deployment", deployment, "--gateway", "eu-1", "--file", file, .. more]) start.ArgumentList.Add(argument);
        start.Environment["OPENSETTLE_QUEUE"] = stage.Broker.Uri.OriginalString;
        start.Environment["OPENSETTLE_API_KEY"] = stage.Key;
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet does not start.");
    }
}
