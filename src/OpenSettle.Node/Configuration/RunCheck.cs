using OpenSettle.Epochs;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>Reads all that `run` would read of settings and of the files that they name, and asks nobody.</summary>
public static class RunCheck
{
    private static readonly DeploymentFile NoDeployment = new(new WatchedDeployment(new DeploymentId(1, Address.Zero, Address.Zero, Address.Zero), Address.Zero, 0), []);

    /// <returns>Everything that is wrong, each a line with its remedy.</returns>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(SettingsSet settings, TimeProvider time, CancellationToken cancellation)
    {
        var problems = new ProblemList();
        ChainSet.Read(settings, problems);
        foreach (var node in settings.Problems.Count == 0 ? settings.Nodes : [])
        {
            // Keys can be opened whatever is wrong with the rest, which was told before.
            var options = NodeOptions.From(node, NoDeployment, new ProblemList());
            foreach (var problem in await FilesAsync(options, time, cancellation)) problems.Add(ChainSet.Place(node) + problem);
        }

        // Chains that share a key have its problems together.
        return [.. problems.All.Distinct(StringComparer.Ordinal)];
    }

    private static async Task<IReadOnlyList<string>> FilesAsync(NodeOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var problems = new ProblemList();
        if (options.UsageMapping is { } mapping) problems.Find(() => MappingFile.Read(mapping));
        if (problems.Find(() => Providers.Choose(options.Client, time)) is not { } provider) return problems.All;
        var keys = new SignerFactory(options, provider, time);
        var all = options.AttestorKeys.Select(key => (Setting: Settings.AttestorKeys, Key: (KeySource?)key)).Append((Settings.OperatorKey, options.OperatorKey)).Append((WitnessSettings.GuardianKey, options.Witness.GuardianKey)).Append((Settings.SenderKey, options.SenderKey));
        foreach (var (setting, key) in all)
        {
            if (key is null) continue;
            try
            {
                await keys.TryAsync(setting, key, cancellation);
            }
            catch (SettingsException e)
            {
                foreach (var problem in e.Problems) problems.Add(problem);
            }
        }

        return problems.All;
    }
}
