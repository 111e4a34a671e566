using System.Text.RegularExpressions;
using OpenSettle.Storage;
using OpenSettle.Storage.Postgres;

namespace OpenSettle.Node.Configuration;

/// <summary>Settings of deployments with several nodes.</summary>
public static partial class ClusterSettings
{
    private const string Form = "postgresql://USER:PASSWORD@HOST:5432/DATABASE";

    public static SettingDefinition Database { get; } = new(
        "database", $"PostgreSQL that holds the books and the usage, for several nodes: {Form}, or Npgsql's form; empty: SQLite in dataDir", null, DatabaseProblem, Secret: true, IsReference: HasNoPassword);

    public static SettingDefinition Roles { get; } = new(
        "roles", "what this node does, with commas between: settle (one node that has it leads, the others stand by), ingest (takes usage), read (serves API and page); or, for a node that believes nobody, attest (recomputes and signs what others want to propose) and watch (recomputes what they propose, and vetoes)", "settle,ingest,read",
        value => NodeRoleWords.Parse(value) is null ? "is not a list of settle, ingest, read, attest and watch, each at most once" : null);

    public static SettingDefinition NodeName { get; } = new(
        "nodeName", "what leases, logs and other nodes call this one; each node has its own; where it is not set, the host's name", null,
        value => Name().IsMatch(value) ? null : "is not a name: letters, digits, '.', '_' and '-', at most 40, a letter or digit first");

    public static IReadOnlyList<SettingDefinition> All { get; } = [Database, Roles, NodeName];

    /// <summary>The host's name, as far as it can be a node's.</summary>
    internal static string HostName()
    {
        const int Longest = 40;
        var name = string.Concat(Environment.MachineName.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')).TrimStart('.', '_', '-');
        return name.Length == 0 ? "node" : name[..Math.Min(name.Length, Longest)];
    }

    private static string? DatabaseProblem(string value)
    {
        if (value.Length == 0) return null;
        try
        {
            PostgresAddress.Parse(value);
            return null;
        }
        catch (StorageException)
        {
            return $"is not where a PostgreSQL database is: {Form}, or Host=HOST;Database=DATABASE;Username=USER";
        }
    }

    private static bool HasNoPassword(string value) => DatabaseProblem(value) is null && (value.Length == 0 || string.IsNullOrEmpty(PostgresAddress.Parse(value).Password));

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
