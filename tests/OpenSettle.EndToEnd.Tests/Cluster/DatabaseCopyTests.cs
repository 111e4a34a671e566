using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Servers;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Cluster;

/// <summary>A node that outgrows its files is taken to PostgreSQL, and goes on there as if nothing had been.</summary>
[Trait("Category", "Server")]
public sealed class DatabaseCopyTests(StageFixture stage) : IClassFixture<StageFixture>
{
    [Fact]
    public async Task Node_TakenToPostgres_GoesOnWithTheNextEpoch()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var cancellation = limit.Token;
        var data = stage.Workspace.PathOf("outgrown");
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "outgrown", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(stage.Cast.Bank, 100_000_000, cancellation);
        await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 1_000_000, Market.Text("first"), cancellation);
        using (var node = await StartAsync(data, null, cancellation))
        {
            await SettledAsync(node, 1, cancellation);
            await node.StopAsync();
        }

        var database = PostgresServer.ToUri(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());
        var server = new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_DATABASE"] = database };
        var (code, output) = await DbAsync(["db", "copy", "--to", "postgres", "--data-dir", data], server, cancellation);
        Assert.Equal(2, code);
        Assert.Contains("--from", output, StringComparison.Ordinal);
        var report = Document(await DbAsync(["db", "copy", "--from", $"sqlite:{data}", "--to", "postgres", "--json"], server, cancellation));
        Assert.Equal(DataDigest.Of(DataPaths.In(data)).All, report.GetProperty("digest").GetString());
        Assert.DoesNotContain(new Uri(database).UserInfo, report.GetRawText(), StringComparison.Ordinal);

        // Once more is refused, and changes nothing.
        (code, output) = await DbAsync(["db", "copy", "--from", $"sqlite:{data}", "--to", "postgres"], server, cancellation);
        Assert.Equal(4, code);
        Assert.Contains("not empty", output, StringComparison.Ordinal);

        using (var node = await StartAsync(data, database, cancellation))
        {
            await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 2_000_000, Market.Text("second"), cancellation);
            await SettledAsync(node, 2, cancellation);
            var look = new[] { "--data-dir", data, "--deployment", stage.Deployment.File };
            Assert.True(Document(await DbAsync(["db", "check", "--json", .. look], server, cancellation)).GetProperty("ok").GetBoolean());
            Assert.Equal(2, Document(await DbAsync(["db", "status", "--json", .. look], server, cancellation)).GetProperty("books").GetProperty("epochs").GetInt32());
            Assert.NotEqual(report.GetProperty("digest").GetString(), Document(await DbAsync(["db", "digest", "--json", .. look], server, cancellation)).GetProperty("digest").GetString());
            await node.StopAsync();
        }

        // Anyone can still follow all of it from the chain: the files of before and what came after are one history.
        (code, output) = await DbAsync(["verify", "--deployment", stage.Deployment.File, "--rpc", stage.Chain.Rpc.ToString(), "--bundles", Path.Combine(data, "bundles"), "--finality", "1"], new Dictionary<string, string>(StringComparer.Ordinal), cancellation);
        Assert.True(code == 0, output);
    }

    private async Task<NodeProcess> StartAsync(string data, string? database, CancellationToken cancellation)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OPENSETTLE_OPERATOR_KEY"] = stage.Cast.OperatorKey.ToString(), ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', stage.Cast.AttestorKeys),
        };
        if (database is not null) keys["OPENSETTLE_DATABASE"] = database;
        return await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation, keys, dataDir: data);
    }

    private static Task<JsonElement> SettledAsync(NodeProcess node, int epoch, CancellationToken cancellation) => node.WaitAsync(
        $"epoch {epoch} is settled",
        status => status.TryGetProperty("latestEpoch", out var latest) && latest.ValueKind == JsonValueKind.Object && latest.GetProperty("number").GetInt32() == epoch && latest.GetProperty("state").GetString() == "pushed",
        cancellation);

    private Task<(int Code, string Output)> DbAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation) =>
        Command.RunAsync(stage.Workspace, arguments, cancellation, environment);

    private static JsonElement Document((int Code, string Output) run)
    {
        Assert.True(run.Code == 0, run.Output);
        using var document = JsonDocument.Parse(run.Output.Split('\n').Single(line => line.StartsWith('{')));
        return document.RootElement.Clone();
    }
}
