using System.Globalization;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>Settings of nodes that recompute what others settle: attestors (role attest) and the watchtower (role watch), and of the node that asks them.</summary>
public static class WitnessSettings
{
    public static SettingDefinition GuardianKey { get; } = new(
        "guardianKey", "the vault's guardian, which a watchtower vetoes with, in a form of operatorKey; without it a watchtower only tells", null, Settings.Key, Secret: true, IsReference: KeySource.IsReference);

    public static SettingDefinition Leaders { get; } = new(
        "leaders", "nodes that settle, with commas between: an attestor looks at the candidates that they publish, and gives them its signatures", "", Places, Address: true);

    public static SettingDefinition BundlePlaces { get; } = new(
        "bundlePlaces", "folders and addresses, with commas between, that an attestor or a watchtower asks for bundles, before the address on chain", "", Settings.Mirrors, Address: true);

    public static SettingDefinition UsagePlaces { get; } = new(
        "usagePlaces", "public logs of signed usage, with commas between: nodes, gateways, or folders. An attestor or a watchtower pulls what they have, and what they had before an epoch ended has to be in it: name none that keeps usage from whoever settles. Empty: it asks the leaders, or the node that published a bundle",
        "", Settings.Mirrors, Address: true);

    public static SettingDefinition WatchPatiencePercent { get; } = new(
        "watchPatiencePercent", "part of the window in which a watchtower waits for what a proposal cannot be recomputed without; then that is a difference", "50", value => Settings.WholeNumber(value, 1, 95));

    public static SettingDefinition AcceptRevocations { get; } = new(
        "acceptRevocations", "what a proposal may revoke because people agreed on it, with commas between: roots, or keys of pushes; anything else that is revoked is a difference", "", Words);

    public static IReadOnlyList<SettingDefinition> All { get; } = [GuardianKey, Leaders, BundlePlaces, UsagePlaces, WatchPatiencePercent, AcceptRevocations];

    private static string? Places(string value) =>
        value.Length == 0 || value.Split(',', StringSplitOptions.TrimEntries).All(item => Settings.HttpUrl(item) is null) ? null : "is not an http:// or https:// address, nor several with commas between";

    private static string? Words(string value) =>
        value.Length == 0 || value.Split(',', StringSplitOptions.TrimEntries).All(item => Hash32.TryParse(item, out _)) ? null : "is not a list of hashes: 0x and 64 hexadecimal digits each";
}

/// <summary>How a node that recomputes what others settle does it.</summary>
public sealed class WitnessOptions
{
    public KeySource? GuardianKey { get; init; }

    public IReadOnlyList<Uri> Leaders { get; init; } = [];

    /// <summary>Folders and addresses, which may hold a password.</summary>
    public IReadOnlyList<string> BundlePlaces { get; init; } = [];

    /// <inheritdoc cref="BundlePlaces"/>
    public IReadOnlyList<string> UsagePlaces { get; init; } = [];

    /// <summary>Percent of a window.</summary>
    public uint PatiencePercent { get; init; } = 50;

    public IReadOnlySet<Hash32> Revocations { get; init; } = new HashSet<Hash32>();

    public static WitnessOptions From(SettingsReader settings)
    {
        string[] Items(SettingDefinition setting) => settings.Get(setting).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new WitnessOptions
        {
            GuardianKey = settings.Find(WitnessSettings.GuardianKey) is { } key ? KeySource.Find(key.Trim()) : null,
            Leaders = [.. Items(WitnessSettings.Leaders).Select(leader => new Uri(leader))],
            BundlePlaces = Items(WitnessSettings.BundlePlaces),
            UsagePlaces = Items(WitnessSettings.UsagePlaces),
            PatiencePercent = uint.Parse(settings.Get(WitnessSettings.WatchPatiencePercent), NumberStyles.None, CultureInfo.InvariantCulture),
            Revocations = Items(WitnessSettings.AcceptRevocations).Select(Hash32.Parse).ToHashSet(),
        };
    }
}
