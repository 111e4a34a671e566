using System.Collections.Concurrent;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;

namespace OpenSettle.Node;

/// <summary>Settlement must not go on. The message says why, and what a person has to do.</summary>
public sealed class SettlementHaltedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the running node knows beside its books: shown by the API, lost without harm.</summary>
public sealed class NodeState
{
    private readonly ConcurrentDictionary<string, string> _waiting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _mirrorsMissing = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<string> _bundleUrl = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider? _time;
    private volatile string? _halted;
    private volatile string? _trouble;
    private volatile string? _held;
    private volatile string? _pushWaits;
    private volatile bool _witnessWaits;
    private volatile string? _relayWaits;
    private volatile RegistryBook _registry = new();
    private const ulong PassportSeconds = 60;

    private volatile ChainCursor? _posted;
    private volatile ChainCursor? _passportPoint;
    private long _passportChanges;
    private long _flowsRead;
    private readonly Lock _tablesGate = new();
    private volatile PublishedTables _tables;
    private volatile PendingView _pending = PendingView.Empty;
    private volatile CumulativeTreeOfEpoch? _active;
    private volatile WatchReport? _watch;
    private volatile IReadOnlyList<SweepView> _sweeps = [];
    private volatile DriftView _drift = DriftView.None;
    private volatile UsageRefusal? _usageRefused;
    private volatile bool _stopping;
    private long _movedAt;
    private const int MostReorgs = 32;
    private volatile ReorgList _reorgs = new(0, []);
    private bool _releaseAsked;

    /// <param name="tables">The tables that are on disk.</param>
    /// <param name="time">Says since when an alert stands, and when the pipeline moved; null: nobody asks.</param>
    public NodeState(PublishedTables? tables = null, TimeProvider? time = null)
    {
        _tables = tables ?? new PublishedTables();
        Alerts = new Alerts(time);
        _time = time;
        Moved();
    }

    /// <summary>What a person has to see to, and settlement does not stop for.</summary>
    public Alerts Alerts { get; }

    /// <summary>What waits at pay addresses, by token.</summary>
    public IReadOnlyList<SweepView> Sweeps
    {
        get => _sweeps;
        set => _sweeps = value;
    }

    /// <summary>The books against the chain.</summary>
    public DriftView Drift
    {
        get => _drift;
        set => _drift = value;
    }

    /// <summary>When the pipeline last came to a step; null where there is no clock.</summary>
    public DateTimeOffset? MovedAt => _time is null ? null : new(Interlocked.Read(ref _movedAt), TimeSpan.Zero);

    /// <summary>Why settlement stopped for good, or null.</summary>
    public string? Halted => _halted;

    /// <summary>Why pushes wait, or null.</summary>
    public string? PushWaits
    {
        get => _pushWaits;
        set => _pushWaits = value;
    }

    /// <summary>Why signed claims wait, or null.</summary>
    public string? RelayWaits
    {
        get => _relayWaits;
        set => _relayWaits = value;
    }

    /// <summary>Whether a proposal cannot be recomputed yet.</summary>
    public bool WitnessWaits
    {
        get => _witnessWaits;
        set => _witnessWaits = value;
    }

    /// <summary>Why no epoch goes on until a person says so, or null. The rest of the pipeline does.</summary>
    public string? Held
    {
        get => _held;
        set => _held = value;
    }

    /// <summary>What keeps the pipeline from going on right now, or null. It tries again by itself.</summary>
    public string? Trouble
    {
        get => _trouble;
        set => _trouble = value;
    }

    /// <summary>Transactions that wait, by purpose, and why.</summary>
    public IReadOnlyDictionary<string, string> Waiting => _waiting;

    /// <summary>The registry as of the books' last block. Replaced as a whole, never changed in place.</summary>
    public RegistryBook Registry
    {
        get => _registry;
        set => _registry = value;
    }

    /// <summary>
    /// The books' last block, once <see cref="Registry"/> is of that block or a later one; null before the first. Whoever needs both takes this
    /// one first.
    /// </summary>
    public ChainCursor? Posted => _posted;

    /// <summary>The block that passports without a block are of: it moves with each fact, and at the latest after a minute of block time.</summary>
    public ChainCursor? PassportPoint => _passportPoint;

    /// <summary>How often something came in that passports tell of and no block says.</summary>
    public long PassportChanges => Interlocked.Read(ref _passportChanges);

    /// <summary>The books end here now.</summary>
    /// <param name="hasNews">Whether something came in that a passport tells of beside money on its way.</param>
    public void SetPosted(ChainCursor reached, bool hasNews)
    {
        _posted = reached;
        if (hasNews || _passportPoint is not { } point || reached.Timestamp >= point.Timestamp + PassportSeconds) _passportPoint = reached;
    }

    /// <summary>How often the reading of transfers came to the books' end.</summary>
    public long FlowsRead => Interlocked.Read(ref _flowsRead);

    /// <summary>Transfers were read to the books' end.</summary>
    public void SetFlowsRead()
    {
        Interlocked.Increment(ref _flowsRead);
        ChangePassports();
    }

    /// <summary>Something came in that passports tell of: a document, what an attestation says, an attestation off chain.</summary>
    public void ChangePassports() => Interlocked.Increment(ref _passportChanges);

    /// <summary>The published tables. Replaced as a whole, as the registry is.</summary>
    public PublishedTables Tables => _tables;

