using System.Text.Json;
using OpenSettle.Demo;
using OpenSettle.Demo.Stage;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Node;
using OpenSettle.Primitives;
using Xunit.Abstractions;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests.Cluster;

/// <summary>Several nodes on one database: one leads, and whatever becomes of it, another goes on, and nothing is done twice.</summary>
public sealed class TakeOverTests(StageFixture stage, ITestOutputHelper output) : IClassFixture<StageFixture>
{
    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Leader_KilledOrAsleepUnderLoad_IsFollowedByAnotherAndNothingHappensTwice()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        var cancellation = limit.Token;
        var before = await stage.Chain.Client.GetBalanceAsync(_cast.Operator, BlockRef.Latest, cancellation);
        using var cluster = await ClusterStage.CreateAsync(stage);
        var market = new Market(stage.Chain, stage.Deployment);
        var first = await cluster.StartAsync("north", cancellation);
        var second = await cluster.StartAsync("south", cancellation);
        // It holds no key, and never leads: usage comes in here, and here everything is looked at in the end.
        var window = await cluster.StartAsync("window", cancellation, roles: "ingest,read");
        var gateway = new UsageGateway(window, _cast.Gateway, stage.Deployment, await cluster.AddGatewayAsync("eu-1", _cast.Gateway.Address, cancellation));
        NodeProcess[] both = [first, second];
        var model = await RegisterAsync(market, "shared", cancellation);
        // It learns of the chain by the books, some moments after the leader: what comes before waits, and a batch is taken whole here.
        await window.WaitAsync($"api/v1/models/{model.Id}", "it knows the model's gateway", known => known.GetProperty("gateways").GetArrayLength() == 1, cancellation);
        using var record = new ChainRecord(stage, () => [model]);
        var audit = new Audit(stage, record, cluster.Books);
        try
        {
            using var pays = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var payer = PayAsync(market, model, pays.Token);
            var meter = MeterAsync(gateway, model, pays.Token);
            await PlayAsync(cluster, both, record, cancellation);
            await pays.CancelAsync();
            await payer;
            var events = await meter;

            var (leader, _) = await ClusterStage.LeaderAsync(both, cancellation);
            // What others show they have from the books alone.
            foreach (var node in new[] { leader, window })
            {
                await SettledAsync(node, market, cancellation);
                var reckoning = await new Reconciliation(stage.Chain, stage.Deployment, node, market).RunAsync(events, cancellation);
                Assert.Empty(reckoning.Problems);
                Assert.True(reckoning.Epochs > 1, $"only {reckoning.Epochs} epochs");
                output.WriteLine($"{cluster.NameOf(node)}: {reckoning.Epochs} epochs, {market.Payments} payments, {events} events");
            }

            foreach (var node in both) await node.StopAsync();
            Assert.Empty(await audit.RunSettledAsync(before, cancellation));
        }
        catch
        {
            foreach (var node in cluster.Nodes.Values)
            {
                output.WriteLine(cluster.NameOf(node));
                foreach (var line in (await File.ReadAllLinesAsync(node.LogFile, CancellationToken.None)).TakeLast(60)) output.WriteLine(line);
            }

            throw;
        }
    }

    /// <summary>Kills, and sleeps at boundaries where the leader has signed and not stored, stored and not sent, or built.</summary>
    private async Task PlayAsync(ClusterStage cluster, NodeProcess[] both, ChainRecord record, CancellationToken cancellation)
    {
        var (leader, _) = await ClusterStage.LeaderAsync(both, cancellation);
        foreach (var point in new[] { null, FailPoint.SendSigned, FailPoint.EpochBuilt, FailPoint.SendStored, FailPoint.Posted, null })
        {
            var other = leader == both[0] ? both[1] : both[0];
            if (point is null)
            {
                leader.Kill();
                var (next, after) = await ClusterStage.LeaderAsync([other], cancellation);
                output.WriteLine($"killed; {after.TotalSeconds:0.0} s");
                await leader.RestartAsync(cancellation);
                await ClusterStage.StandsByAsync(leader, cluster.NameOf(next), cancellation);
                leader = next;
                continue;
            }

            // The one that stands by is armed, and leads once the other has stopped in order, which takes no time-out.
            other.Kill();
            other.Launch(point + FailPoint.Stops);
            await other.ReadyAsync(cancellation);
            await leader.StopAsync();
            await ClusterStage.StoppedAsync(other, cancellation);
            await leader.RestartAsync(cancellation);
            var (awake, waited) = await ClusterStage.LeaderAsync([leader], cancellation);
            output.WriteLine($"asleep at {point}; {waited.TotalSeconds:0.0} s");
            await ProgressAsync(awake, cancellation);
            await ClusterStage.SignalAsync(other, "CONT");
            await ClusterStage.StandsByAsync(other, cluster.NameOf(awake), cancellation);
            await record.ExtendAsync(cancellation);
            using var books = cluster.Books();
            var known = books.Versions().Select(version => version.Hash).ToHashSet();
            Assert.All(record.Operator, mined => Assert.True(known.Contains(mined.Hash), $"asleep at {point}: {mined.Hash} was mined, and nobody stored it"));
            leader = awake;
        }
    }

    /// <summary>The new leader settles while the old one sleeps.</summary>
    private static async Task ProgressAsync(NodeProcess leader, CancellationToken cancellation)
    {
        var status = await leader.GetAsync("api/v1/status", cancellation);
        var epoch = status.GetProperty("activeEpoch").GetUInt64();
        await leader.WaitAsync("another epoch is active", now => now.GetProperty("activeEpoch").GetUInt64() > epoch, cancellation);
    }

    private async Task<StageModel> RegisterAsync(Market market, string name, CancellationToken cancellation)
    {
        var model = await market.RegisterAsync(
            _cast.Ada, name, Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 2, "data"), Market.Row(_cast.Emil.Address, 4, "curation")]), [], cancellation);
        await market.FundAsync(_cast.Bank, 1_000_000_000_000, cancellation);
        await market.ListGatewayAsync(_cast.Ada, model, _cast.Gateway.Address, cancellation);
        return model;
    }

    private async Task PayAsync(Market market, StageModel model, CancellationToken stop)
    {
        for (var i = 0UL; !stop.IsCancellationRequested; i++)
        {
            if (i % 3 == 2) await market.TransferAsync(_cast.Bank, model, stage.Deployment.Coin, 20_000_000_000_000_007 + i, CancellationToken.None);
            else await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 1_000_003 + i * 17, Market.Text($"use {i}"), CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(300), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>How many events were taken.</summary>
    private static async Task<int> MeterAsync(UsageGateway gateway, StageModel model, CancellationToken stop)
    {
        var events = 0;
        while (!stop.IsCancellationRequested)
        {
            var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            var batch = Enumerable.Range(events, 3).Select(i => new MeteredEvent
            {
                Source = "urn:gateway:cluster", Id = $"use-{i}", Type = "ai.opensettle.usage.v1", Model = model.Id, Domain = "cluster", Outcome = Outcomes.Ok, Units = (ulong)i + 1, Time = now,
                Consumer = Market.Text($"customer {i % 5}"), Payment = i % 2 == 0 ? Market.Text($"use {i}") : Hash32.Zero, Attribution = null,
            }).ToList();
            await gateway.SendUntilTakenAsync(batch, CancellationToken.None);
            events += batch.Count;
            await Task.Delay(TimeSpan.FromMilliseconds(300), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return events;
    }

    private static Task<JsonElement> SettledAsync(NodeProcess node, Market market, CancellationToken cancellation) => node.WaitAsync(
        "everything is settled",
        status => status.GetProperty("payments").GetInt32() == market.Payments && status.GetProperty("transactions").GetArrayLength() == 0
            && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed"
            && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0" && UInt256.Parse(token.GetProperty("undivided").GetString()) < 100),
        cancellation);
}
