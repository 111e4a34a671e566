using System.Globalization;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>The node's settings, checked, in the types of the domain. Not a record: keys must not show in a ToString.</summary>
public sealed class NodeOptions
{
    private volatile LiveOptions _live = new();
    private LiveOptions? _next;

    /// <summary>The chain's name, where a process has several; null: it has this one.</summary>
    public string? Chain { get; init; }

    /// <summary>The chain's endpoints, in the order of preference.</summary>
    public required IReadOnlyList<Uri> Rpc { get; init; }

    /// <summary>How many of them have to agree on what decides money.</summary>
    public required int RpcQuorum { get; init; }

    /// <summary>Tells of new blocks; null: only looks do.</summary>
    public Uri? RpcWebSocket { get; init; }

    /// <summary>After so long a read is asked of another endpoint too; null: never.</summary>
    public TimeSpan? HedgeAfter { get; init; }

    public required Completeness Completeness { get; init; }

    public required DeploymentFile Deployment { get; init; }

    public required string DataDir { get; init; }

    public required string Listen { get; init; }

    public required string Client { get; init; }

    /// <summary>Blocks on top of a final one; null: ask the chain.</summary>
    public required ulong? Confirmations { get; init; }

    public required TimeSpan Poll
    {
        get => _live.Poll;
        init => _live = _live with { Poll = value };
    }

    public required TimeSpan RpcTimeout { get; init; }

    public required ulong BlocksAtOnce { get; init; }

    public required ulong EpochSeconds
    {
        get => _live.EpochSeconds;
        init => _live = _live with { EpochSeconds = value };
    }

    /// <summary>An epoch also closes once so many payments wait.</summary>
    public long EpochPayments
    {
        get => _live.EpochPayments;
        init => _live = _live with { EpochPayments = value };
    }

    /// <summary>And once so much of one of these tokens does.</summary>
    public IReadOnlyDictionary<Address, UInt256> EpochValues
    {
        get => _live.EpochValues;
        init => _live = _live with { EpochValues = value };
    }

    /// <summary>Usage that comes in so long after an epoch's last block still counts, by the chain's time.</summary>
    public ulong UsageGraceSeconds
    {
        get => _live.UsageGraceSeconds;
        init => _live = _live with { UsageGraceSeconds = value };
    }

    /// <summary>Sends and pays for a running node's transactions.</summary>
    public required KeySource? OperatorKey { get; init; }

    public required IReadOnlyList<KeySource> AttestorKeys { get; init; }

    /// <summary>For the commands that send a transaction of a person.</summary>
    public required KeySource? SenderKey { get; init; }

    /// <summary>Opens the keystores that the keys name.</summary>
    public string? KeyPassword { get; init; }

    public string? Mnemonic { get; init; }

    public string? MnemonicPassphrase { get; init; }

    /// <summary>The signer that holds the keys that are with it.</summary>
    public Uri? SignerUrl { get; init; }

    /// <summary>Says how usage in other forms becomes events; null: only our own form is taken.</summary>
    public string? UsageMapping { get; init; }

