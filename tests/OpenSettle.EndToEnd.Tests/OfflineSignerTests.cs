using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Demo.Stage.Lies;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A leader that has no attestor's key, one attestor that is a node, and one whose key is where there is no network: two of three.</summary>
public sealed class OfflineSignerTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private static readonly ulong Now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Candidate_ThatIsCarriedToAKeyAndBack_SettlesWithAnAttestorThatIsANode()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var cancellation = limit.Token;
        using var leader = await NodeProcess.StartAsync(
            stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_OPERATOR_KEY"] = _cast.OperatorKey.ToString() });
        using var attestor = await NodeProcess.StartWitnessAsync(
            stage.Workspace, stage.Chain, stage.Deployment, "attest-node", "attestor",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_ATTESTOR_KEYS"] = _cast.AttestorKeys[0].ToString() },
            new Dictionary<string, string>(StringComparer.Ordinal) { ["--leaders"] = leader.Api.ToString() }, cancellation);
        await PayAsync(leader, cancellation);
        await leader.WaitAsync("api/v1/candidate", "the attestor signed", answer => Signed(answer) == 1, cancellation);
        var (mine, other) = (_cast.Attestors[1].Address.ToChecksumString(), _cast.Attestors[2].Address.ToChecksumString());
        await SaysAsync(0, "Epoch 1, attempt 0: 1 of 2 signatures", ["candidate", "show", "--api", Api(leader)], cancellation);

        // Beside the network: brought, and recomputed from the chain, the bundle and the usage.
        var (file, bundles, word) = (stage.Workspace.PathOf("candidate.json"), stage.Workspace.PathOf("carried"), stage.Workspace.PathOf("word.json"));
        string[] deployment = ["--deployment", stage.Deployment.File];
        await SaysAsync(0, "Nobody has checked it yet", ["candidate", "export", "--api", Api(leader), .. deployment, "--out", file, "--bundle", bundles], cancellation);
        string[] check = ["candidate", "check", file, .. deployment, "--rpc", stage.Chain.Rpc.ToString(), "--finality", "1"];
        await SaysAsync(9, "cannot be had", [.. check, "--bundles", bundles, "--usage", bundles], cancellation);
        await SaysAsync(0, "can be signed", [.. check, "--bundles", bundles, "--usage", Api(leader)], cancellation);

        await LieAsync(leader, check[3..], cancellation);

        // Where the key is there is none: first it says no, then yes.
        var key = stage.Workspace.PathOf("offline.key");
        await File.WriteAllTextAsync(key, _cast.AttestorKeys[1].ToString(), cancellation);
        string[] sign = ["candidate", "sign", file, .. deployment, "--attestor-keys", $"file:{key}", "--yes"];
        var refusal = stage.Workspace.PathOf("refusal.json");
        await SaysAsync(0, $"refused    by {mine}", [.. sign, "--refuse", "I was asleep", "--out", refusal], cancellation);
        await SaysAsync(0, $"signed     by {mine}", [.. sign, "--out", word], cancellation);
        await SaysAsync(0, "The node has 1 of 2 signatures of epoch 1.", ["candidate", "submit", refusal, "--api", Api(leader)], cancellation);
        await SaysAsync(0, "\"why\":\"I was asleep\"", ["candidate", "show", "--api", Api(leader), "--json"], cancellation);
        // In somebody else's name.
        var forged = stage.Workspace.PathOf("forged.json");
        await File.WriteAllTextAsync(forged, (await File.ReadAllTextAsync(word, cancellation)).Replace(mine, other, StringComparison.Ordinal), cancellation);
        await SaysAsync(6, $"The signature is not {other}'s", ["candidate", "submit", forged, "--api", Api(leader)], cancellation);
        await SaysAsync(0, $"of {mine}", ["candidate", "submit", word, "--api", Api(leader)], cancellation);

        await leader.WaitAsync("epoch 1 is active", status => status.GetProperty("activeEpoch").GetUInt64() == 1, cancellation);
        await SaysAsync(6, "were not taken", ["candidate", "submit", word, "--api", Api(leader)], cancellation);
        await SaysAsync(9, "is not what the vault takes next: it is of epoch 1, and the vault's next one is 2", [.. check, "--bundles", bundles, "--usage", Api(leader)], cancellation);
    }

    /// <summary>A candidate that gives somebody else's money away is carried as well, and found out before it is signed.</summary>
    private async Task LieAsync(NodeProcess leader, IReadOnlyList<string> chain, CancellationToken cancellation)
    {
        using var door = new FalseLeader(stage.Chain, stage.Deployment, _cast.Relayer, _cast.SecondGateway, [_cast.Gateway.Address]) { Honest = leader.Api };
        await door.LieAsync(Lie.ChangedLeaf, cancellation);
        var (shown, _) = await door.HearAsync(static (_, _) => true, cancellation);
        var (file, bundles) = (stage.Workspace.PathOf("lie.json"), stage.Workspace.PathOf("lies"));
        await SaysAsync(0, "Nobody has checked it yet", ["candidate", "export", "--api", door.Address.ToString(), "--deployment", stage.Deployment.File, "--out", file, "--bundle", bundles], cancellation);
        await SaysAsync(8, shown.Names, ["candidate", "check", file, .. chain, "--bundles", bundles, "--usage", Api(leader)], cancellation);
    }

    private static string Api(NodeProcess node) => node.Api.ToString();

    private static int Signed(JsonElement answer) =>
        answer.TryGetProperty("candidate", out var candidate) && candidate.ValueKind == JsonValueKind.Object
            ? candidate.GetProperty("attestors").EnumerateArray().Count(attestor => attestor.GetProperty("signed").GetBoolean())
            : 0;

    private async Task SaysAsync(int code, string words, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var (ended, output) = await Command.RunAsync(stage.Workspace, arguments, cancellation);
        Assert.True(ended == code, $"opensettle {string.Join(' ', arguments)} ended with {ended}, not {code}:\n{output}");
        Assert.Contains(words, output, StringComparison.Ordinal);
    }

    private async Task PayAsync(NodeProcess node, CancellationToken cancellation)
    {
        var market = new Market(stage.Chain, stage.Deployment);
        var table = new Contract.SplitTable(
            [Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 1, "data")], 1, [Market.Row(_cast.Emil.Address, 1, "curation")], Contract.TableCommitment.None);
        var model = await market.RegisterAsync(_cast.Ada, "carried", table, [], cancellation);
        await market.ListGatewayAsync(_cast.Ada, model, _cast.Gateway.Address, cancellation);
        await market.FundAsync(_cast.Bank, 100_000_000, cancellation);
        await new UsageGateway(node, _cast.Gateway, stage.Deployment).SendAsync([.. Enumerable.Range(1, 3).Select(i => Use(model, (ulong)i * 10))], cancellation);
        await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 7_000_001, Market.Text("use"), cancellation);
    }

    private MeteredEvent Use(StageModel model, ulong units) => new()
    {
        Source = "urn:gateway:carried",
        Id = string.Create(CultureInfo.InvariantCulture, $"use-{units}"),
        Type = "ai.opensettle.usage.v1",
        Model = model.Id,
        Domain = "contracts",
        Outcome = Outcomes.Ok,
        Units = units,
        Time = Now,
        Consumer = Market.Text("somebody"),
        Payment = units == 10 ? Market.Text("use") : Hash32.Zero,
        Attribution = new Attribution("test", Market.Text("test"), [new MeasuredWeight(_cast.Chloe.Address, 1, 1, 1)]),
    };
}
