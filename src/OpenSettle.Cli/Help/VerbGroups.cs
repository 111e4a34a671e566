namespace OpenSettle.Cli.Help;

/// <summary>Verbs by what somebody wants to do, as the short help and the reference show them.</summary>
internal static class VerbGroups
{
    /// <summary>What is in no other group.</summary>
    private const string Rest = "More";

    private static readonly (string Name, string[] Verbs)[] Known =
    [
        ("Start", ["init", "doctor", "config", "keys", "completions", "help"]),
        ("Run", ["run", "attest-node", "watch", "candidate", "status", "health", "backfill", "resume", "operator", "govern", "webhooks", "gateway", "usage"]),
        ("Data", ["db", "rebuild", "verify"]),
        ("Money", ["earnings", "why", "epochs", "claim"]),
        ("Models", ["model", "table", "attest"]),
        ("Buyers", ["find", "passport", "compare", "lineage", "permissions", "export"]),
    ];

    /// <summary>All these verbs, each in its group.</summary>
    public static IEnumerable<(string Group, IReadOnlyList<T> Verbs)> Of<T>(IReadOnlyList<T> verbs, Func<T, string> name)
    {
        foreach (var (group, names) in Known)
        {
            var here = names.SelectMany(known => verbs.Where(verb => name(verb) == known)).ToList();
            if (here.Count > 0) yield return (group, here);
        }

        var rest = verbs.Where(verb => !Known.Any(group => group.Verbs.Contains(name(verb), StringComparer.Ordinal))).ToList();
        if (rest.Count > 0) yield return (Rest, rest);
    }
}
