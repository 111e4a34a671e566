using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;
using static OpenSettle.Queue.Tests.QueueStage;

namespace OpenSettle.Queue.Tests;

/// <summary>Usage through a real broker: what is sent is taken once, whatever comes again.</summary>
[Trait("Category", "Server")]
public sealed class RoundTripTests
{
    [Fact]
    public async Task Events_ThroughTheQueue_GiveTheSameRollupsAsWithoutOne()
    {
        await using var stage = await StartAsync();
        var queued = await stage.AddNodeAsync("a");
        var file = Path.Combine(stage.Folder, "direct.sqlite");
        File.Copy(stage.UsageFile, file);
        using var journal = SqliteUsage.Open(file, stage.Deployment, TimeProvider.System);
        var direct = await stage.AddNodeAsync("b", queued: false, journal: journal);
        for (var request = 0; request < 20; request++)
        {
            var text = Batch(Enumerable.Range(0, 50).Select(i => Event($"{request}-{i}", i % 3 == 0 ? Other : Model, i + 1)));
            var (status, answer) = await queued.PostAsync(text);
            Assert.Equal((202, 50, 0), (status, answer.GetProperty("queued").GetInt32(), answer.GetProperty("accepted").GetInt32()));
            Assert.Equal(202, (await direct.PostAsync(text)).Status);
        }

        await stage.UntilEventsAsync(1000);
        Assert.Equal(Rollups(journal), Rollups(stage.Journal));
        Assert.Equal(1000, stage.Ids().Count);
        Assert.Empty(stage.Quarantine.All);
        Assert.Contains(stage.Journal.Events(0, 1), row => row.Event.Consumer != Hash32.Zero);
    }

    [Fact]
    public async Task Request_PartlyBad_TellsWhatIsBadAndQueuesTheRest()
    {
        await using var stage = await StartAsync();
        var node = await stage.AddNodeAsync("a");
        var (status, body) = await node.PostAsync(Batch(Event("1"), "5", Event("2", units: -1), Event("3")));
        Assert.Equal((202, 2, 2), (status, body.GetProperty("queued").GetInt32(), body.GetProperty("refused").GetInt32()));
        Assert.Equal([1, 2], body.GetProperty("problems").EnumerateArray().Select(problem => problem.GetProperty("index").GetInt32()));
        Assert.Equal(400, (await node.PostAsync(Batch("5"))).Status);
        await stage.UntilEventsAsync(2);
        Assert.Equal(["1", "3"], stage.Ids().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Events_SentAgainOrReadAgain_ChangeNothing()
    {
        await using var stage = await StartAsync();
        var node = await stage.AddNodeAsync("a");
        for (var i = 0; i < 30; i++) await node.QueueAsync(Event($"{i}"), Event($"{i}-other", Other));
        await stage.UntilEventsAsync(60);
        for (var i = 0; i < 30; i++) await node.QueueAsync(Event($"{i}"), Event($"{i}-other", Other));
        await node.QueueAsync(Event("last"));
        await stage.UntilEventsAsync(61);
        var (rollups, seal) = (Rollups(stage.Journal), stage.Journal.Sealed);
        await node.StopAsync();

        // Where it stood is in the commit of the events: a node that is started again reads nothing twice.
        var marks = new[] { 0, 1 }.Select(partition => stage.Journal.StreamTaken(stage.Names.Of(partition))).ToList();
        node = await stage.AddNodeAsync("a");
        await UntilAsync(() => node.View.All.Count(stream => stream.Next is not null) == 2, "the streams are not read");
        Assert.Equal(0, node.View.Messages);
        Assert.Equal(marks, [.. new[] { 0, 1 }.Select(partition => stage.Journal.StreamTaken(stage.Names.Of(partition)))]);
        await node.StopAsync();

        // Were it lost, everything comes again, and is known by its ids.
        Assert.Equal(2, stage.Execute("DELETE FROM usage_streams WHERE next > 0"));
        node = await stage.AddNodeAsync("a");
        await UntilAsync(() => marks.All(mark => stage.Journal.StreamTaken(mark!.Stream)?.Next == mark.Next), "the streams are not read to their end");
        Assert.Equal((rollups, seal), (Rollups(stage.Journal), stage.Journal.Sealed));
        Assert.Equal(0, stage.Journal.Totals.Conflicts);
        Assert.Empty(stage.Quarantine.All);
    }

    [Fact]
    public async Task Batches_Signed_KeepTheirOrderAndAreTakenOnce()
    {
        await using var stage = await StartAsync();
        var node = await stage.AddNodeAsync("a");
        var signer = new BatchSigner(Signer, ChainId, stage.Deployment.Registry);
        var seconds = (ulong)DateTimeOffset.Parse(Time, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        for (var number = 1; number <= 12; number++)
        {
            var events = Enumerable.Range(0, 5).Select(i => (Id: $"{number}-{i}", Model: i % 2 == 0 ? Model : Other)).ToArray();
            var signed = await signer.SignAsync([.. events.Select(e => ToBatched(e.Id, e.Model, seconds))], CancellationToken.None);
            var text = Batch(events.Select(e => Signed(e.Id, e.Model)));
            for (var times = 0; times < (number % 3 == 0 ? 2 : 1); times++)
            {
                var (status, body) = await node.PostAsync(text, stage.SigningKey, BatchSigner.Header(signed));
                Assert.Equal((202, 5), (status, body.GetProperty("queued").GetInt32()));
            }

            signer.Taken(signed);
        }

        await stage.UntilEventsAsync(60);
        Assert.Equal((12UL, signer.Last.Digest), stage.Journal.LastBatch(Signer.Address));
        Assert.Equal(Enumerable.Range(1, 12).Select(number => (ulong)number), stage.Journal.Batches(0, long.MaxValue).Select(batch => batch.Signed.Statement.Number));

        // One that does not follow is kept where an operator sees it, and holds nothing up.
        var stranger = new BatchSigner(Signer, ChainId, stage.Deployment.Registry, 20, Hash32.Zero);
        var skipping = await stranger.SignAsync([ToBatched("x", Model, seconds)], CancellationToken.None);
        Assert.Equal(202, (await node.PostAsync(Batch(Signed("x", Model)), stage.SigningKey, BatchSigner.Header(skipping))).Status);
        await UntilAsync(() => stage.Quarantine.All.Count == 1, "nothing is in the quarantine");
        Assert.Contains("number it 13", Assert.Single(stage.Reasons()), StringComparison.Ordinal);
        var next = await signer.SignAsync([ToBatched("y", Model, seconds)], CancellationToken.None);
        Assert.Equal(202, (await node.PostAsync(Batch(Signed("y", Model)), stage.SigningKey, BatchSigner.Header(next))).Status);
        await stage.UntilEventsAsync(61);
        Assert.DoesNotContain("x", stage.Ids());
    }

    private static string Signed(string id, ModelId model) => Event(id, model).Replace($"\"subject\": \"consumer-{id.Length % 7}\", ", string.Empty, StringComparison.Ordinal);

    private static BatchedEvent ToBatched(string id, ModelId model, ulong seconds) => new MeteredEvent
    {
        Source = "urn:gateway", Id = id, Type = "use", Model = model, Domain = "contracts", Outcome = "ok", Units = 12, Time = seconds, Cost = string.Empty,
    }.ToBatched();
}
