using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Operators;

/// <summary>A stage on which a node settled an epoch, with usage, and was stopped: its data folder is what faults are planted in, in copies.</summary>
public sealed class SettledFixture : StageFixture, IAsyncLifetime
{
    public string Data => Workspace.PathOf("data");

    public int Port { get; } = Workspace.FreePort();

    public new async Task InitializeAsync()
    {
        await base.InitializeAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var cancellation = limit.Token;
        using var node = await NodeProcess.StartAsync(Workspace, Chain, Deployment, Cast, Port, cancellation);
        var market = new Market(Chain, Deployment);
        var model = await market.RegisterAsync(Cast.Ada, "looked at", SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(Cast.Bank, 1_000_000_000, cancellation);
        var time = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        await node.SendUsageAsync(
            [new { specversion = "1.0", type = "ai.opensettle.usage.v1", source = "urn:gateway:e2e", id = "1", time, data = new { modelId = model.Id.ToString(), domain = "tests", outcome = "ok", units = 1 } }],
            cancellation);
        await market.PayAsync(Cast.Bank, model, Deployment.Dollar, 6_000_000, Market.Text("use"), cancellation);
        await node.WaitAsync(
            "an epoch is settled",
            status => status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed" && status.GetProperty("transactions").GetArrayLength() == 0,
            cancellation);
        await node.StopAsync();
    }

    Task IAsyncLifetime.InitializeAsync() => InitializeAsync();

    /// <summary>A copy that a test may damage.</summary>
    public string CopyOfData()
    {
        var copy = Workspace.PathOf($"copy-{Guid.NewGuid():n}");
        foreach (var file in Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }
}
