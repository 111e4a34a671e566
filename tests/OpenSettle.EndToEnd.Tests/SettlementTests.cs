using System.Text.Json;
using OpenSettle.Demo;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A real chain, real contracts, a real node in a process of its own.</summary>
public sealed class SettlementTests(StageFixture stage) : IClassFixture<StageFixture>
{
    // The same in every event: one that is sent again is the same. Older ones would wait.
    private static readonly string Now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    private readonly Cast _cast = stage.Cast;

    /// <summary>
    /// Nothing is lost and nothing is paid twice when the node is killed: while it reads payments, with a proposal under
    /// way, and between activation and claims.
    /// </summary>
    [Fact]
    public async Task Node_KilledInTheMiddle_LosesNothingAndPaysNothingTwice()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation);
        var market = new Market(stage.Chain, stage.Deployment);
        var (dollar, coin) = (stage.Deployment.Dollar, stage.Deployment.Coin);
        var parent = await market.RegisterAsync(_cast.Ada, "base", Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 2, "data")]), [], cancellation);
        var child = await market.RegisterAsync(
            _cast.Dora, "tune", Contract.SplitTable.Of([Market.OwnerRow(3, "training"), Market.Row(_cast.Emil.Address, 4, "curation")]),
            [new Contract.Parent(parent.Id.Value, 333_333)], cancellation);
        await market.FundAsync(_cast.Bank, 1_000_000_000, cancellation);

        await market.PayAsync(_cast.Bank, child, dollar, 7_000_001, Market.Text("use"), cancellation);
        node.Kill();
        await market.TransferAsync(_cast.Bank, child, dollar, 1_000_003, cancellation);
        await market.TransferAsync(_cast.LawFirm, parent, coin, 1_000_000_000_000_007, cancellation);
        await node.RestartAsync(cancellation);

        Assert.Equal(202, (await node.SendUsageAsync([Use(child, "u1"), Use(child, "u2")], cancellation)).Status);
        await node.WaitAsync("an epoch is on its way", status => Latest(status) is "built" or "proposed", cancellation);
        node.Kill();
        await node.RestartAsync(cancellation);
        var (known, body) = await node.SendUsageAsync([Use(child, "u1"), Use(child, "u2")], cancellation);
        Assert.Equal((202, 2), (known, body.GetProperty("duplicates").GetInt32()));

        await node.WaitAsync("everything is settled", status => Settled(status, market.Payments), cancellation);
        node.Kill();
        foreach (var person in new[] { _cast.Ada, _cast.Ben, _cast.Dora, _cast.Emil }) await ClaimFailsWithoutNodeAsync(node, person, cancellation);
        await node.RestartAsync(cancellation);
        foreach (var person in new[] { _cast.Ada, _cast.Ben, _cast.Dora, _cast.Emil }) Assert.Equal(0, (await ClaimAsync(node, person, cancellation)).Code);

        // Claiming again pays nothing, and says so.
        var again = await ClaimAsync(node, _cast.Emil, cancellation);
        Assert.Equal(6, again.Code);
        Assert.Contains("nothing to claim", again.Output, StringComparison.Ordinal);

        var head = await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation);
        await node.WaitAsync("the claims are in the books", status => status.GetProperty("booksBlock").GetUInt64() >= head!.Number && Settled(status, market.Payments), cancellation);
        var reckoning = await new Reconciliation(stage.Chain, stage.Deployment, node, market).RunAsync(2, cancellation);
        Assert.Empty(reckoning.Problems);
        foreach (var token in new[] { dollar, coin })
        {
            // All that was promised was claimed: what is left is rounding.
            var left = reckoning.Credited[token.Address] - reckoning.Claimed[token.Address];
            Assert.True(left < 5, $"{left} of {token.Symbol} is left");
        }

        // Exact parts, worked out here by hand: 8,000,004 dUSD reach the child.
        var up = (UInt256)8_000_004 * 333_333 / 1_000_000;
        var rest = (UInt256)8_000_004 - up;
        await OwnsAsync(_cast.Emil, dollar, rest * 4 / 7, cancellation);
        await OwnsAsync(_cast.Dora, dollar, rest * 3 / 7, cancellation);
        await OwnsAsync(_cast.Ben, dollar, up * 2 / 3, cancellation);
        await OwnsAsync(_cast.Ada, dollar, up / 3, cancellation);
    }

    private static object Use(StageModel model, string id) => new
    {
        specversion = "1.0",
        type = "ai.opensettle.usage.v1",
        source = "urn:gateway:e2e",
        id,
        time = Now,
        data = new { modelId = model.Id.ToString(), domain = "tests", outcome = "ok", units = 1 },
    };

    private static string? Latest(JsonElement status) =>
        status.TryGetProperty("latestEpoch", out var latest) ? latest.GetProperty("state").GetString() : null;

    private static bool Settled(JsonElement status, int payments) =>
        status.GetProperty("payments").GetInt32() == payments && Latest(status) == "pushed" && status.GetProperty("transactions").GetArrayLength() == 0
        && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && UInt256.Parse(token.GetProperty("undivided").GetString()) < 5);

    private async Task OwnsAsync(Person person, StageToken token, UInt256 expected, CancellationToken cancellation) =>
        Assert.Equal(expected, await stage.Chain.Client.AskAsync(token.Address, new Contract.Erc20.BalanceOf(person.Address), BlockRef.Latest, cancellation));

    private async Task ClaimFailsWithoutNodeAsync(NodeProcess node, Person person, CancellationToken cancellation)
    {
        var (code, output) = await ClaimAsync(node, person, cancellation);
        Assert.Equal(5, code);
        Assert.Contains("opensettle run", output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output)> ClaimAsync(NodeProcess node, Person person, CancellationToken cancellation)
    {
        var key = stage.Workspace.PathOf("relayer.key");
        await File.WriteAllTextAsync(key, _cast.RelayerKey.ToString(), cancellation);
        return await Command.RunAsync(
            stage.Workspace,
            ["claim", person.Address.ToString(), "--api", node.Api.ToString(), "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--sender-key", $"file:{key}", "--yes"],
            cancellation);
    }
}
