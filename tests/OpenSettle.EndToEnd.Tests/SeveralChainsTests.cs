using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using OpenSettle.Demo;
using OpenSettle.Demo.Stage;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Tests.Shared;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A second chain, beside the stage's.</summary>
public sealed class OtherChainFixture : AnvilStageFixture
{
    private protected override string[] Arguments => [.. base.Arguments, "--chain-id", "1337"];
}

/// <summary>One node process over two chains: Hardhat's, and anvil's with another id.</summary>
public sealed class SeveralChainsTests(StageFixture stage, OtherChainFixture other) : IClassFixture<StageFixture>, IClassFixture<OtherChainFixture>
{
    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Node_OfTwoChains_SettlesBothAndOneGoesOnWhileTheOthersEndpointIsAway()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var cancellation = limit.Token;
        using var endpoint = new FaultProxy(stage.Chain.Rpc);
        var (file, port) = (stage.Workspace.PathOf("chains.json"), Workspace.FreePort());
        var api = new Uri($"http://127.0.0.1:{port}/");
        await WriteAsync(file, port, endpoint.Endpoint, epochSeconds: 4, timeoutSeconds: 20);
        var keys = new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_OPERATOR_KEY"] = _cast.OperatorKey.ToString(), ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', _cast.AttestorKeys) };
        using var node = await NodeProcess.StartAsync(stage.Workspace, api, ["--config", file], keys, cancellation);

        var (first, second) = (new Market(stage.Chain, stage.Deployment), new Market(other.Chain, other.Deployment));
        var model = await BeginAsync(first, stage.Deployment, cancellation);
        var otherModel = await BeginAsync(second, other.Deployment, cancellation);
        await node.WaitAsync("chains/hardhat/api/v1/status", "the first chain has settled an epoch", status => Settled(status, first, 1), cancellation);
        await node.WaitAsync("chains/anvil/api/v1/status", "the second chain has settled an epoch", status => Settled(status, second, 1), cancellation);
        // What names no chain is the first one's.
        Assert.Equal(31337, (await node.GetAsync("api/v1/status", cancellation)).GetProperty("chainId").GetInt32());
        Assert.Equal(1337, (await node.GetAsync("chains/anvil/api/v1/status", cancellation)).GetProperty("chainId").GetInt32());
        var listed = (await node.GetAsync("chains/anvil/api/v1/chains", cancellation)).GetProperty("chains");
        Assert.Equal(
            [("hardhat", 31337, "/chains/hardhat", true), ("anvil", 1337, "/chains/anvil", true)],
            listed.EnumerateArray().Select(chain => (chain.GetProperty("name").GetString()!, chain.GetProperty("chainId").GetInt32(), chain.GetProperty("path").GetString()!, chain.GetProperty("ready").GetBoolean())));

        await GoesOnAloneAsync(node, api, endpoint, (first, model), (second, otherModel), cancellation);
        await CommandsReachEachAsync(file, cancellation);
        await ReloadsAsync(node, file, cancellation);

        var reckoning = await new Reconciliation(stage.Chain, stage.Deployment, node, first).RunAsync(0, cancellation);
        Assert.Empty(reckoning.Problems);
        await node.StopAsync();
        var (code, tail) = node.Ended;
        Assert.True(code == 0, tail);
        Assert.All(["[hardhat] Stopped. ", "[anvil] Stopped. "], line => Assert.Contains(line, tail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_OfTwoChainsOfWhichOneIsWrong_IsRefusedAndLeavesNothing()
    {
        var (file, data) = (stage.Workspace.PathOf("wrong.json"), stage.Workspace.PathOf("wrong-data"));
        var settings = Settings(Workspace.FreePort(), stage.Chain.Rpc, 4, 20);
        settings["dataDir"] = data;
        // The contracts are on each chain, and each chain has its own number.
        settings["chains"] = new { hardhat = new { rpc = other.Chain.Rpc, deployment = stage.Deployment.File }, anvil = new { rpc = other.Chain.Rpc, deployment = other.Deployment.File } };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(settings));
        var keys = new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_OPERATOR_KEY"] = _cast.OperatorKey.ToString(), ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', _cast.AttestorKeys) };
        var (code, output) = await Command.RunAsync(stage.Workspace, ["run", "--config", file], CancellationToken.None, keys);
        Assert.Equal(3, code);
        Assert.Contains("Chain hardhat is refused, or has ended: ", output, StringComparison.Ordinal);
        Assert.Contains("\nopensettle: rpc: ", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(data, "hardhat")));
    }

    private async Task GoesOnAloneAsync(NodeProcess node, Uri api, FaultProxy endpoint, (Market Market, StageModel Model) first, (Market Market, StageModel Model) second, CancellationToken cancellation)
    {
        endpoint.Rule = _ => Fault.Reset;
        await node.WaitAsync("chains/hardhat/api/v1/status", "the first chain says that its endpoint is away", status => status.TryGetProperty("trouble", out _), cancellation);
        using var http = new HttpClient { BaseAddress = api };
        using var ready = await http.GetAsync(new Uri("readyz", UriKind.Relative), cancellation);
        var reasons = (await ready.Content.ReadFromJsonAsync<JsonElement>(cancellation)).GetProperty("reasons");
        Assert.StartsWith("hardhat: ", Assert.Single(reasons.EnumerateArray()).GetString(), StringComparison.Ordinal);
        using (var alone = await http.GetAsync(new Uri("chains/anvil/readyz", UriKind.Relative), cancellation)) Assert.True(alone.IsSuccessStatusCode);

        await second.Market.TransferAsync(_cast.Bank, second.Model, other.Deployment.Dollar, 3_000_000, cancellation);
        await node.WaitAsync("chains/anvil/api/v1/status", "the second chain has settled another epoch", status => Settled(status, second.Market, 2), cancellation);
        endpoint.Heal();
        await first.Market.TransferAsync(_cast.Bank, first.Model, stage.Deployment.Dollar, 3_000_000, cancellation);
        await node.WaitAsync("chains/hardhat/api/v1/status", "the first chain has settled another epoch", status => Settled(status, first.Market, 2), cancellation);
    }

