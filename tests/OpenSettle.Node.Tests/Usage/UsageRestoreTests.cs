using OpenSettle.Epochs;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Metering;
using OpenSettle.Node.Rebuilding;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Verification;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Usage;

/// <summary>A node whose files are lost, whose usage went into archives in part, and that settles on afterwards.</summary>
[Trait("Books", "Files")]
public sealed class UsageRestoreTests
{
    private static readonly TestModel Small = Model("small");

    private readonly TestGateway _gateway = new("eu");

    [Fact]
    public async Task Node_RebuiltFromChainBundlesAndArchives_SettlesOnWithoutCountingAnythingTwice()
    {
        var chain = EpochUsageTests.Pooled(_gateway);
        using var node = new TestNode(chain);
        var first = await SettleAsync(node, chain, 1, _gateway.Use(Small, 10, default, (Carol, 1)), _gateway.Use(Small, 5));
        Archive(node);
        var second = await SettleAsync(node, chain, 2, _gateway.Use(Small, 10, default, (Carol, 1)));
        await node.WatchAsync();
        var (cut, digest) = (node.Epoch(1)!, BooksDigest.Of(node.Books).All);

        var report = await LoseAndRebuildAsync(node, chain, "books.sqlite", "usage.sqlite");
        Assert.Equal(digest, report.Digest);
        Assert.Equal((2L, 1L, 1), (report.Usage.Sealed.Position, report.Usage.Batches, report.Usage.Archives.Count));
        Assert.Equal([new LostBatches(_gateway.Address, 2, 2, 1, 2)], report.Usage.Lost);
        Assert.Equal((cut.UsagePosition, cut.UsageChain), (node.Epoch(1)!.UsagePosition, node.Epoch(1)!.UsageChain));
        Assert.Equal((2L, cut.UsageChain), (node.Epoch(2)!.UsagePosition, node.Epoch(2)!.UsageChain));
        AssertWhole(node);

        // An archived event is proven as before, the lost batch is told apart, and what was settled does not come again.
        await using (var api = await TestApi.StartAsync(node))
        {
            var proof = await api.GetAsync("/api/v1/events/urn%3Agateway%3Aeu/use%201/proof");
            Assert.Equal(first.Digest.ToString(), proof.GetProperty("proof").GetProperty("batch").GetProperty("digest").GetString());
            var last = await api.GetAsync($"/api/v1/batches/{_gateway.Address}");
            Assert.Equal((2UL, 2UL), (last.GetProperty("number").GetUInt64(), last.GetProperty("settledBy").GetUInt64()));
            await using var bytes = await api.Http.GetStreamAsync(new Uri($"/api/v1/batches/{_gateway.Address}/1", UriKind.Relative));
            var (pulled, problem) = BatchFile.Read(bytes, ChainId, World.Registry, (_gateway.Address, 1), Provider.Recover);
            Assert.Equal((null, 2), (problem, pulled?.Batch.Events.Count));
        }

        Assert.Equal(AppendStatus.BatchKnown, (await node.Usage.AppendAsync(Again(first, 2))).Status);
        Assert.Equal(AppendStatus.BatchSettled, (await node.Usage.AppendAsync(Again(second, 1))).Status);

        // The gateway kept its own record, and goes on by it. The third epoch takes the third batch alone.
        await SettleAsync(node, chain, 3, _gateway.Use(Small, 10, default, (Bob, 1)));
        Assert.Equal([3UL], node.Bundles.Read(node.Epoch(3)!.BundleHash).Usage.Batches.Select(batch => batch.Number));
        Assert.Equal([new UsageCount(Small.ModelId, 1, 1, 10)], node.Bundles.Read(node.Epoch(3)!.BundleHash).Usage.Counts);
        AssertWhole(node);
    }

    [Fact]
    public async Task Node_WhoseBooksAloneWereLost_HasTheSameCutsAndTakesWhatCameSince()
    {
        var chain = EpochUsageTests.Pooled(_gateway);
        using var node = new TestNode(chain);
        await TestGateway.SendUnsignedAsync(node, _gateway.Use(Small));
        await SettleAsync(node, chain, 1, _gateway.Use(Small, 10, default, (Carol, 1)));
        await TestGateway.SendUnsignedAsync(node, _gateway.Use(Small), _gateway.Use(Small));
        await SettleAsync(node, chain, 2, _gateway.Use(Small, 10, default, (Carol, 1)));
        await _gateway.SendAsync(node, _gateway.Use(Small, 10, default, (Bob, 1)));
        var before = Enumerable.Range(1, 2).Select(number => node.Epoch((ulong)number)!).Select(epoch => (epoch.UsagePosition, epoch.UsageChain)).ToArray();
        var report = await LoseAndRebuildAsync(node, chain, "books.sqlite");
        Assert.Equal((true, 0), (report.Usage.WasThere, report.Usage.Lost.Count));
        Assert.Equal(before, Enumerable.Range(1, 2).Select(number => node.Epoch((ulong)number)!).Select(epoch => (epoch.UsagePosition, epoch.UsageChain)));
        await SettleAsync(node, chain, 3);
        Assert.Equal([3UL], node.Bundles.Read(node.Epoch(3)!.BundleHash).Usage.Batches.Select(batch => batch.Number));
        AssertWhole(node);
    }

