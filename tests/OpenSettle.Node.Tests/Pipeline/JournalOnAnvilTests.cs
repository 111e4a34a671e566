using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Watch;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>All of the watching side as the node has it, over a real chain that reorganises: pool, quorum, proofs, watcher, journal on disk.</summary>
[Trait("Category", "Anvil")]
public sealed class JournalOnAnvilTests : IDisposable
{
    private const int Deepest = 64;

    // The last final block is 80 behind the head.
    private const int Slots = 40;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Journal_AfterReorganisationsOfEveryDepthEachAcrossARestart_HasTheChainAndNothingElse()
    {
        using var chain = await AnvilChain.StartAsync(new Random(5), Slots);
        using var one = new FaultProxy(chain.Node.Endpoint);
        using var other = new FaultProxy(chain.Node.Endpoint);
        using var third = new FaultProxy(chain.Node.Endpoint);
        // One of them is always a little behind.
        one.HoldBack = 2;
        await chain.MineAsync(2 * Slots + 30);
        for (var depth = 1; depth <= Deepest; depth++)
        {
            // Stopped at rest, or in the middle of catching up.
            await RunAsync([one, other, third], depth % 4 == 0 ? 1 : int.MaxValue);
            await chain.ReorganiseAsync(depth);
            await RunAsync([one, other, third], depth % 3 == 0 ? 1 : 0);
            await chain.MineAsync(3);
            await RunAsync([one, other, third], int.MaxValue);
            await RequireWholeAsync(other);
        }
    }

    /// <summary>A process of its own, as far as the journal can tell: it runs so many steps, or until there is nothing to do.</summary>
    private async Task RunAsync(FaultProxy[] proxies, int steps)
    {
        using var books = SqliteBooks.Open(Path.Combine(_folder.FullName, "books.db"), FakeLogs.Id);
        using var endpoints = Connect(proxies);
        var deployment = FakeLogs.Deployment(1);
        var watcher = new ChainWatcher(
            endpoints.Reader, endpoints.Quorum, endpoints.Ranges(Completeness.Receipts), new BooksJournal(books, deployment),
            new WatchOptions { FirstBlock = deployment.FirstBlock, StartBlocks = 8, MostBlocks = 25 }, TimeProvider.System);
        for (var step = 0; step < steps; step++)
        {
            var report = await watcher.StepAsync(CancellationToken.None);
            if (report.Trouble is not null) throw report.Trouble;
            if (report is { Stage: WatchStage.Idle, More: false }) return;
        }
    }

    private async Task RequireWholeAsync(FaultProxy proxy)
    {
        using var books = SqliteBooks.Open(Path.Combine(_folder.FullName, "books.db"), FakeLogs.Id);
        using var endpoints = Connect([proxy]);
        var (expected, head) = await AnvilChain.ReadAsync(endpoints.Reader, FakeLogs.Deployment(1));
        var (logs, last) = books.Read(session => (session.Journal.Logs(0, long.MaxValue), session.Journal.Pending()[^1]));
        // A step may have followed the endpoint that is behind: then the journal is the chain's up to there.
        Assert.InRange(last.Number, head.Number - 2, head.Number);
        Assert.Equal((await endpoints.Reader.GetBlockAsync(BlockRef.At(last.Number), CancellationToken.None))?.Hash, last.Hash);
        Assert.Equal(
            expected.Where(log => log.BlockNumber <= last.Number).Select(log => MemoryJournal.Describe(log with { BlockHash = Hash32.Zero })),
            logs.Select(log => MemoryJournal.Describe(BooksJournal.ToEntry(log, Hash32.Zero))));
    }

    private static ChainEndpoints Connect(FaultProxy[] proxies)
    {
        var provider = new BuiltinProvider(TimeProvider.System);
        return new ChainEndpoints(
            [.. proxies.Select(proxy => provider.Connect(proxy.Endpoint, TimeSpan.FromSeconds(20), retries: proxies.Length == 1))],
            null, new EndpointOptions { Quorum = proxies.Length / 2 + 1 }, TimeProvider.System);
    }
}
