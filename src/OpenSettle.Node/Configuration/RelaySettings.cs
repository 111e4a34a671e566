namespace OpenSettle.Node.Configuration;

/// <summary>Settings of the relay of sponsored claims.</summary>
public static class RelaySettings
{
    public static SettingDefinition Relay { get; } = new(
        "relay", "'on': this node brings claims that their accounts signed to the vault, and pays the gas", "off", value => value is "on" or "off" ? null : "is not 'on' or 'off'", Reload: true);

    public static SettingDefinition RelayBudget { get; } = new(
        "relayBudget", "most that relayed claims may cost in any 24 hours, in the chain's coin", "0.05", Settings.Coins, Reload: true);

    public static SettingDefinition RelayMaxFeeGwei { get; } = new(
        "relayMaxFeeGwei", "most that one gas may cost for relayed claims; above it none are taken, and taken ones wait", "30", value => Settings.WholeNumber(value, 1, 1_000_000), Reload: true);

    public static SettingDefinition RelayMaxCostPercent { get; } = new(
        "relayMaxCostPercent", "most of a claim that its gas may take, by tokenPrices; a token without a price is relayed whatever the claim", "10", value => Settings.WholeNumber(value, 1, 100), Reload: true);

    public static SettingDefinition RelayBatchSeconds { get; } = new(
        "relayBatchSeconds", "a signed claim waits so long for others to share a transaction with", "30", value => Settings.WholeNumber(value, 0, 86_400), Reload: true);

    public static SettingDefinition RelayPerAccountHours { get; } = new(
        "relayPerAccountHours", "hours between two relayed claims of one account and token", "24", value => Settings.WholeNumber(value, 0, 8_760), Reload: true);

    public static IReadOnlyList<SettingDefinition> All { get; } = [Relay, RelayBudget, RelayMaxFeeGwei, RelayMaxCostPercent, RelayBatchSeconds, RelayPerAccountHours];
}
