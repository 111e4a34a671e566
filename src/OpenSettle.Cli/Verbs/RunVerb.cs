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
        Settings.ForRun,
        (settings, _, cancellation) => NodeHost.RunAsync(NodeOptions.ForRun(settings), Clock.Real, cancellation));
}
