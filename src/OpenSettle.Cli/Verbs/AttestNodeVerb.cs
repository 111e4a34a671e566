using System.CommandLine;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle attest-node: recomputes what others want to settle, and signs what agrees.</summary>
internal static class AttestNodeVerb
{
    public static Command Create() => VerbRunner.CreateForAll(
        "attest-node",
        "Runs an attestor until it is stopped (Ctrl-C): recomputes each candidate from its own reading of chain and usage, signs what agrees, and says what differs",
        Settings.ForAttesting,
        (source, chain, _, cancellation) => RunVerb.RunAsync(source.With(ClusterSettings.Roles, "attest"), chain, cancellation)).WithExamples(
            "opensettle attest-node --deployment deployment.json --data-dir attestor --rpc http://127.0.0.1:8545 --attestor-keys file:attestor.key --leaders https://settle.example --listen http://127.0.0.1:8481");
}
