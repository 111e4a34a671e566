namespace OpenSettle.Node.Configuration;

/// <summary>Where this node stands among others. Not a record: the database's address may hold a password.</summary>
public sealed class ClusterOptions
{
    /// <summary>Where the shared database is; empty: this node has files of its own, and is alone.</summary>
    public string Database { get; init; } = string.Empty;

    public NodeRoles Roles { get; init; } = NodeRoles.All;

    /// <summary>What others call this node.</summary>
    public string NodeName { get; init; } = "node";

    /// <summary>Whether other nodes may work on the same books.</summary>
    public bool IsShared => Database.Length > 0;

    public bool Has(NodeRoles role) => Roles.HasFlag(role);

    /// <summary>Whether it recomputes what others settle, and settles nothing.</summary>
    public bool IsWitness => (Roles & NodeRoles.Witness) != NodeRoles.None;

    /// <exception cref="SettingsException">Roles are left to nobody, or something is asked for that a shared database does not do.</exception>
    public static ClusterOptions From(SettingsReader settings)
    {
        var options = new ClusterOptions
        {
            Database = settings.Find(ClusterSettings.Database) ?? string.Empty,
            Roles = RolesOf(settings),
            NodeName = settings.Find(ClusterSettings.NodeName) ?? ClusterSettings.HostName(),
        };
        if (options.IsShared && settings.Get(Settings.UsageKeepDays) != "0")
        {
            throw new SettingsException(
                ["usageKeepDays: older usage goes from files into archives, and with database it is in PostgreSQL, which keeps all of it. Set usageKeepDays to 0, or leave database empty."]);
        }

        if ((options.Roles & NodeRoles.Witness) != NodeRoles.None)
        {
            return options switch
            {
                { IsShared: true } => throw new SettingsException(["database: a node that attests or watches believes nobody, and has books of its own in dataDir. Leave database empty."]),
                { Roles: var roles } when (roles & NodeRoles.All) != NodeRoles.None => throw new SettingsException(
                    [$"roles: a node that attests or watches does nothing else: {string.Join(" and ", NodeRoleWords.Of(roles & NodeRoles.All))} is for others. Run it as a node of its own, with a dataDir of its own."]),
                _ => options,
            };
        }

        if (options.IsShared || options.Roles == NodeRoles.All) return options;
        var missing = string.Join(" and ", NodeRoleWords.Of(NodeRoles.All & ~options.Roles));
        throw new SettingsException(
        [
            $"roles: nobody would have {missing}: with SQLite the books are one node's. Set database to a PostgreSQL that all nodes share, or roles to settle,ingest,read.",
        ]);
    }

    internal static NodeRoles RolesOf(SettingsReader settings) => NodeRoleWords.Parse(settings.Get(ClusterSettings.Roles)) ?? NodeRoles.All;
}
