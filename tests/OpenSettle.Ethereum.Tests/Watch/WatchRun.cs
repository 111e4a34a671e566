using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>A watcher over a fake chain and a journal, with what has to hold at every moment.</summary>
internal sealed class WatchRun
{
    private readonly Func<IChainJournal, IChainJournal> _wrap;
    private JournalBlock? _lastFinal;

    public WatchRun(FakeChain chain, FakeEndpoint endpoint, WatchOptions options, Func<IChainJournal, IChainJournal>? wrap = null)
    {
        (Chain, Endpoint, Options, _wrap) = (chain, endpoint, options, wrap ?? (static journal => journal));
        Deployment = FakeLogs.Deployment(options.FirstBlock);
        Journal = new MemoryJournal(Deployment);
        Watcher = Start();
    }

    public FakeChain Chain { get; }

    public FakeEndpoint Endpoint { get; }

    public WatchOptions Options { get; set; }

    public WatchedDeployment Deployment { get; }

    public MemoryJournal Journal { get; }

    public ChainWatcher Watcher { get; private set; }

    public StepTime Time { get; } = new();

    public static WatchRun Of(int blocks, ulong final, Func<WatchOptions, WatchOptions>? with = null)
    {
        var random = new Random(1);
        var chain = new FakeChain(random);
        chain.Grow(blocks);
        chain.Finalize(final);
        var options = new WatchOptions { FirstBlock = 1, MostBlocks = 100 };
        return new WatchRun(chain, new FakeEndpoint(chain, random), with?.Invoke(options) ?? options);
    }

    public void Restart() => Watcher = Start();

    /// <summary>A step; one that did nothing for trouble throws that, wherever it was met.</summary>
    public async Task<WatchReport> StepAsync()
    {
        var report = await Watcher.StepAsync(CancellationToken.None);
        return report is { Blocks: 0, Trouble: { } trouble } ? throw trouble : report;
    }

    /// <summary>A step, of which trouble is nothing unusual: null then, and nothing has changed.</summary>
    public async Task<WatchReport?> TryStepAsync()
    {
        var commits = Journal.Commits;
        try
        {
            var report = await StepAsync();
            RequireExact();
            return report;
        }
        catch (ChainException)
        {
            Assert.Equal(commits, Journal.Commits);
            return null;
        }
    }

    /// <summary>Steps until there is nothing more to do; the last report.</summary>
    public async Task<WatchReport> SettleAsync()
    {
        for (var steps = 0; steps < 2000; steps++)
        {
            var report = await StepAsync();
            RequireExact();
            if (report is { Stage: WatchStage.Idle, More: false }) return report;
        }

        throw new InvalidOperationException("The watcher does not come to rest.");
    }

    /// <summary>The journal is one branch of blocks that there are, with exactly its logs, and what was final is.</summary>
    public void RequireExact()
    {
        var blocks = Journal.Blocks;
        // Each block's number and parent were checked as it came in: that all are there is what is left.
        Assert.Equal(FakeChain.Wanted(blocks.Select(block => Chain[block.Hash]), Deployment).Select(Where), Journal.Logs.Select(Where));
        if (_lastFinal is { } before) Assert.Equal(before, Journal.Final[(int)(before.Number - Options.FirstBlock)]);
        _lastFinal = Journal.Position().Final;
        if (_lastFinal is { } final) Assert.Equal(Chain.Canonical[(int)final.Number].Header.Hash, final.Hash);
    }

    /// <summary>The journal has the whole chain, and nothing else.</summary>
    public void RequireWhole(ulong final)
    {
        Assert.Equal(Chain.Canonical.Skip((int)Options.FirstBlock).Select(block => block.Header.Hash), Journal.Blocks.Select(block => block.Hash));
        Assert.Equal(FakeChain.Wanted(Chain.Canonical, Deployment).Select(MemoryJournal.Describe), Journal.Logs.Select(MemoryJournal.Describe));
        if (final >= Options.FirstBlock) Assert.Equal(final, Journal.Position().Final?.Number);
    }

    private static (ulong Block, uint Index, Primitives.Hash32 Hash) Where(LogEntry log) => (log.BlockNumber, log.LogIndex, log.TransactionHash);

    private ChainWatcher Start() => new(Endpoint, Endpoint, Endpoint, _wrap(Journal), Options, Time);
}

/// <summary>A clock that goes on by as much as it is told whenever it is asked.</summary>
internal sealed class StepTime : TimeProvider
{
    private long _now;

    public TimeSpan EachLook { get; set; } = TimeSpan.FromMilliseconds(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Pass(TimeSpan time) => _now += time.Ticks;

    public override long GetTimestamp() => _now += EachLook.Ticks;
}
