using System.Globalization;
using OpenSettle.Demo.Stage;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Servers;
using Xunit.Abstractions;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Cluster;

/// <summary>
/// The same payments and the same usage, once into a node with files of its own, and once through three nodes that take it, a broker and a database:
/// each on a chain that nobody else is on, with contracts at the same addresses.
/// </summary>
[Trait("Category", "Server")]
public sealed class SameRootsTests(StageFixture stage, ITestOutputHelper output) : IClassFixture<StageFixture>, IAsyncLifetime
{
    private const int Rounds = 2;
    private const int PaymentsInRound = 6;
    private const int BatchesInRound = 6;
    private const int InBatch = 25;
    private const int InRound = 2 * BatchesInRound * InBatch;

    // The same in both, and in what is sent again.
    private readonly ulong _now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
    private readonly StageFixture _second = new();

    public Task InitializeAsync() => _second.InitializeAsync();

    public Task DisposeAsync() => _second.DisposeAsync();

    [Fact]
    public async Task ThreeNodesOnPostgresAndRabbit_AndOneOnFiles_HaveTheSameRollupsRootsAndBalances()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        Side[] sides;
        try
        {
            sides = await Task.WhenAll(AloneAsync(stage, limit.Token), TogetherAsync(_second, limit.Token));
        }
        catch
        {
            foreach (var log in Directory.EnumerateFiles(stage.Workspace.Run, "*.log").Concat(Directory.EnumerateFiles(_second.Workspace.Run, "*.log")).Where(log => !log.EndsWith("chain.log", StringComparison.Ordinal)))
            {
                output.WriteLine(log);
                foreach (var line in (await File.ReadAllLinesAsync(log, CancellationToken.None)).TakeLast(60)) output.WriteLine(line);
            }

            throw;
        }

