using OpenSettle.Epochs;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Usage;

/// <summary>
/// The usage side of books that are made anew from the chain and its bundles: where the usage file was lost, what archives have of it
/// is restored; what epochs settled and is nowhere is told, and cannot come a second time.
/// </summary>
public static class UsageRestore
{
    /// <param name="paths">The data folder, whose lock the caller holds.</param>
    /// <param name="settled">What the bundles of all activated epochs say, in their order: see <see cref="SettledUsage.Of(Bundle)"/>.</param>
    /// <param name="recover">Whose key made a signature, see <see cref="IChainProvider.Recover"/>.</param>
    /// <param name="progress">Told each archive.</param>
    /// <exception cref="StorageException">The usage file that is there is not the one from which the epochs took, or cannot be used.</exception>
    public static RestoredUsage Run(
        DataPaths paths, DeploymentId deployment, IReadOnlyList<SettledUsage> settled, Func<Hash32, RecoverableSignature, Address?> recover, Action<string> progress,
        CancellationToken cancellation) => new UsageFromArchives(
            paths, deployment, settled, (statement, signature) => BatchSignature.Check(deployment.ChainId, deployment.Registry, statement, signature.Span, recover), progress).Run(cancellation);
}
