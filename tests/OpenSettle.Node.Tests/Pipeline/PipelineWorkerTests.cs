using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class PipelineWorkerTests : IDisposable
{
    private readonly FakeChain _chain = new();
    private readonly TestNode _node;
    private readonly MirrorSet _mirrors;
    private readonly Pause _pause;
    private readonly Lines _lines = new();

    public PipelineWorkerTests()
    {
        _chain.Mine(block => block.List(Dollar, 10));
        _node = new TestNode(_chain);
        _mirrors = new MirrorSet([], _node.Bundles, _node.State, NullLogger<MirrorSet>.Instance);
        _pause = new Pause(_node.Options, TimeProvider.System, NullLogger<Pause>.Instance);
    }

    public void Dispose()
    {
        _mirrors.Dispose();
        _node.Dispose();
    }

    [Fact]
    public async Task Stop_BetweenTwoTurns_EndsThePipelineAndSaysIt()
    {
        using var worker = Worker();
        await worker.StartAsync(CancellationToken.None);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (_node.State.Drift.ComputedAt is null) await Task.Delay(TimeSpan.FromMilliseconds(10), limit.Token);
        await worker.StopAsync(limit.Token);
        Assert.False(worker.IsLeft);
        Assert.True(_node.State.IsStopping);
        Assert.StartsWith("Stopped. 0 transactions", _lines.All[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WithinAStepThatDoesNotEnd_LeavesItAndSaysWhich()
    {
        var (entered, release) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new ManualResetEventSlim());
        _chain.OnCall = (method, after) =>
        {
            if (method != "agreed call" || after) return;
            entered.TrySetResult();
            // As a long division does: it looks at no token.
            release.Wait();
        };
        using var worker = Worker();
        await worker.StartAsync(CancellationToken.None);
        await entered.Task;
        await worker.StopAsync(new CancellationToken(canceled: true));
        Assert.True(worker.IsLeft);
        Assert.Contains("in the middle of 'carry epochs on'", _lines.All[^1], StringComparison.Ordinal);
        release.Set();
        await worker.ExecuteTask!;
        release.Dispose();
        Assert.Null(_node.State.Halted);
    }

    [Fact]
    public async Task Bundle_ThatIsGoneAtTheStart_ComesBackBeforeAnythingNeedsIt()
    {
        var mirror = Directory.CreateTempSubdirectory("opensettle-mirror-").FullName;
        try
        {
            using var node = new TestNode(EpochStepTests.Paid());
            await node.RunAsync(12);
            var file = node.Bundles.PathOf(node.Epoch(1)!.BundleHash);
            File.Move(file, Path.Combine(mirror, Path.GetFileName(file)));
            node.Restart();
            using var set = new MirrorSet([new FolderMirror(mirror)], node.Bundles, node.State, NullLogger<MirrorSet>.Instance);
            using var worker = Worker(node, set);
            await worker.StartAsync(CancellationToken.None);
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (node.State.Drift.ComputedAt is null && node.State.Halted is null) await Task.Delay(TimeSpan.FromMilliseconds(10), limit.Token);
            await worker.StopAsync(limit.Token);
            Assert.Null(node.State.Halted);
            Assert.True(File.Exists(file));
            Assert.Equal(node.Chain.State.Root, node.State.Active?.Tree?.Root);
        }
        finally
        {
            Directory.Delete(mirror, recursive: true);
        }
    }

    private SettlementPipeline Worker() => Worker(_node, _mirrors);

    private SettlementPipeline Worker(TestNode node, MirrorSet mirrors)
    {
        var usage = new UsageStep(node.Options, node.Usage, node.Books, node.State, new UsageRetention(DataPaths.In(node.Options.DataDir, node.Options.UsageArchive), node.Time), node.Time, NullLogger<UsageStep>.Instance);
        return new SettlementPipeline(new PipelineParts(node.Books, node.State, node.Options, _pause, Leadership.Alone(TimeProvider.System)), node.Watch, node.Book, usage, node.Sweep, node.Epochs, node.Pushes, node.Drift, node.Sending, node.Relaying, mirrors, _lines);
    }

    private sealed class Lines : ILogger<SettlementPipeline>
    {
        private readonly Lock _lock = new();
        private readonly List<string> _all = [];

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_lock) return [.. _all];
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock) _all.Add(formatter(state, exception));
        }
    }
}
