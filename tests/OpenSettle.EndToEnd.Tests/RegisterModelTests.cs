using System.Text.Json.Nodes;
using OpenSettle.Demo.Stage;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>From a model card to a model on chain whose passport tells what the card says.</summary>
public sealed class RegisterModelTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private const string Card = """
        ---
        license: mit
        tags: [legal]
        ---
        # Contracts 7B

        Reviews clauses.
        """;

    [Fact]
    public async Task Card_ByWayOfADraft_IsAModelWithItsDocument()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var cancellation = limit.Token;
        var folder = Directory.CreateDirectory(stage.Workspace.PathOf($"cards-{Guid.NewGuid():n}")).FullName;
        var (card, weights, draft) = (Path.Combine(folder, "README.md"), Path.Combine(folder, "w.bin"), Path.Combine(folder, "draft.json"));
        await File.WriteAllTextAsync(card, Card, cancellation);
        await File.WriteAllTextAsync(weights, "weights", cancellation);
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation);
        Task<(int Code, string Output)> RunAsync(params string[] arguments) => Command.RunAsync(
            stage.Workspace, [.. arguments, "--api", node.Api.ToString()], cancellation,
            new Dictionary<string, string>
            {
                ["OPENSETTLE_SENDER_KEY"] = stage.Cast.AdaKey.ToString(), ["OPENSETTLE_RPC"] = stage.Chain.Rpc.ToString(), ["OPENSETTLE_DEPLOYMENT"] = stage.Deployment.File,
            });

        await DoneAsync(RunAsync("model", "register", "--from-card", card, "--weights", weights, "--out", draft), "model register --draft");
        await DoneAsync(RunAsync("model", "register", "--draft", draft), "Nothing was sent");
        Assert.Equal(0, (await node.GetAsync("/api/v1/models", cancellation)).GetArrayLength());
        await DoneAsync(RunAsync("model", "register", "--draft", draft, "--yes"), "registered #1");
        // A second try is the first one.
        await DoneAsync(RunAsync("model", "register", "--draft", draft, "--yes"), "is there #1");
        await DoneAsync(RunAsync("passport", "#1", "--json"), "Contracts 7B");

        // A parent that is nobody, the model itself, and then the first one.
        var id = (await node.GetAsync("/api/v1/models", cancellation))[0].GetProperty("id").GetString() ?? string.Empty;
        var child = Path.Combine(folder, "child.json");
        var json = JsonNode.Parse(await File.ReadAllTextAsync(draft, cancellation))?.AsObject() ?? throw new InvalidOperationException("The draft is empty.");
        json["parents"] = new JsonArray(new JsonObject { ["model"] = id, ["shareMillionths"] = 250_000 });
        await File.WriteAllTextAsync(child, json.ToJsonString(), cancellation);
        var (code, output) = await RunAsync("model", "register", "--draft", child, "--yes");
        Assert.Equal(2, code);
        Assert.Contains("its own parent", output, StringComparison.Ordinal);
        json["salt"] = "0x" + new string('5', 64);
        json["parents"] = new JsonArray(new JsonObject { ["model"] = "0x" + new string('7', 64), ["shareMillionths"] = 250_000 });
        await File.WriteAllTextAsync(child, json.ToJsonString(), cancellation);
        (code, output) = await RunAsync("model", "register", "--draft", child, "--yes");
        Assert.Equal(2, code);
        Assert.Contains("is not registered", output, StringComparison.Ordinal);
        json["parents"] = new JsonArray(new JsonObject { ["model"] = "#1", ["shareMillionths"] = 250_000 });
        await File.WriteAllTextAsync(child, json.ToJsonString(), cancellation);
        await DoneAsync(RunAsync("model", "register", "--draft", child, "--yes"), "registered #2");
        // Once the node has read the block.
        while ((await RunAsync("lineage", "#2")).Code != 0) await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        await DoneAsync(RunAsync("lineage", "#2"), "gets 25 %");

        await File.WriteAllTextAsync(card, Card.Replace("Contracts 7B", "Contracts 8B", StringComparison.Ordinal), cancellation);
        await DoneAsync(RunAsync("model", "set-metadata", "#1", "--from-card", card, "--yes"), "set ");
        while (!(await RunAsync("passport", "#1", "--json")).Output.Contains("Contracts 8B", StringComparison.Ordinal)) await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        var bom = Path.Combine(folder, "bom.json");
        await DoneAsync(RunAsync("export", "#1", "--format", "cyclonedx-1.6", "--out", bom), "left out:");
        Assert.Contains("machine-learning-model", await File.ReadAllTextAsync(bom, cancellation), StringComparison.Ordinal);
    }

    private static async Task DoneAsync(Task<(int Code, string Output)> run, string says)
    {
        var (code, output) = await run;
        Assert.True(code == 0, output);
        Assert.True(output.Contains(says, StringComparison.Ordinal), $"'{says}' is not in: {output}");
    }
}
