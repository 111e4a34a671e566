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
        (source, chain, _, cancellation) => NodeHost.RunAsync(source, chain, Clock.Real, cancellation));
}
