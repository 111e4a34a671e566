using System.Text.Json;
using OpenSettle.Demo;
using OpenSettle.Demo.Stage;
using OpenSettle.Tests.Shared;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A node that sees its chain through three endpoints, of which only one is to be trusted.</summary>
public sealed class EndpointsTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Node_WithAnEndpointThatLiesAndOneThatLosesTransactions_SettlesToTheUnitAndNamesTheLiar()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        using var lossy = new FaultProxy(stage.Chain.Rpc);
        using var honest = new FaultProxy(stage.Chain.Rpc);
        using var liar = new FaultProxy(stage.Chain.Rpc);
        // Preferred; whatever is sent to it gets lost.
        lossy.On("eth_sendRawTransaction", Fault.DropTransaction);
        // Says of each transaction that it failed.
        liar.On("eth_getTransactionReceipt", Fault.With("status", "0x0"));

        using var node = await NodeProcess.StartAsync(
            stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation, endpoints: [lossy.Endpoint, honest.Endpoint, liar.Endpoint]);
        // And two blocks behind: not before the start, or it would lack the last contracts of a deployment made this moment.
        lossy.HoldBack = 2;
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(_cast.Ada, "several endpoints", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(_cast.Bank, 1_000_000_000, cancellation);
        await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 5_000_000, Market.Text("first"), cancellation);
        await market.TransferAsync(_cast.LawFirm, model, stage.Deployment.Coin, 1_000_000_000_000_007, cancellation);
        await node.WaitAsync("an epoch is attested and the liar is named", status => Settled(status, market, 1) && StateOf(status, liar) == "setAside", cancellation);
        var named = (await node.GetAsync("api/v1/status", cancellation)).GetProperty("endpoints").EnumerateArray().Single(endpoint => Is(endpoint, liar));
        Assert.Contains("failed", named.GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(lossy.Dropped);

        // Two have to agree, and one of the two that are left is away: nothing is decided until it is back.
        honest.Rule = _ => Fault.Reset;
        await market.TransferAsync(_cast.Bank, model, stage.Deployment.Dollar, 3_000_000, cancellation);
        await node.WaitAsync("the node says that too few endpoints answer", status => status.TryGetProperty("trouble", out _), cancellation);
        honest.Heal();
        await node.WaitAsync("all of it is settled", status => Settled(status, market, 2), cancellation);
        var reckoning = await new Reconciliation(stage.Chain, stage.Deployment, node, market).RunAsync(0, cancellation);
        Assert.Empty(reckoning.Problems);
    }

    private static bool Settled(JsonElement status, Market market, ulong epoch) =>
        status.GetProperty("payments").GetInt32() == market.Payments && status.GetProperty("transactions").GetArrayLength() == 0
        && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed" && latest.GetProperty("number").GetUInt64() >= epoch
        && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && token.GetProperty("undivided").GetString() == "0");

    private static string? StateOf(JsonElement status, FaultProxy proxy) =>
        status.GetProperty("endpoints").EnumerateArray().Single(endpoint => Is(endpoint, proxy)).GetProperty("state").GetString();

    private static bool Is(JsonElement endpoint, FaultProxy proxy) => proxy.Endpoint.ToString().TrimEnd('/') == endpoint.GetProperty("name").GetString()?.TrimEnd('/');
}
