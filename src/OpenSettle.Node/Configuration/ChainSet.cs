namespace OpenSettle.Node.Configuration;

/// <summary>The nodes of one process, one for each chain, held against each other.</summary>
public static class ChainSet
{
    /// <exception cref="SettingsException">Something is wrong with the settings, of any of them; all that is, is told.</exception>
    public static IReadOnlyList<NodeOptions> ForRun(SettingsSet settings)
    {
        var problems = new ProblemList();
        return problems.Require<IReadOnlyList<NodeOptions>>([.. Read(settings, problems).Select(node => node.Options)]);
    }

    /// <summary>Those that can be read, though others cannot.</summary>
    internal static IReadOnlyList<(SettingsReader Settings, NodeOptions Options)> Read(SettingsSet settings, ProblemList problems)
    {
        foreach (var problem in settings.Problems) problems.Add(problem);
        var read = new List<(SettingsReader Settings, NodeOptions Options)>();
        // What is not well-formed is no text to read more from.
        foreach (var node in settings.Problems.Count == 0 ? settings.Nodes : [])
        {
            var place = Place(node);
            foreach (var missing in NodeOptions.MissingForRun(node)) problems.Add(place + missing);
            if (problems.Find(() => NodeOptions.From(node), place) is { } options) read.Add((node, options));
        }

        NodeOptions[] nodes = [.. read.Select(node => node.Options)];
        Distinct(problems, nodes, node => (node.Deployment.Watched.Id.ChainId, node.Deployment.Watched.Id.Vault), "deployment", "the same vault of the same chain: each pays out of it. Take one of them out");
        Distinct(problems, nodes, node => node.DataDir, "dataDir", "the same folder. Give each its own, or say dataDir for all of them, and each has a folder in it");
        Distinct(problems, [.. nodes.Where(node => Path.GetDirectoryName(node.UsageArchive) != node.DataDir)], node => node.UsageArchive, "usageArchive", "the same folder. Give each its own, or leave it empty");
        Distinct(problems, [.. nodes.Where(node => node.BundleUrl.Length > 0)], node => node.BundleUrl, "bundleUrl", "the same address, under which only one of them has its bundles. Give each its own, such as ADDRESS/chains/NAME/bundles");
        return read;
    }

    /// <summary>Said before a problem of one chain of several.</summary>
    internal static string Place(SettingsReader node) => node.Chain is null ? string.Empty : $"chain {node.Chain}: ";

    private static void Distinct<T>(ProblemList problems, IReadOnlyList<NodeOptions> nodes, Func<NodeOptions, T> of, string key, string what)
    {
        foreach (var same in nodes.GroupBy(of).Where(group => group.Count() > 1))
            problems.Add($"{key}: the chains {string.Join(" and ", same.Select(node => node.Chain))} have {what}.");
    }
}
