using System.CommandLine;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle run: the daemon.</summary>
internal static class RunVerb
{
    public static Command Create() => VerbRunner.CreateForAll(
        "run",
        "Runs the node until it is stopped (Ctrl-C): watches the chain, takes usage, settles epochs, serves the API",
        Settings.ForRun,
        (source, chain, _, cancellation) => RunAsync(source, chain, cancellation)).WithExamples(
            "opensettle run --deployment deployment.json --data-dir data --rpc http://127.0.0.1:8545",
            "opensettle run --config /etc/opensettle/node.json",
            "opensettle run --config /etc/opensettle/node.json --chain base",
            "opensettle run --deployment deployment.json --operator-key file:operator.key --attestor-keys file:attestors.key --finality 12");

    /// <summary>Until it is stopped.</summary>
    public static async Task RunAsync(SettingsSource source, string? chain, CancellationToken cancellation)
    {
        try
        {
            await NodeHost.RunAsync(source, chain, Clock.Real, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // A node runs until it is stopped: that it was is how it ends.
        }
    }
}
