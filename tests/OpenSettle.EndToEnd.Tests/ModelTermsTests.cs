using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>An owner changes a model's split, lineage and gateways by the command line, on a real chain, beside a node.</summary>
public sealed class ModelTermsTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private readonly string _ben = stage.Cast.Ben.Address.ToChecksumString();
    private readonly string _gateway = stage.Cast.Gateway.Address.ToChecksumString();

    [Fact]
    public async Task Owner_ByCommands_ChangesWhatHoldsOfAModel()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var cancellation = limit.Token;
        var market = new Market(stage.Chain, stage.Deployment);
        var parent = await market.RegisterAsync(stage.Cast.Ada, "parent", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        var child = await market.RegisterAsync(stage.Cast.Ada, "child", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation);
        Task<(int Code, string Output)> RunAsync(params string[] arguments) => Command.RunAsync(
            stage.Workspace, ["model", .. arguments, "--api", node.Api.ToString()], cancellation,
            new Dictionary<string, string> { ["OPENSETTLE_SENDER_KEY"] = stage.Cast.AdaKey.ToString(), ["OPENSETTLE_RPC"] = stage.Chain.Rpc.ToString(), ["OPENSETTLE_DEPLOYMENT"] = stage.Deployment.File });
        Task<JsonElement> ModelAsync() => node.GetAsync($"/api/v1/models/{child.Id}", cancellation);
        async Task UntilAsync(Func<JsonElement, bool> holds)
        {
            while (!holds(await ModelAsync())) await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        }

        // Split: nothing without a word, then whole, then by its hash with the table published.
        string[] split = ["split", child.Id.ToString(), "--row", "OWNER:45:training", "--row", $"{_ben}:55:data"];
        var (code, output) = await RunAsync([.. split, "--dry-run"]);
        Assert.True(code == 0, output);
        Assert.Contains("before    weight 1 to", output, StringComparison.Ordinal);
        Assert.Contains($"after     weight 55 to {_ben}, data", output, StringComparison.Ordinal);
        Assert.Contains("nothing was sent", output, StringComparison.Ordinal);
        (code, output) = await RunAsync(split);
        Assert.Equal(2, code);
        Assert.Contains("--yes", output, StringComparison.Ordinal);
        Assert.Equal(1, (await ModelAsync()).GetProperty("split").GetProperty("version").GetInt32());
        var sent = Document(await RunAsync([.. split, "--yes", "--json"]));
        Assert.Equal((true, "split", 2), (sent.GetProperty("sent").GetBoolean(), sent.GetProperty("change").GetString(), sent.GetProperty("version").GetInt32()));
        Assert.True(DateTimeOffset.TryParse(sent.GetProperty("effectiveAt").GetString(), CultureInfo.InvariantCulture, out _));
        await UntilAsync(model => model.GetProperty("split").GetProperty("version").GetInt32() == 2);
        Assert.Equal([("OWNER", "45"), (_ben, "55")], (await ModelAsync()).GetProperty("split").GetProperty("rows").EnumerateArray().Select(row => (row.GetProperty("account").GetString() ?? string.Empty, row.GetProperty("weight").GetString() ?? string.Empty)));
        var table = stage.Workspace.PathOf("table.json");
        await File.WriteAllTextAsync(table, $$"""{"rows":[{"account":"OWNER","weight":"9","role":"training"}],"poolWeight":"1","fallback":[{"account":"{{_ben}}","weight":"1","role":"curation"}]}""", cancellation);
        sent = Document(await RunAsync("split", child.Id.ToString(), "--table", table, "--commit", "--yes", "--json"));
        Assert.True(sent.GetProperty("tablePublished").GetBoolean(), sent.GetRawText());
        await UntilAsync(model => model.GetProperty("split").GetProperty("version").GetInt32() == 3);
        var committed = (await ModelAsync()).GetProperty("split").GetProperty("committed");
        Assert.Equal((sent.GetProperty("tableHash").GetString(), true), (committed.GetProperty("hash").GetString(), committed.GetProperty("published").GetBoolean()));

        async Task<string> NumberAsync(StageModel model) => $"#{(await node.GetAsync($"/api/v1/models/{model.Id}", cancellation)).GetProperty("number").GetInt32()}";
        var (elder, younger) = (await NumberAsync(parent), await NumberAsync(child));

        // Lineage: not in a circle, then the parent, by its number.
        (code, output) = await RunAsync("lineage", parent.Id.ToString(), "--parent", $"{child.Id}:1000", "--yes");
        Assert.Equal(6, code);
        Assert.Contains("goes in a circle", output, StringComparison.Ordinal);
        sent = Document(await RunAsync("lineage", younger, "--parent", $"{elder}:250000", "--yes", "--json"));
        Assert.Equal(2, sent.GetProperty("version").GetInt32());
        await UntilAsync(model => model.GetProperty("parents").GetArrayLength() == 1);
        Assert.Equal((parent.Id.ToString(), 250_000), ((await ModelAsync()).GetProperty("parents")[0].GetProperty("model").GetString(), (await ModelAsync()).GetProperty("parents")[0].GetProperty("share").GetInt32()));
        Assert.Equal(0, (await RunAsync("lineage", younger, "--none", "--yes")).Code);
        await UntilAsync(model => model.GetProperty("parents").GetArrayLength() == 0);

        // Gateways: two transactions, one after the other.
        sent = Document(await RunAsync("gateway", younger, "--add", _gateway, "--add", _ben, "--yes", "--json"));
        Assert.Equal(2, sent.GetProperty("transactions").GetArrayLength());
        await UntilAsync(model => model.GetProperty("gateways").GetArrayLength() == 2);
        Assert.Equal(0, (await RunAsync("gateway", younger, "--remove", _ben, "--yes")).Code);
        await UntilAsync(model => model.GetProperty("gateways").GetArrayLength() == 1);
        Assert.Equal(_gateway, (await ModelAsync()).GetProperty("gateways")[0].GetString());
    }

    [Fact]
    public async Task Stranger_ByCommands_ChangesNothing()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var cancellation = limit.Token;
        var model = await new Market(stage.Chain, stage.Deployment).RegisterAsync(stage.Cast.Ben, "another's", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        foreach (var change in (string[][])[["split", model.Id.ToString(), "--row", "OWNER:1:x"], ["lineage", model.Id.ToString(), "--none"], ["gateway", model.Id.ToString(), "--add", _ben]])
        {
            var (code, output) = await Command.RunAsync(
                stage.Workspace, ["model", .. change, "--yes", "--api", $"http://127.0.0.1:{Workspace.FreePort()}"], cancellation,
                new Dictionary<string, string> { ["OPENSETTLE_SENDER_KEY"] = stage.Cast.AdaKey.ToString(), ["OPENSETTLE_RPC"] = stage.Chain.Rpc.ToString(), ["OPENSETTLE_DEPLOYMENT"] = stage.Deployment.File });
            Assert.Equal(6, code);
            Assert.Contains("does not own model", output, StringComparison.Ordinal);
        }

        var (none, said) = await Command.RunAsync(
            stage.Workspace, ["model", "gateway", Keccak256.HashText("nobody's").ToString(), "--add", _ben, "--dry-run"], cancellation,
            new Dictionary<string, string> { ["OPENSETTLE_RPC"] = stage.Chain.Rpc.ToString(), ["OPENSETTLE_DEPLOYMENT"] = stage.Deployment.File });
        Assert.Equal(6, none);
        Assert.Contains("there is no model", said, StringComparison.Ordinal);
    }

    /// <summary>The one document; talk came before it or after it.</summary>
    private static JsonElement Document((int Code, string Output) run)
    {
        Assert.True(run.Code == 0, run.Output);
        using var document = JsonDocument.Parse(run.Output.Split('\n').Single(line => line.StartsWith('{')));
        return document.RootElement.Clone();
    }
}
