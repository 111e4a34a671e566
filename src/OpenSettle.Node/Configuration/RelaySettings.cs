namespace OpenSettle.Node.Configuration;

/// <summary>Settings of the relay of sponsored claims.</summary>
public static class RelaySettings
{
    public static IReadOnlyList<SettingDefinition> All { get; } = [];
}
