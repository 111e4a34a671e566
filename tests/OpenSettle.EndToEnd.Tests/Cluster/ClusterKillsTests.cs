using System.Globalization;
using System.Text.Json;
using Npgsql;
using OpenSettle.Demo;
using OpenSettle.Demo.Stage;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Servers;
using OpenSettle.Storage.Postgres;
using Xunit.Abstractions;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Cluster;

/// <summary>
/// A cluster under load, of which one part after the other is killed, restarted or put to sleep: what was acknowledged is there once, and the
/// chain, the outbox and the books agree to the unit.
/// </summary>
[Trait("Category", "Server")]
public sealed class ClusterKillsTests(StageFixture stage, ITestOutputHelper output) : IClassFixture<StageFixture>, IAsyncLifetime
{
    /// <summary>Names a seed that failed, so that it is played again. What a chain and a scheduler do in between is not in it.</summary>
    private const string SeedVariable = "OPENSETTLE_CRASH_SEED";

    // The night runs these tests ten times, each with a seed of its own.
    private const int Kills = 20;

    private readonly Cast _cast = stage.Cast;
    private readonly int _seed = int.Parse(Environment.GetEnvironmentVariable(SeedVariable) ?? $"{Environment.TickCount & 0xffff}", CultureInfo.InvariantCulture);
    private PostgresServer _postgres = null!;
    private RabbitServer _rabbit = null!;

