using System.Globalization;
using System.Net;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Node;
using static OpenSettle.EndToEnd.Tests.Govern.GovernCommand;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Govern;

/// <summary>The steps of docs/runbook.md that are taken at a node: each kind of key is changed under it, and it goes on. One node's books in all tests: they are the vault's.</summary>
public sealed class RotationTests(StageFixture stage) : IClassFixture<StageFixture>, IDisposable
{
    private const int KilledBySignal = 137;
    private const int FormerOperator = 1;
    private const int NextOperator = 19;
    private const int NextAttestor = 17;

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));

    private CancellationToken Limit => _limit.Token;

    private GovernCommand Governing => new(stage, Limit);

    public void Dispose() => _limit.Dispose();

    /// <summary>An attestor's key was stolen, or is due to be changed; then the operator's is, in the middle of a transaction.</summary>
    [Fact]
    public async Task Keys_OfAttestorAndOperator_ChangeUnderTheNode()
    {
        var (former, next) = (Governing.AccountOf(FirstAttestor), Governing.AccountOf(NextAttestor));
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "rotated", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], Limit);
        await market.FundAsync(stage.Cast.Bank, 1_000_000_000, Limit);
        Task PayAsync(string what) => market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 5_000_000, Market.Text(what), Limit);

        var before = await stage.Chain.Client.AskAsync(stage.Deployment.Id.Vault, new Contract.RoyaltySplit.Epoch(), BlockRef.Latest, Limit);
        await PayAsync("with the first keys");
        using (var node = await StartAsync(FormerOperator, FirstAttestor, SecondAttestor))
        {
            await SettledAsync(node, before + 1);
            await node.StopAsync();
        }

        // The new key is there before it counts; with it the node goes on, and says so.
        using (var node = await StartAsync(FormerOperator, FirstAttestor, SecondAttestor, NextAttestor))
        {
            Assert.Contains($"{next.ToChecksumString()} is not an attestor of this vault", await File.ReadAllTextAsync(node.LogFile, Limit), StringComparison.Ordinal);
            await Governing.SentAsync(Governor, "attestors", "--remove", former.ToString(), "--add", next.ToString());
            await Governing.ExecutedAsync("attestors");
            var shown = await Governing.ShowAsync();
            Assert.Equal(2U, shown.GetProperty("threshold").GetUInt32());
            Assert.DoesNotContain(former.ToChecksumString(), shown.GetProperty("attestors").EnumerateArray().Select(attestor => attestor.GetString()));
            await PayAsync("with the second set");
            await SettledAsync(node, before + 2);
            await node.StopAsync();
        }

        // What the operator's key had signed when it was lost is on no chain: the next one sends it under its own nonces.
        ulong used;
        using (var node = await StartAsync(FormerOperator, SecondAttestor, NextAttestor))
        {
            node.Kill();
            await PayAsync("with the next operator");
            node.Launch(FailPoint.SendStored);
            Assert.Equal(KilledBySignal, await node.EndedAsync(TimeSpan.FromMinutes(1), Limit));
            used = await NonceAsync(FormerOperator);
            Assert.Equal(0UL, await NonceAsync(NextOperator));
        }

        using (var node = await StartAsync(NextOperator, SecondAttestor, NextAttestor))
        {
            await SettledAsync(node, before + 3);
            Assert.Contains("sends from now on", await File.ReadAllTextAsync(node.LogFile, Limit), StringComparison.Ordinal);
            await node.StopAsync();
        }

        Assert.Equal(used, await NonceAsync(FormerOperator));
        Assert.True(await NonceAsync(NextOperator) >= 2);
        await Governing.SentAsync(Governor, "attestors", "--remove", next.ToString(), "--add", former.ToString());
        await Governing.ExecutedAsync("attestors");
    }

    /// <summary>A gateway's key and its signing account, and an operator's key to the API.</summary>
    [Fact]
    public async Task Keys_OfGatewayAndApi_ChangeUnderTheNode()
    {
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "metered", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], Limit, stage.Cast.Gateway.Address);
        var (former, next) = (stage.Cast.Gateway.Address.ToChecksumString(), stage.Cast.SecondGateway.Address.ToChecksumString());
        var firstKey = await NodeProcess.AddGatewayAsync(stage.Workspace, stage.Deployment, "eu-1", ["--address", former, "--scopes", "send"], Limit);
        var firstOperator = await NodeProcess.AddOperatorAsync(stage.Workspace, stage.Deployment, "first", Limit);
        using var node = await StartAsync(FormerOperator, FirstAttestor, SecondAttestor);
        await node.WaitAsync("the model is known", status => status.GetProperty("booksBlock").GetUInt64() > 0, Limit);
        await node.WaitAsync($"api/v1/models/{model.Id}", "the model is listed", known => known.GetProperty("gateways").GetArrayLength() == 1, Limit);
        await new UsageGateway(node, stage.Cast.Gateway, stage.Deployment, firstKey).SendAsync([Use(model, 1)], Limit);
        Assert.Equal(HttpStatusCode.OK, await OpsAsync(node, firstOperator));

        var secondKey = await NodeProcess.AddGatewayAsync(stage.Workspace, stage.Deployment, "eu-1-b", ["--address", next, "--scopes", "send"], Limit);
        await RunAsync(["model", "gateway", model.Id.ToString(), "--add", next, "--remove", former, "--yes", "--api", node.Api.ToString(), "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--sender-key", $"mnemonic:{Stranger}"]);
        await RunAsync(["gateway", "revoke", "eu-1", "--deployment", stage.Deployment.File, "--data-dir", stage.Workspace.PathOf("data")]);
        await node.WaitAsync($"api/v1/models/{model.Id}", "the other gateway is listed", known => known.GetProperty("gateways").ToString().Contains(next, StringComparison.OrdinalIgnoreCase), Limit);
        var secondOperator = await NodeProcess.AddOperatorAsync(stage.Workspace, stage.Deployment, "second", Limit);
        await RunAsync(["operator", "revoke", "first", "--deployment", stage.Deployment.File, "--data-dir", stage.Workspace.PathOf("data")]);
        // It notices within two seconds.
        for (var tries = 0; await OpsAsync(node, firstOperator) != HttpStatusCode.Unauthorized && tries < 100; tries++) await Task.Delay(TimeSpan.FromMilliseconds(100), Limit);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await OpsAsync(node, firstOperator), await OpsAsync(node, secondOperator)));
        Assert.Equal(401, (await node.SendUsageAsync([new { id = "late" }], Limit, key: firstKey)).Status);
        await new UsageGateway(node, stage.Cast.SecondGateway, stage.Deployment, secondKey).SendAsync([Use(model, 2)], Limit);
        await node.StopAsync();
    }

    /// <summary>The guardian deletes a proposal by hand, where no watchtower does; and the node is told to go on.</summary>
    [Fact]
    public async Task Veto_ByHand_HoldsTheNodeUntilItIsTold()
    {
        // A window that a person can act in.
        await Governing.SentAsync(Governor, "window", "60");
        await Governing.ExecutedAsync("window");
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ben, "vetoed", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], Limit);
        await market.FundAsync(stage.Cast.LawFirm, 1_000_000_000, Limit);
        await market.PayAsync(stage.Cast.LawFirm, model, stage.Deployment.Dollar, 4_000_000, Market.Text("a use"), Limit);
        // A quorum, whichever of the other test's sets the vault has.
        using var node = await StartAsync(FormerOperator, FirstAttestor, SecondAttestor, NextAttestor);
        JsonElement open;
        while ((open = (await Governing.ShowAsync()).GetProperty("proposal")).ValueKind == JsonValueKind.Null) await Task.Delay(TimeSpan.FromMilliseconds(200), Limit);
        var name = open.GetProperty("name").GetString() ?? string.Empty;
        var epoch = name.Split('.')[0];
        await Governing.RefusedAsync(Guardian, 6, $"the open proposal is {name}", "veto", $"{epoch}.7", "--yes");
        await Governing.SentAsync(Guardian, "veto", name);
        Assert.Equal(JsonValueKind.Null, (await Governing.ShowAsync()).GetProperty("proposal").ValueKind);
        await node.WaitAsync("the node is held", status => status.TryGetProperty("held", out _), Limit);
        await RunAsync(["resume", name, "--same-root", "--deployment", stage.Deployment.File, "--data-dir", stage.Workspace.PathOf("data")]);
        while ((open = (await Governing.ShowAsync()).GetProperty("proposal")).ValueKind == JsonValueKind.Null) await Task.Delay(TimeSpan.FromMilliseconds(200), Limit);
        Assert.Equal($"{epoch}.1", open.GetProperty("name").GetString());
        await Governing.PassAsync(61);
        await SettledAsync(node, ulong.Parse(epoch, CultureInfo.InvariantCulture));
        await node.StopAsync();
        await Governing.SentAsync(Governor, "window", Deployment.WindowSeconds.ToString(CultureInfo.InvariantCulture));
        await Governing.ExecutedAsync("window", 121);
    }

    private Task<NodeProcess> StartAsync(int sender, params int[] attestors)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic, ["OPENSETTLE_OPERATOR_KEY"] = $"mnemonic:{sender}" };
        if (attestors.Length > 0) keys["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', attestors.Select(attestor => $"mnemonic:{attestor}"));
        return NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), Limit, dataDir: stage.Workspace.PathOf("data"), keys: keys);
    }

    private Task<JsonElement> SettledAsync(NodeProcess node, ulong epoch) => node.WaitAsync(
        $"epoch {epoch} is settled",
        status => status.GetProperty("activeEpoch").GetUInt64() >= epoch && status.GetProperty("latestEpoch").GetProperty("state").GetString() is "pushed" or "attested" && status.GetProperty("transactions").GetArrayLength() == 0,
        Limit);

    private async Task RunAsync(IReadOnlyList<string> arguments)
    {
        var (code, output) = await Command.RunAsync(stage.Workspace, arguments, Limit, new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic });
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: code {code}: {output}");
    }

    private async Task<HttpStatusCode> OpsAsync(NodeProcess node, string key)
    {
        using var http = new HttpClient { BaseAddress = node.Api };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var answer = await http.GetAsync(new Uri("api/v1/ops", UriKind.Relative), Limit);
        return answer.StatusCode;
    }

    private async Task<ulong> NonceAsync(int account) => await stage.Chain.Client.GetNonceAsync(Governing.AccountOf(account), BlockRef.Latest, Limit);

    private static MeteredEvent Use(StageModel model, int i) => new()
    {
        Source = "urn:gateway:eu",
        Id = string.Create(CultureInfo.InvariantCulture, $"use-{i}"),
        Type = "ai.opensettle.usage.v1",
        Model = model.Id,
        Domain = "nda-review",
        Outcome = Outcomes.Ok,
        Units = 10,
        Time = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        Consumer = Market.Text("a consumer"),
        Payment = Market.Text("use"),
    };
}
