using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>What contributors ask a real node on a real chain: what they earned, why, and to be paid.</summary>
public sealed class EarningsTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Contributors_SeeWhatTheyEarnedAndWhy_AndArePaidWhereTheyWant()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var cancellation = limit.Token;
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation);
        var market = new Market(stage.Chain, stage.Deployment);
        var (dollar, coin) = (stage.Deployment.Dollar, stage.Deployment.Coin);
        var parent = await market.RegisterAsync(_cast.Ada, "base", SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 2, "data")]), [], cancellation);
        var child = await market.RegisterAsync(
            _cast.Dora, "tune", SplitTable.Of([Market.OwnerRow(3, "training"), Market.Row(_cast.Emil.Address, 4, "curation")]), [new Parent(parent.Id.Value, 333_333)], cancellation);
        await market.FundAsync(_cast.Bank, 1_000_000_000, cancellation);
        await market.PayAsync(_cast.Bank, child, dollar, 7_000_001, Market.Text("use"), cancellation);
        await market.TransferAsync(_cast.LawFirm, child, coin, 1_000_000_000_000_007, cancellation);
        await node.WaitAsync("everything is settled", status => Settled(status, market.Payments), cancellation);

        // Earned, and why: from the node, and worked out again from the bundle whose hash the vault has.
        var earnings = await JsonAsync(["earnings", _cast.Ben.Address.ToString()], node, cancellation);
        var token = earnings.GetProperty("tokens").EnumerateArray().Single(one => one.GetProperty("token").GetString() == dollar.Address.ToChecksumString());
        var expected = (UInt256)7_000_001 * 333_333 / 1_000_000 * 2 / 3;
        Assert.Equal((expected.ToString(), expected.ToString()), (token.GetProperty("earned").GetString(), token.GetProperty("claimable").GetString()));
        var (shown, words) = await RunAsync(["earnings", _cast.Ben.Address.ToString()], node, cancellation);
        Assert.True(shown == 0 && words.Contains("data", StringComparison.Ordinal), words);
        for (var epoch = 1UL; epoch <= earnings.GetProperty("epoch").GetUInt64(); epoch++)
        {
            foreach (var person in new[] { _cast.Ada, _cast.Ben, _cast.Dora, _cast.Emil })
            {
                var (code, why) = await RunAsync(
                    ["why", person.Address.ToString(), "--epoch", epoch.ToString(System.Globalization.CultureInfo.InvariantCulture), "--verify", "--payments", "2", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File], node, cancellation);
                Assert.True(code == 0 && why.Contains("Verified", StringComparison.Ordinal), why);
            }
        }

        var epochs = await RunAsync(["epochs"], node, cancellation);
        Assert.True(epochs.Code == 0 && epochs.Output.Contains("pushed", StringComparison.Ordinal), epochs.Output);
        Assert.Equal(0, (await RunAsync(["epochs", "1"], node, cancellation)).Code);

        await WalletAsync(node, cancellation);
        await ClaimsAsync(node, dollar, cancellation);
    }

    /// <summary>What the API gives wallets is what ethers makes of the contract's own interface, and the chain takes it.</summary>
    private async Task WalletAsync(NodeProcess node, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = node.Api };
        var answer = await http.GetStringAsync(new Uri($"/api/v1/accounts/{_cast.Emil.Address}/claim?to={_cast.Bank.Address}", UriKind.Relative), cancellation);
        var file = stage.Workspace.PathOf("claim.json");
        await File.WriteAllTextAsync(file, answer, cancellation);
        using (var check = ChildProcess.Start("ethers", "node", [Path.Combine(stage.Workspace.Root, "tests", "OpenSettle.EndToEnd.Tests", "claim-encoding.mjs"), file], stage.Workspace.Root, stage.Workspace.PathOf("ethers.log")))
        {
            var code = await check.WaitAsync(cancellation);
            Assert.True(code == 0, check.Tail());
            Assert.Contains("5 alike", check.Tail(), StringComparison.Ordinal);
        }

        using var parsed = JsonDocument.Parse(answer);
        var claim = parsed.RootElement.GetProperty("claims").EnumerateArray().Single(one => one.GetProperty("token").GetString() == stage.Deployment.Dollar.Address.ToChecksumString());
        var (before, data) = (await HoldsAsync(_cast.Emil.Address, cancellation), claim.GetProperty("toSelf").GetProperty("data").GetString() ?? "");
        var market = new Market(stage.Chain, stage.Deployment);
        await market.SendAsync(_cast.Relayer, Address.Parse(claim.GetProperty("toSelf").GetProperty("to").GetString()!), Hex.Decode(data), UInt256.Zero, cancellation);
        Assert.Equal(before + UInt256.Parse(claim.GetProperty("amount").GetString()), await HoldsAsync(_cast.Emil.Address, cancellation));
    }

    private async Task ClaimsAsync(NodeProcess node, StageToken dollar, CancellationToken cancellation)
    {
        var (relayer, ada) = (stage.Workspace.PathOf("relayer.key"), stage.Workspace.PathOf("ada.key"));
        await File.WriteAllTextAsync(relayer, _cast.RelayerKey.ToString(), cancellation);
        await File.WriteAllTextAsync(ada, _cast.AdaKey.ToString(), cancellation);

        // Without a word of consent, and with nobody to ask, nothing is sent.
        var (code, output) = await ClaimAsync(["--for", _cast.Ben.Address.ToString()], relayer, node, cancellation);
        Assert.True(code == 2 && output.Contains("--yes", StringComparison.Ordinal), output);
        (code, output) = await ClaimAsync([_cast.Ben.Address.ToString(), "--for", _cast.Dora.Address.ToString(), "--dry-run"], relayer, node, cancellation);
        Assert.True(code == 0 && output.Contains("would pay", StringComparison.Ordinal) && output.Contains("nothing was sent", StringComparison.Ordinal), output);
        Assert.Equal(UInt256.Zero, await HoldsAsync(_cast.Ben.Address, cancellation));
        // Two accounts, two tokens, one transaction.
        (code, output) = await ClaimAsync([_cast.Ben.Address.ToString(), "--for", _cast.Dora.Address.ToString(), "--yes", "--json"], relayer, node, cancellation);
        Assert.True(code == 0, output);
        using (var paid = JsonDocument.Parse(output))
        {
            Assert.Equal((1, 4), (paid.RootElement.GetProperty("transactions").GetArrayLength(), paid.RootElement.GetProperty("payments").GetArrayLength()));
        }

        Assert.Equal((UInt256)7_000_001 * 333_333 / 1_000_000 * 2 / 3, await HoldsAsync(_cast.Ben.Address, cancellation));
        // Nobody sends another account's money elsewhere.
        (code, output) = await ClaimAsync([_cast.Ada.Address.ToString(), "--to", _cast.Relayer.Address.ToString(), "--yes"], relayer, node, cancellation);
        Assert.True(code == 2, output);
        var before = await HoldsAsync(_cast.LawFirm.Address, cancellation);
        (code, output) = await ClaimAsync(["--to", _cast.LawFirm.Address.ToString(), "--token", dollar.Symbol, "--yes"], ada, node, cancellation);
        Assert.True(code == 0, output);
        Assert.Equal(before + (UInt256)7_000_001 * 333_333 / 1_000_000 / 3, await HoldsAsync(_cast.LawFirm.Address, cancellation));
        Assert.Equal(UInt256.Zero, await HoldsAsync(_cast.Ada.Address, cancellation));
        (code, output) = await ClaimAsync(["--to", _cast.LawFirm.Address.ToString(), "--token", dollar.Symbol, "--yes"], ada, node, cancellation);
        Assert.True(code == 6 && output.Contains("nothing to claim", StringComparison.Ordinal), output);

        // A standing recipient, and back.
        (code, output) = await ClaimAsync(["--set-recipient", _cast.Bank.Address.ToString(), "--yes"], ada, node, cancellation);
        Assert.True(code == 0, output);
        var (recipient, nonce) = await stage.Chain.Client.AskAsync(stage.Deployment.Id.Vault, new RoyaltySplit.RecipientOf(_cast.Ada.Address), BlockRef.Latest, cancellation);
        Assert.Equal((_cast.Bank.Address, (UInt256)1), (recipient, nonce));
        (code, output) = await ClaimAsync(["--set-recipient", _cast.Ada.Address.ToString(), "--yes"], ada, node, cancellation);
        Assert.True(code == 0, output);
        (recipient, _) = await stage.Chain.Client.AskAsync(stage.Deployment.Id.Vault, new RoyaltySplit.RecipientOf(_cast.Ada.Address), BlockRef.Latest, cancellation);
        Assert.Equal(Address.Zero, recipient);
    }

    private Task<(int Code, string Output)> ClaimAsync(string[] arguments, string key, NodeProcess node, CancellationToken cancellation) =>
        RunAsync(["claim", .. arguments, "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--sender-key", $"file:{key}"], node, cancellation);

    private Task<(int Code, string Output)> RunAsync(string[] arguments, NodeProcess node, CancellationToken cancellation) =>
        Command.RunAsync(stage.Workspace, [.. arguments, "--api", node.Api.ToString()], cancellation);

    private async Task<JsonElement> JsonAsync(string[] arguments, NodeProcess node, CancellationToken cancellation)
    {
        var (code, output) = await RunAsync([.. arguments, "--json"], node, cancellation);
        Assert.True(code == 0, output);
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    private Task<UInt256> HoldsAsync(Address account, CancellationToken cancellation) =>
        stage.Chain.Client.AskAsync(stage.Deployment.Dollar.Address, new Erc20.BalanceOf(account), BlockRef.Latest, cancellation);

    private static bool Settled(JsonElement status, int payments) =>
        status.GetProperty("payments").GetInt32() == payments && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed"
        && status.GetProperty("transactions").GetArrayLength() == 0
        && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && UInt256.Parse(token.GetProperty("undivided").GetString()) < 5);
}