    /// <summary>Takes a table in that is on disk.</summary>
    public void AddTable(SplitTable table) => AddTables([table]);

    /// <summary>Takes several in at once.</summary>
    public void AddTables(IEnumerable<SplitTable> tables)
    {
        lock (_tablesGate) _tables = _tables.With(tables);
    }

    /// <summary>What was read of blocks that are not final: shown, and nothing else.</summary>
    public PendingView Pending
    {
        get => _pending;
        set => _pending = value;
    }

    /// <summary>The tree of the newest active epoch.</summary>
    public CumulativeTreeOfEpoch? Active
    {
        get => _active;
        set => _active = value;
    }

    /// <summary>How the endpoints stand.</summary>
    public Func<IReadOnlyList<EndpointState>> Endpoints { get; init; } = static () => [];

    /// <summary>What the last look at the chain showed; null before the first.</summary>
    public WatchReport? Watch => _watch;

    /// <summary>The newest block, and the newest final one, that was heard of; null before the first answer.</summary>
    public (ulong Head, ulong Final)? Chain => _watch is { } watch ? (watch.Head, watch.AgreedFinal) : null;

    /// <summary>How many reorganisations of blocks that were not final there were since the start, and the last of them.</summary>
    public ReorgList Reorgs => _reorgs;

    public void SetWatch(WatchReport report)
    {
        _watch = report;
        if (report.RolledBack == 0) return;
        var (count, recent) = (_reorgs.Count, _reorgs.Recent);
        _reorgs = new ReorgList(count + 1, [.. recent.TakeLast(MostReorgs - 1), new ReorgView(_time?.GetUtcNow(), report.RolledBack, report.Tip?.Number)]);
    }

    /// <summary>Somebody wants what waits to be looked at now.</summary>
    public void AskForRelease() => Volatile.Write(ref _releaseAsked, true);

    /// <summary>Whether somebody did since the last time that this was asked.</summary>
    public bool TakeReleaseAsked() => Interlocked.Exchange(ref _releaseAsked, false);

    /// <summary>Says where this node's bundles can be fetched: known once it listens.</summary>
    public void SetBundleUrl(string url) => _bundleUrl.TrySetResult(url);

    /// <summary>Where this node's bundles can be fetched. A proposal waits for it: the address is signed and stays on chain.</summary>
    public Task<string> BundleUrlAsync(CancellationToken cancellation) => _bundleUrl.Task.WaitAsync(cancellation);

    public void Halt(string reason) => _halted ??= reason;

    /// <summary>The pipeline goes on: said at each step.</summary>
    public void Moved()
    {
        if (_time is not null) Interlocked.Exchange(ref _movedAt, _time.GetUtcNow().UtcTicks);
    }

    /// <summary>The last time that usage could not be stored; null where it never happened.</summary>
    public UsageRefusal? UsageRefused => _usageRefused;

    public void SetUsageRefused(string why) => _usageRefused = new UsageRefusal(why, _time?.GetUtcNow());

    /// <summary>Whether the node was told to stop.</summary>
    public bool IsStopping
    {
        get => _stopping;
        set => _stopping = value;
    }

    /// <inheritdoc cref="Alerts.Set"/>
    public bool SetAlert(string name, string message) => Alerts.Set(name, message);

    /// <inheritdoc cref="Alerts.Clear"/>
    public bool ClearAlert(string name) => Alerts.Clear(name);

    /// <summary>Whether this is news: the same reason again need not be told again.</summary>
    public bool SetWaiting(string purpose, string why)
    {
        var known = _waiting.TryGetValue(purpose, out var before) && before == why;
        _waiting[purpose] = why;
        return !known;
    }

    /// <summary>How many bundles each mirror lacks, as far as was seen.</summary>
    public IReadOnlyDictionary<string, int> MirrorsMissing => _mirrorsMissing;

    public void SetMirrorMissing(string mirror, int bundles) => _mirrorsMissing[mirror] = bundles;

    public void ClearWaiting(string purpose) => _waiting.TryRemove(purpose, out _);
}

/// <summary>Payments in blocks that may still go, as far as the last look showed.</summary>
/// <param name="Tip">The last block that was read.</param>
/// <param name="Payments">In chain order.</param>
public sealed record PendingView(Hash32 Tip, IReadOnlyList<Payment> Payments)
{
    public static PendingView Empty { get; } = new(Hash32.Zero, []);

    /// <summary>Those that the books do not have: blocks may have become final since.</summary>
    public IEnumerable<Payment> After(ChainCursor? books) => books is null ? Payments : Payments.Where(payment => payment.At.Block > books.Block);
}

/// <summary>Blocks that were not final, and went.</summary>
/// <param name="Tip">The last block that stayed.</param>
public sealed record ReorgView(DateTimeOffset? At, ulong Blocks, ulong? Tip);

/// <summary>Reorganisations since the start: how many, and the last of them, oldest first.</summary>
public sealed record ReorgList(long Count, IReadOnlyList<ReorgView> Recent);

/// <summary>Usage that the disk did not take.</summary>
public sealed record UsageRefusal(string Why, DateTimeOffset? At);

/// <summary>An active epoch's tree, and the books that it is over.</summary>
/// <param name="Tree">Null while there is no leaf, because all that was ever promised is pushed.</param>
public sealed record CumulativeTreeOfEpoch(ulong Epoch, CumulativeTree? Tree, SettlementState After);
