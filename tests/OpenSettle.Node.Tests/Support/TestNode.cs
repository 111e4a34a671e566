using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Passports;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Relay;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Signals.Webhooks;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Tests.Support;

/// <summary>A node's pipeline over a fake chain, with real books in a folder of its own.</summary>
internal sealed class TestNode : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-node-").FullName;
    private readonly Action<string> _onPoint;

    /// <param name="chain">The chain.</param>
    /// <param name="blocksAtOnce">Blocks in one range.</param>
    /// <param name="epochSeconds">Block time that payments wait.</param>
    /// <param name="firstBlock">Block of the deployment.</param>
    /// <param name="onPoint">Called before each signature and at each log line: where a test can end the process.</param>
    public TestNode(FakeChain chain, ulong blocksAtOnce = 500, ulong epochSeconds = 30, Action<string>? onPoint = null, ulong firstBlock = 1, UInt256? maxEpochCost = null, string tokenPrices = "", UInt256? pushAbove = null,
        long epochPayments = long.MaxValue, UInt256? epochValue = null, ulong usageGraceSeconds = 0, Address? eas = null, SignalOptions? signals = null, RelayOptions? relay = null, Address? claimRelay = null)
    {
        Chain = chain;
        _onPoint = onPoint ?? (_ => { });
        Options = MakeOptions(_folder, blocksAtOnce, epochSeconds, firstBlock: firstBlock, maxEpochCost: maxEpochCost, tokenPrices: tokenPrices, pushAbove: pushAbove, epochPayments: epochPayments, epochValue: epochValue, usageGraceSeconds: usageGraceSeconds, eas: eas, signals: signals, relay: relay, claimRelay: claimRelay);
        Restart();
    }

    public FakeChain Chain { get; }

    /// <summary>Goes on by so much with each look: what waits for its time to be sent again is due.</summary>
    public TimeSpan Between { get; set; } = TimeSpan.FromSeconds(15);

    private PostgresPlace? _place;
    private string? _database;

    public ManualTime Time { get; } = new();

    public NodeOptions Options { get; }

    public IBooks Books { get; private set; } = null!;

    public SqliteUsage Usage { get; private set; } = null!;

    public NodeState State { get; private set; } = null!;

    public NodeMetrics Metrics { get; private set; } = null!;

    public BundleFolder Bundles { get; private set; } = null!;

    public MirrorSet Mirrors { get; private set; } = null!;

    public WatchStep Watch { get; private set; } = null!;

    public BookStep Book { get; private set; } = null!;

    public SweepStep Sweep { get; private set; } = null!;

    public EpochStep Epochs { get; private set; } = null!;

    public Candidates Candidates { get; private set; } = null!;

    /// <summary>Attestors whose keys the node has; changed before a start.</summary>
    public IReadOnlyList<Hash32> OwnAttestors { get; set; } = World.AttestorKeys;

    public PushStep Pushes { get; private set; } = null!;

    public DriftStep Drift { get; private set; } = null!;

    public SendStep Sending { get; private set; } = null!;

    public RelayDesk Desk { get; private set; } = null!;

    public RelayStep Relaying { get; private set; } = null!;

    public PassportSource Source { get; private set; } = null!;

    public PassportService Passports { get; private set; } = null!;

    public ModelNames Names { get; private set; } = null!;

    public PassportWorker Worker { get; private set; } = null!;

    /// <summary>Who is asked what attestations say; null: the chain.</summary>
    public IReadOnlyList<IChainClient>? AttestationClients { get; set; }

    public string DatabaseFile => NodeOptionsPaths.In(Options.DataDir).Database;

    public static NodeOptions MakeOptions(string folder, ulong blocksAtOnce = 500, ulong epochSeconds = 30, ulong firstBlock = 1, UInt256? maxEpochCost = null, UInt256? maxFeePerGas = null, int quorum = 1, Address? registry = null, string tokenPrices = "", UInt256? pushAbove = null,
        long epochPayments = long.MaxValue, UInt256? epochValue = null, ulong usageGraceSeconds = 0, Address? eas = null, SignalOptions? signals = null, RelayOptions? relay = null, Address? claimRelay = null,
        ClusterOptions? cluster = null, WitnessOptions? witness = null) => new()
    {
        Rpc = [new Uri("http://127.0.0.1:1")],
        RpcQuorum = quorum,
        Completeness = Completeness.Receipts,
        Deployment = new DeploymentFile(new WatchedDeployment(registry is { } other ? World.Deployment with { Registry = other } : World.Deployment, World.Resolver, firstBlock) { Eas = eas ?? Address.Zero, ClaimRelay = claimRelay ?? Address.Zero }, [new TokenInfo(World.Dollar, "USD", 6)]),
        DataDir = folder,
        Listen = "http://127.0.0.1:0",
        Client = "builtin",
        Confirmations = null,
        Poll = TimeSpan.FromSeconds(1),
        RpcTimeout = TimeSpan.FromSeconds(1),
        BlocksAtOnce = blocksAtOnce,
        EpochSeconds = epochSeconds,
        OperatorKey = KeySource.Of(World.OperatorKey),
        AttestorKeys = [.. World.AttestorKeys.Select(KeySource.Of)],
        SenderKey = null,
        UsageArchive = Path.Combine(folder, "archive"),
        MaxFeePerGas = maxFeePerGas ?? 100,
        BumpAfter = TimeSpan.FromMinutes(10),
        MaxEpochCost = maxEpochCost ?? UInt256.MaxAmount,
        TokenPrices = TokenPrices.Of(tokenPrices, [new TokenInfo(World.Dollar, "USD", 6)]),
        BundleUrl = string.Empty,
        PushAbove = pushAbove is { } least ? new Dictionary<Address, UInt256> { [World.Dollar] = least } : new Dictionary<Address, UInt256>(),
        PushMaxFee = 50,
        EpochPayments = epochPayments,
        EpochValues = epochValue is { } value ? new Dictionary<Address, UInt256> { [World.Dollar] = value } : new Dictionary<Address, UInt256>(),
        UsageGraceSeconds = usageGraceSeconds,
        Signals = signals ?? new SignalOptions(),
        Relay = relay ?? new RelayOptions(),
        Cluster = cluster ?? new ClusterOptions(),
        Witness = witness ?? new WitnessOptions(),
    };

    /// <summary>Everything new over the same folder, as after a crash.</summary>
    public void Restart()
    {
        Books?.Dispose();
        Usage?.Dispose();
        Metrics?.Dispose();
        Metrics = NodeMetrics.Alone(World.ChainId);
        var paths = NodeOptionsPaths.In(Options.DataDir);
        Books = OpenBooks(paths);
        Usage = SqliteUsage.Open(paths.Usage, World.Deployment, Time, new UsageOptions { ArchiveFolder = Options.UsageArchive });
        State = new NodeState(Books.Read(session => session.Chain.LoadTables()), Time) { Registry = Books.Read(session => session.Chain.LoadRegistry()) };
        State.SetBundleUrl("http://bundles.example");
        Bundles = new BundleFolder(paths);
        Mirrors?.Dispose();
        Mirrors = new MirrorSet(Options, Bundles, State, Time, NullLogger<MirrorSet>.Instance);
        var provider = new PointProvider(World.Provider, _onPoint);
        var deployment = Options.Deployment.Watched;
        var options = new WatchOptions { FirstBlock = deployment.FirstBlock, MostBlocks = Options.BlocksAtOnce, StartBlocks = Options.BlocksAtOnce };
        var watcher = new ChainWatcher(Chain, Chain, new AgreedRanges(() => [Chain, Chain]), new BooksJournal(Books, deployment), options, Time);
        Watch = new WatchStep(watcher, State, Metrics, Time, new PointLogger<WatchStep>(_onPoint));
        var replays = new EpochReplays(Bundles);
        Book = new BookStep(Options, Books, replays, State, new PointLogger<BookStep>(_onPoint)) { Webhooks = new WebhookFacts(new WebhookQueue(Options, Time), Time) };
        Sweep = new SweepStep(Options, Chain, Books, State, Time, new PointLogger<SweepStep>(_onPoint));
        Candidates = new Candidates(Options, Chain, provider, Books, Time);
        Epochs = new EpochStep(Options, Chain, Chain, new Attestors([.. OwnAttestors.Select(provider.SignerFromPrivateKey)]), Candidates, Books, Usage, Bundles, replays, Mirrors, State, Time, new PointLogger<EpochStep>(_onPoint));
        Pushes = new PushStep(Options, Chain, Books, State, new PointLogger<PushStep>(_onPoint));
        Drift = new DriftStep(Options, Chain, Books, State, Time, new PointLogger<DriftStep>(_onPoint));
        Passports?.Dispose();
        Source = new PassportSource(Books, Usage, State, Options);
        Passports = new PassportService(Source, State, Options);
        Names = new ModelNames(Books, State);
        Worker = new PassportWorker(
            Options, Books, Chain, new AttestationReader(Options, Books, () => [.. AttestationClients ?? [Chain]]), new FlowReader(Options, Books, Chain), new StandingKeeper(Books, Passports, State, Options, Names), State, Time, Leadership.Alone(Time));
        Sending = new SendStep(Options, Chain, Chain, provider.SignerFromPrivateKey(World.OperatorKey), Books, State, Metrics, Time, new PointLogger<SendStep>(_onPoint));
        var trial = new RelayTrial(Options, Chain, World.Operator);
        Desk?.Dispose();
        Desk = new RelayDesk(Options, Chain, World.Provider, trial, Books, State, Time);
        Relaying = new RelayStep(Options, Chain, Chain, trial, Books, State, Time, new PointLogger<RelayStep>(_onPoint));
    }

    /// <summary>Reads until the newest final block.</summary>
    public async Task WatchAsync()
    {
        while (await StepAsync())
        {
        }
    }

    /// <summary>One look at the chain, and what it brought into the books. Whether there is more to read.</summary>
    public async Task<bool> StepAsync()
    {
        var seen = await Watch.RunAsync(CancellationToken.None);
        while (!await Book.RunAsync(CancellationToken.None))
        {
        }

        if (seen.Trouble is not null) throw seen.Trouble;
        return seen.More || !seen.AtFinal;
    }

    /// <summary>What the worker does at the tip: every step once, in its order.</summary>
    public async Task TickAsync()
    {
        Time.Advance(Between);
        await WatchAsync();
        await Sweep.RunAsync(CancellationToken.None);
        await Epochs.RunAsync(CancellationToken.None);
        await Pushes.RunAsync(CancellationToken.None);
        await Drift.RunAsync(CancellationToken.None);
        await Sending.RunAsync(CancellationToken.None);
        await Relaying.RunAsync(CancellationToken.None);
    }

    /// <summary>The pipeline and a block, so many times.</summary>
    public async Task RunAsync(int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            await TickAsync();
            Chain.Mine();
        }
    }

    /// <summary>Reads, and looks at what is sent.</summary>
    public async Task SendAsync()
    {
        Time.Advance(Between);
        await WatchAsync();
        await Sending.RunAsync(CancellationToken.None);
    }

    /// <summary>Adds a gateway or an operator beside the running node, and tells the key.</summary>
    public string AddKey(string name, GatewayScopes scopes, Address? address = null)
    {
        using var store = GatewayStore.Open(NodeOptionsPaths.In(Options.DataDir).Usage, World.Deployment);
        var key = GatewayKeyText.Create();
        Assert.NotNull(store.Add(name, GatewayKeyText.HashOf(key), address ?? Address.Zero, scopes, 0, 0, Time.GetUtcNow()));
        return key;
    }

    public void RevokeKey(string name)
    {
        using var store = GatewayStore.Open(NodeOptionsPaths.In(Options.DataDir).Usage, World.Deployment);
        Assert.True(store.Revoke(name, Time.GetUtcNow()));
    }

    public OutboxRecord? Find(string purpose) => Books.Read(session => session.Outbox.Find(purpose));

    public SettledEpoch? Epoch(ulong number) => Books.Read(session => session.Epochs.Get(number));

    public IReadOnlyList<OutboxRecord> Outbox() => Books.Read(session => session.Outbox.Recent(1000));

    /// <summary>All that the books say, as one text: equal texts are equal books.</summary>
    public string Describe() => Books.Read(session => string.Join('\n',
    [
        $"cursor {session.Chain.Cursor()}",
        .. session.Chain.ListedTokens().Select(token => $"listed {token}"),
        .. session.Payments.Recent(int.MaxValue).Select(row => $"payment {row.Payment} settled {row.Settled} epoch {row.Epoch}"),
        .. session.Payments.Undivided(long.MaxValue).Select(payment => $"undivided {payment}"),
        .. Enum.GetValues<AccountKind>().SelectMany(kind => session.Ledger.All(kind)).Select(row => $"account {row.Account} {row.Token} {row.Totals.Out} {row.Totals.In}"),
        .. session.Ledger.TrialBalances().Select(balance => $"balance {balance}"),
        .. session.Epochs.List(int.MaxValue).Select(epoch => $"epoch {epoch}"),
        .. session.Chain.LoadRegistry().Models.Select(model =>
            $"model {model.Registration} {model.Owner} {model.SplitAt(new Registry.BlockPoint(long.MaxValue, long.MaxValue)).Version}"),
    ]));

    public void Dispose()
    {
        Desk.Dispose();
        Mirrors.Dispose();
        Passports.Dispose();
        Metrics.Dispose();
        Usage.Dispose();
        Books.Dispose();
        _place?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>On files, or, where the whole suite is run so, on PostgreSQL.</summary>
    private IBooks OpenBooks(NodeOptionsPaths paths)
    {
        if (!TestDatabase.IsPostgres) return SqliteBooks.Open(paths.Database, World.Deployment);
        _place?.Dispose();
        _place = PostgresPlace.Open(_database ??= TestDatabase.Create(), World.Deployment, "test");
        return new PostgresBooks(_place);
    }

    private sealed class PointLogger<T>(Action<string> onPoint) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => NullLogger.Instance.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            onPoint($"log {eventId.Id}");
    }

    private sealed class PointProvider(IChainProvider inner, Action<string> onPoint) : IChainProvider
    {
        public string Name => inner.Name;

        public string Curve => inner.Curve;

        public IChainClient Connect(Uri endpoint, TimeSpan timeout, bool retries = true) => inner.Connect(endpoint, timeout, retries);

        public ISigner SignerFromPrivateKey(Hash32 privateKey) => new PointSigner(inner.SignerFromPrivateKey(privateKey), onPoint);

        public ISigner SignerFromMnemonic(string mnemonic, string passphrase, HdPath path) =>
            new PointSigner(inner.SignerFromMnemonic(mnemonic, passphrase, path), onPoint);

        public ISigner SignerFromKeystore(string keystore, string password) => new PointSigner(inner.SignerFromKeystore(keystore, password), onPoint);

        public Address? Recover(Hash32 digest, RecoverableSignature signature) => inner.Recover(digest, signature);
    }

    private sealed class PointSigner(ISigner inner, Action<string> onPoint) : ISigner
    {
        public Address Address => inner.Address;

        public void Dispose() => inner.Dispose();

        public async ValueTask<SignedTransaction> SignTransactionAsync(TransactionRequest request, CancellationToken cancellation)
        {
            var signed = await inner.SignTransactionAsync(request, cancellation);
            onPoint("transaction signed");
            return signed;
        }

        public async ValueTask<RecoverableSignature> SignTypedDataAsync(TypedData data, CancellationToken cancellation)
        {
            onPoint("typed data to sign");
            return await inner.SignTypedDataAsync(data, cancellation);
        }
    }
}
