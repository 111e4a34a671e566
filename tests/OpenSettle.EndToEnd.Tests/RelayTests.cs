using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>Accounts without any coin are paid: they sign, and a node brings what they signed to the vault.</summary>
public sealed class RelayTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private const int Refused = 6;

    private readonly Cast _cast = stage.Cast;

    // The chain gave these nothing.
    private readonly Person _ann = new("Ann", stage.Chain.Provider.SignerFromMnemonic(Cast.Mnemonic, string.Empty, HdPath.Account(71)));
    private readonly Person _ben = new("Ben", stage.Chain.Provider.SignerFromMnemonic(Cast.Mnemonic, string.Empty, HdPath.Account(72)));
    private readonly Person _dan = new("Dan", stage.Chain.Provider.SignerFromMnemonic(Cast.Mnemonic, string.Empty, HdPath.Account(73)));

    [Fact]
    public async Task Accounts_WithoutCoin_ArePaidInOneTransactionThoughTheNodeIsKilledMeanwhile()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        var cancellation = limit.Token;
        var wallet = await OwnedWallet.DeployAsync(stage.Chain, _cast.Dora, _ben.Address, stage.Deployment.Id.ChainId, cancellation);
        // It waits for others longer than it lives.
        using var first = await NodeProcess.StartAsync(
            stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation, flags: Flags(("--relay", "on"), ("--relay-batch-seconds", "3600"), ("--relay-budget", "1")));
        var node = first;
        await SettleAsync(node, wallet, cancellation);
        var (forAnn, forWallet) = (Somebody("for Ann"), Somebody("for the wallet"));

        // What is signed can be looked at, and nothing is handed in for it.
        var (code, shown) = await ClaimAsync(node, _ann.Address, 71, ["--dry-run", "--to", forAnn.ToChecksumString()], cancellation);
        Assert.Equal(0, code);
        Assert.Contains("\"primaryType\":\"Claim\"", shown, StringComparison.Ordinal);
        var ann = await TakenAsync(node, _ann.Address, 71, forAnn, cancellation);
        Assert.Equal(ann, await TakenAsync(node, _ann.Address, 71, forAnn, cancellation, "--hours", "24"));
        // The wallet's owner signs for it; Dan's key is not the wallet's, and the wallet says so.
        (code, shown) = await ClaimAsync(node, wallet, 73, ["--yes", "--to", forWallet.ToChecksumString()], cancellation);
        Assert.Equal(Refused, code);
        Assert.Contains("did not sign this", shown, StringComparison.Ordinal);
        (code, shown) = await ClaimAsync(node, _ann.Address, 73, ["--yes"], cancellation);
        Assert.Equal(2, code);
        var byWallet = await TakenAsync(node, wallet, 72, forWallet, cancellation);

        var benId = await TakenAsync(node, _ben.Address, 72, _ben.Address, cancellation);
        node.Kill();
        using var second = await StartAgainAsync(Flags(("--relay", "on"), ("--relay-batch-seconds", "0"), ("--relay-budget", "1")), cancellation);
        node = second;
        var paid = new List<JsonElement>();
        foreach (var id in new[] { ann, byWallet, benId })
        {
            await node.WaitAsync($"api/v1/relay/claims/{id}", $"claim {id} is paid", claim => claim.GetProperty("state").GetString() == "paid", cancellation);
            paid.Add(await node.GetAsync($"api/v1/relay/claims/{id}", cancellation));
        }

        var transaction = Hash32.Parse(Assert.Single(paid.Select(claim => claim.GetProperty("transaction").GetString()).Distinct()) ?? string.Empty);
        var receipt = await stage.Chain.Client.GetReceiptAsync(transaction, cancellation) ?? throw new InvalidOperationException("The transaction is not mined.");
        Assert.Equal(3, receipt.Logs.Count(log => stage.Chain.Client.Decode(ContractKind.Relay, log) is ClaimRelay.Relayed));
        Assert.Equal(["5000000", "2000000", "2000000"], paid.Select(claim => claim.GetProperty("amount").GetString()));
        foreach (var (holder, amount) in new[] { (forAnn, 5_000_000UL), (forWallet, 2_000_000UL), (_ben.Address, 2_000_000UL) })
            Assert.Equal(amount, (ulong)await stage.Chain.Client.AskAsync(stage.Deployment.Dollar.Address, new Erc20.BalanceOf(holder), BlockRef.Latest, cancellation));
        Assert.Equal(UInt256.Zero, await stage.Chain.Client.GetBalanceAsync(_ann.Address, BlockRef.Latest, cancellation));
        Assert.Equal(0UL, await stage.Chain.Client.GetNonceAsync(_ann.Address, BlockRef.Latest, cancellation));
        (code, shown) = await ClaimAsync(node, _ann.Address, 71, ["--yes"], cancellation);
        Assert.Equal((Refused, true), (code, shown.Contains("nothing to claim", StringComparison.Ordinal)));
        await node.StopAsync();
        await DeclinesAsync(cancellation);
    }

    /// <summary>The same books under a budget that pays for nothing, and without a relay.</summary>
    private async Task DeclinesAsync(CancellationToken cancellation)
    {
        foreach (var (flags, words) in new[] { (Flags(("--relay", "on"), ("--relay-budget", "0.000000001")), "is spent"), (Flags(("--relay", "off")), "relays no claims") })
        {
            using var node = await StartAgainAsync(flags, cancellation);
            await node.WaitAsync("the epoch is known", status => status.GetProperty("activeEpoch").GetUInt64() == 1, cancellation);
            var (code, shown) = await ClaimAsync(node, _dan.Address, 73, ["--yes"], cancellation);
            Assert.Equal(Refused, code);
            Assert.Contains(words, shown, StringComparison.Ordinal);
            await node.StopAsync();
        }
    }

    /// <summary>On the data that the last one left.</summary>
    private Task<NodeProcess> StartAgainAsync(IReadOnlyDictionary<string, string> flags, CancellationToken cancellation) => NodeProcess.StartAsync(
        stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation, dataDir: stage.Workspace.PathOf("data"), flags: flags);

    private async Task SettleAsync(NodeProcess node, Address wallet, CancellationToken cancellation)
    {
        var market = new Market(stage.Chain, stage.Deployment);
        Contract.SplitRow[] rows = [Market.Row(_ann.Address, 5, "data"), Market.Row(_ben.Address, 2, "code"), Market.Row(wallet, 2, "training"), Market.Row(_dan.Address, 1, "evaluation")];
        var model = await market.RegisterAsync(_cast.Ada, "relayed", Contract.SplitTable.Of(rows), [], cancellation);
        await market.FundAsync(_cast.Bank, 100_000_000, cancellation);
        await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 10_000_000, Market.Text("use"), cancellation);
        await node.WaitAsync(
            "the epoch is settled", status => status.GetProperty("activeEpoch").GetUInt64() == 1 && status.GetProperty("transactions").GetArrayLength() == 0, cancellation);
    }

    private async Task<string> TakenAsync(NodeProcess node, Address account, int key, Address to, CancellationToken cancellation, params string[] more)
    {
        var (code, shown) = await ClaimAsync(node, account, key, ["--yes", "--json", "--to", to.ToChecksumString(), .. more], cancellation);
        Assert.True(code == 0, shown);
        using var document = JsonDocument.Parse(shown);
        return Assert.Single(document.RootElement.GetProperty("claims").EnumerateArray()).GetProperty("id").GetString() ?? string.Empty;
    }

    private Task<(int Code, string Output)> ClaimAsync(NodeProcess node, Address account, int key, IReadOnlyList<string> more, CancellationToken cancellation) => Command.RunAsync(
        stage.Workspace,
        ["claim", account.ToChecksumString(), "--sponsored", "--api", node.Api.ToString(), "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, .. more],
        cancellation,
        new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_SENDER_KEY"] = $"mnemonic:{key}", ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic });

    private static Dictionary<string, string> Flags(params (string Flag, string Value)[] flags) => flags.ToDictionary(flag => flag.Flag, flag => flag.Value, StringComparer.Ordinal);

    private static Address Somebody(string name) => Address.FromBytes(Keccak256.HashText(name).ToArray().AsSpan(12));
}