    public async Task InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        _rabbit = await RabbitServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _rabbit.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task Cluster_WhosePartsAreKilledUnderLoad_LosesNothingAndDoesNothingTwice()
    {
        output.WriteLine($"seed {_seed}");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(300 + (30 * Kills)));
        var cancellation = limit.Token;
        var before = await stage.Chain.Client.GetBalanceAsync(_cast.Operator, BlockRef.Latest, cancellation);
        using var cluster = await ClusterStage.CreateAsync(stage, _postgres, _rabbit);
        try
        {
            NodeProcess[] settling = [await cluster.StartAsync("north", cancellation, "settle"), await cluster.StartAsync("south", cancellation, "settle")];
            NodeProcess[] doors = [await cluster.StartAsync("east", cancellation, "ingest,read"), await cluster.StartAsync("west", cancellation, "ingest,read")];
            var market = new Market(stage.Chain, stage.Deployment);
            StageModel[] models = [await RegisterAsync(market, "base", _cast.Ada, cancellation), await RegisterAsync(market, "other", _cast.Dora, cancellation)];
            await market.FundAsync(_cast.Bank, 1_000_000_000_000, cancellation);
            var key = await cluster.AddGatewayAsync("eu-1", _cast.Gateway.Address, cancellation);
            foreach (var door in doors)
            {
                // A key is known to a node some moments after it was made.
                while ((await door.SendUsageAsync([], cancellation, key: key)).Status == 401) await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
                await door.WaitAsync("the models are known", status => status.GetProperty("models").GetInt32() == models.Length, cancellation);
            }

            using var load = new ClusterLoad(stage, market, models, doors, key, _seed);
            load.Begin();
            await load.ProgressAsync(cancellation);
            await PlayAsync(cluster, settling, doors, load, cancellation);
            await load.EndAsync();
            await AgreeAsync(cluster, settling, doors, market, models, load, cancellation);

            using var record = new ChainRecord(stage, () => models);
            foreach (var node in cluster.Nodes.Values) await node.StopAsync();
            var audit = new Audit(stage, record, cluster.Books);
            Assert.Empty(await audit.RunSettledAsync(before, cancellation));
            output.WriteLine($"{record.Operator.Count} transactions of the operator's");
            await CheckAsync(cluster, cancellation);
        }
        catch
        {
            output.WriteLine($"seed {_seed}");
            foreach (var log in ((string[])["north", "south", "east", "west"]).Select(name => stage.Workspace.PathOf($"data-{name}.log")).Where(File.Exists))
            {
                output.WriteLine(log);
                foreach (var line in (await File.ReadAllLinesAsync(log, CancellationToken.None)).TakeLast(60)) output.WriteLine(line);
            }

            throw;
        }
    }

    private async Task PlayAsync(ClusterStage cluster, NodeProcess[] settling, NodeProcess[] doors, ClusterLoad load, CancellationToken cancellation)
    {
        var random = new Random(_seed);
        var harms = new (string Name, Func<Task> DoAsync)[]
        {
            ("PostgreSQL stopped and started", () => _postgres.RestartAsync()),
            ("RabbitMQ killed", async () =>
            {
                await _rabbit.KillAsync();
                await _rabbit.StartAgainAsync();
            }),
            ("the leader killed", () => WithoutLeaderAsync(cluster, settling, async leader =>
            {
                leader.Kill();
                return () => leader.RestartAsync(cancellation);
            }, cancellation)),
            ("the leader put to sleep", () => WithoutLeaderAsync(cluster, settling, async leader =>
            {
                await ClusterStage.SignalAsync(leader, "STOP");
                await ClusterStage.StoppedAsync(leader, cancellation);
                return () => ClusterStage.SignalAsync(leader, "CONT");
            }, cancellation)),
            ("a node that takes usage killed", async () =>
            {
                var door = doors[random.Next(doors.Length)];
                door.Kill();
                await door.RestartAsync(cancellation);
            }),
        };
        // Each as often as the others, in an order that the seed makes.
        var order = Enumerable.Range(0, Kills).Select(i => harms[i % harms.Length]).ToArray();
        random.Shuffle(order);
        foreach (var (name, doAsync) in order)
        {
            var start = TimeProvider.System.GetTimestamp();
            await doAsync();
            await load.ProgressAsync(cancellation);
            await ClusterStage.LeaderAsync(settling, cancellation);
            output.WriteLine($"{name}: {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s until all went on; {load.Acknowledged.Count} events acknowledged");
        }
    }

    /// <summary>Does something to the leader; the other one takes over, and then the first one stands by.</summary>
    private static async Task WithoutLeaderAsync(ClusterStage cluster, NodeProcess[] settling, Func<NodeProcess, Task<Func<Task>>> harm, CancellationToken cancellation)
    {
        var (leader, _) = await ClusterStage.LeaderAsync(settling, cancellation);
        var other = settling.Single(node => node != leader);
        var mend = await harm(leader);
        await ClusterStage.LeaderAsync([other], cancellation);
        await mend();
        await ClusterStage.StandsByAsync(leader, cluster.NameOf(other), cancellation);
    }

    private async Task AgreeAsync(ClusterStage cluster, NodeProcess[] settling, NodeProcess[] doors, Market market, StageModel[] models, ClusterLoad load, CancellationToken cancellation)
    {
        // The last batch has been behind whatever was in the queue: once it is here, all is that will ever be.
        List<Taken> journal;
        while (true)
        {
            journal = await JournalAsync(cluster, cancellation);
            var known = journal.Select(taken => taken.Id).ToHashSet(StringComparer.Ordinal);
            if (load.Acknowledged.Keys.All(known.Contains)) break;
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellation);
        }

        Assert.Equal(journal.Count, journal.Select(taken => taken.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(journal, taken => Assert.Equal(load.Acknowledged.TryGetValue(taken.Id, out var units) || load.GivenUp.TryGetValue(taken.Id, out units) ? units : null, (ulong?)taken.Units));
        var (leader, _) = await ClusterStage.LeaderAsync(settling, cancellation);
        await SettledAsync(leader, market, cancellation);
        foreach (var door in doors)
        {
            await SettledAsync(door, market, cancellation);
            foreach (var model in models)
            {
                var sums = (await door.GetAsync($"api/v1/models/{model.Id}/usage", cancellation)).GetProperty("total");
                var ours = journal.Where(taken => taken.Model == model.Id).ToList();
                Assert.Equal(
                    ((ulong)ours.Count, (ulong)ours.Count(taken => taken.Signed), $"{ours.Aggregate(UInt256.Zero, (sum, taken) => sum + taken.Units)}"),
                    (sums.GetProperty("uses").GetUInt64(), sums.GetProperty("signed").GetUInt64(), sums.GetProperty("units").GetString()));
            }

            var quarantine = await door.GetAsync("api/v1/quarantine", cancellation);
            Assert.Equal((0, 0), (quarantine.GetProperty("events").GetInt32(), quarantine.GetProperty("conflicts").GetInt32()));
            Assert.False(Directory.Exists(Path.Combine(stage.Workspace.PathOf($"data-{cluster.NameOf(door)}"), "quarantine")), "messages were put aside");
        }

        var reckoning = await new Reconciliation(stage.Chain, stage.Deployment, doors[0], market).RunAsync(journal.Count, cancellation);
        Assert.Empty(reckoning.Problems);
        output.WriteLine(
            $"{reckoning.Epochs} epochs, {market.Payments} payments, {load.Acknowledged.Count} events acknowledged, {load.Again} times without an answer, {load.GivenUp.Count} given up, of which {journal.Count - load.Acknowledged.Count} are there all the same");
    }

    /// <summary>Every event of the journal.</summary>
    private async Task<List<Taken>> JournalAsync(ClusterStage cluster, CancellationToken cancellation)
    {
        using var place = PostgresPlace.Of(cluster.Database, stage.Deployment.Id, "audit");
        await using var connection = new NpgsqlConnection(cluster.Database);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand($"SELECT body, batch FROM {place.Schema}.usage_events ORDER BY position", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        var all = new List<Taken>();
        while (await rows.ReadAsync(cancellation)) all.Add(Taken.Of((byte[])rows.GetValue(0), rows.GetInt64(1) != 0));
        return all;
    }

    /// <summary>What an operator asks: whether the books hold together, and what they are.</summary>
    private async Task CheckAsync(ClusterStage cluster, CancellationToken cancellation)
    {
        var folder = Directory.CreateDirectory(stage.Workspace.PathOf("check")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(folder, "bundles"), cluster.Mirror);
        foreach (var verb in (string[])["check", "digest"])
        {
            var (code, said) = await Command.RunAsync(
                stage.Workspace, ["db", verb, "--deployment", stage.Deployment.File, "--data-dir", folder], cancellation,
                new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_DATABASE"] = PostgresServer.ToUri(cluster.Database) });
            Assert.True(code == 0, said);
        }
    }

    private async Task<StageModel> RegisterAsync(Market market, string name, Person owner, CancellationToken cancellation) => await market.RegisterAsync(
        owner, name, Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 2, "data"), Market.Row(_cast.Emil.Address, 4, "curation")]), [], cancellation, _cast.Gateway.Address);

    private static Task<JsonElement> SettledAsync(NodeProcess node, Market market, CancellationToken cancellation) => node.WaitAsync(
        "everything is settled",
        status => status.GetProperty("payments").GetInt32() == market.Payments && status.GetProperty("transactions").GetArrayLength() == 0
            && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed"
            && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && UInt256.Parse(token.GetProperty("undivided").GetString()) < 100),
        cancellation);

    /// <summary>An event as the journal has it.</summary>
    private sealed record Taken(string Id, ModelId Model, ulong Units, bool Signed)
    {
        public static Taken Of(byte[] body, bool signed)
        {
            var view = new EventView(body);
            return new Taken(System.Text.Encoding.UTF8.GetString(view.Id), view.Model, view.Units, signed);
        }
    }
}
