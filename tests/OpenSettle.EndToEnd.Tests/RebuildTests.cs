using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A node loses its database, writes it anew from a real chain and the bundles, and settles on.</summary>
public sealed class RebuildTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private static readonly ulong Now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Database_Deleted_IsRebuiltToTheSameBooksAndSettlesOn()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        var data = stage.Workspace.PathOf("data");
        var paths = DataPaths.In(data, Path.Combine(data, "archive"));
        var market = new Market(stage.Chain, stage.Deployment);
        using var node = await NodeProcess.StartAsync(
            stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation,
            flags: new Dictionary<string, string> { ["--push-above"] = $"{stage.Deployment.Dollar.Address}=3", ["--push-max-fee-gwei"] = "1000" });
        var model = await market.RegisterAsync(_cast.Ada, "lost", new Contract.SplitTable([Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 1, "data")], 1,
            [Market.Row(_cast.Emil.Address, 1, "curation")], Contract.TableCommitment.None), [], cancellation);
        await market.ListGatewayAsync(_cast.Ada, model, _cast.Gateway.Address, cancellation);
        await market.FundAsync(_cast.Bank, 100_000_000, cancellation);
        var gateway = new UsageGateway(node, _cast.Gateway, stage.Deployment);
        await gateway.SendAsync([Use(model, 10), Use(model, 20)], cancellation);
        await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 10_000_001, Market.Text("use 10"), cancellation);
        await SettledAsync(node, 1, cancellation);
        await market.TransferAsync(_cast.Bank, model, stage.Deployment.Dollar, 2_000_003, cancellation);
        await SettledAsync(node, 2, cancellation);
        await node.StopAsync();

        var before = DataDigest.Of(paths);
        Assert.Contains(before.Parts, part => part is { Part: "pushes", Rows: > 0 });
        // The books, the usage, and the bundles but for what somebody copied elsewhere.
        var mirror = stage.Workspace.PathOf("elsewhere");
        Directory.Move(paths.Bundles, mirror);
        foreach (var file in Directory.EnumerateFiles(data, "*.sqlite*")) File.Delete(file);
        var (code, output) = await RebuildAsync(data, [], cancellation);
        Assert.Equal(9, code);
        Assert.Contains("of epoch 1 is not to be had", output, StringComparison.Ordinal);
        (code, output) = await RebuildAsync(data, ["--bundles", mirror, "--json"], cancellation);
        Assert.True(code == 0, output);
        using (var json = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]))
        {
            Assert.Equal(DataDigest.Of(paths).All, json.RootElement.GetProperty("digest").GetString());
            var missing = Assert.Single(json.RootElement.GetProperty("usage").GetProperty("missing").EnumerateArray());
            Assert.Equal((1, 1, 2), (missing.GetProperty("first").GetInt32(), missing.GetProperty("last").GetInt32(), missing.GetProperty("events").GetInt32()));
        }

        // All but the block that they end with: the chain went on.
        Assert.Equal(before.Parts.Where(part => part.Part != "cursor"), DataDigest.Of(paths).Parts.Where(part => part.Part != "cursor"));
        (code, output) = await RebuildAsync(data, [], cancellation);
        Assert.Equal(2, code);

        // The same vault, the next epoch.
        using var again = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation);
        await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 5_000_000, Market.Text("later"), cancellation);
        await SettledAsync(again, 3, cancellation);
        var status = await again.GetAsync("api/v1/status", cancellation);
        Assert.False(status.TryGetProperty("halted", out _), status.GetRawText());
    }

    private static Task<JsonElement> SettledAsync(NodeProcess node, int epoch, CancellationToken cancellation) => node.WaitAsync(
        $"epoch {epoch} is settled",
        status => status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("number").GetInt32() == epoch && latest.GetProperty("state").GetString() == "pushed"
            && status.GetProperty("transactions").GetArrayLength() == 0,
        cancellation);

    private Task<(int Code, string Output)> RebuildAsync(string data, IReadOnlyList<string> more, CancellationToken cancellation) => Command.RunAsync(
        stage.Workspace, ["rebuild", "--deployment", stage.Deployment.File, "--data-dir", data, "--rpc", stage.Chain.Rpc.ToString(), "--finality", "1", .. more], cancellation);

    private MeteredEvent Use(StageModel model, ulong units) => new()
    {
        Source = "urn:gateway:rebuilt",
        Id = string.Create(CultureInfo.InvariantCulture, $"use-{units}"),
        Type = "ai.opensettle.usage.v1",
        Model = model.Id,
        Domain = "contracts",
        Outcome = Outcomes.Ok,
        Units = units,
        Time = Now,
        Consumer = Market.Text("somebody"),
        Payment = units == 10 ? Market.Text("use 10") : Hash32.Zero,
        Attribution = new Attribution("test", Market.Text("test"), [new MeasuredWeight(_cast.Chloe.Address, 1, 1, 1)]),
    };
}
