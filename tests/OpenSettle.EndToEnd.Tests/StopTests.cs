using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A node that is asked to stop while it works ends by itself, in time and in order, and nothing is lost.</summary>
public sealed class StopTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private const int Senders = 4;

    [Fact]
    public async Task Node_AskedToStopUnderLoad_EndsInTimeWithCodeZeroAndSaysWhatIsLeft()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        var mirror = Directory.CreateDirectory(stage.Workspace.PathOf("mirror")).FullName;
        using var manager = new ManagerSocket();
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation, mirrors: mirror, through: manager.Through);
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "stopped", Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(stage.Cast.Ben.Address, 2, "data")]), [], cancellation);
        await market.FundAsync(stage.Cast.Bank, 1_000_000_000, cancellation);
        for (var payment = 0; payment < 5; payment++) await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 1_000_000, Market.Text($"use {payment}"), cancellation);
        await node.WaitAsync("an epoch is on its way", status => status.TryGetProperty("latestEpoch", out _), cancellation);

        var senders = Enumerable.Range(0, Senders).Select(sender => SendUntilItEndsAsync(node, model, sender)).ToArray();
        await node.WaitAsync("usage comes", status => status.GetProperty("usageEvents").GetInt64() > 100, cancellation);
        // Ten seconds, and then it is killed, which has another code.
        await node.StopAsync();
        var acknowledged = (await Task.WhenAll(senders)).Sum();
        var (code, tail) = node.Ended;
        Assert.True(code == 0, tail);
        Assert.Contains("Stopped. ", tail.Split('\n')[^1], StringComparison.Ordinal);
        // The node has ended: what it said lies in the socket, and signs of life go on while it stops.
        while (!manager.Words.Contains("STOPPING=1")) await Task.Delay(TimeSpan.FromMilliseconds(20), cancellation);
        var words = manager.Words;
        Assert.Equal("READY=1", words[0]);
        Assert.Single(words, "STOPPING=1");
        Assert.InRange(words.Count(word => word == "WATCHDOG=1"), 10, int.MaxValue);
        Assert.Empty(words.Skip(1).Except(["STOPPING=1", "WATCHDOG=1"], StringComparer.Ordinal));

        var (check, output) = await Command.RunAsync(stage.Workspace, ["db", "check", "--data-dir", stage.Workspace.PathOf("data")], cancellation);
        Assert.True(check == 0, output);
        await node.RestartAsync(cancellation);
        var status = await node.WaitAsync("all is settled", Settled, cancellation);
        Assert.InRange(status.GetProperty("usageEvents").GetInt64(), acknowledged, acknowledged + Senders * InBatch);
        Assert.All(status.GetProperty("drift").GetProperty("tokens").EnumerateArray(), token => Assert.Equal("0", token.GetProperty("drift").GetString()));
        var hash = status.GetProperty("latestEpoch").GetProperty("bundleHash").GetString();
        await node.WaitAsync("the bundle is on the mirror", _ => File.Exists(Path.Combine(mirror, $"{hash}.bundle.gz")), cancellation);
        Assert.Empty(status.GetProperty("alerts").EnumerateArray());
    }

    private const int InBatch = 20;

    private static bool Settled(JsonElement status) =>
        status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() is "attested" or "pushed" && status.GetProperty("transactions").GetArrayLength() == 0
        && status.GetProperty("drift").TryGetProperty("computedAt", out _);

    /// <summary>How many events were acknowledged.</summary>
    private static async Task<long> SendUntilItEndsAsync(NodeProcess node, StageModel model, int sender)
    {
        var time = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        for (var acknowledged = 0L; ;)
        {
            var events = Enumerable.Range(0, InBatch).Select(index => (object)new
            {
                specversion = "1.0",
                type = "ai.opensettle.usage.v1",
                source = $"urn:gateway:stop:{sender}",
                id = $"{acknowledged + index}",
                time,
                data = new { modelId = model.Id.ToString(), domain = "tests", outcome = "ok", units = 1 },
            }).ToList();
            try
            {
                var (status, _) = await node.SendUsageAsync(events, CancellationToken.None);
                if (status != 202) return acknowledged;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException or TaskCanceledException)
            {
                return acknowledged;
            }

            acknowledged += InBatch;
        }
    }
}
