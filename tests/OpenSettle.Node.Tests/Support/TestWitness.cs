using OpenSettle.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Signals.Webhooks;
using OpenSettle.Node.Witness;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;
using Proposal = OpenSettle.Ethereum.Contracts.Proposal;

namespace OpenSettle.Node.Tests.Support;

/// <summary>A node that believes nobody, over the same fake chain as a node that settles, with books of its own.</summary>
internal sealed class TestWitness : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-witness-").FullName;
    private readonly FakeChain _chain;
    private readonly bool _guards;
    private WitnessPlaces _places = null!;
    private JudgeStep _judge = null!;
    private WatchStep _watch = null!;
    private BookStep _book = null!;
    private PullStep _pull = null!;
    private VetoStep _veto = null!;
    private AttestStep? _attest;

    /// <param name="bundles">Where bundles are looked for.</param>
    /// <param name="usage">Where usage is pulled from.</param>
    /// <param name="guards">Whether it has the guardian's key.</param>
    /// <param name="leaders">Whose candidates it looks at; with them it attests, and does not watch.</param>
    /// <param name="attestors">Its keys.</param>
    public TestWitness(FakeChain chain, string bundles, string usage, bool guards = true, IReadOnlyList<Uri>? leaders = null, params IReadOnlyList<Hash32> attestors)
    {
        (_chain, _guards, Keys) = (chain, guards && leaders is null, attestors);
        Time = new ManualTime { Shown = () => chain.HeadBlock.Timestamp + ClockAhead };
        Options = TestNode.MakeOptions(
            _folder, cluster: new ClusterOptions { Roles = leaders is null ? NodeRoles.Watch : NodeRoles.Attest },
            witness: new WitnessOptions { BundlePlaces = [bundles], UsagePlaces = [usage], GuardianKey = KeySource.Of(World.GuardianKey), Leaders = leaders ?? [] });
        Restart();
    }

    public IReadOnlyList<Hash32> Keys { get; }

    public ManualTime Time { get; }

    /// <summary>How many seconds the blocks that it sees are old.</summary>
    public ulong ClockAhead { get; set; }

    public NodeOptions Options { get; }

    public IBooks Books { get; private set; } = null!;

    public NodeState State { get; private set; } = null!;

    public EpochJudge Judge { get; private set; } = null!;

    public HeldBatches Held { get; private set; } = null!;

    public IReadOnlyList<EpochVerdict> Verdicts => Books.Read(session => session.Verdicts.List(100));

    public void Restart()
    {
        Close();
        var paths = NodeOptionsPaths.In(_folder);
        var deployment = Options.Deployment.Watched;
        Books = SqliteBooks.Open(paths.Database, World.Deployment);
        State = new NodeState(Books.Read(session => session.Chain.LoadTables()), Time) { Registry = Books.Read(session => session.Chain.LoadRegistry()) };
        var metrics = NodeMetrics.Alone(World.ChainId);
        var bundles = new BundleFolder(paths);
        var replays = new EpochReplays(bundles);
        var watcher = new ChainWatcher(_chain, _chain, new AgreedRanges(() => [_chain, _chain]), new BooksJournal(Books, deployment), new WatchOptions { FirstBlock = deployment.FirstBlock, MostBlocks = 500, StartBlocks = 500 }, Time);
        _watch = new WatchStep(watcher, State, metrics, Time, NullLogger<WatchStep>.Instance);
        _book = new BookStep(Options, Books, replays, State, NullLogger<BookStep>.Instance) { Webhooks = new WebhookFacts(new WebhookQueue(Options, Time), Time), Adoption = new WitnessAdoption(deployment, bundles) };
        _places = new WitnessPlaces(Options, Time);
        Held = new HeldBatches(Options, Books, _places.BatchSource(World.Provider), World.Provider, State, Time, NullLogger<HeldBatches>.Instance);
        _pull = new PullStep(Options, Books, Held, _places, State, Time);
        Judge = new EpochJudge(Options, _chain, Books, bundles, _places.BundleSource(), Held, new WebhookFacts(new WebhookQueue(Options, Time), Time), State, Time, NullLogger<EpochJudge>.Instance);
        _judge = new JudgeStep(Options, _chain, Books, Judge, State, Time);
        var guardian = World.Provider.SignerFromPrivateKey(World.GuardianKey);
        var send = new SendStep(Options, _chain, _chain, guardian, Books, State, metrics, Time, NullLogger<SendStep>.Instance);
        _attest = Options.Witness.Leaders.Count == 0 ? null : new AttestStep(
            Options, _chain, new Attestors([.. Keys.Select(World.Provider.SignerFromPrivateKey)]), Judge, new CandidateClient(_places, Time), State, NullLogger<AttestStep>.Instance);
        _veto = new VetoStep(Options, _chain, Books, guardian, send, State, Time, NullLogger<VetoStep>.Instance);
    }

    /// <summary>What the worker does, once.</summary>
    public async Task TickAsync()
    {
        Time.Advance(TimeSpan.FromSeconds(15));
        for (var more = true; more;)
        {
            var seen = await _watch.RunAsync(CancellationToken.None);
            var posted = !_judge.MayPost() || await _book.RunAsync(CancellationToken.None);
            var pulls = await _pull.RunAsync(CancellationToken.None);
            var differs = await _judge.RunAsync(seen.AtFinal, CancellationToken.None);
            if (seen.AtFinal && _guards) await _veto.RunAsync(differs, CancellationToken.None);
            if (seen.AtFinal && _attest is not null) await _attest.RunAsync(differs, CancellationToken.None);
            if (seen.Trouble is not null) throw seen.Trouble;
            more = pulls || seen.More || !posted || (_judge.MayPost() && Books.Read(session => session.Journal.Final()?.Number > session.Chain.Cursor()?.Block));
        }
    }

    /// <summary>The pipeline and a block, so many times.</summary>
    public async Task RunAsync(int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            await TickAsync();
            _chain.Mine();
        }
    }

    public Task<(EpochVerdict? Verdict, Lack? Lack)> JudgeAsync(Proposal proposal) => Judge.VerdictAsync(proposal, EpochJudge.Longest, isActive: false, CancellationToken.None);

    public void Dispose()
    {
        Close();
        Directory.Delete(_folder, recursive: true);
    }

    private void Close()
    {
        _places?.Dispose();
        Books?.Dispose();
    }
}
