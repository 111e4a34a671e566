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

    All = Settle | Ingest | Read,
}

/// <summary>Names of roles, as settings and answers have them.</summary>
internal static class NodeRoleWords
{
    private static readonly (string Word, NodeRoles Role)[] Words = [("settle", NodeRoles.Settle), ("ingest", NodeRoles.Ingest), ("read", NodeRoles.Read)];

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
