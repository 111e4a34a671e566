using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Help;

/// <summary>Settings by what they are about: a list of fifty is not read.</summary>
internal static class SettingRooms
{
    private static readonly (string Room, SettingDefinition[] Settings)[] Known =
    [
        ("Chain", [
            Settings.Deployment, Settings.Rpc, Settings.RpcQuorum, Settings.RpcWebSocket, Settings.HedgeMilliseconds, Settings.RpcTimeoutSeconds, Settings.Completeness, Settings.Finality,
            Settings.PollMilliseconds, Settings.BlocksAtOnce, Settings.Client]),
        ("Keys", [Settings.OperatorKey, Settings.AttestorKeys, WitnessSettings.GuardianKey, Settings.SenderKey, Settings.KeyPassword, Settings.Mnemonic, Settings.MnemonicPassphrase, Settings.SignerUrl]),
        ("Data", [Settings.DataDir, Settings.BundleUrl, Settings.BundleMirrors]),
        ("Nodes", [.. ClusterSettings.All]),
        ("Witnesses", [.. WitnessSettings.All.Where(setting => setting != WitnessSettings.GuardianKey)]),
        ("API", [Settings.Api, Settings.Listen, .. HttpSettings.All]),
        ("Epochs", [Settings.EpochSeconds, Settings.EpochPayments, Settings.EpochValue, Settings.UsageGraceSeconds]),
        ("Usage", [Settings.UsageMapping, Settings.UsageHorizonDays, Settings.UsageKeepDays, Settings.UsageArchive]),
        ("Queue", [.. QueueSettings.All]),
        ("Sending", [
            Settings.MaxFeeGwei, Settings.BumpSeconds, Settings.MaxEpochCost, Settings.TokenPrices, Settings.SweepMaxCostPercent, Settings.SweepAfterHours, Settings.PushAbove, Settings.PushMaxFeeGwei,
            Settings.PushMaxCostPercent]),
        ("Passports", [Settings.PassportFlows, Settings.PublicSources]),
        ("Signals", [.. SignalSettings.All]),
        ("Relay", [.. RelaySettings.All]),
    ];

    public static string Of(SettingDefinition setting)
    {
        foreach (var (room, settings) in Known)
        {
            if (settings.Contains(setting)) return room;
        }

        return "Other";
    }

    /// <summary>These settings by room, rooms and settings in the order of this file.</summary>
    public static IEnumerable<(string Room, IReadOnlyList<SettingDefinition> Settings)> Group(IEnumerable<SettingDefinition> settings) =>
        settings.GroupBy(Of).OrderBy(group => Array.FindIndex(Known, known => known.Room == group.Key) is var at && at >= 0 ? at : Known.Length).Select(group => (group.Key, (IReadOnlyList<SettingDefinition>)[.. group]));
}
