using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>Books that are read ahead of the node are the node's.</summary>
public sealed class BackfillTests(StageFixture stage) : IClassFixture<StageFixture>
{
    [Fact]
    public async Task Books_ReadAheadWithoutKeys_AreTakenOverByTheNode()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var cancellation = limit.Token;
        var data = stage.Workspace.PathOf("ahead");
        var paths = DataPaths.In(data, Path.Combine(data, "archive"));
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "ahead", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(stage.Cast.Bank, 100_000_000, cancellation);
        await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 1_000_000, Market.Text("first"), cancellation);
        await market.ListGatewayAsync(stage.Cast.Ada, model, stage.Cast.Gateway.Address, cancellation);

        var first = Document(await BackfillAsync(data, cancellation));
        Assert.Equal((1, 1), (first.GetProperty("models").GetInt32(), first.GetProperty("payments").GetInt32()));
        var before = DataDigest.Of(paths);

        // Again: nothing was left to read but what the chain has had since.
        await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 2_000_000, Market.Text("second"), cancellation);
        await market.ListGatewayAsync(stage.Cast.Ada, model, stage.Cast.Ben.Address, cancellation);
        var second = Document(await BackfillAsync(data, cancellation));
        Assert.Equal(first.GetProperty("block").GetUInt64() + 1, second.GetProperty("from").GetUInt64());
        Assert.Equal(2, second.GetProperty("payments").GetInt32());
        Assert.NotEqual(before.All, DataDigest.Of(paths).All);

        // A node goes on with them, and while it runs nobody else writes there.
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation, dataDir: data);
        var (code, output) = await BackfillAsync(data, cancellation);
        Assert.Equal(4, code);
        Assert.Contains("\"kind\":\"storage\"", output, StringComparison.Ordinal);
        await node.WaitAsync("the first epoch is settled", status => status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed", cancellation);
        await node.StopAsync();

        // What another folder settled is not taken over without its bundles: that is a rebuild.
        (code, output) = await BackfillAsync(stage.Workspace.PathOf("fresh"), cancellation);
        Assert.Equal(6, code);
        Assert.Contains("opensettle rebuild", output, StringComparison.Ordinal);
    }

    private static JsonElement Document((int Code, string Output) run)
    {
        Assert.True(run.Code == 0, run.Output);
        using var document = JsonDocument.Parse(run.Output.Split('\n').Single(line => line.StartsWith('{')));
        return document.RootElement.Clone();
    }

    private Task<(int Code, string Output)> BackfillAsync(string data, CancellationToken cancellation) => Command.RunAsync(
        stage.Workspace, ["backfill", "--deployment", stage.Deployment.File, "--data-dir", data, "--rpc", stage.Chain.Rpc.ToString(), "--finality", "1", "--json"], cancellation);
}
