using System.Globalization;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>Every setting there is. Chain, epochs, keys, usage and sending are here; what is for several nodes, the queue, HTTP, signals and the relay has a file of its own.</summary>
public static class Settings
{
    private const int MostEndpoints = 16;

    private const int CoinDecimals = 18;

    public static SettingDefinition Rpc { get; } = new(
        "rpc", "JSON-RPC endpoints of the chain, with commas between; the first that is healthy is asked first", "http://127.0.0.1:8545", HttpUrls, Address: true);

    public static SettingDefinition RpcQuorum { get; } = new(
        "rpcQuorum", "'majority', or how many endpoints have to agree on final blocks and on receipts", "majority",
        value => value == "majority" || WholeNumber(value, 1, MostEndpoints) is null ? null : $"is not 'majority' or a number from 1 to {MostEndpoints}");

    public static SettingDefinition RpcWebSocket { get; } = new(
        "rpcWebSocket", "WebSocket endpoint that tells of new blocks earlier than the next look; a hint, and nothing else is taken from it", null, WebSocketUrl, Address: true);

    public static SettingDefinition HedgeMilliseconds { get; } = new(
        "hedgeMilliseconds", "a read without an answer in this time is asked of another endpoint too; 0 never does", "1500", value => WholeNumber(value, 0, 600_000));

    public static SettingDefinition Completeness { get; } = new(
        "completeness", "how it is known that no log is missing: 'receipts' (held against each block's root), 'second' (two endpoints say the same), or 'bloom' (weaker)", "receipts",
        value => value is "receipts" or "second" or "bloom" ? null : "is not 'receipts', 'second' or 'bloom'");

    public static SettingDefinition Deployment { get; } = new(
        "deployment", "file that names the chain and the contracts, as the deployment script writes it", null, NotEmpty);

    public static SettingDefinition DataDir { get; } = new(
        "dataDir", "folder of the database and the bundles", "opensettle-data", NotEmpty);

    public static SettingDefinition Listen { get; } = new(
        "listen", "address that the API listens on; port 0 takes a free one", "http://127.0.0.1:8480", HttpUrl, Address: true, OfProcess: true);

    public static SettingDefinition Api { get; } = new(
        "api", "API of a node, for the commands that ask one", "http://127.0.0.1:8480", HttpUrl, Address: true);

    /// <inheritdoc cref="HttpSettings.ApiKey"/>
    public static SettingDefinition ApiKey => HttpSettings.ApiKey;

    public static SettingDefinition Client { get; } = new(
        "client", "chain client: builtin, nethereum, or auto (nethereum where this build has it)", "auto",
        value => value is "auto" or "builtin" or "nethereum" ? null : "is not 'auto', 'builtin' or 'nethereum'");

    public static SettingDefinition Finality { get; } = new(
        "finality", "'finalized' to ask the chain, or the number of blocks on top that make a block final", "finalized",
        value => value == "finalized" || WholeNumber(value, 1, 100_000) is null ? null : "is not 'finalized' or a number of blocks from 1 to 100000");

    public static SettingDefinition PollMilliseconds { get; } = new(
        "pollMilliseconds", "time between two looks at the chain; auto: 2000, and 10000 where the node only attests or watches", "auto",
        value => value == "auto" || WholeNumber(value, 50, 600_000) is null ? null : "is not 'auto' or a number from 50 to 600000", Reload: true);

    public static SettingDefinition RpcTimeoutSeconds { get; } = new(
        "rpcTimeoutSeconds", "time that one answer of the endpoint may take", "20", value => WholeNumber(value, 1, 600));

    public static SettingDefinition BlocksAtOnce { get; } = new(
        "blocksAtOnce", "blocks read in one request", "500", value => WholeNumber(value, 1, 100_000));

    public static SettingDefinition EpochSeconds { get; } = new(
        "epochSeconds", "block time that a payment waits for others before its epoch closes", "3600", value => WholeNumber(value, 1, 31_536_000), Reload: true);

    public static SettingDefinition EpochPayments { get; } = new(
        "epochPayments", "an epoch also closes once so many payments wait", "1000000", value => WholeNumber(value, 1, 100_000_000), Reload: true);