    /// <summary>How long an event's id is known.</summary>
    public TimeSpan UsageHorizon { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long events are kept one by one; null: for ever.</summary>
    public TimeSpan? UsageKeep { get; init; }

    /// <summary>Folder of older events.</summary>
    public required string UsageArchive { get; init; }

    /// <summary>Most that one gas may cost, in wei.</summary>
    public required UInt256 MaxFeePerGas
    {
        get => _live.MaxFeePerGas;
        init => _live = _live with { MaxFeePerGas = value };
    }

    /// <summary>A transaction that is not mined in this time is offered again for more.</summary>
    public required TimeSpan BumpAfter
    {
        get => _live.BumpAfter;
        init => _live = _live with { BumpAfter = value };
    }

    /// <summary>Most that an epoch's transactions may cost together, in wei.</summary>
    public required UInt256 MaxEpochCost
    {
        get => _live.MaxEpochCost;
        init => _live = _live with { MaxEpochCost = value };
    }

    /// <summary>What tokens are worth in the chain's coin.</summary>
    public TokenPrices TokenPrices
    {
        get => _live.TokenPrices;
        init => _live = _live with { TokenPrices = value };
    }

    /// <summary>Most that a sweep may cost of what it brings, where that is known.</summary>
    public uint SweepMaxCostPercent
    {
        get => _live.SweepMaxCostPercent;
        init => _live = _live with { SweepMaxCostPercent = value };
    }

    /// <summary>What has waited so long is swept whatever it costs; null: never.</summary>
    public TimeSpan? SweepAfter
    {
        get => _live.SweepAfter;
        init => _live = _live with { SweepAfter = value };
    }

    /// <summary>Accounts with at least so much of a token in an epoch are paid by push; empty: nobody is.</summary>
    public IReadOnlyDictionary<Address, UInt256> PushAbove
    {
        get => _live.PushAbove;
        init => _live = _live with { PushAbove = value };
    }

    /// <summary>Most that one gas may cost for a push, in wei.</summary>
    public UInt256 PushMaxFee
    {
        get => _live.PushMaxFee;
        init => _live = _live with { PushMaxFee = value };
    }

    /// <summary>Most that an account's pushes may cost of what they bring, where the tokens have prices.</summary>
    public uint PushMaxCostPercent
    {
        get => _live.PushMaxCostPercent;
        init => _live = _live with { PushMaxCostPercent = value };
    }

    /// <summary>How far this node pays for others' claims.</summary>
    public RelayOptions Relay
    {
        get => _live.Relay;
        init => _live = _live with { Relay = value };
    }

    public required string BundleUrl { get; init; }

    /// <summary>Folders and addresses that every bundle is copied to. An address may hold a password: it is shown by its name only.</summary>
    public IReadOnlyList<string> BundleMirrors { get; init; } = [];

    /// <summary>Whether transfers of listed tokens are read that say which payers belong together.</summary>
    public bool PassportFlows { get; init; } = true;

    /// <summary>Accounts that fund anybody, like an exchange's.</summary>
    public IReadOnlySet<Address> PublicSources { get; init; } = new HashSet<Address>();

    /// <summary>The broker that usage goes through; null: there is none.</summary>
    public QueueOptions? Queue { get; init; }

    /// <summary>The least that is logged.</summary>
    public LogLevel LogLevel
    {
        get => _live.LogLevel;
        init => _live = _live with { LogLevel = value };
    }

    /// <summary>Logs, metrics and webhooks.</summary>
    public SignalOptions Signals { get; init; } = new();

    /// <summary>The database, the roles and the name.</summary>
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>How it recomputes what others settle.</summary>
    public WitnessOptions Witness { get; init; } = new();

    /// <summary>Who may ask the API what, and how often.</summary>
    public HttpOptions Http { get; init; } = new();

    /// <summary>What holds now of what may change while the node runs.</summary>
    internal LiveOptions Live => _live;

    /// <summary>These hold from the next turn of the pipeline on.</summary>
    internal void Offer(LiveOptions next) => Volatile.Write(ref _next, next);

    /// <summary>Said between two turns: all that a turn does goes by one set of options.</summary>
    internal void BeginTurn()
    {
        if (Interlocked.Exchange(ref _next, null) is { } next) _live = next;
    }

    /// <summary>Whose key sends what a node of these roles sends, and the setting that names it; null: it sends nothing.</summary>
    internal (SettingDefinition Setting, KeySource? Key) Sender =>
        Cluster.Has(NodeRoles.Settle) ? (Settings.OperatorKey, OperatorKey) : (WitnessSettings.GuardianKey, Cluster.Has(NodeRoles.Watch) ? Witness.GuardianKey : null);

    /// <summary>The settings of a node that runs: with the role settle it has to hold the keys to settle with.</summary>
    public static NodeOptions ForRun(SettingsReader settings)
    {
        var problems = new ProblemList();
        foreach (var missing in MissingForRun(settings)) problems.Add(missing);
        return problems.Require(problems.Find(() => From(settings)));
    }

    internal static IEnumerable<string> MissingForRun(SettingsReader settings)
    {
        var roles = ClusterOptions.RolesOf(settings);
        SettingDefinition[] needed = roles.HasFlag(NodeRoles.Settle) ? [Settings.OperatorKey] : roles.HasFlag(NodeRoles.Attest) ? [Settings.AttestorKeys, WitnessSettings.Leaders] : [];
        return needed.Where(setting => settings.Find(setting) is null or "").Select(SettingsReader.NotSet);
    }

    /// <exception cref="SettingsException">Settings do not fit together, or a file that they name cannot be used; all that is so is told.</exception>
    public static NodeOptions From(SettingsReader settings)
    {
        var problems = new ProblemList();
        var deployment = problems.Find(() => DeploymentFile.Read(settings.Get(Settings.Deployment)));
        // What else is wrong can be told without it, but for what is said of its tokens.
        return problems.Require(deployment is null ? WithoutDeployment(settings, problems) : From(settings, deployment, problems));
    }

    /// <summary>The same, of a deployment that was read before.</summary>
    internal static NodeOptions From(SettingsReader settings, DeploymentFile deployment)
    {
        var problems = new ProblemList();
        return problems.Require(From(settings, deployment, problems));
    }

    private static NodeOptions? WithoutDeployment(SettingsReader settings, ProblemList problems)
    {
        problems.Try(() => Quorum(settings), 1);
        problems.Try(() => CompletenessOf(settings), Completeness.Receipts);
        problems.Try(() => Keep(settings), null);
        problems.Try(() => ClusterOptions.From(settings), new ClusterOptions());
        return null;
    }

    /// <summary>The options, with defaults in the place of what has problems.</summary>
    internal static NodeOptions From(SettingsReader settings, DeploymentFile deployment, ProblemList problems) => new()
    {
        Chain = settings.Chain,
        Rpc = [.. Items(settings.Get(Settings.Rpc)).Select(endpoint => new Uri(endpoint))],
        RpcQuorum = problems.Try(() => Quorum(settings), 1),
        RpcWebSocket = settings.Find(Settings.RpcWebSocket) is { } hints ? new Uri(hints) : null,
        HedgeAfter = Number(settings, Settings.HedgeMilliseconds) is var hedge and > 0 ? TimeSpan.FromMilliseconds(hedge) : null,
        Completeness = problems.Try(() => CompletenessOf(settings), Completeness.Receipts),
        Deployment = deployment,
        DataDir = Path.GetFullPath(settings.Get(Settings.DataDir)),
        Listen = settings.Get(Settings.Listen),
        Client = settings.Get(Settings.Client),
        Confirmations = settings.Get(Settings.Finality) is "finalized" ? null : Number(settings, Settings.Finality),
        Poll = PollOf(settings),
        RpcTimeout = TimeSpan.FromSeconds(Number(settings, Settings.RpcTimeoutSeconds)),
        BlocksAtOnce = Number(settings, Settings.BlocksAtOnce),
        EpochSeconds = Number(settings, Settings.EpochSeconds),
        EpochPayments = (long)Number(settings, Settings.EpochPayments),
        EpochValues = problems.Try(() => TokenAmounts.Read(Settings.EpochValue, settings.Get(Settings.EpochValue), deployment.Tokens), new Dictionary<Address, UInt256>()),
        UsageGraceSeconds = Number(settings, Settings.UsageGraceSeconds),
        OperatorKey = Key(settings, Settings.OperatorKey),
        SenderKey = Key(settings, Settings.SenderKey),
        AttestorKeys = [.. Items(settings.Find(Settings.AttestorKeys)).Select(Source)],
        KeyPassword = settings.Find(Settings.KeyPassword),
        Mnemonic = settings.Find(Settings.Mnemonic),
        MnemonicPassphrase = settings.Find(Settings.MnemonicPassphrase),
        SignerUrl = settings.Find(Settings.SignerUrl) is { } signer ? new Uri(signer) : null,
        UsageMapping = settings.Find(Settings.UsageMapping),
        UsageHorizon = TimeSpan.FromDays(Number(settings, Settings.UsageHorizonDays)),
        UsageKeep = problems.Try(() => Keep(settings), null),
        UsageArchive = settings.Get(Settings.UsageArchive) is { Length: > 0 } archive ? Path.GetFullPath(archive) : Path.Combine(Path.GetFullPath(settings.Get(Settings.DataDir)), "archive"),
        MaxFeePerGas = Number(settings, Settings.MaxFeeGwei) * (UInt256)1_000_000_000,
        BumpAfter = TimeSpan.FromSeconds(Number(settings, Settings.BumpSeconds)),
        MaxEpochCost = Settings.TryCoins(settings.Get(Settings.MaxEpochCost), out var cost) ? cost : throw new InvalidOperationException("An amount was taken that is none."),
        TokenPrices = problems.Try(() => TokenPrices.Of(settings.Get(Settings.TokenPrices), deployment.Tokens), TokenPrices.None),
        SweepMaxCostPercent = (uint)Number(settings, Settings.SweepMaxCostPercent),
        SweepAfter = Number(settings, Settings.SweepAfterHours) is var hours and > 0 ? TimeSpan.FromHours(hours) : null,
        PushAbove = problems.Try(() => TokenAmounts.Read(Settings.PushAbove, settings.Get(Settings.PushAbove), deployment.Tokens), new Dictionary<Address, UInt256>()),
        PushMaxFee = Number(settings, Settings.PushMaxFeeGwei) * (UInt256)1_000_000_000,
        PushMaxCostPercent = (uint)Number(settings, Settings.PushMaxCostPercent),
        Relay = RelayOptions.From(settings),
        BundleUrl = settings.Get(Settings.BundleUrl).TrimEnd('/'),
        PassportFlows = settings.Get(Settings.PassportFlows) == "on",
        PublicSources = settings.Get(Settings.PublicSources) is { Length: > 0 } sources ? Items(sources).Select(Address.Parse).ToHashSet() : new HashSet<Address>(),
        BundleMirrors = settings.Get(Settings.BundleMirrors) is { Length: > 0 } mirrors ? Items(mirrors) : [],
        Cluster = problems.Try(() => ClusterOptions.From(settings), new ClusterOptions()),
        Witness = WitnessOptions.From(settings),
        Queue = QueueOptions.From(settings),
        LogLevel = SignalOptions.LevelOf(settings),
        Signals = problems.Try(() => SignalOptions.From(settings), new SignalOptions()),
        Http = problems.Try(() => HttpOptions.From(settings), new HttpOptions()),
    };

    /// <summary>A witness has windows of hours before it, and its endpoint is paid by somebody who earns nothing by it.</summary>
    private static TimeSpan PollOf(SettingsReader settings) => TimeSpan.FromMilliseconds(
        settings.Get(Settings.PollMilliseconds) is not "auto" ? Number(settings, Settings.PollMilliseconds)
        : (ClusterOptions.RolesOf(settings) & NodeRoles.All) == NodeRoles.None ? 10_000
        : 2_000);

    private static int Quorum(SettingsReader settings)
    {
        var endpoints = Items(settings.Get(Settings.Rpc)).Length;
        if (settings.Get(Settings.RpcQuorum) is "majority") return endpoints / 2 + 1;
        var wanted = (int)Number(settings, Settings.RpcQuorum);
        return wanted <= endpoints ? wanted : throw new SettingsException([$"rpcQuorum: {wanted} endpoints have to agree, and rpc names {endpoints}. Name more, or set rpcQuorum to at most {endpoints}."]);
    }

    private static TimeSpan? Keep(SettingsReader settings)
    {
        var (keep, horizon) = (Number(settings, Settings.UsageKeepDays), Number(settings, Settings.UsageHorizonDays));
        if (keep == 0) return null;
        return keep >= horizon
            ? TimeSpan.FromDays(keep)
            : throw new SettingsException([$"usageKeepDays: events of the last {horizon} days (usageHorizonDays) are needed to tell new ones from known ones. Set it to 0 or to at least {horizon}."]);
    }

    private static Completeness CompletenessOf(SettingsReader settings)
    {
        switch (settings.Get(Settings.Completeness))
        {
            case "second":
                return Items(settings.Get(Settings.Rpc)).Length > 1
                    ? Completeness.Second
                    : throw new SettingsException(["completeness: 'second' asks two endpoints, and rpc names one. Name another, or set completeness to receipts."]);
            case "bloom":
                return Completeness.Bloom;
            default:
                return Completeness.Receipts;
        }
    }

    private static ulong Number(SettingsReader settings, SettingDefinition setting) =>
        ulong.Parse(settings.Get(setting), NumberStyles.None, CultureInfo.InvariantCulture);

    private static KeySource? Key(SettingsReader settings, SettingDefinition setting) => settings.Find(setting) is { } key ? Source(key) : null;

    // The values were checked when they were read.
    private static KeySource Source(string value) => KeySource.Find(value.Trim()) ?? throw new InvalidOperationException("A key was taken that is none.");

    private static string[] Items(string? list) => list?.Split(',', StringSplitOptions.TrimEntries) ?? [];
}
