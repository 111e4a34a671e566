using OpenSettle.Node.Configuration;
using OpenSettle.Node.Doctor;

namespace OpenSettle.Cli;

/// <summary>The files that hold what settings keep secret: those that are named by <c>file:PATH</c>, and the file of settings where a secret is written out in it.</summary>
internal static class SecretFiles
{
    public static IReadOnlyList<SecretFile> Of(SettingsReader settings) => [.. Settings.All.Where(setting => setting.Secret).SelectMany(setting => Of(setting, settings.Told(setting)))];

    private static IEnumerable<SecretFile> Of(SettingDefinition setting, SettingValue? told)
    {
        if (told is not { } value) yield break;
        if (value.File is { } file) yield return new SecretFile(setting.Key, file);
        else if (setting.IsReference?.Invoke(value.Value) != true && value.Layer == SettingLayer.File) yield return new SecretFile(setting.Key, value.Origin);
    }
}
