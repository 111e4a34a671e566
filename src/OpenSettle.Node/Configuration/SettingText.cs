using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Node.Configuration;

/// <summary>Values of settings as people may see them: no secret, and no password in an address.</summary>
public static class SettingText
{
    private const string Hidden = "***";

    /// <summary>All that is said of a secret.</summary>
    private const string Set = "(set)";

    /// <summary>A value; a secret as it was given, where that only says where it is.</summary>
    public static string Shown(SettingDefinition setting, SettingValue value)
    {
        if (!setting.Secret) return Hides(setting, value.Value) ? string.Join(", ", Items(value.Value).Select(Place)) : value.Value;
        if (value.Given.StartsWith(SettingValue.FilePrefix, StringComparison.Ordinal)) return value.Given;
        return setting.IsReference is { } isReference && Items(value.Given).Any(isReference)
            ? string.Join(", ", Items(value.Given).Select(item => isReference(item) ? item : Hidden))
            : Set;
    }

    /// <summary>A value as the message may name it that says what is wrong with it: what is wrong there may be anything.</summary>
    internal static string Quoted(SettingDefinition setting, string value) =>
        setting.Secret || setting.Address || Hides(setting, value) ? "the value" : $"'{value}'";

    private static string[] Items(string list) => list.Split(',', StringSplitOptions.TrimEntries);

    private static bool Hides(SettingDefinition setting, string value) =>
        setting.Address || value.Contains('@', StringComparison.Ordinal) || value.Contains("://", StringComparison.Ordinal);

    /// <summary>An address by its name; a folder as it is.</summary>
    private static string Place(string item)
    {
        if (item.Contains("://", StringComparison.Ordinal)) return Uri.TryCreate(item, UriKind.Absolute, out var address) ? EndpointName.Of(address) : Hidden;
        return item.Contains('@', StringComparison.Ordinal) ? Hidden : item;
    }
}
