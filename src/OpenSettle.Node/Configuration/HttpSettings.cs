namespace OpenSettle.Node.Configuration;

/// <summary>Settings of the API: who may ask what, and how often.</summary>
public static class HttpSettings
{
    public static IReadOnlyList<SettingDefinition> All { get; } = [];
}
