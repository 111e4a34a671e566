using System.Collections.Concurrent;
using System.Globalization;
using OpenSettle.Node.Queue;
using OpenSettle.Servers;
using OpenSettle.Storage.Postgres;
using static OpenSettle.Queue.Tests.QueueStage;

namespace OpenSettle.Queue.Tests;

/// <summary>Brokers that are killed, streams that are made anew, cut off or shortened, nodes that go: what was acknowledged is there, once, or its loss is told.</summary>
[Trait("Category", "Server")]
public sealed class LossTests
{
    [Fact]
    public async Task Broker_KilledUnderLoad_LosesNothingThatWasAcknowledged()
    {
        await using var broker = await RabbitServer.StartAsync();
        await using var stage = await StartAsync(partitions: 3, broker: broker);
        var node = await stage.AddNodeAsync("a");
        await node.QueueAsync(Event("first"));
        await stage.UntilEventsAsync(1);
        var acknowledged = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        acknowledged["first"] = true;
        using var stop = new CancellationTokenSource();
        var load = LoadAsync(node, acknowledged, stop.Token);
        for (var kill = 0; kill < 2; kill++)
        {
            var before = acknowledged.Count;
            await UntilAsync(() => acknowledged.Count > before + 200, "nothing is acknowledged");
            await broker.KillAsync();
            await UntilAsync(() => node.State.Alerts.All.Any(alert => alert.Name == "queue broker"), "no alert stands");
            await broker.StartAgainAsync();
        }

        var last = acknowledged.Count;
        await UntilAsync(() => acknowledged.Count > last + 200, "nothing is acknowledged after the last kill");
        await stop.CancelAsync();
        await load;
        await UntilAsync(() => acknowledged.Keys.All(stage.Ids().Contains), "something that was acknowledged is not in the journal");
        await UntilAsync(() => node.State.Alerts.All.Count == 0, "an alert stands on");
        Assert.Empty(stage.Quarantine.All);
        Assert.Equal(0, stage.Journal.Totals.Conflicts);
    }