    public static SettingDefinition EpochValue { get; } = new(
        "epochValue", "an epoch also closes once so much of a token waits: 0xToken=25,0xOther=0.5 in whole tokens; empty: never for its value", "", TokenAmounts.Check, Reload: true);

    public static SettingDefinition UsageGraceSeconds { get; } = new(
        "usageGraceSeconds", "chain time that usage still has to come in after an epoch's last block", "60", value => WholeNumber(value, 0, 604_800), Reload: true);

    public static SettingDefinition OperatorKey { get; } = new(
        "operatorKey", "key that sends this node's transactions and pays their gas: " + KeySource.Forms, null, Key, Secret: true, IsReference: KeySource.IsReference);

    public static SettingDefinition AttestorKeys { get; } = new(
        "attestorKeys", "keys that sign epochs, with commas between, each in a form of operatorKey; what is missing to the vault's threshold comes from other attestors", null, Keys, Secret: true,
        IsReference: value => KeyItems(value).All(KeySource.IsReference));

    public static SettingDefinition SenderKey { get; } = new(
        "senderKey", "key that sends a claim and pays its gas; the money goes to the account, whoever sends: " + KeySource.Forms, null, Key, Secret: true,
        IsReference: KeySource.IsReference);

    public static SettingDefinition KeyPassword { get; } = new(
        "keyPassword", "password of the keystore files that keys name", null, NotEmpty, Secret: true);

    public static SettingDefinition Mnemonic { get; } = new(
        "mnemonic", "BIP-39 words of the keys that are given as mnemonic:INDEX", null, MnemonicWords, Secret: true);

    public static SettingDefinition MnemonicPassphrase { get; } = new(
        "mnemonicPassphrase", "BIP-39 passphrase of the mnemonic, where it has one", null, NotEmpty, Secret: true);

    public static SettingDefinition SignerUrl { get; } = new(
        "signerUrl", "remote signer (web3signer's JSON-RPC) that holds the keys that are given as remote:ADDRESS", null, HttpUrl, Address: true);

    public static SettingDefinition UsageMapping { get; } = new(
        "usageMapping", "JSON file that says how usage in other forms becomes events: model names, fields, units", null, NotEmpty);

    public static SettingDefinition UsageHorizonDays { get; } = new(
        "usageHorizonDays", "days that the id of an event is known; older events wait, because nobody can say whether they are new", "90", value => WholeNumber(value, 1, 3_650));

    public static SettingDefinition UsageKeepDays { get; } = new(
        "usageKeepDays", "days that events are kept one by one, at least usageHorizonDays; older ones go into compressed files; 0 keeps all", "0", value => WholeNumber(value, 0, 36_500));

    public static SettingDefinition UsageArchive { get; } = new(
        "usageArchive", "folder of the compressed files of older events; empty: dataDir/archive", "", value => value.Contains('\0', StringComparison.Ordinal) ? "is not a folder" : null);

    public static SettingDefinition MaxFeeGwei { get; } = new(
        "maxFeeGwei", "most that one gas may cost, in gwei; above it transactions wait", "200", value => WholeNumber(value, 1, 1_000_000), Reload: true);

    public static SettingDefinition BumpSeconds { get; } = new(
        "bumpSeconds", "a transaction that is not mined in this time is offered again for a higher fee", "60", value => WholeNumber(value, 1, 86_400), Reload: true);

    public static SettingDefinition MaxEpochCost { get; } = new(
        "maxEpochCost", "most that an epoch's transactions may cost together, in the chain's coin; above it they wait", "1", Coins, Reload: true);

    public static SettingDefinition TokenPrices { get; } = new(
        "tokenPrices", "what one whole token is worth in the chain's coin, TOKEN=COINS with commas between; says when moving money is worth its gas", "", Configuration.TokenPrices.Problem, Reload: true);

    public static SettingDefinition SweepMaxCostPercent { get; } = new(
        "sweepMaxCostPercent", "a pay address is swept once its part of the gas is at most so much of what it brings; of tokens with a price, and of the coin", "5", value => WholeNumber(value, 1, 100), Reload: true);

