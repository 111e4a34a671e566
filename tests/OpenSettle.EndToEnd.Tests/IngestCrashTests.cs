using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>Gateways send as fast as they can, and the node is killed, or its disk is full: what was acknowledged is there, once.</summary>
public sealed class IngestCrashTests(StageFixture stage) : IClassFixture<StageFixture>, IDisposable
{
    private const int InBatch = 50;
    private const int Senders = 4;

    private static readonly int Kills = 20 * int.Parse(Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") ?? "1", CultureInfo.InvariantCulture);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(Kills));
    private int _next;

    public void Dispose()
    {
        _http.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Node_KilledAgainAndAgainUnderLoad_HasEachAcknowledgedEventOnce()
    {
        var random = new Random(20);
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), _limit.Token);
        var model = await ModelAsync("killed");
        var key = await AddGatewayAsync("killed");
        await node.WaitAsync("the model is known", status => status.GetProperty("models").GetInt32() > 0, _limit.Token);
        var stored = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            var (acknowledged, unknown) = await LoadUntilKilledAsync(node, key, model, TimeSpan.FromMilliseconds(random.Next(50, 500)));
            Assert.NotEmpty(acknowledged);
            await node.RestartAsync(_limit.Token);
            foreach (var batch in acknowledged) Assert.Equal((0, InBatch), await SendAgainAsync(node, key, batch));
            // Of these nobody knows: each is there whole or not at all, and then it is taken.
            foreach (var batch in unknown) Assert.Contains(await SendAgainAsync(node, key, batch), ((int, int)[])[(InBatch, 0), (0, InBatch)]);
            stored += (acknowledged.Count + unknown.Count) * InBatch;
        }

        Assert.Equal(stored, (await node.GetAsync("api/v1/status", _limit.Token)).GetProperty("usageEvents").GetInt32());
        await node.StopAsync();
        var (code, output) = await Command.RunAsync(stage.Workspace, ["db", "check", "--data-dir", stage.Workspace.PathOf("data")], _limit.Token);
        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Node_WithAFullDisk_AnswersItAndGoesOnWhenThereIsRoom()
    {
        // A disk of its own, that only the node sees and that goes with it.
        var (disk, keyFile) = (stage.Workspace.PathOf("small"), stage.Workspace.PathOf("small-key"));
        Directory.CreateDirectory(disk);
        var script = $"""
            mount -t tmpfs -o size=20m tmpfs "{disk}" && head -c 8000000 /dev/zero > "{disk}/filler" \
            && dotnet "{NodeProcess.Executable(stage.Workspace)}" gateway add full --scopes send-unsigned --json --data-dir "{disk}" --deployment "{stage.Deployment.File}" > "{keyFile}" && exec "$@"
            """;
        using var node = await NodeProcess.StartAsync(
            stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), _limit.Token, through: ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"], dataDir: disk);
        var key = KeyOf(await File.ReadAllTextAsync(keyFile, _limit.Token));
        var model = await ModelAsync("full");
        var acknowledged = new List<byte[]>();
        byte[]? refused = null;
        while (refused is null && acknowledged.Count < 5_000)
        {
            var batch = NextBatch(model);
            using var response = await PostAsync(node, key, batch);
            if (response.StatusCode == HttpStatusCode.Accepted)
            {
                acknowledged.Add(batch);
                continue;
            }

            refused = batch;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter?.Delta);
            Assert.Contains("send them again", await response.Content.ReadAsStringAsync(_limit.Token), StringComparison.Ordinal);
        }

        Assert.NotNull(refused);
        Assert.NotEmpty(acknowledged);
        File.Delete($"/proc/{node.Id}/root{disk}/filler");
        Assert.Equal((InBatch, 0), await SendAgainAsync(node, key, refused));
        foreach (var batch in acknowledged) Assert.Equal((0, InBatch), await SendAgainAsync(node, key, batch));
        var status = await node.GetAsync("api/v1/status", _limit.Token);
        Assert.Equal((acknowledged.Count + 1) * InBatch, status.GetProperty("usageEvents").GetInt32());
    }

    private static string KeyOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("key").GetString() ?? throw new InvalidOperationException("No key was shown.");
    }

    private async Task<StageModel> ModelAsync(string name)
    {
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, name, Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], _limit.Token);
        await market.SendAsync(stage.Cast.Ada, stage.Deployment.Id.Registry, new Contract.ModelRegistry.SetGatewayCall(model.Id.Value, stage.Cast.Ben.Address, true), UInt256.Zero, _limit.Token);
        return model;
    }

    private async Task<string> AddGatewayAsync(string name)
    {
        var (code, output) = await Command.RunAsync(
            stage.Workspace,
            [
                "gateway", "add", name, "--address", stage.Cast.Ben.Address.ToString(), "--scopes", "send-unsigned", "--json",
                "--data-dir", stage.Workspace.PathOf("data"), "--deployment", stage.Deployment.File,
            ],
            _limit.Token);
        Assert.True(code == 0, output);
        return KeyOf(output);
    }

    private async Task<(List<byte[]> Acknowledged, List<byte[]> Unknown)> LoadUntilKilledAsync(NodeProcess node, string key, StageModel model, TimeSpan after)
    {
        var (acknowledged, unknown) = (new ConcurrentBag<byte[]>(), new ConcurrentBag<byte[]>());
        var killed = false;
        var first = new TaskCompletionSource();
        var senders = Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref killed))
            {
                var batch = NextBatch(model);
                try
                {
                    using var response = await PostAsync(node, key, batch);
                    Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
                    acknowledged.Add(batch);
                    first.TrySetResult();
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    unknown.Add(batch);
                    return;
                }
            }
        })).ToList();
        await Task.WhenAny(first.Task, Task.WhenAll(senders));
        await Task.Delay(after, _limit.Token);
        node.Kill();
        Volatile.Write(ref killed, true);
        await Task.WhenAll(senders);
        return ([.. acknowledged], [.. unknown]);
    }

    /// <summary>What of it was new, and what was there. A node that is busy or full is asked again.</summary>
    private async Task<(int Accepted, int Duplicates)> SendAgainAsync(NodeProcess node, string key, byte[] batch)
    {
        while (true)
        {
            using var response = await PostAsync(node, key, batch);
            if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), _limit.Token);
                continue;
            }

            using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(_limit.Token));
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            int Count(string name) => answer.RootElement.GetProperty(name).GetInt32();
            Assert.Equal((0, 0), (Count("conflicts"), Count("refused")));
            return (Count("accepted") + Count("held"), Count("duplicates"));
        }
    }

    private async Task<HttpResponseMessage> PostAsync(NodeProcess node, string key, byte[] batch)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Api, "api/v1/events")) { Content = new ByteArrayContent(batch) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents-batch+json");
        return await _http.SendAsync(request, _limit.Token);
    }

    private byte[] NextBatch(StageModel model) => JsonSerializer.SerializeToUtf8Bytes(Enumerable.Range(0, InBatch).Select(_ => new
    {
        specversion = "1.0",
        type = "ai.opensettle.usage.v1",
        source = "urn:gateway:crash",
        id = string.Create(CultureInfo.InvariantCulture, $"event {Interlocked.Increment(ref _next)}"),
        subject = "somebody",
        time = DateTimeOffset.UtcNow.ToString("O"),
        data = new { modelId = model.Id.ToString(), domain = "leases", outcome = "ok", units = 3 },
    }));
}
