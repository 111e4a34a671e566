using System.CommandLine;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle run: the daemon.</summary>
internal static class RunVerb
{
    public static Command Create() => VerbRunner.Create(
        "run",
        "Runs the node until it is stopped (Ctrl-C): watches the chain, takes usage, settles epochs, serves the API",
        [
            Settings.Rpc, Settings.RpcQuorum, Settings.RpcWebSocket, Settings.HedgeMilliseconds, Settings.Completeness,
            Settings.Deployment, Settings.DataDir, Settings.Listen, Settings.Client, Settings.Finality, Settings.PollMilliseconds,
            Settings.RpcTimeoutSeconds, Settings.BlocksAtOnce, Settings.EpochSeconds, Settings.EpochPayments, Settings.EpochValue, Settings.UsageGraceSeconds,
            Settings.OperatorKey, Settings.AttestorKeys, .. Settings.ForKeys,
            Settings.UsageMapping, Settings.UsageHorizonDays, Settings.UsageKeepDays, Settings.UsageArchive, Settings.MaxFeeGwei, Settings.BumpSeconds, Settings.MaxEpochCost,
            Settings.TokenPrices, Settings.SweepMaxCostPercent, Settings.SweepAfterHours,
            Settings.PushAbove, Settings.PushMaxFeeGwei, Settings.PushMaxCostPercent, Settings.BundleUrl, Settings.BundleMirrors, Settings.PassportFlows, Settings.PublicSources,
        ],
        (settings, _, cancellation) => NodeHost.RunAsync(NodeOptions.ForRun(settings), Clock.Real, cancellation));
}
