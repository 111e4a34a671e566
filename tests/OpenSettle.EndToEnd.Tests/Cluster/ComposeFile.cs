using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace OpenSettle.EndToEnd.Tests.Cluster;

/// <summary>deploy/compose.cluster.yaml as a container engine reads it: anchors, merges and the operator's variables resolved.</summary>
internal sealed partial class ComposeFile
{
    private readonly Dictionary<object, object> _file;
    private readonly IReadOnlyDictionary<string, string> _variables;

    private ComposeFile(string path, Dictionary<object, object> file, IReadOnlyDictionary<string, string> variables) => (Path, _file, _variables) = (path, file, variables);

    public string Path { get; }

    /// <param name="variables">What deploy/.env would say.</param>
    public static ComposeFile Read(string path, IReadOnlyDictionary<string, string> variables)
    {
        using var reader = new StringReader(File.ReadAllText(path));
        var parser = new MergingParser(new Parser(reader));
        parser.Consume<StreamStart>();
        return new ComposeFile(path, new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(parser), variables);
    }

    public IReadOnlyList<ComposeService> Services => [.. Map(_file["services"]).Select(service => ServiceOf((string)service.Key, Map(service.Value)))];

    public ComposeService Service(string name) => Services.Single(service => service.Name == name);

    private ComposeService ServiceOf(string name, Dictionary<object, object> service)
    {
        var environment = service.TryGetValue("environment", out var said)
            ? Map(said).ToDictionary(pair => (string)pair.Key, pair => Resolve((string)pair.Value), StringComparer.Ordinal)
            : [];
        var volumes = Texts(service, "volumes").Select(text => text.Split(':')).ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
        var health = service.TryGetValue("healthcheck", out var check) ? Texts(Map(check), "test") : [];
        return new ComposeService(name, (string)service["image"], Texts(service, "command"), environment, health, volumes, Mounts(service, "secrets", "/run/secrets/"), Mounts(service, "configs", "/"));
    }

    /// <summary>Where in the container each file of the operator's is, and what it is called.</summary>
    private static Dictionary<string, string> Mounts(Dictionary<object, object> service, string kind, string folder)
    {
        if (!service.TryGetValue(kind, out var said)) return [];
        return ((List<object>)said).ToDictionary(item => item is string name ? folder + name : (string)Map(item)["target"], item => item as string ?? (string)Map(item)["source"], StringComparer.Ordinal);
    }

    /// <summary>${NAME:-default} and ${NAME:?message}, the forms that the file has.</summary>
    private string Resolve(string value) => Variable().Replace(value, match =>
    {
        if (_variables.TryGetValue(match.Groups["name"].Value, out var known) && known.Length > 0) return known;
        return match.Groups["kind"].Value == "-" ? match.Groups["text"].Value : throw new InvalidOperationException($"{Path}: {match.Groups["text"].Value}");
    });

    private static Dictionary<object, object> Map(object node) => (Dictionary<object, object>)node;

    private static IReadOnlyList<string> Texts(Dictionary<object, object> map, string key) => map.TryGetValue(key, out var list) ? [.. ((List<object>)list).Cast<string>()] : [];

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+):(?<kind>[-?])(?<text>[^}]*)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Variable();
}

/// <summary>A service of the file.</summary>
/// <param name="Health">What says whether it is well, as a container engine runs it.</param>
/// <param name="Volumes">Names of volumes, by the folder in the container.</param>
/// <param name="Secrets">Names of secrets, by their path in the container.</param>
/// <param name="Configs">Names of files of settings, by their path in the container.</param>
internal sealed record ComposeService(
    string Name, string Image, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<string> Health,
    IReadOnlyDictionary<string, string> Volumes, IReadOnlyDictionary<string, string> Secrets, IReadOnlyDictionary<string, string> Configs)
{
    /// <summary>Its variables where there is no container: what it has mounted is elsewhere, and it listens on loopback alone.</summary>
    /// <param name="folders">Where each volume is.</param>
    /// <param name="files">Where each secret and file of settings is.</param>
    public Dictionary<string, string> EnvironmentAs(Uri api, Func<string, string> folders, Func<string, string> files)
    {
        var paths = Volumes.ToDictionary(pair => pair.Key, pair => folders(pair.Value), StringComparer.Ordinal);
        foreach (var (path, name) in Secrets.Concat(Configs)) paths.Add(path, files(name));
        var mapped = Environment.ToDictionary(pair => pair.Key, pair => Elsewhere(pair.Value, paths), StringComparer.Ordinal);
        var listens = mapped["OPENSETTLE_LISTEN"];
        // Whoever asks from inside the container asks loopback, at the port that the node listens on.
        if (listens != "http://0.0.0.0:8480") throw new InvalidOperationException($"{Name} listens on {listens}, and its health check asks port 8480.");
        (mapped["OPENSETTLE_LISTEN"], mapped["OPENSETTLE_API"]) = (api.ToString().TrimEnd('/'), api.ToString());
        return mapped;
    }

    private static string Elsewhere(string value, Dictionary<string, string> paths)
    {
        const string Prefix = "file:";
        var (before, path) = value.StartsWith(Prefix, StringComparison.Ordinal) ? (Prefix, value[Prefix.Length..]) : (string.Empty, value);
        if (!path.StartsWith('/')) return value;
        return paths.TryGetValue(path, out var known) ? before + known : throw new InvalidOperationException($"Nothing is mounted at {path}.");
    }
}
