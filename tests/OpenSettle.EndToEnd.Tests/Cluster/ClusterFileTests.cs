using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo;
using OpenSettle.Demo.Stage;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Servers;
using Xunit.Abstractions;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Cluster;

/// <summary>
/// Every node of deploy/compose.cluster.yaml, with the command and the variables that the file gives it, as a process beside the others, on a
/// PostgreSQL and a RabbitMQ that have the file's settings. What a container would have mounted lies elsewhere, and ports are others; nothing else differs.
/// </summary>
[Trait("Category", "Server")]
public sealed class ClusterFileTests(StageFixture stage, ITestOutputHelper output) : IClassFixture<StageFixture>, IAsyncLifetime
{
    private const string NodeImage = "opensettle:0.1.0";
    private const int Signed = 40;
    private const int Unsigned = 60;

    // An hour that payments wait for others, and a minute that usage has after it, by the chain's clock: what the file leaves as it is.
    private const int SecondsAtOnce = 600;

    private readonly Cast _cast = stage.Cast;
    private readonly Dictionary<string, (NodeProcess Process, Dictionary<string, string> Environment)> _nodes = new(StringComparer.Ordinal);
    private readonly ComposeFile _file = ComposeFile.Read(
        Path.Combine(stage.Workspace.Root, "deploy", "compose.cluster.yaml"), new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_RPC"] = stage.Chain.Rpc.ToString() });

    private PostgresServer _postgres = null!;
    private RabbitServer _rabbit = null!;

    private IEnumerable<ComposeService> Nodes => _file.Services.Where(service => service.Image == NodeImage);

    public async Task InitializeAsync()
    {
        var command = _file.Service("postgres").Command;
        _postgres = await PostgresServer.StartAsync(command.Where(word => word.Contains('=', StringComparison.Ordinal)).Select(setting => setting.Split('=')).ToDictionary(setting => setting[0], setting => setting[1], StringComparer.Ordinal));
        var lines = await File.ReadAllLinesAsync(Path.Combine(stage.Workspace.Root, "deploy", "rabbitmq", "opensettle.conf"));
        _rabbit = await RabbitServer.StartAsync(["rabbitmq_prometheus"], [.. lines, string.Create(CultureInfo.InvariantCulture, $"prometheus.tcp.port = {FreePorts.Take()}"), "prometheus.tcp.ip = 127.0.0.1"]);
        var secrets = Directory.CreateDirectory(stage.Workspace.PathOf("secrets")).FullName;
        foreach (var (name, text) in new (string Name, string Text)[]
        {
            ("database", PostgresServer.ToUri(_postgres.ConnectionString)), ("queue", _rabbit.Uri.ToString()),
            ("operator_key", _cast.OperatorKey.ToString()), ("attestor_keys", string.Join(',', _cast.AttestorKeys)),
        }) await File.WriteAllTextAsync(Path.Combine(secrets, name), text + "\n");
    }

    public async Task DisposeAsync()
    {
        foreach (var (process, _) in _nodes.Values) process.Dispose();
        await _rabbit.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task EveryNodeOfTheFile_AsAProcess_SettlesAnEpochTogether()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        var cancellation = limit.Token;
        try
        {
            // All at once, as an engine does: on a database that nobody has written to.
            await Task.WhenAll(Nodes.Select(service => StartAsync(service, cancellation)));
            Assert.Equal(["ingest-1", "ingest-2", "read-1", "settle-1", "settle-2"], _nodes.Keys.Order(StringComparer.Ordinal));
            var (leader, _) = await ClusterStage.LeaderAsync([Process("settle-1"), Process("settle-2")], cancellation);
            var other = leader == Process("settle-1") ? Process("settle-2") : Process("settle-1");
            await ClusterStage.StandsByAsync(other, leader == Process("settle-1") ? "settle-1" : "settle-2", cancellation);

            await using var live = await Process("read-1").GetBytesAsync("api/v1/stream", cancellation);
            var market = new Market(stage.Chain, stage.Deployment);
            var model = await market.RegisterAsync(
                _cast.Ada, "cluster", Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 2, "data")]), [], cancellation, _cast.Gateway.Address);
            await market.FundAsync(_cast.Bank, 1_000_000_000_000, cancellation);
            await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 900_000_001, Market.Text("use 1"), cancellation);
            await market.PayAsync(_cast.Bank, model, stage.Deployment.Coin, 3_000_000_000_000_000_002, Market.Text("use 2"), cancellation);
            foreach (var name in (string[])["ingest-1", "ingest-2"]) await Process(name).WaitAsync("the model is known", status => status.GetProperty("models").GetInt32() == 1, cancellation);
            await SendUsageAsync(model, cancellation);
            await Process("read-1").WaitAsync("all usage is in the journal", status => status.GetProperty("usageEvents").GetInt32() == Signed + Unsigned, cancellation);

            await SettleAsync(Process("read-1"), market, cancellation);
            var reckoning = await new Reconciliation(stage.Chain, stage.Deployment, Process("read-1"), market).RunAsync(Signed + Unsigned, cancellation);
            Assert.Empty(reckoning.Problems);
            Assert.Equal(1UL, reckoning.Epochs);
            await EarnAsync(model, cancellation);
            await ToldAsync(live, ["status", "payment", "epoch"], cancellation);
            foreach (var service in Nodes) await WellAsync(service, cancellation);
            await ExamineAsync(cancellation);
        }
        catch
        {
            foreach (var log in Nodes.Select(service => stage.Workspace.PathOf($"{service.Name}.log")).Where(File.Exists))
            {
                output.WriteLine(log);
                foreach (var line in (await File.ReadAllLinesAsync(log, CancellationToken.None)).TakeLast(40)) output.WriteLine(line);
            }

            throw;
        }

        foreach (var (name, (process, environment)) in _nodes)
        {
            await process.StopAsync();
            Assert.True(process.Ended.Code == 0, $"{name} ended with {process.Ended.Code}:\n{process.Ended.Tail}");
            if (name != "settle-1") continue;
            var (code, said) = await Command.RunAsync(stage.Workspace, ["db", "check"], cancellation, environment);
            Assert.True(code == 0, said);
        }
    }

    private NodeProcess Process(string name) => _nodes[name].Process;

    private async Task StartAsync(ComposeService service, CancellationToken cancellation)
    {
        Assert.Equal("run", service.Command[0]);
        var api = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePorts.Take()}/"));
        var environment = service.EnvironmentAs(
            api, volume => Directory.CreateDirectory(stage.Workspace.PathOf($"volume-{volume}")).FullName,
            name => name == "deployment" ? stage.Deployment.File : Path.Combine(stage.Workspace.PathOf("secrets"), name));
        var node = await NodeProcess.StartAsync(stage.Workspace, api, [.. service.Command.Skip(1)], environment, cancellation, $"{service.Name}.log");
        lock (_nodes) _nodes.Add(service.Name, (node, environment));
    }

    /// <summary>What 'opensettle doctor' says of the two servers, as they are and where the broker's password is wrong.</summary>
    private async Task ExamineAsync(CancellationToken cancellation)
    {
        var environment = _nodes["ingest-1"].Environment;
        var (code, said) = await Command.RunAsync(stage.Workspace, ["doctor", "--check", "database", "--check", "queue", "--json"], cancellation, environment);
        Assert.True(code == 0, said);
        Assert.Contains("8 streams", said, StringComparison.Ordinal);
        var wrong = stage.Workspace.PathOf("wrong-queue");
        await File.WriteAllTextAsync(wrong, new UriBuilder(_rabbit.Uri) { Password = "wrong" }.ToString(), cancellation);
        (_, said) = await Command.RunAsync(stage.Workspace, ["doctor", "--check", "queue", "--queue", $"file:{wrong}", "--json"], cancellation, environment);
        Assert.Contains("\"warning\"", said, StringComparison.Ordinal);
        Assert.Contains("Start the broker, or set queue", said, StringComparison.Ordinal);
    }

    /// <summary>Who watches a node that only reads is told of what others do.</summary>
    private static async Task ToldAsync(Stream live, IReadOnlyList<string> events, CancellationToken cancellation)
    {
        using var reader = new StreamReader(live);
        var missing = events.Select(name => $"event: {name}").ToHashSet(StringComparer.Ordinal);
        while (missing.Count > 0) missing.Remove(await reader.ReadLineAsync(cancellation) ?? throw new InvalidOperationException($"The stream ended without {string.Join(", ", missing)}."));
    }

    /// <summary>What the file calls a health check says so, and the page that Prometheus asks is there.</summary>
    private async Task WellAsync(ComposeService service, CancellationToken cancellation)
    {
        Assert.Equal(["CMD", "/app/opensettle"], service.Health.Take(2));
        var (code, said) = await Command.RunAsync(stage.Workspace, [.. service.Health.Skip(2)], cancellation, _nodes[service.Name].Environment);
        Assert.True(code == 0, $"{service.Name}: {said}");
        Assert.Equal("ok", said.Trim());
        await using var page = await Process(service.Name).GetBytesAsync("metrics", cancellation);
        using var reader = new StreamReader(page);
        Assert.Contains("opensettle_", await reader.ReadToEndAsync(cancellation), StringComparison.Ordinal);
    }

    /// <summary>A signed batch to one node, and to the other events that nobody signed, twice; neither is what takes them out of the queue, or both are.</summary>
    private async Task SendUsageAsync(StageModel model, CancellationToken cancellation)
    {
        // As an operator does: in the container of a node.
        var (code, added) = await Command.RunAsync(
            stage.Workspace, ["gateway", "add", "eu-1", "--address", _cast.Gateway.Address.ToChecksumString(), "--scopes", "send,send-unsigned,read", "--json"], cancellation, _nodes["ingest-1"].Environment);
        Assert.True(code == 0, added);
        using var json = JsonDocument.Parse(added);
        var key = json.RootElement.GetProperty("key").GetString()!;
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        MeteredEvent Use(int number) => new()
        {
            Source = "urn:gateway:cluster", Id = $"use-{number}", Type = "ai.opensettle.usage.v1", Model = model.Id, Domain = "cluster", Outcome = Outcomes.Ok, Units = (ulong)number, Time = now,
            Consumer = Market.Text($"customer {number % 7}"), Payment = number % 2 == 0 ? Market.Text("use 1") : Hash32.Zero, Attribution = null,
        };
        // A key is known to a node some moments after it was made.
        var gateway = new UsageGateway(Process("ingest-1"), _cast.Gateway, stage.Deployment, key);
        await KnownAsync(Process("ingest-1"), key, cancellation);
        await KnownAsync(Process("ingest-2"), key, cancellation);
        await gateway.SendAsync([.. Enumerable.Range(1, Signed).Select(Use)], cancellation);
        object[] plain = [.. Enumerable.Range(Signed + 1, Unsigned).Select(number => (object)new
        {
            specversion = "1.0", type = "ai.opensettle.usage.v1", source = "urn:gateway:cluster", id = $"use-{number}", subject = $"customer {number % 7}",
            time = DateTimeOffset.FromUnixTimeSeconds((long)now).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            data = new { modelId = model.Id.ToString(), domain = "cluster", outcome = "ok", units = number },
        })];
        foreach (var name in (string[])["ingest-2", "ingest-1"])
        {
            var (status, body) = await Process(name).SendUsageAsync(plain, cancellation, key: key);
            Assert.Equal((202, Unsigned), (status, body.GetProperty("queued").GetInt32()));
        }

        // Who settles or reads takes none, and says who does.
        var (refused, why) = await Process("read-1").SendUsageAsync(plain, cancellation, key: key);
        Assert.Equal(503, refused);
        Assert.Contains("ingest", why.GetRawText(), StringComparison.Ordinal);
    }

    private static async Task KnownAsync(NodeProcess node, string key, CancellationToken cancellation)
    {
        while ((await node.SendUsageAsync([], cancellation, key: key)).Status == 401) await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
    }

    /// <summary>The chain's clock is put forward until the epoch is through all that becomes of one.</summary>
    private async Task SettleAsync(NodeProcess node, Market market, CancellationToken cancellation)
    {
        using var rpc = new RawRpc(stage.Chain.Rpc);
        while (true)
        {
            var status = await node.GetAsync("api/v1/status", cancellation);
            if (status.TryGetProperty("halted", out var halted)) Assert.Fail(halted.GetString());
            var state = status.TryGetProperty("latestEpoch", out var latest) ? latest.GetProperty("state").GetString() : null;
            if (state == "pushed" && status.GetProperty("transactions").GetArrayLength() == 0 && status.GetProperty("payments").GetInt32() == market.Payments) return;
            // Only where it waits for time.
            if (state is null or "closed") await rpc.CallAsync("evm_increaseTime", cancellation, SecondsAtOnce);
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellation);
        }
    }

    /// <summary>The node that people read says what somebody earned; and it is paid out by what that node proves.</summary>
    private async Task EarnAsync(StageModel model, CancellationToken cancellation)
    {
        var dollar = stage.Deployment.Dollar;
        var expected = (UInt256)900_000_001 * 2 / 3;
        var account = await Process("read-1").GetAsync($"api/v1/accounts/{_cast.Ben.Address}", cancellation);
        Assert.Equal(expected.ToString(), account.GetProperty("tokens").EnumerateArray().Single(row => row.GetProperty("token").GetString() == dollar.Address.ToChecksumString()).GetProperty("earned").GetString());
        var usage = await Process("read-1").GetAsync($"api/v1/models/{model.Id}/usage", cancellation);
        Assert.Equal(Signed + Unsigned, usage.GetProperty("total").GetProperty("uses").GetInt32());
        var key = stage.Workspace.PathOf("relayer.key");
        await File.WriteAllTextAsync(key, _cast.RelayerKey.ToString(), cancellation);
        var (code, said) = await Command.RunAsync(
            stage.Workspace,
            ["claim", _cast.Ben.Address.ToString(), "--api", Process("read-1").Api.ToString(), "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--sender-key", $"file:{key}", "--yes"],
            cancellation);
        Assert.True(code == 0, said);
        Assert.Equal(expected, await stage.Chain.Client.AskAsync(dollar.Address, new Contract.Erc20.BalanceOf(_cast.Ben.Address), BlockRef.Latest, cancellation));
    }
}
