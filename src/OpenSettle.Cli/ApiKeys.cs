using System.CommandLine;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Cli;

/// <summary>What the verbs of gateways and of operators have in common: keys in one table of the data folder or of the database that nodes share, also while a node runs on it.</summary>
/// <param name="Noun">"gateway", "operator".</param>
internal sealed record ApiKeys(string Noun, Func<GatewayRecord, bool> IsOurs)
{
    public static readonly ApiKeys Gateways = new("gateway", static record => !record.Scopes.HasFlag(GatewayScopes.Operate));
    public static readonly ApiKeys Operators = new("operator", static record => record.Scopes.HasFlag(GatewayScopes.Operate));

    /// <summary>The settings that say where the table is.</summary>
    public static readonly SettingDefinition[] Where = [Settings.Deployment, Settings.DataDir, ClusterSettings.Database];

    private const int LongestName = 64;

    /// <summary>Adds one, and gives its key, which is kept nowhere.</summary>
    public static (GatewayRecord Added, string Key) Add(SettingsReader settings, string name, Address address, GatewayScopes scopes, long perSecond, long perDay)
    {
        using var store = Open(settings);
        var key = GatewayKeyText.Create();
        var added = store.Table.Add(name, GatewayKeyText.HashOf(key), address, scopes, perSecond, perDay, Clock.Real.GetUtcNow())
            ?? throw new VerbException(ExitCode.Refused, $"name: there is or was a gateway or an operator '{name}', and a name is not used twice. Choose another one.");
        return (added, key);
    }

    public IReadOnlyList<GatewayRecord> All(SettingsReader settings)
    {
        using var store = Open(settings);
        return [.. store.Table.All().Where(IsOurs)];
    }

    public void Revoke(SettingsReader settings, string name)
    {
        using var store = Open(settings);
        if (!store.Table.All().Any(record => record.Name == name && IsOurs(record)) || !store.Table.Revoke(name, Clock.Real.GetUtcNow()))
            throw new VerbException(ExitCode.Refused, $"name: there is no {Noun} '{name}'. 'opensettle {Noun} list' shows them.");
        Console.WriteLine($"revoked  {name}: its key is refused from now on, by a running node within two seconds");
    }

    public static string NameOf(ParseResult parsed, Argument<string> argument)
    {
        var name = parsed.GetValue(argument) ?? string.Empty;
        return name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? name
            : throw new VerbException(ExitCode.Usage, $"name: letters, digits, '-', '_' and '.' are taken, at most {LongestName}.");
    }

    public static string StateOf(GatewayRecord record) => record.Revoked is { } at ? $"revoked {Time(at)}" : $"added {Time(record.Created)}";

    public static string Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-ddTHH:mm:ssZ");

    private static OpenKeys Open(SettingsReader settings)
    {
        if (SharedDatabase.Open(settings) is { } place) return new OpenKeys(new PostgresGateways(place), place);
        var deployment = DeploymentFile.Read(settings.Get(Settings.Deployment)).Watched.Id;
        return new OpenKeys(GatewayStore.Open(NodeOptionsPaths.In(Path.GetFullPath(settings.Get(Settings.DataDir))).Usage, deployment), null);
    }

    /// <summary>The table of keys, and what it is in.</summary>
    private sealed record OpenKeys(IGateways Table, IDisposable? Place) : IDisposable
    {
        public void Dispose()
        {
            Table.Dispose();
            Place?.Dispose();
        }
    }
}