    [Fact]
    public async Task Node_RebuiltWhileAnEpochIsProposed_DoesNotTakeItsUsageAgain()
    {
        var chain = EpochUsageTests.Pooled(_gateway);
        using var node = new TestNode(chain);
        await SettleAsync(node, chain, 1, _gateway.Use(Small, 10, default, (Carol, 1)));
        await _gateway.SendAsync(node, _gateway.Use(Small, 10, default, (Carol, 1)));
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        for (var i = 0; node.Epoch(2)?.State != EpochState.Proposed; i++)
        {
            Assert.True(i < 30, $"Epoch 2 is {node.Epoch(2)?.State}.");
            await node.RunAsync(1);
        }

        await LoseAndRebuildAsync(node, chain, "books.sqlite");
        Assert.Equal((EpochState.Proposed, 2L), (node.Epoch(2)!.State, node.Epoch(2)!.UsagePosition));
        await SettleAsync(node, chain, 3, _gateway.Use(Small, 10, default, (Bob, 1)));
        Assert.Equal([3UL], node.Bundles.Read(node.Epoch(3)!.BundleHash).Usage.Batches.Select(batch => batch.Number));
        AssertWhole(node);
    }

    /// <summary>A batch, a payment, and blocks until their epoch is active.</summary>
    private async Task<SignedStatement> SettleAsync(TestNode node, FakeChain chain, ulong epoch, params MeteredEvent[] events)
    {
        var signed = events.Length > 0 ? await _gateway.SendAsync(node, events) : null;
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        for (var i = 0; node.Epoch(epoch)?.IsActive != true; i++)
        {
            Assert.True(i < 60, $"Epoch {epoch} is {node.Epoch(epoch)?.State}.");
            await node.RunAsync(1);
        }

        return signed ?? new SignedStatement(new BatchStatement(default, 0, default, 0, 0, 0, default), default, default);
    }

    private static void Archive(TestNode node)
    {
        node.Restart();
        node.Time.Advance(TimeSpan.FromDays(3));
        var upTo = node.Books.Read(session => session.Epochs.LatestActive()!.UsagePosition);
        var retention = new UsageRetention(PathsOf(node), node.Time, new RetentionOptions { EventsInArchive = 1 });
        while (retention.Step(TimeSpan.FromDays(1), upTo))
        {
        }

        Assert.Equal(upTo, new UsageArchives(PathsOf(node).Usage, PathsOf(node).Archive).List()[^1].Last);
    }

    private UsageAppend Again(SignedStatement signed, int events)
    {
        var (bodies, appended) = TestGateway.Encode([.. Enumerable.Range(0, events).Select(_ => _gateway.Use(Small))]);
        return new UsageAppend(1, bodies, appended, signed);
    }

    private static DataPaths PathsOf(TestNode node) => DataPaths.In(node.Options.DataDir, node.Options.UsageArchive);

    private static void AssertWhole(TestNode node)
    {
        var results = new List<CheckResult>();
        new DataCheck(PathsOf(node), node.Bundles.Read, results.Add, _ => { }).Run();
        Assert.Equal([], results.Where(result => result.Problem is not null));
    }

    private static async Task<RebuildReport> LoseAndRebuildAsync(TestNode node, FakeChain chain, params string[] lost)
    {
        node.Books.Dispose();
        node.Usage.Dispose();
        foreach (var path in lost.SelectMany(name => Directory.EnumerateFiles(node.Options.DataDir, name + "*")).ToList()) File.Delete(path);
        using var http = Place.NewClient(TimeProvider.System);
        var rebuild = new NodeRebuild(
            node.Options, new VerificationChain(chain, chain, new AgreedRanges(() => [chain, chain])), new BundleSource([Place.Parse(node.Options.DataDir + "/bundles", http, node.Time)], http, node.Time),
            Provider, node.Time);
        var report = await rebuild.RunAsync(OpenSettle.Node.NodeOptionsPaths.In(node.Options.DataDir), PathsOf(node), null, _ => { }, CancellationToken.None);
        node.Restart();
        return report;
    }
}