        Assert.Equal(Rounds, sides[0].Roots.Count);
        Assert.Equal(sides[0].Roots, sides[1].Roots);
        Assert.Equal(sides[0].Usage, sides[1].Usage);
        Assert.Equal(sides[0].Balances, sides[1].Balances);
        // It was worth comparing: each epoch has roots of its own, and everybody earned.
        Assert.Equal(Rounds, sides[0].Roots.Select(root => root.Root).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Rounds, sides[0].Roots.Select(root => root.Records).Distinct(StringComparer.Ordinal).Count());
        foreach (var (root, records) in sides[0].Roots) output.WriteLine($"root {root}, record root {records}");
        foreach (var text in sides[0].Usage.Concat(sides[0].Balances)) output.WriteLine(text);
    }

    private Task<Side> AloneAsync(StageFixture on, CancellationToken cancellation) => Task.Run(async () =>
    {
        using var node = await NodeProcess.StartAsync(on.Workspace, on.Chain, on.Deployment, on.Cast, Workspace.FreePort(), cancellation, flags: Flags);
        return await PlayAsync(on, [node], node, node.GatewayKey, cancellation);
    }, cancellation);

    private Task<Side> TogetherAsync(StageFixture on, CancellationToken cancellation) => Task.Run(async () =>
    {
        using var cluster = await ClusterStage.CreateAsync(on, await PostgresServer.SharedAsync(), await RabbitServer.SharedAsync());
        await cluster.StartAsync("leader", cancellation, "settle", Flags);
        var doors = await Task.WhenAll(((string[])["one", "two", "three"]).Select(name => cluster.StartAsync(name, cancellation, "ingest,read", Flags)));
        return await PlayAsync(on, doors, doors[2], await cluster.AddGatewayAsync("eu-1", on.Cast.Gateway.Address, cancellation), cancellation);
    }, cancellation);

    /// <summary>An epoch closes with its last payment, and by no clock: so both sides close the same.</summary>
    private static Dictionary<string, string> Flags => new(StringComparer.Ordinal)
    {
        ["--epoch-seconds"] = "86400", ["--epoch-payments"] = PaymentsInRound.ToString(CultureInfo.InvariantCulture), ["--poll-milliseconds"] = "200", ["--push-above"] = string.Empty,
    };

    private async Task<Side> PlayAsync(StageFixture on, NodeProcess[] doors, NodeProcess window, string key, CancellationToken cancellation)
    {
        var (cast, market) = (on.Cast, new Market(on.Chain, on.Deployment));
        var parent = await market.RegisterAsync(
            cast.Ada, "base", Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(cast.Ben.Address, 2, "data")]), [], cancellation, cast.Gateway.Address);
        var child = await market.RegisterAsync(
            cast.Dora, "tune",
            new Contract.SplitTable(
                [Market.OwnerRow(3, "training"), Market.Row(cast.Emil.Address, 4, "curation")], 3, [Market.Row(cast.Finn.Address, 1, "evaluation")], Contract.TableCommitment.None),
            [new Contract.Parent(parent.Id.Value, 333_333)], cancellation, cast.Gateway.Address);
        await market.FundAsync(cast.Bank, 1_000_000_000_000, cancellation);
        StageModel[] models = [parent, child];
        // What comes to a node that does not know the model yet waits, and an epoch may close before it goes on. A key is known some moments after it was made.
        foreach (var door in doors)
        {
            await door.WaitAsync("the models are known", status => status.GetProperty("models").GetInt32() == models.Length, cancellation);
            while ((await door.SendUsageAsync([], cancellation, key: key)).Status == 401) await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        var gateway = new UsageGateway(doors[0], cast.Gateway, on.Deployment, key);
        var roots = new List<(string Root, string Records)>();
        for (var round = 0; round < Rounds; round++)
        {
            await Task.WhenAll(SignedAsync(gateway, doors, models, cast, round, cancellation), PlainAsync(doors, models, key, round, cancellation));
            var sent = (round + 1) * InRound;
            await window.WaitAsync("all usage is in the journal", status => status.GetProperty("usageEvents").GetInt32() == sent, cancellation);
            for (var i = 0; i < PaymentsInRound; i++)
            {
                var number = (round * PaymentsInRound) + i;
                if (i % 3 == 2) await market.PayAsync(cast.Bank, models[i % 2], on.Deployment.Coin, 1_000_000_000_000_000_007 + (ulong)number, Market.Text($"use {number}"), cancellation);
                else await market.PayAsync(cast.Bank, models[i % 2], on.Deployment.Dollar, 100_000_003 + ((ulong)number * 1_017), Market.Text($"use {number}"), cancellation);
            }

            var epoch = (ulong)round + 1;
            await window.WaitAsync(
                "the epoch is settled",
                status => status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("number").GetUInt64() == epoch && latest.GetProperty("state").GetString() == "pushed", cancellation);
            var told = await window.GetAsync($"api/v1/epochs/{epoch}", cancellation);
            roots.Add((told.GetProperty("root").GetString()!, told.GetProperty("recordRoot").GetString()!));
        }

        var usage = new List<string>();
        foreach (var model in models)
        {
            var answer = await window.GetAsync($"api/v1/models/{model.Id}/usage", cancellation);
            usage.Add(answer.GetProperty("total").GetRawText() + answer.GetProperty("usage").GetRawText());
        }

        var balances = new List<string>();
        foreach (var person in cast.Contributors) balances.Add($"{person.Name}: {(await window.GetAsync($"api/v1/accounts/{person.Address}", cancellation)).GetProperty("tokens").GetRawText()}");
        return new Side(roots, usage, balances);
    }

    /// <summary>Batches, one after the other, each to another node.</summary>
    private async Task SignedAsync(UsageGateway gateway, NodeProcess[] doors, StageModel[] models, Cast cast, int round, CancellationToken cancellation)
    {
        for (var batch = 0; batch < BatchesInRound; batch++)
        {
            var turn = batch;
            List<MeteredEvent> events = [.. Enumerable.Range(0, InBatch).Select(i => new MeteredEvent
            {
                Source = "urn:gateway:same", Id = $"signed-{round}-{turn}-{i}", Type = "ai.opensettle.usage.v1", Model = models[i % 2].Id, Domain = i % 5 == 0 ? "law" : "medicine",
                Outcome = i % 7 == 0 ? Outcomes.Error : Outcomes.Ok, Units = (ulong)((i * 31) + turn + 1), Time = _now, Consumer = Market.Text($"customer {i % 11}"),
                Payment = i % 3 == 0 ? Market.Text($"use {(round * PaymentsInRound) + (i % PaymentsInRound)}") : Hash32.Zero,
                Attribution = i % 4 == 0 ? null : new Attribution("infini-gram", Market.Text("infini-gram 1.0"), Weights(cast, i)),
            })];
            await gateway.SendUntilTakenAsync(events, cancellation, () => doors[turn++ % doors.Length]);
        }
    }

    private static List<MeasuredWeight> Weights(Cast cast, int i) =>
        [.. ((Person[])[cast.Emil, cast.Finn, cast.Ben]).Select((person, place) => new MeasuredWeight(person.Address, (UInt128)(uint)((i * (place + 2)) + 1), (UInt128)(uint)((i * (place + 2)) + 1), (UInt128)(uint)((i * (place + 2)) + 1)))
            .OrderBy(row => row.Account)];

    /// <summary>Events that nobody signed, all nodes at once, and every batch of them to two nodes.</summary>
    private Task PlainAsync(NodeProcess[] doors, StageModel[] models, string key, int round, CancellationToken cancellation) => Task.WhenAll(Enumerable.Range(0, BatchesInRound).Select(async batch =>
    {
        object[] events = [.. Enumerable.Range(0, InBatch).Select(i => (object)new
        {
            specversion = "1.0", type = "ai.opensettle.usage.v1", source = "urn:gateway:same", id = $"plain-{round}-{batch}-{i}", subject = $"somebody {i % 9}",
            time = DateTimeOffset.FromUnixTimeSeconds((long)_now).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            data = new { modelId = models[i % 2].Id.ToString(), domain = i % 2 == 0 ? "law" : "trade", outcome = "ok", units = i + batch + 1 },
        })];
        for (var copy = 0; copy < 2; copy++)
        {
            var (status, body) = await doors[(batch + copy) % doors.Length].SendUsageAsync(events, cancellation, key: key);
            Assert.True(status == 202, body.GetRawText());
        }
    }));

    private sealed record Side(IReadOnlyList<(string Root, string Records)> Roots, IReadOnlyList<string> Usage, IReadOnlyList<string> Balances);
}
