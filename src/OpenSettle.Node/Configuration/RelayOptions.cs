using System.Globalization;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>How far this node pays for others' claims.</summary>
public sealed record RelayOptions
{
    public bool IsOn { get; init; }

    /// <summary>Most that relayed claims may cost in any 24 hours, in wei.</summary>
    public UInt256 Budget { get; init; }

    /// <summary>Most that one gas may cost, in wei.</summary>
    public UInt256 MaxFee { get; init; }

    /// <summary>Most of a claim that its gas may take, where its token has a price.</summary>
    public uint MaxCostPercent { get; init; } = 10;

    /// <summary>How long a claim waits for others.</summary>
    public TimeSpan BatchAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two claims of one account and token.</summary>
    public TimeSpan PerAccount { get; init; } = TimeSpan.FromHours(24);

    internal static RelayOptions From(SettingsReader settings) => new()
    {
        IsOn = settings.Get(RelaySettings.Relay) == "on",
        Budget = Settings.TryCoins(settings.Get(RelaySettings.RelayBudget), out var budget) ? budget : throw new InvalidOperationException("An amount was taken that is none."),
        MaxFee = Number(settings, RelaySettings.RelayMaxFeeGwei) * (UInt256)1_000_000_000,
        MaxCostPercent = (uint)Number(settings, RelaySettings.RelayMaxCostPercent),
        BatchAfter = TimeSpan.FromSeconds(Number(settings, RelaySettings.RelayBatchSeconds)),
        PerAccount = TimeSpan.FromHours(Number(settings, RelaySettings.RelayPerAccountHours)),
    };

    // The values were checked when they were read.
    private static ulong Number(SettingsReader settings, SettingDefinition setting) => ulong.Parse(settings.Get(setting), NumberStyles.None, CultureInfo.InvariantCulture);
}
