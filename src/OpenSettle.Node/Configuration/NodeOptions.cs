using System.Globalization;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>The node's settings, checked, in the types of the domain. Not a record: keys must not show in a ToString.</summary>
public sealed class NodeOptions
{
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

    public required TimeSpan Poll { get; init; }

    public required TimeSpan RpcTimeout { get; init; }

    public required ulong BlocksAtOnce { get; init; }

    public required ulong EpochSeconds { get; init; }

    /// <summary>An epoch also closes once so many payments wait.</summary>
    public long EpochPayments { get; init; } = long.MaxValue;

    /// <summary>And once so much of one of these tokens does.</summary>
    public IReadOnlyDictionary<Address, UInt256> EpochValues { get; init; } = new Dictionary<Address, UInt256>();

    /// <summary>Usage that comes in so long after an epoch's last block still counts, by the chain's time.</summary>
    public ulong UsageGraceSeconds { get; init; }

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
    public required UInt256 MaxFeePerGas { get; init; }

    /// <summary>A transaction that is not mined in this time is offered again for more.</summary>
    public required TimeSpan BumpAfter { get; init; }

    /// <summary>Most that an epoch's transactions may cost together, in wei.</summary>
    public required UInt256 MaxEpochCost { get; init; }

    /// <summary>What tokens are worth in the chain's coin.</summary>
    public TokenPrices TokenPrices { get; init; } = TokenPrices.None;

    /// <summary>Most that a sweep may cost of what it brings, where that is known.</summary>
    public uint SweepMaxCostPercent { get; init; } = 5;

    /// <summary>What has waited so long is swept whatever it costs; null: never.</summary>
    public TimeSpan? SweepAfter { get; init; } = TimeSpan.FromHours(168);

    /// <summary>Accounts with at least so much of a token in an epoch are paid by push; empty: nobody is.</summary>
    public IReadOnlyDictionary<Address, UInt256> PushAbove { get; init; } = new Dictionary<Address, UInt256>();

    /// <summary>Most that one gas may cost for a push, in wei.</summary>
    public UInt256 PushMaxFee { get; init; } = UInt256.MaxAmount;

    /// <summary>Most that an account's pushes may cost of what they bring, where the tokens have prices.</summary>
    public uint PushMaxCostPercent { get; init; } = 1;

    public required string BundleUrl { get; init; }

    /// <summary>Folders and addresses that every bundle is copied to. An address may hold a password: it is shown by its name only.</summary>
    public IReadOnlyList<string> BundleMirrors { get; init; } = [];

    /// <summary>Whether transfers of listed tokens are read that say which payers belong together.</summary>
    public bool PassportFlows { get; init; } = true;

    /// <summary>Accounts that fund anybody, like an exchange's.</summary>
    public IReadOnlySet<Address> PublicSources { get; init; } = new HashSet<Address>();

    /// <summary>Who may ask the API what, and how often.</summary>
    public HttpOptions Http { get; init; } = new();

    /// <summary>The settings of a node that runs: it has to hold the keys to settle with.</summary>
    public static NodeOptions ForRun(SettingsReader settings)
    {
        SettingDefinition[] missing = [.. new[] { Settings.OperatorKey, Settings.AttestorKeys }.Where(setting => settings.Find(setting) is null)];
        return missing.Length == 0 ? From(settings) : throw new SettingsException([.. missing.Select(SettingsReader.NotSet)]);
    }

    public static NodeOptions From(SettingsReader settings) => From(settings, DeploymentFile.Read(settings.Get(Settings.Deployment)));

    private static NodeOptions From(SettingsReader settings, DeploymentFile deployment) => new()
    {
        Rpc = [.. Items(settings.Get(Settings.Rpc)).Select(endpoint => new Uri(endpoint))],
        RpcQuorum = Quorum(settings),
        RpcWebSocket = settings.Find(Settings.RpcWebSocket) is { } hints ? new Uri(hints) : null,
        HedgeAfter = Number(settings, Settings.HedgeMilliseconds) is var hedge and > 0 ? TimeSpan.FromMilliseconds(hedge) : null,
        Completeness = CompletenessOf(settings),
        Deployment = deployment,
        DataDir = Path.GetFullPath(settings.Get(Settings.DataDir)),
        Listen = settings.Get(Settings.Listen),
        Client = settings.Get(Settings.Client),
        Confirmations = settings.Get(Settings.Finality) is "finalized" ? null : Number(settings, Settings.Finality),
        Poll = TimeSpan.FromMilliseconds(Number(settings, Settings.PollMilliseconds)),
        RpcTimeout = TimeSpan.FromSeconds(Number(settings, Settings.RpcTimeoutSeconds)),
        BlocksAtOnce = Number(settings, Settings.BlocksAtOnce),
        EpochSeconds = Number(settings, Settings.EpochSeconds),
        EpochPayments = (long)Number(settings, Settings.EpochPayments),
        EpochValues = TokenAmounts.Read(Settings.EpochValue, settings.Get(Settings.EpochValue), deployment.Tokens),
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
        UsageKeep = Keep(settings),
        UsageArchive = settings.Get(Settings.UsageArchive) is { Length: > 0 } archive ? Path.GetFullPath(archive) : Path.Combine(Path.GetFullPath(settings.Get(Settings.DataDir)), "archive"),
        MaxFeePerGas = Number(settings, Settings.MaxFeeGwei) * (UInt256)1_000_000_000,
        BumpAfter = TimeSpan.FromSeconds(Number(settings, Settings.BumpSeconds)),
        MaxEpochCost = Settings.TryCoins(settings.Get(Settings.MaxEpochCost), out var cost) ? cost : throw new InvalidOperationException("An amount was taken that is none."),
        TokenPrices = TokenPrices.Of(settings.Get(Settings.TokenPrices), deployment.Tokens),
        SweepMaxCostPercent = (uint)Number(settings, Settings.SweepMaxCostPercent),
        SweepAfter = Number(settings, Settings.SweepAfterHours) is var hours and > 0 ? TimeSpan.FromHours(hours) : null,
        PushAbove = TokenAmounts.Read(Settings.PushAbove, settings.Get(Settings.PushAbove), deployment.Tokens),
        PushMaxFee = Number(settings, Settings.PushMaxFeeGwei) * (UInt256)1_000_000_000,
        PushMaxCostPercent = (uint)Number(settings, Settings.PushMaxCostPercent),
        BundleUrl = settings.Get(Settings.BundleUrl).TrimEnd('/'),
        PassportFlows = settings.Get(Settings.PassportFlows) == "on",
        PublicSources = settings.Get(Settings.PublicSources) is { Length: > 0 } sources ? Items(sources).Select(Address.Parse).ToHashSet() : new HashSet<Address>(),
        BundleMirrors = settings.Get(Settings.BundleMirrors) is { Length: > 0 } mirrors ? Items(mirrors) : [],
        Http = HttpOptions.From(settings),
    };

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