    [Fact]
    public async Task Streams_AreSharedByNodesAndHandedOver()
    {
        await using var stage = await StartAsync(partitions: 4);
        using var place = PostgresPlace.Open(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), stage.Deployment, "queue test");
        var leases = new PostgresLeases(place);
        var first = await stage.AddNodeAsync("a", leases);
        await UntilAsync(() => first.Consumer.Partitions.Count == 4, "one node does not take all streams");
        var acknowledged = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var second = await stage.AddNodeAsync("b", leases);
        using var stop = new CancellationTokenSource();
        var load = LoadAsync(second, acknowledged, stop.Token);
        await UntilAsync(() => first.Consumer.Partitions.Count == 2 && second.Consumer.Partitions.Count == 2, "two nodes do not share the streams");
        Assert.Empty(first.Consumer.Partitions.Intersect(second.Consumer.Partitions));
        await UntilAsync(() => second.View.All.Count(stream => stream.Holder is not null) == 4 && first.View.Messages + second.View.Messages > 50, "the two nodes take nothing");
        await first.StopAsync();
        await UntilAsync(() => second.Consumer.Partitions.Count == 4, "the other's streams are not taken over");
        var before = acknowledged.Count;
        await UntilAsync(() => acknowledged.Count > before + 200, "nothing is acknowledged");
        await stop.CancelAsync();
        await load;
        await UntilAsync(() => acknowledged.Keys.All(stage.Ids().Contains), "something that was acknowledged is not in the journal");
        Assert.Empty(stage.Quarantine.All);
    }

    [Fact]
    public async Task Lease_ThatRanOut_IsTakenByAnotherAndTheOldHolderLetsGo()
    {
        await using var stage = await StartAsync(partitions: 2);
        using var place = PostgresPlace.Open(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), stage.Deployment, "queue test");
        var leases = new PostgresLeases(place);
        var node = await stage.AddNodeAsync("a", leases);
        await UntilAsync(() => node.Consumer.Partitions.Count == 2, "the streams are not taken");
        // As if the node had been asleep for as long as its lease lasts.
        await leases.ReleaseAsync((await leases.ListAsync(CancellationToken.None)).Single(lease => lease.Lease.Name == "stream:" + stage.Names.Of(0)).Lease, CancellationToken.None);
        var other = await leases.TakeAsync("stream:" + stage.Names.Of(0), "b", TimeSpan.FromMinutes(10), CancellationToken.None);
        Assert.NotNull(other);
        await UntilAsync(() => node.Consumer.Partitions is [1], "the old holder does not let go");
        await UntilAsync(() => node.View.All[0].Holder == "b", "it does not say who has it");
        await leases.ReleaseAsync(other, CancellationToken.None);
        await UntilAsync(() => node.Consumer.Partitions.Count == 2, "a free stream is not taken again");
    }

    [Fact]
    public async Task Stream_MadeAnew_IsReadOnAndTold()
    {
        await using var stage = await StartAsync();
        var node = await stage.AddNodeAsync("a");
        for (var i = 0; i < 10; i++) await node.QueueAsync(Event($"{i}"), Event($"{i}-other", Other));
        await stage.UntilEventsAsync(20);
        await node.StopAsync();
        await stage.DeleteStreamsAsync();

        // A publisher that comes first makes them anew; offsets begin with 0 again.
        node = await stage.AddNodeAsync("a");
        for (var i = 10; i < 14; i++) await node.QueueAsync(Event($"{i}"), Event($"{i}-other", Other));
        await stage.UntilEventsAsync(28);
        await UntilAsync(() => node.State.Alerts.All.Any(alert => alert.Name == "queue quarantine"), "no alert stands");
        await UntilAsync(() => stage.Quarantine.All.Count == 2, "one of the streams says nothing");
        Assert.All(stage.Reasons(), reason => Assert.Contains("made anew", reason, StringComparison.Ordinal));
        Assert.All(new[] { 0, 1 }, partition => Assert.InRange(stage.Journal.StreamTaken(stage.Names.Of(partition))?.Next ?? 0, 1, 9));

        // The operator has seen to it.
        foreach (var file in stage.Quarantine.All) file.Delete();
        await UntilAsync(() => node.State.Alerts.All.Count == 0, "the alert stands on");
        Assert.Equal(28, stage.Ids().Count);
    }

    [Fact]
    public async Task Stream_DeletedUnderItsReader_IsMadeAnewAndReadOn()
    {
        await using var stage = await StartAsync(partitions: 1);
        var node = await stage.AddNodeAsync("a");
        await node.QueueAsync(Event("1"));
        await stage.UntilEventsAsync(1);
        await stage.DeleteStreamsAsync();
        await node.QueueAsync(Event("2"));
        await stage.UntilEventsAsync(2);
        await UntilAsync(() => stage.Quarantine.All.Count == 1, "nobody is told");
        Assert.Contains("made anew", Assert.Single(stage.Reasons()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_CutOffBeforeItWasTaken_SaysHowManyAreMissing()
    {
        // Files of 64 kB, of which the broker keeps about two.
        await using var stage = await StartAsync(partitions: 1, segmentBytes: 64_000, keepBytes: 128_000);
        var node = await stage.AddNodeAsync("a");
        await node.QueueAsync(Event("first"));
        await stage.UntilEventsAsync(1);
        await node.StopAsync();
        var taken = stage.Journal.StreamTaken(stage.Names.Of(0))!;

        await using var publisher = new UsagePublisher(stage.Names, stage.Queue, TimeProvider.System, "test", mayMake: false);
        var sent = 0;
        StreamStart? start = null;
        await using var connection = await stage.ConnectAsync();
        var founder = new StreamFounder(stage.Names, stage.Queue, TimeProvider.System);
        while (start is null || start.Offset <= taken.Next + 100)
        {
            Assert.True(sent < 20_000, "The broker removes nothing.");
            for (var i = 0; i < 200; i++) await SendAsync(stage, publisher, $"{sent++}");
            start = await founder.PeekAsync(connection, stage.Names.Of(0), "first", CancellationToken.None);
        }

        node = await stage.AddNodeAsync("a");
        await UntilAsync(() => stage.Ids().Contains($"{sent - 1}"), "the stream is not read to its end");
        // What was not removed is there, and what was is told: the broker uses an offset or two of each file for itself.
        var (missing, lost) = (node.View.Missing, 1 + sent - stage.Journal.Totals.Events);
        Assert.InRange(lost, 1, sent);
        Assert.InRange(missing - lost, 0, 20);
        Assert.Contains($"{missing.ToString(CultureInfo.InvariantCulture)} offsets ({taken.Next} to", Assert.Single(stage.Reasons()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ThatLostItsEnd_IsReadOnAndTold()
    {
        await using var stage = await StartAsync(partitions: 1);
        var node = await stage.AddNodeAsync("a");
        for (var i = 0; i < 5; i++) await node.QueueAsync(Event($"{i}"));
        await stage.UntilEventsAsync(5);
        await node.StopAsync();
        // As a power cut leaves it that took what was confirmed and not yet on disk: the journal is further than the stream.
        Assert.Equal(1, stage.Execute("UPDATE usage_streams SET next = 1000"));
        node = await stage.AddNodeAsync("a");
        for (var i = 5; i < 10; i++) await node.QueueAsync(Event($"{i}"));
        await stage.UntilEventsAsync(10);
        await UntilAsync(() => stage.Quarantine.All.Count == 1, "nobody is told");
        Assert.Contains("lost its end", Assert.Single(stage.Reasons()), StringComparison.Ordinal);
        Assert.EndsWith("+1", stage.Journal.StreamTaken(stage.Names.Of(0))?.Identity, StringComparison.Ordinal);

        // It is told once, and marks hold on.
        await node.StopAsync();
        node = await stage.AddNodeAsync("a");
        await node.QueueAsync(Event("last"));
        await stage.UntilEventsAsync(11);
        Assert.Single(stage.Quarantine.All);
    }

    /// <summary>A message of a gateway's own, with one event.</summary>
    private static Task SendAsync(QueueStage stage, UsagePublisher publisher, string id) => publisher.PublishAsync(
        0, new UsageMessage(UsageMessage.Events, "eu-1", string.Empty, System.Text.Encoding.UTF8.GetBytes(Batch(Event(id)))), QueueKeys.OfGateway(GatewayKeyHash(stage)), CancellationToken.None);

    private static Primitives.Hash32 GatewayKeyHash(QueueStage stage) => Storage.Usage.GatewayKeyText.HashOf(stage.Key);

    /// <summary>Sends from several sides, until told to stop; what the node acknowledged is noted.</summary>
    private static Task LoadAsync(QueueNode node, ConcurrentDictionary<string, bool> acknowledged, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, 6).Select(async side =>
    {
        for (var request = 0; !stop.IsCancellationRequested; request++)
        {
            var ids = Enumerable.Range(0, 10).Select(i => string.Create(CultureInfo.InvariantCulture, $"{side}-{request}-{i}")).ToArray();
            var text = Batch(ids.Select((id, i) => Event(id, i % 2 == 0 ? Model : Other)));
            try
            {
                // Whatever is not acknowledged is sent again, as a gateway does.
                while (!stop.IsCancellationRequested && (await node.PostAsync(text)).Status != 202) await Task.Delay(50, CancellationToken.None);
            }
            catch (HttpRequestException) when (stop.IsCancellationRequested)
            {
                return;
            }

            if (stop.IsCancellationRequested) return;
            foreach (var id in ids) acknowledged[id] = true;
        }
    }));
}
