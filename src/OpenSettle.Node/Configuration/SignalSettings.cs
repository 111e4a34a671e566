namespace OpenSettle.Node.Configuration;

/// <summary>Settings of logs, metrics and webhooks.</summary>
public static class SignalSettings
{
    public static IReadOnlyList<SettingDefinition> All { get; } = [];
}
