using System.CommandLine;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle watch: recomputes what is proposed while its window runs, and vetoes what differs.</summary>
internal static class WatchVerb
{
    public static Command Create() => VerbRunner.CreateForAll(
        "watch",
        "Runs a watchtower until it is stopped (Ctrl-C): recomputes each proposal while its window runs, tells what differs, and vetoes it where it has the guardian's key",
        Settings.ForWatching,
        (source, chain, _, cancellation) => RunVerb.RunAsync(source.With(ClusterSettings.Roles, "watch"), chain, cancellation)).WithExamples(
            "opensettle watch --deployment deployment.json --data-dir watchtower --rpc http://127.0.0.1:8545 --listen http://127.0.0.1:8482",
            "opensettle watch --deployment deployment.json --data-dir watchtower --rpc http://127.0.0.1:8545 --guardian-key file:guardian.key --bundle-places /mnt/bundles --listen http://127.0.0.1:8482");
}
