using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenSettle.Node.Configuration;

/// <summary>
/// Where settings come from: a file, the environment and flags. Each layer overrides the one below; within a layer what is said for
/// one chain overrides what is said for all. It can be read again: the file, and the files that secrets name, may have changed.
/// </summary>
/// <param name="file">A JSON file with settings, or null.</param>
/// <param name="environment">Environment variables.</param>
/// <param name="flags">Flags that were given: setting key and value. They hold for every chain.</param>
public sealed partial class SettingsSource(string? file, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> flags)
{
    private const string ChainsKey = "chains";

    /// <summary>Variables of the scripts, which are no settings of the node.</summary>
    private static readonly HashSet<string> OtherVariables = new(StringComparer.Ordinal)
    {
        "OPENSETTLE_NUGET_FEED", "OPENSETTLE_AUDIT", "OPENSETTLE_DEPLOYER_KEY", "OPENSETTLE_TEST_RPC", "OPENSETTLE_HISTORIES", "OPENSETTLE_SIGNING", "OPENSETTLE_REQUIRE_LIBSECP256K1", "OPENSETTLE_NIGHTLY", "OPENSETTLE_CONFIG", "OPENSETTLE_POSTGRES", "OPENSETTLE_RABBITMQ", FailPoint.Variable,
    };

    /// <summary>The file, where one was named.</summary>
    public string? File { get; } = file;

    /// <summary>The same, with a setting that the command itself decides.</summary>
    public SettingsSource With(SettingDefinition setting, string value) => new(File, environment, new Dictionary<string, string>(flags, StringComparer.Ordinal) { [setting.Key] = value });

    /// <summary>Everything that is said, with everything that is wrong with it.</summary>
    public SettingsSet Read()
    {
        var problems = new List<string>();
        var (fromFile, fromEnvironment) = (new Layer(), new Layer());
        if (File is not null) ReadFile(File, fromFile, problems);
        ReadEnvironment(fromFile, fromEnvironment, problems);
        string?[] names = [.. fromFile.Chains.Select(chain => chain.Name).Concat(fromEnvironment.Chains.Select(chain => chain.Name)).Distinct(StringComparer.Ordinal)];
        if (names.Length == 0) names = [null];
        SettingsReader[] readers = [.. names.Select(name => Settle(name, fromFile, fromEnvironment, problems))];
        // What is said for all chains is wrong once.
        return new SettingsSet(readers, [.. problems.Distinct(StringComparer.Ordinal)]);
    }

    private SettingsReader Settle(string? chain, Layer fromFile, Layer fromEnvironment, List<string> problems)
    {
        var values = new Dictionary<string, SettingValue>(StringComparer.Ordinal);
        foreach (var setting in Settings.All)
        {
            if (setting.Default is not null) values[setting.Key] = new SettingValue(setting.Default, SettingLayer.Default, "default");
        }

        foreach (var layer in new[] { fromFile, fromEnvironment })
        {
            foreach (var (key, value) in layer.Shared) values[key] = value;
            if (chain is null) continue;
            foreach (var (key, value) in layer.Find(chain)) values[key] = value;
        }

        foreach (var (key, value) in flags) values[key] = new SettingValue(value, SettingLayer.Flag, Settings.All.First(setting => setting.Key == key).Flag);
        foreach (var setting in Settings.All)
        {
            if (!values.TryGetValue(setting.Key, out var given)) continue;
            var value = setting.Secret ? ReadSecret(setting, given, problems) : given.Value;
            if (value is null) continue;
            values[setting.Key] = IsInFile(setting, given) ? new SettingValue(given.Given, given.Layer, given.Origin, given.OfChain, value) { File = given.Given[SettingValue.FilePrefix.Length..] } : given;
            if (setting.Problem(value) is { } problem) problems.Add($"{setting.Key} ({given.Origin}): {SettingText.Quoted(setting, value)} {problem}.");
        }

        if (chain is not null) GiveOwnPlaces(chain, values);
        return new SettingsReader(chain, values);
    }

    /// <summary>A folder and an API that are named for all chains have a place in them for each.</summary>
    private static void GiveOwnPlaces(string chain, Dictionary<string, SettingValue> values)
    {
        if (values[Settings.DataDir.Key] is { OfChain: false } folder) values[Settings.DataDir.Key] = folder.With(Path.Combine(folder.Value, chain));
        if (values[Settings.Api.Key] is { OfChain: false } api) values[Settings.Api.Key] = api.With($"{api.Value.TrimEnd('/')}/chains/{chain}");
    }

