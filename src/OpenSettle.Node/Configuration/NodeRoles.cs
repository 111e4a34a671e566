namespace OpenSettle.Node.Configuration;

/// <summary>What a node does. One has all of them, unless the setting roles names some.</summary>
[Flags]
public enum NodeRoles
{
    None = 0,

    /// <summary>It stands ready to settle: one such node at a time leads and does.</summary>
    Settle = 1,

    /// <summary>It takes usage.</summary>
    Ingest = 2,

    /// <summary>It serves the API and the page.</summary>
    Read = 4,

    /// <summary>It recomputes candidates of others, and signs what agrees.</summary>
    Attest = 8,

    /// <summary>It recomputes proposals of others, and vetoes what differs.</summary>
    Watch = 16,

    /// <summary>Of a node that settles.</summary>
    All = Settle | Ingest | Read,

    /// <summary>Of nodes that believe nobody: they have books of their own, and settle nothing.</summary>
    Witness = Attest | Watch,
}

/// <summary>Names of roles, as settings and answers have them.</summary>
internal static class NodeRoleWords
{
    private static readonly (string Word, NodeRoles Role)[] Words = [("settle", NodeRoles.Settle), ("ingest", NodeRoles.Ingest), ("read", NodeRoles.Read), ("attest", NodeRoles.Attest), ("watch", NodeRoles.Watch)];

    public static IReadOnlyList<string> Of(NodeRoles roles) => [.. Words.Where(known => roles.HasFlag(known.Role)).Select(known => known.Word)];

    /// <summary>Null where a word is none, or stands there twice.</summary>
    public static NodeRoles? Parse(string text)
    {
        var roles = NodeRoles.None;
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var role = Words.FirstOrDefault(known => known.Word == item).Role;
            if (role == NodeRoles.None || roles.HasFlag(role)) return null;
            roles |= role;
        }

        return roles;
    }
}
