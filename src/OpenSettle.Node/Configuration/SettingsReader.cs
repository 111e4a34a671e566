using System.Text.Json;

namespace OpenSettle.Node.Configuration;

/// <summary>The settings cannot be used. Each problem names its setting, where it was said, and the remedy.</summary>
public sealed class SettingsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}

/// <summary>A setting's value and where it came from.</summary>
public readonly record struct SettingValue(string Value, string Origin);

/// <summary>Settled values of all settings: file, then environment, then flags; the later one holds.</summary>
public sealed class SettingsReader
{
    private readonly Dictionary<string, SettingValue> _values;

    private SettingsReader(Dictionary<string, SettingValue> values) => _values = values;

    /// <param name="file">A JSON file with settings, or null.</param>
    /// <param name="environment">Environment variables.</param>
    /// <param name="flags">Flags that were given: setting key and value.</param>
    public static SettingsReader Read(string? file, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> flags)
    {
        var problems = new List<string>();
        var values = new Dictionary<string, SettingValue>(StringComparer.Ordinal);
        foreach (var setting in Settings.All)
        {
            if (setting.Default is not null) values[setting.Key] = new SettingValue(setting.Default, "default");
        }

        if (file is not null) ReadFile(file, values, problems);
        ReadEnvironment(environment, values, problems);
        foreach (var (key, value) in flags) values[key] = new SettingValue(value, Settings.All.First(setting => setting.Key == key).Flag);

        foreach (var setting in Settings.All)
        {
            if (!values.TryGetValue(setting.Key, out var given)) continue;
            var value = setting.Secret ? ReadSecret(setting, given, problems) : given.Value;
            if (value is null) continue;
            values[setting.Key] = given with { Value = value };
            // An address may hold a user's password: where there could be one, it is not shown.
            if (setting.Problem(value) is { } problem)
                problems.Add($"{setting.Key} ({given.Origin}): {(setting.Secret || value.Contains('@', StringComparison.Ordinal) ? "the value" : $"'{value}'")} {problem}.");
        }

        return problems.Count == 0 ? new SettingsReader(values) : throw new SettingsException(problems);
    }

    /// <summary>The value, or null where nothing was said and there is no default.</summary>
    public string? Find(SettingDefinition setting) => _values.TryGetValue(setting.Key, out var value) ? value.Value : null;

    /// <summary>The value; a setting that has to be given and was not is an error with its remedy.</summary>
    public string Get(SettingDefinition setting) => Find(setting) ?? throw new SettingsException([NotSet(setting)]);

    internal static string NotSet(SettingDefinition setting) =>
        $"{setting.Key} is not set ({setting.Help}). Set it by {setting.Flag}{(setting.Secret ? " file:PATH" : string.Empty)}, {setting.EnvironmentName}, or \"{setting.Key}\" in the file.";

    private static void ReadFile(string file, Dictionary<string, SettingValue> values, List<string> problems)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            problems.Add($"{file}: not valid JSON at line {e.LineNumber + 1}: {e.Message}");
            return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add($"{file}: cannot be read: {e.Message} Give the right path by --config.");
            return;
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"{file}: expected an object of settings, {{ \"rpc\": \"…\" }}.");
                return;
            }

            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (Settings.All.FirstOrDefault(setting => setting.Key == property.Name) is not { } setting)
                {
                    problems.Add($"{file}: '{property.Name}' is not a setting.{Nearest(property.Name, Settings.All.Select(known => known.Key))}");
                    continue;
                }

                if (property.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
                {
                    problems.Add($"{file}: {setting.Key} has to be a text or a number.");
                    continue;
                }

                try
                {
                    values[setting.Key] = new SettingValue(property.Value.ToString(), file);
                }
                catch (InvalidOperationException)
                {
                    problems.Add($"{file}: {setting.Key} is not valid Unicode.");
                }
            }
        }
    }

    private static void ReadEnvironment(IReadOnlyDictionary<string, string> environment, Dictionary<string, SettingValue> values, List<string> problems)
    {
        foreach (var (name, value) in environment)
        {
            if (!name.StartsWith("OPENSETTLE_", StringComparison.Ordinal) || OtherVariables.Contains(name)) continue;
            if (Settings.All.FirstOrDefault(setting => setting.EnvironmentName == name) is { } setting)
                values[setting.Key] = new SettingValue(value, name);
            else
                problems.Add($"{name}: no setting has this variable.{Nearest(name, Settings.All.Select(known => known.EnvironmentName))}");
        }
    }

    /// <summary>Variables of the scripts, which are no settings of the node.</summary>
    private static readonly HashSet<string> OtherVariables = new(StringComparer.Ordinal)
    {
        "OPENSETTLE_NUGET_FEED", "OPENSETTLE_AUDIT", "OPENSETTLE_DEPLOYER_KEY", "OPENSETTLE_TEST_RPC", "OPENSETTLE_HISTORIES", "OPENSETTLE_SIGNING", "OPENSETTLE_REQUIRE_LIBSECP256K1", "OPENSETTLE_NIGHTLY", "OPENSETTLE_CONFIG", FailPoint.Variable,
    };

    private static string? ReadSecret(SettingDefinition setting, SettingValue given, List<string> problems)
    {
        if (!given.Value.StartsWith("file:", StringComparison.Ordinal))
        {
            if (given.Origin != setting.Flag || setting.IsReference?.Invoke(given.Value) == true) return given.Value;
            problems.Add($"{setting.Key} ({given.Origin}): other users see the flags of a process. Give file:PATH, or set {setting.EnvironmentName}.");
            return null;
        }

        var path = given.Value["file:".Length..];
        try
        {
            // Not trimmed: a password may begin or end with a space.
            if (File.ReadLines(path).FirstOrDefault() is { } line && !string.IsNullOrWhiteSpace(line)) return line;
            problems.Add($"{setting.Key} ({given.Origin}): {path} is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add($"{setting.Key} ({given.Origin}): cannot read {path}: {e.Message}");
        }

        return null;
    }

    /// <summary> Did you mean …? Or nothing, where nothing is near.</summary>
    public static string Nearest(string name, IEnumerable<string> known)
    {
        var best = known.Select(candidate => (candidate, distance: Distance(name, candidate))).MinBy(pair => pair.distance);
        return best.distance <= Math.Max(2, name.Length / 3) ? $" Did you mean '{best.candidate}'?" : string.Empty;
    }

    /// <summary>Levenshtein's, ignoring case.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