    public static SettingDefinition SweepAfterHours { get; } = new(
        "sweepAfterHours", "what reaches the smallest payable leaf is swept after so long whatever it costs, up to maxFeeGwei; 0 never does", "168", value => WholeNumber(value, 0, 87_600), Reload: true);

    public static SettingDefinition PushAbove { get; } = new(
        "pushAbove", "accounts with at least so much in an epoch are paid without a claim, at this node's cost: 0xToken=25,0xOther=0.5 in whole tokens; empty: nobody is", "", TokenAmounts.Check, Reload: true);

    public static SettingDefinition PushMaxFeeGwei { get; } = new(
        "pushMaxFeeGwei", "most that one gas may cost for pushes; above it new accruals are left to claims, and pushes wait", "30", value => WholeNumber(value, 1, 1_000_000), Reload: true);

    public static SettingDefinition PushMaxCostPercent { get; } = new(
        "pushMaxCostPercent", "most of an account's accruals that the gas of its pushes may take, by tokenPrices", "1", value => WholeNumber(value, 1, 100), Reload: true);

    public static SettingDefinition BundleUrl { get; } = new(
        "bundleUrl", "public address under which this node's bundles can be fetched; empty: listen + /bundles", "", value => value.Length == 0 ? null : PublicUrl(value), Address: true);

    public static SettingDefinition BundleMirrors { get; } = new(
        "bundleMirrors", "folders, or http(s) addresses that take PUT, with commas between: every bundle is copied to each", "", Mirrors, Address: true);

    public static SettingDefinition PassportFlows { get; } = new(
        "passportFlows", "'on': transfers of listed tokens are read that say which payers belong together and what flows back to them; 'off': passports say nothing of that", "on",
        value => value is "on" or "off" ? null : "is not 'on' or 'off'");

    public static SettingDefinition PublicSources { get; } = new(
        "publicSources", "accounts that fund anybody (an exchange's, a bridge's), with commas between: what they send joins nobody", "", Addresses);

    /// <summary>All of them, in the order in which help shows them.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; } =
    [
        Rpc, RpcQuorum, RpcWebSocket, HedgeMilliseconds, Completeness, Deployment, DataDir, Listen, Api, Client, Finality, PollMilliseconds, RpcTimeoutSeconds, BlocksAtOnce, EpochSeconds, EpochPayments, EpochValue, UsageGraceSeconds,
        OperatorKey, AttestorKeys, SenderKey, KeyPassword, Mnemonic, MnemonicPassphrase, SignerUrl,
        UsageMapping, UsageHorizonDays, UsageKeepDays, UsageArchive,
        MaxFeeGwei, BumpSeconds, MaxEpochCost, TokenPrices, SweepMaxCostPercent, SweepAfterHours, PushAbove, PushMaxFeeGwei, PushMaxCostPercent, BundleUrl, BundleMirrors, PassportFlows, PublicSources,
        .. ClusterSettings.All, .. WitnessSettings.All, .. QueueSettings.All, .. HttpSettings.All, .. SignalSettings.All, .. RelaySettings.All,
    ];

    /// <summary>Those of commands beside the node: a running one takes all others.</summary>
    public static IReadOnlyList<SettingDefinition> ForRun { get; } = [.. All.Where(setting => setting != Api && setting != ApiKey && setting != SenderKey)];

    /// <summary>What a node takes that recomputes what others settle, whichever role it has.</summary>
    private static readonly IReadOnlyList<SettingDefinition> ForWitness =
    [
        Deployment, Rpc, RpcQuorum, RpcWebSocket, HedgeMilliseconds, RpcTimeoutSeconds, Completeness, Finality, PollMilliseconds, BlocksAtOnce, Client, DataDir, Listen, BundleUrl,
        WitnessSettings.BundlePlaces, WitnessSettings.UsagePlaces, WitnessSettings.AcceptRevocations, KeyPassword, Mnemonic, MnemonicPassphrase, SignerUrl, ClusterSettings.NodeName, .. HttpSettings.All.Where(setting => setting != ApiKey), .. SignalSettings.All,
    ];

    /// <summary>Of opensettle attest-node.</summary>
    public static IReadOnlyList<SettingDefinition> ForAttesting { get; } = [.. ForWitness, AttestorKeys, WitnessSettings.Leaders];

