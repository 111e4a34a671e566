namespace OpenSettle.Node.Configuration;

/// <summary>The settings cannot be used. Each problem names its setting, where it was said, and the remedy.</summary>
public sealed class SettingsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}

/// <summary>Which of the layers a value came from; the later one holds.</summary>
public enum SettingLayer
{
    Unknown = 0,
    Default = 1,
    File = 2,
    Variable = 3,
    Flag = 4,
}

/// <summary>A setting's value and where it came from. Not a record: a secret must not show in a ToString.</summary>
/// <param name="given">As it was said; a secret's may name a file.</param>
/// <param name="origin">The file, the variable or the flag.</param>
/// <param name="ofChain">Whether it was said for this chain, and not for all.</param>
/// <param name="value">What holds, where that is not what was said: what the file says that it names.</param>
public sealed class SettingValue(string given, SettingLayer layer, string origin, bool ofChain = false, string? value = null)
{
    /// <summary>A secret that is in a file is given by it.</summary>
    internal const string FilePrefix = "file:";

    public string Given => given;

    public SettingLayer Layer => layer;

    public string Origin => origin;

    public bool OfChain => ofChain;

    public string Value => value ?? given;

    /// <summary>The file of a secret that was given by it; null for all others.</summary>
    public string? File { get; init; }

    /// <summary>The same, where something else holds than was said.</summary>
    public SettingValue With(string other) => new(given, layer, origin, ofChain, other) { File = File };
}

/// <summary>Settled values of all settings of one node: file, then environment, then flags; the later one holds.</summary>
public sealed class SettingsReader
{
    private readonly Dictionary<string, SettingValue> _values;

    internal SettingsReader(string? chain, Dictionary<string, SettingValue> values) => (Chain, _values) = (chain, values);

    /// <summary>The chain's name; null where the settings do not speak of several.</summary>
    public string? Chain { get; }

    /// <summary>The settings of a node alone, all of them right.</summary>
    /// <param name="file">A JSON file with settings, or null.</param>
    /// <param name="environment">Environment variables.</param>
    /// <param name="flags">Flags that were given: setting key and value.</param>
    /// <exception cref="SettingsException">Something is wrong with them.</exception>
    public static SettingsReader Read(string? file, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> flags) =>
        new SettingsSource(file, environment, flags).Read().Require().One(null);

    /// <summary>The value, or null where nothing was said and there is no default.</summary>
    public string? Find(SettingDefinition setting) => Told(setting)?.Value;

    /// <summary>The value with where it came from; null where nothing was said and there is no default.</summary>
    public SettingValue? Told(SettingDefinition setting) => _values.GetValueOrDefault(setting.Key);

    /// <summary>The value; a setting that has to be given and was not is an error with its remedy.</summary>
    public string Get(SettingDefinition setting) => Find(setting) ?? throw new SettingsException([NotSet(setting)]);

    /// <summary>These settings, with those of another reading where they may change while a node runs.</summary>
    internal SettingsReader WithReloaded(SettingsReader read) => new(Chain, new Dictionary<string, SettingValue>(
        Settings.All.SelectMany(setting => (setting.Reload ? read : this).Told(setting) is { } value ? [KeyValuePair.Create(setting.Key, value)] : Array.Empty<KeyValuePair<string, SettingValue>>()),
        StringComparer.Ordinal));

    internal static string NotSet(SettingDefinition setting) =>
        $"{setting.Key} is not set ({setting.Help}). Set it by {setting.Flag}{(setting.Secret ? " file:PATH" : string.Empty)}, {setting.EnvironmentName}, or \"{setting.Key}\" in the file.";
}
