using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Hosting;

/// <summary>The nodes of this process, one for each chain, and the settings that they came from.</summary>
/// <param name="read">Reads the settings again.</param>
internal sealed class NodeGroup(IReadOnlyList<RunningNode> nodes, Func<SettingsSet> read)
{
    private readonly Lock _gate = new();

    /// <summary>In the order in which the settings name them.</summary>
    public IReadOnlyList<RunningNode> Nodes => nodes;

    /// <summary>
    /// Reads the settings again and takes over what may change while nodes run, from each pipeline's next turn on. Where anything is wrong,
    /// nothing changes.
    /// </summary>
    public ReloadReport Reload()
    {
        lock (_gate)
        {
            var report = Read(out var next);
            foreach (var (node, settings, live) in next)
            {
                node.Settings = settings;
                node.Options.Offer(live);
                // A pipeline that stopped has no next turn.
                if (node.Running?.State.Halted is not null) node.Options.BeginTurn();
            }

            if (nodes.Select(node => node.Running?.Log).FirstOrDefault(log => log is not null) is { } told) Tell(told, report);
            return report;
        }
    }

    private ReloadReport Read(out List<(RunningNode Node, SettingsReader Settings, LiveOptions Live)> next)
    {
        var (changes, problems) = (new List<SettingChange>(), new ProblemList());
        next = [];
        try
        {
            var set = read();
            // All of it is looked at as a start would.
            ChainSet.ForRun(set);
            foreach (var node in nodes)
            {
                if (set.Nodes.FirstOrDefault(read => read.Chain == node.Name) is not { } fresh)
                {
                    changes.Add(new SettingChange(node.Name, "chains", Applied: false));
                    continue;
                }

                var settings = node.Settings.WithReloaded(fresh);
                if (problems.Find(() => NodeOptions.From(settings, node.Options.Deployment), ChainSet.Place(fresh)) is not { } options) continue;
                next.Add((node, settings, options.Live));
                changes.AddRange(Settings.All.Where(setting => node.Settings.Find(setting) != fresh.Find(setting)).Select(setting => new SettingChange(node.Name, setting.Key, setting.Reload)));
            }

            changes.AddRange(set.Nodes.Where(fresh => nodes.All(node => node.Name != fresh.Chain)).Select(fresh => new SettingChange(fresh.Chain, "chains", Applied: false)));
        }
        catch (SettingsException e)
        {
            foreach (var problem in e.Problems) problems.Add(problem);
        }

        if (problems.All.Count == 0) return new ReloadReport(changes, []);
        next = [];
        return new ReloadReport([], problems.All);
    }

    private static void Tell(ILogger log, ReloadReport report)
    {
        static string Names(IEnumerable<SettingChange> changes) =>
            string.Join(", ", changes.Select(change => change.Chain is null ? change.Setting : $"{change.Chain}.{change.Setting}")) is { Length: > 0 } all ? all : "nothing";

        foreach (var problem in report.Problems) log.SettingsNotReloaded(problem);
        if (report.Problems.Count == 0) log.SettingsReloaded(Names(report.Changes.Where(change => change.Applied)), Names(report.Changes.Where(change => !change.Applied)));
    }
}

/// <summary>A setting that says something else than the node goes by.</summary>
/// <param name="Chain">Null where the process has one.</param>
/// <param name="Applied">Whether it holds now; otherwise from the next start on.</param>
internal sealed record SettingChange(string? Chain, string Setting, bool Applied);

/// <summary>What became of a reload.</summary>
/// <param name="Problems">Where there is any, nothing was changed.</param>
internal sealed record ReloadReport(IReadOnlyList<SettingChange> Changes, IReadOnlyList<string> Problems);