    /// <summary>Of opensettle watch.</summary>
    public static IReadOnlyList<SettingDefinition> ForWatching { get; } =
        [.. ForWitness, WitnessSettings.GuardianKey, WitnessSettings.WatchPatiencePercent, MaxFeeGwei, BumpSeconds, MaxEpochCost];

    /// <summary>What a verb that signs takes, beside the keys themselves.</summary>
    public static IReadOnlyList<SettingDefinition> ForKeys { get; } = [KeyPassword, Mnemonic, MnemonicPassphrase, SignerUrl];

    /// <summary>Reads an amount of the chain's coin, in wei.</summary>
    internal static bool TryCoins(string value, out UInt256 wei) => TryDecimal(value, CoinDecimals, out wei);

    /// <summary>Reads a plain decimal number into its smallest units; false where it has more decimals than those.</summary>
    internal static bool TryDecimal(string value, int most, out UInt256 units)
    {
        units = UInt256.Zero;
        var point = value.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? string.Empty : value[(point + 1)..];
        var whole = point < 0 ? value : value[..point];
        const int MostDigits = 12;
        if (whole.Length is 0 or > MostDigits || decimals.Length > most || (point >= 0 && decimals.Length == 0)) return false;
        return (whole + decimals).All(char.IsAsciiDigit) && UInt256.TryParse(whole + decimals.PadRight(most, '0'), out units);
    }

    internal static string? NotEmpty(string value) => value.Length > 0 ? null : "is empty";

    internal static string? HttpUrl(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? null : "is not an http:// or https:// address";

    /// <summary>It is signed, and stays on chain.</summary>
    private static string? PublicUrl(string value) =>
        HttpUrl(value) ?? (new Uri(value) is { UserInfo.Length: 0, Query.Length: 0 } ? null : "holds a user or a query: it is published on chain, and may hold no secret");

    private static string? HttpUrls(string value)
    {
        var endpoints = value.Split(',', StringSplitOptions.TrimEntries);
        if (endpoints.Length > MostEndpoints) return $"names more than {MostEndpoints} endpoints";
        if (endpoints.Any(endpoint => HttpUrl(endpoint) is not null)) return "is not an http:// or https:// address, nor several with commas between";
        return endpoints.Select(endpoint => new Uri(endpoint)).Distinct().Count() == endpoints.Length ? null : "names an endpoint twice";
    }

    internal static string? Mirrors(string value)
    {
        if (value.Length == 0) return null;
        var mirrors = value.Split(',', StringSplitOptions.TrimEntries);
        if (mirrors.Any(mirror => mirror.Length == 0 || mirror.Contains('\0', StringComparison.Ordinal) || (mirror.Contains("://", StringComparison.Ordinal) && HttpUrl(mirror) is not null)))
            return "is not a folder or an http:// or https:// address, nor several with commas between";
        return mirrors.Distinct(StringComparer.Ordinal).Count() == mirrors.Length ? null : "names a mirror twice";
    }

    private static string? Addresses(string value) => value.Length == 0 || value.Split(',', StringSplitOptions.TrimEntries).All(item => Address.TryParse(item, out _))
        ? null
        : "holds something that is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum";

    private static string? WebSocketUrl(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "ws" or "wss" ? null : "is not a ws:// or wss:// address";

    internal static string? Coins(string value) => TryCoins(value, out _) ? null : $"is not an amount of coins, such as 0.05, with at most {CoinDecimals} decimals";

    internal static string? WholeNumber(string value, long least, long most) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? null
            : $"is not a whole number from {least} to {most}";

    // Values of secrets never go into a message.
    internal static string? Key(string value) => KeySource.Find(value.Trim()) is null ? $"is not a key: {KeySource.Forms}" : null;

    private static string? Keys(string value) =>
        KeyItems(value).All(key => KeySource.Find(key) is not null) ? null : $"holds something that is not a key: {KeySource.Forms}";

    private static string[] KeyItems(string value) => value.Split(',', StringSplitOptions.TrimEntries);

    private static string? MnemonicWords(string value) =>
        value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length is 12 or 15 or 18 or 21 or 24 ? null : "is not a mnemonic of 12, 15, 18, 21 or 24 words";
}
