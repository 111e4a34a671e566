using System.Text.Json;
using OpenSettle.Demo.Stage;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>What a node that settles tells of itself: metrics, webhooks, log lines.</summary>
public sealed class SignalsTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Fact]
    public async Task Node_ThatSettlesAndIsKilled_TellsOfItInEachWay()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        using var hook = new Hook(Workspace.FreePort());
        var keys = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OPENSETTLE_OPERATOR_KEY"] = stage.Cast.OperatorKey.ToString(), ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', stage.Cast.AttestorKeys),
            ["OPENSETTLE_WEBHOOKS"] = hook.Address, ["OPENSETTLE_WEBHOOK_SECRET"] = Secret, ["OPENSETTLE_LOG_FORMAT"] = "json",
        };
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation, keys: keys);
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "signals", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(stage.Cast.Bank, 1_000_000_000, cancellation);
        // Nobody takes anything now: what is told is in the books, and the node is killed on it.
        hook.Refuses = true;
        await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 5_000_000, Market.Text("first"), cancellation);
        await node.WaitAsync("the epoch is settled", status => status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed", cancellation);

        using var http = new HttpClient { BaseAddress = node.Api };
        var page = await http.GetStringAsync(new Uri("metrics", UriKind.Relative), cancellation);
        Assert.Contains("opensettle_settlement_halted{chain=\"31337\"} 0\n", page, StringComparison.Ordinal);
        Assert.Contains("opensettle_transactions_total{chain=\"31337\",kind=\"propose\",outcome=\"done\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains("outcome=\"ok\"}", page, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, page, StringComparison.Ordinal);

        node.Kill();
        var lines = await File.ReadAllLinesAsync(node.LogFile, cancellation);
        Assert.All(lines.Where(line => line.Length > 0), line =>
        {
            using var json = JsonDocument.Parse(line);
            Assert.True(json.RootElement.GetProperty("id").GetInt32() > 0, line);
        });
        Assert.Contains(lines, line => line.Contains("\"event\":\"WebhookFails\"", StringComparison.Ordinal));

        hook.Refuses = false;
        await node.RestartAsync(cancellation);
        await hook.WaitAsync(types => types.Contains("epoch.proposed") && types.Contains("epoch.active"), cancellation);
        // At least once each, and the same message has the same id.
        Assert.Single(hook.Calls.Where(call => call.Type == "epoch.active").Select(call => call.Id).Distinct());
    }
}
