using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A model is used, paid, attested and evaluated; a buyer looks it up, and verifies what is said of it without trusting anybody.</summary>
public sealed class PassportTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private const int Uses = 40;
    private const int Successes = 38;

    private readonly Cast _cast = stage.Cast;
    private readonly Market _market = new(stage.Chain, stage.Deployment);
    private StageModel _model = null!;
    private StageModel _other = null!;

    [Fact]
    public async Task Passport_OfAModelThatWasUsedPaidAndEvaluated_IsFoundAnsweredExportedAndVerified()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var cancellation = limit.Token;
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation);
        await UseAndPayAsync(node, cancellation);
        await AttestAsync(cancellation);
        var passport = await ReadyAsync(node, cancellation);

        await AnswersAsync(node, passport, cancellation);
        await AttestRecordAsync(node, cancellation);
        var shown = await VerifiesAsync(node, cancellation);
        var (bundles, usage) = await MirrorAsync(node, cancellation);
        await node.StopAsync();

        // Years later: no node, only what somebody kept, and the chain.
        string[] kept = ["--passport", shown, "--bundles", bundles, "--usage", usage];
        await TellsAsync(0, "only claimed", kept, cancellation);
        await TellsAsync(0, "{\"outcome\":\"agrees\"", ["--alone", "--json", "--bundles", bundles, "--usage", usage], cancellation);
        await TellsAsync(9, "not all could be verified", ["--passport", shown], cancellation);

        // Somebody makes it look better.
        var text = await File.ReadAllTextAsync(shown, cancellation);
        var low = passport.GetProperty("domains")[0].GetProperty("low").GetString();
        await LiesAsync(text, $"\"low\":\"{low}\"", "\"low\":\"0.990000\"", "domain", kept, cancellation);
        await LiesAsync(text, "\"value\":\"40000000\"", "\"value\":\"90000000\"", "revenue.settled", kept, cancellation);
        await LiesAsync(text, "\"benefits\":true", "\"benefits\":false", "attestation", kept, cancellation);
    }

    private async Task UseAndPayAsync(NodeProcess node, CancellationToken cancellation)
    {
        var table = new Contract.SplitTable([Market.OwnerRow(3, "training"), Market.Row(_cast.Ben.Address, 1, "data")], 0, [], Contract.TableCommitment.None);
        _other = await _market.RegisterAsync(_cast.Ada, "base of the passport", table, [], cancellation);
        _model = await _market.RegisterAsync(_cast.Ada, "with a passport", table, [new Contract.Parent(_other.Id.Value, 100_000)], cancellation);
        await _market.ListGatewayAsync(_cast.Ada, _model, _cast.Gateway.Address, cancellation);
        await _market.FundAsync(_cast.Bank, 100_000_000, cancellation);
        await _market.FundAsync(_cast.LawFirm, 100_000_000, cancellation);
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await new UsageGateway(node, _cast.Gateway, stage.Deployment).SendAsync([.. Enumerable.Range(0, Uses).Select(i => Use(i, now))], cancellation);
        await _market.PayAsync(_cast.Bank, _model, stage.Deployment.Dollar, 30_000_000, Market.Text("first"), cancellation);
        await _market.PayAsync(_cast.LawFirm, _model, stage.Deployment.Dollar, 10_000_000, Market.Text("second"), cancellation);
    }

    private MeteredEvent Use(int i, ulong now) => new()
    {
        Source = "urn:gateway:passports",
        Id = string.Create(CultureInfo.InvariantCulture, $"use-{i}"),
        Type = "ai.opensettle.usage.v1",
        Model = _model.Id,
        Domain = "nda-review",
        Outcome = i < Successes ? Outcomes.Ok : Outcomes.Error,
        Units = 10,
        Time = now,
        Consumer = Market.Text($"consumer {i % 7}"),
        Payment = Market.Text(i % 2 == 0 ? "first" : "second"),
    };

    /// <summary>The owner says what it is made from and what may be done; a stranger to the money evaluates it, and so does the owner.</summary>
    private async Task AttestAsync(CancellationToken cancellation)
    {
        var (owner, evaluator) = (_cast.AdaKey, _cast.RelayerKey);
        await AttestAsync(owner, ["provenance", _model.Id.ToString(), "--identity", Market.Text("weights of with a passport").ToString(), "--dataset", $"{Market.Text("contracts")}:trained-on"], cancellation);
        await AttestAsync(owner, ["permission", _model.Id.ToString(), "--account", "anybody", "--use", "resale", "--permission", "not-allowed"], cancellation);
        foreach (var key in (Hash32[])[evaluator, owner])
        {
            await AttestAsync(key, ["evaluator", "--register", "--uri", "https://evaluator.example"], cancellation);
            string[] about = ["--domain", "nda-review", "--metric", "accuracy", "--set", Market.Text("held out").ToString(), "--method", "exact"];
            var commitment = await AttestAsync(key, ["commit", _model.Id.ToString(), .. about], cancellation);
            await AttestAsync(key, ["evaluation", _model.Id.ToString(), .. about, "--value", "0.90", "--n", "200", "--commitment", commitment], cancellation);
        }
    }

    private async Task<string> AttestAsync(Hash32 key, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var (code, output) = await Command.RunAsync(
            stage.Workspace, ["attest", .. arguments, "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--yes", "--json"], cancellation,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_SENDER_KEY"] = key.ToString() });
        Assert.True(code == 0, output);
        using var sent = JsonDocument.Parse(output);
        return sent.RootElement.GetProperty("requests")[0].TryGetProperty("uid", out var uid) ? uid.GetString() ?? string.Empty : string.Empty;
    }

    /// <summary>Waits until the node has settled, and read what attestations say and who funded whom.</summary>
    private async Task<JsonElement> ReadyAsync(NodeProcess node, CancellationToken cancellation)
    {
        while (true)
        {
            var passport = await node.GetAsync($"api/v1/models/{_model.Id}/passport", cancellation);
            var known = passport.GetProperty("figures").EnumerateArray().Any(figure => figure.GetProperty("id").GetString() == "buyers.clusters" && figure.GetProperty("state").GetString() is not "notRead");
            if (passport.GetProperty("lastEpoch").GetUInt64() >= 1 && passport.GetProperty("attestations").GetArrayLength() == 6 && known) return passport;
            await Task.Delay(TimeSpan.FromMilliseconds(300), cancellation);
        }
    }

    private async Task AnswersAsync(NodeProcess node, JsonElement passport, CancellationToken cancellation)
    {
        var domain = Assert.Single(passport.GetProperty("domains").EnumerateArray());
        // By the stranger alone: the owner's own evaluation is not in it.
        Assert.Equal(("nda-review", "evaluated", 200L), (domain.GetProperty("domain").GetString(), domain.GetProperty("basis").GetString(), long.Parse(domain.GetProperty("trials").ToString(), CultureInfo.InvariantCulture)));
        Assert.Contains(passport.GetProperty("flags").EnumerateArray(), flag => flag.GetProperty("id").GetString() == "evaluator-benefits");

        var api = $"--api={node.Api}";
        var (code, output) = await Command.RunAsync(stage.Workspace, ["find", api, "--domain", "nda-review", "--min-n", "100", "--lower-bound", "0.75", "--json"], cancellation);
        Assert.True(code == 0 && output.Contains(_model.Id.ToString(), StringComparison.Ordinal), output);
        (code, output) = await Command.RunAsync(stage.Workspace, ["find", api, "--domain", "nda-review", "--min-n", "100", "--lower-bound", "0.99", "--json"], cancellation);
        Assert.True(code == 0 && !output.Contains(_model.Id.ToString(), StringComparison.Ordinal), output);
        (code, output) = await Command.RunAsync(stage.Workspace, ["permissions", _model.Id.ToString(), api, "--use", "resale"], cancellation);
        Assert.True(code == 0 && output.Contains("not allowed", StringComparison.OrdinalIgnoreCase), output);
        (code, output) = await Command.RunAsync(stage.Workspace, ["lineage", _model.Id.ToString(), api], cancellation);
        Assert.True(code == 0 && output.Contains("4 dUSD", StringComparison.Ordinal), output);
        (code, output) = await Command.RunAsync(stage.Workspace, ["compare", _model.Id.ToString(), _other.Id.ToString(), api], cancellation);
        Assert.True(code == 0, output);
        (code, output) = await Command.RunAsync(stage.Workspace, ["export", _model.Id.ToString(), api, "--format", "cyclonedx-1.6", "--out", stage.Workspace.PathOf("bom.json")], cancellation);
        Assert.True(code == 0, output);
        using var bom = JsonDocument.Parse(await File.ReadAllBytesAsync(stage.Workspace.PathOf("bom.json"), cancellation));
        Assert.Equal("CycloneDX", bom.RootElement.GetProperty("bomFormat").GetString());
    }

    /// <summary>Anybody takes the model's record out of the epoch's root, and the resolver attests it.</summary>
    private async Task AttestRecordAsync(NodeProcess node, CancellationToken cancellation)
    {
        var (code, output) = await Command.RunAsync(
            stage.Workspace, ["attest", "record", _model.Id.ToString(), "--epoch", "1", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--api", node.Api.ToString(), "--yes", "--json"],
            cancellation, new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_SENDER_KEY"] = _cast.RelayerKey.ToString() });
        Assert.True(code == 0, output);
        while ((await node.GetAsync($"api/v1/models/{_model.Id}/passport", cancellation)).GetProperty("attestations").GetArrayLength() < 7) await Task.Delay(TimeSpan.FromMilliseconds(300), cancellation);
    }

    /// <summary>While the node runs, its passport is held against the chain; what it showed is kept in a file.</summary>
    private async Task<string> VerifiesAsync(NodeProcess node, CancellationToken cancellation)
    {
        var (code, output) = await VerifyAsync(["--api", node.Api.ToString(), "--json"], cancellation);
        using var report = JsonDocument.Parse(output.Split('\n')[0]);
        Assert.True(code == 0, output);
        var rows = report.RootElement.GetProperty("rows").EnumerateArray().ToList();
        Assert.All(rows, row => Assert.Contains(row.GetProperty("verdict").GetString(), (string[])["holds", "claimed"]));
        Assert.Contains(rows, row => row.GetProperty("what").GetString() == "wash.share" && row.GetProperty("verdict").GetString() == "holds");
        Assert.Equal(7, rows.Count(row => row.GetProperty("what").GetString() == "attestation" && row.GetProperty("verdict").GetString() == "holds"));
        var file = stage.Workspace.PathOf("shown.json");
        await using var bytes = await node.GetBytesAsync($"api/v1/models/{_model.Id}/passport", cancellation);
        await using var to = File.Create(file);
        await bytes.CopyToAsync(to, cancellation);
        return file;
    }

    private async Task LiesAsync(string text, string truth, string lie, string what, string[] kept, CancellationToken cancellation)
    {
        Assert.Contains(truth, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(kept[1], text.Replace(truth, lie, StringComparison.Ordinal), cancellation);
        await TellsAsync(8, $"it differs: {what}", kept, cancellation);
    }

    private async Task TellsAsync(int code, string words, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var (actual, output) = await VerifyAsync(arguments, cancellation);
        Assert.True(actual == code && output.Contains(words, StringComparison.Ordinal), $"code {actual}, not {code}, with '{words}': {output}");
    }

    private Task<(int Code, string Output)> VerifyAsync(IReadOnlyList<string> arguments, CancellationToken cancellation) => Command.RunAsync(
        stage.Workspace, ["passport", _model.Id.ToString(), "--verify", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--finality", "1", .. arguments], cancellation);

    /// <summary>Copies the bundles and batches out of the node, as anybody can.</summary>
    private async Task<(string Bundles, string Usage)> MirrorAsync(NodeProcess node, CancellationToken cancellation)
    {
        var bundles = Directory.CreateDirectory(stage.Workspace.PathOf("kept")).FullName;
        var usage = stage.Workspace.PathOf("kept-usage");
        var gateway = _cast.Gateway.Address.ToString();
        Directory.CreateDirectory(Path.Combine(usage, gateway));
        var hash = (await node.GetAsync("api/v1/epochs/1", cancellation)).GetProperty("bundleHash").GetString()!;
        foreach (var (path, file) in ((string, string)[])[($"bundles/{hash}", Path.Combine(bundles, hash)), ($"api/v1/batches/{gateway}/1", Path.Combine(usage, gateway, "1"))])
        {
            await using var from = await node.GetBytesAsync(path, cancellation);
            await using var to = File.Create(file);
            await from.CopyToAsync(to, cancellation);
        }

        return (bundles, usage);
    }
}
