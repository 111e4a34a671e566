using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>A watcher over an endpoint, with a client whose waits end at once, and a journal that outlives it.</summary>
internal sealed class AnvilWatch : IDisposable
{
    private readonly IRangeSource _ranges;
    private readonly WatchOptions _options;
    private ChainWatcher _watcher;

    /// <param name="endpoint">What is read.</param>
    /// <param name="source">The way of knowing that nothing is missing, or "filters" for believing it.</param>
    /// <param name="options">How it is watched.</param>
    public AnvilWatch(Uri endpoint, string source, WatchOptions options)
    {
        Client = (IBlockReader)new BuiltinProvider(Time).Connect(endpoint, ManualTime.Deadline);
        _options = options;
        Deployment = FakeLogs.Deployment(options.FirstBlock);
        Journal = new MemoryJournal(Deployment);
        _ranges = source switch
        {
            "receipts" => new ProvenRanges(Client),
            "bloom" => new BloomRanges(Client),
            "second" => new AgreedRanges(() => [Client, Client]),
            "filters" => new BelievedRanges(Client),
            _ => throw new ArgumentException($"There is no source '{source}'.", nameof(source)),
        };
        _watcher = Start();
    }

    public static TheoryData<string> Sources => ["receipts", "bloom", "second", "filters"];

    public ManualTime Time { get; } = new();

    public IBlockReader Client { get; }

    public WatchedDeployment Deployment { get; }

    public MemoryJournal Journal { get; }

    public void Restart() => _watcher = Start();

    /// <summary>A step; one that did nothing for trouble throws that, wherever it was met.</summary>
    public async Task<WatchReport> StepAsync()
    {
        var report = await _watcher.StepAsync(CancellationToken.None);
        return report is { Blocks: 0, Trouble: { } trouble } ? throw trouble : report;
    }

    public async Task<WatchReport> SettleAsync()
    {
        while (true)
        {
            var report = await StepAsync();
            if (report is { Stage: WatchStage.Idle, More: false }) return report;
        }
    }

    /// <summary>The journal against the whole chain, asked anew: no log too many, and none missing.</summary>
    public async Task RequireWholeAsync()
    {
        var (logs, head) = await AnvilChain.ReadAsync(Client, Deployment);
        Assert.Equal(logs.Select(MemoryJournal.Describe), Journal.Logs.Select(MemoryJournal.Describe));
        Assert.Equal(JournalBlock.Of(head), Journal.Position().Last);
        Assert.Equal(await Client.GetBlockAsync(BlockRef.Finalized, CancellationToken.None) is { } final ? JournalBlock.Of(final) : null, Journal.Position().Final);
    }

    public void Dispose() => Client.Dispose();

    private ChainWatcher Start() => new(Client, new OneIsEnough(Client), _ranges, Journal, _options, new StepTime());

    /// <summary>Believes what the endpoint's filters say: what the others are there to check.</summary>
    private sealed class BelievedRanges(IChainClient client) : IRangeSource
    {
        public async Task<BlockRange> ReadAsync(ulong first, ulong last, WatchSet wanted, CancellationToken cancellation)
        {
            var headers = RangeHeaders.Link(client.Endpoint, first, last, await client.GetBlocksAsync(first, last, cancellation), static header => header);
            var logs = await FilteredLogs.ReadAsync(client, headers, wanted, cancellation);
            var kept = new RangeLogs(client.Endpoint, wanted);
            kept.Take(logs);
            return new BlockRange(headers, kept.Kept);
        }
    }
}