    private static void ReadFile(string file, Layer layer, List<string> problems)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(System.IO.File.ReadAllBytes(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
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
                if (property.Name == ChainsKey) ReadChains(file, property.Value, layer, problems);
                else ReadValue(file, null, property, layer.Shared, problems);
            }
        }
    }

    private static void ReadChains(string file, JsonElement chains, Layer layer, List<string> problems)
    {
        if (chains.ValueKind != JsonValueKind.Object || !chains.EnumerateObject().Any())
        {
            problems.Add($"{file}: {ChainsKey} has to be an object of chains, {{ \"base\": {{ \"rpc\": \"…\", \"deployment\": \"…\" }} }}; without several chains leave it out.");
            return;
        }

        foreach (var chain in chains.EnumerateObject())
        {
            if (!ChainName().IsMatch(chain.Name))
                problems.Add($"{file}: {ChainsKey}: '{chain.Name}' is no name for a chain: lower-case letters and digits, with single hyphens between, at most 32, a letter first.");
            else if (layer.Has(chain.Name))
                problems.Add($"{file}: {ChainsKey}: '{chain.Name}' stands there twice. Take one out.");
            else if (chain.Value.ValueKind != JsonValueKind.Object)
                problems.Add($"{file}: {ChainsKey}: {chain.Name} has to be an object of settings.");
            else
            {
                var values = layer.Add(chain.Name);
                foreach (var property in chain.Value.EnumerateObject()) ReadValue(file, chain.Name, property, values, problems);
            }
        }
    }

    private static void ReadValue(string file, string? chain, JsonProperty property, Dictionary<string, SettingValue> values, List<string> problems)
    {
        var place = chain is null ? file : $"{file}, {ChainsKey}.{chain}";
        if (Settings.All.FirstOrDefault(setting => setting.Key == property.Name) is not { } setting)
        {
            problems.Add($"{place}: '{property.Name}' is not a setting.{Nearest.Hint(property.Name, Settings.All.Select(known => known.Key))}");
            return;
        }

        if (chain is not null && setting.OfProcess)
        {
            problems.Add($"{place}: {setting.Key} holds for all chains of the process. Say it beside \"{ChainsKey}\".");
            return;
        }

        if (property.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
        {
            problems.Add($"{place}: {setting.Key} has to be a text or a number.");
            return;
        }

        try
        {
            values[setting.Key] = new SettingValue(property.Value.ToString(), SettingLayer.File, place, chain is not null);
        }
        catch (InvalidOperationException)
        {
            problems.Add($"{place}: {setting.Key} is not valid Unicode.");
        }
    }

    private void ReadEnvironment(Layer fromFile, Layer layer, List<string> problems)
    {
        foreach (var (name, value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith("OPENSETTLE_", StringComparison.Ordinal) || OtherVariables.Contains(name)) continue;
            if (name.StartsWith(SettingDefinition.ChainsVariable, StringComparison.Ordinal)) ReadChainVariable(name, value, fromFile, layer, problems);
            else if (Settings.All.FirstOrDefault(setting => setting.EnvironmentName == name) is { } setting) layer.Shared[setting.Key] = new SettingValue(value, SettingLayer.Variable, name);
            else problems.Add($"{name}: no setting has this variable.{Nearest.Hint(name, Settings.All.Select(known => known.EnvironmentName))}");
        }
    }

    /// <summary>Chains stand in the file; where it names none, variables may. Otherwise a slip of the pen would be a chain.</summary>
    private static void ReadChainVariable(string name, string value, Layer fromFile, Layer layer, List<string> problems)
    {
        var parts = name[SettingDefinition.ChainsVariable.Length..].Split("__");
        var chain = parts[0].ToLowerInvariant().Replace('_', '-');
        if (parts.Length != 2 || !ChainName().IsMatch(chain))
            problems.Add($"{name}: a variable of a chain is {SettingDefinition.ChainsVariable}NAME__SETTING, such as {Settings.Rpc.EnvironmentNameOf("base")}.");
        else if (fromFile.Chains.Count > 0 && !fromFile.Has(chain))
            problems.Add($"{name}: the file names no chain '{chain}'.{Nearest.Hint(chain, fromFile.Chains.Select(known => known.Name))}");
        else if (Settings.All.FirstOrDefault(setting => setting.EnvironmentNameOf(chain) == name) is not { } setting)
            problems.Add($"{name}: no setting has this variable.{Nearest.Hint(name, Settings.All.Select(known => known.EnvironmentNameOf(chain)))}");
        else if (setting.OfProcess)
            problems.Add($"{name}: {setting.Key} holds for all chains of the process. Set {setting.EnvironmentName}.");
        else layer.Add(chain)[setting.Key] = new SettingValue(value, SettingLayer.Variable, name, ofChain: true);
    }

    private static bool IsInFile(SettingDefinition setting, SettingValue given) => setting.Secret && given.Given.StartsWith(SettingValue.FilePrefix, StringComparison.Ordinal);

    private static string? ReadSecret(SettingDefinition setting, SettingValue given, List<string> problems)
    {
        if (!IsInFile(setting, given))
        {
            if (given.Layer != SettingLayer.Flag || setting.IsReference?.Invoke(given.Value) == true) return given.Value;
            problems.Add($"{setting.Key} ({given.Origin}): other users see the flags of a process. Give file:PATH, or set {setting.EnvironmentName}.");
            return null;
        }

        var path = given.Given[SettingValue.FilePrefix.Length..];
        try
        {
            // Not trimmed: a password may begin or end with a space.
            if (System.IO.File.ReadLines(path).FirstOrDefault() is { } line && !string.IsNullOrWhiteSpace(line)) return line;
            problems.Add($"{setting.Key} ({given.Origin}): {path} is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add($"{setting.Key} ({given.Origin}): cannot read {path}: {e.Message}");
        }

        return null;
    }

    [GeneratedRegex("^(?=.{1,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ChainName();

    /// <summary>What one source says: for all chains, and for each by name, in the order in which they stand there.</summary>
    private sealed class Layer
    {
        public Dictionary<string, SettingValue> Shared { get; } = new(StringComparer.Ordinal);

        public List<(string Name, Dictionary<string, SettingValue> Values)> Chains { get; } = [];

        public bool Has(string chain) => Chains.Exists(known => known.Name == chain);

        public Dictionary<string, SettingValue> Find(string chain) => Chains.FirstOrDefault(known => known.Name == chain).Values ?? [];

        public Dictionary<string, SettingValue> Add(string chain)
        {
            if (!Has(chain)) Chains.Add((chain, new Dictionary<string, SettingValue>(StringComparer.Ordinal)));
            return Find(chain);
        }
    }
}