    private async Task CommandsReachEachAsync(string file, CancellationToken cancellation)
    {
        foreach (var (chain, id) in new[] { ("hardhat", 31337), ("anvil", 1337) })
        {
            var (code, output) = await Command.RunAsync(stage.Workspace, ["status", "--config", file, "--chain", chain, "--json"], cancellation);
            Assert.True(code == 0, output);
            Assert.Equal(id, JsonDocument.Parse(output).RootElement.GetProperty("chainId").GetInt32());
            (code, output) = await Command.RunAsync(stage.Workspace, ["db", "check", "--config", file, "--chain", chain], cancellation);
            Assert.True(code == 0, output);
            // From where the proposals say that the bundles are: below the chain's path.
            (code, output) = await Command.RunAsync(stage.Workspace, ["verify", "--config", file, "--chain", chain], cancellation);
            Assert.True(code == 0, output);
        }

        var (unnamed, said) = await Command.RunAsync(stage.Workspace, ["status", "--config", file], cancellation);
        Assert.Equal((2, true), (unnamed, said.Contains("--chain", StringComparison.Ordinal)));
    }

    private static async Task ReloadsAsync(NodeProcess node, string file, CancellationToken cancellation)
    {
        await WriteTextAsync(file, text => text.Replace("\"epochSeconds\":4", "\"epochSeconds\":\"soon\"", StringComparison.Ordinal));
        await HangUpAsync(node);
        await SaysAsync(node, "Settings read again, and nothing was changed: epochSeconds (", cancellation);
        await WriteTextAsync(file, text => text.Replace("\"epochSeconds\":\"soon\"", "\"epochSeconds\":3", StringComparison.Ordinal).Replace("\"rpcTimeoutSeconds\":20", "\"rpcTimeoutSeconds\":19", StringComparison.Ordinal));
        await HangUpAsync(node);
        await SaysAsync(
            node, "These hold from now on: hardhat.epochSeconds, anvil.epochSeconds. These need a new start: hardhat.rpcTimeoutSeconds, anvil.rpcTimeoutSeconds", cancellation);
    }

    private static async Task WriteTextAsync(string file, Func<string, string> edit) => await File.WriteAllTextAsync(file, edit(await File.ReadAllTextAsync(file)));

    private static async Task HangUpAsync(NodeProcess node)
    {
        using var signal = Process.Start("kill", ["-HUP", node.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await signal.WaitForExitAsync();
    }

    private static async Task SaysAsync(NodeProcess node, string line, CancellationToken cancellation)
    {
        while (true)
        {
            await using var log = new FileStream(node.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(log);
            if ((await reader.ReadToEndAsync(cancellation)).Contains(line, StringComparison.Ordinal)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    private async Task<StageModel> BeginAsync(Market market, Deployment deployment, CancellationToken cancellation)
    {
        var model = await market.RegisterAsync(_cast.Ada, "two chains", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(_cast.Bank, 1_000_000_000, cancellation);
        await market.PayAsync(_cast.Bank, model, deployment.Dollar, 5_000_000, Market.Text("first"), cancellation);
        await market.TransferAsync(_cast.LawFirm, model, deployment.Coin, 1_000_000_000_000_007, cancellation);
        return model;
    }

    private async Task WriteAsync(string file, int port, Uri endpoint, int epochSeconds, int timeoutSeconds) =>
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(Settings(port, endpoint, epochSeconds, timeoutSeconds)));

    private Dictionary<string, object> Settings(int port, Uri endpoint, int epochSeconds, int timeoutSeconds) => new(StringComparer.Ordinal)
    {
        ["listen"] = $"http://127.0.0.1:{port}",
        ["api"] = $"http://127.0.0.1:{port}",
        ["dataDir"] = stage.Workspace.PathOf("several"),
        ["client"] = stage.Chain.Provider.Name,
        ["finality"] = 1,
        ["pollMilliseconds"] = 200,
        ["epochSeconds"] = epochSeconds,
        ["rpcTimeoutSeconds"] = timeoutSeconds,
        ["sweepMaxCostPercent"] = 100,
        ["usageGraceSeconds"] = 0,
        ["chains"] = new { hardhat = new { rpc = endpoint, deployment = stage.Deployment.File }, anvil = new { rpc = other.Chain.Rpc, deployment = other.Deployment.File } },
    };

    private static bool Settled(JsonElement status, Market market, ulong epoch) =>
        status.GetProperty("payments").GetInt32() == market.Payments && status.GetProperty("transactions").GetArrayLength() == 0
        && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed" && latest.GetProperty("number").GetUInt64() >= epoch
        && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && token.GetProperty("undivided").GetString() == "0");
}
