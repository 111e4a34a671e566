using System.Globalization;
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
    /// <summary>For books that are whole and not in their place yet: restores, and writes into them where each epoch cut the journal that is here now.</summary>
    /// <param name="bundles">Has the bundle of every epoch of these books, also of one that is only proposed: it may become active.</param>
    /// <inheritdoc cref="Run"/>
    public static async Task<RestoredUsage> RunAsync(
        SqliteBooks books, BundleFolder bundles, DataPaths paths, DeploymentId deployment, Func<Hash32, RecoverableSignature, Address?> recover, Action<string> progress, CancellationToken cancellation)
    {
        var settled = new List<SettledUsage>();
        foreach (var epoch in books.Read(session => session.Epochs.List(int.MaxValue)).Where(epoch => epoch.IsActive || epoch.State == EpochState.Proposed).OrderBy(epoch => epoch.Number))
        {
            cancellation.ThrowIfCancellationRequested();
            settled.Add(SettledUsage.Of(epoch.Number, bundles.Read(epoch.BundleHash).Usage));
        }

        var restored = Run(paths, deployment, settled, recover, progress, cancellation);
        await books.WriteAsync(
            session =>
            {
                foreach (var cut in restored.Cuts) session.Epochs.SetUsageCut(cut.Epoch, cut.Position, cut.Chain);
            },
            cancellation);
        return restored;
    }

    /// <param name="paths">The data folder, whose lock the caller holds.</param>
    /// <param name="settled">What the bundles of all activated epochs say, in their order, and of one that is proposed: see <see cref="SettledUsage.Of(Bundle)"/>.</param>
    /// <param name="recover">Whose key made a signature, see <see cref="IChainProvider.Recover"/>.</param>
    /// <param name="progress">Told each archive.</param>
    /// <exception cref="StorageException">The usage file that is there is not the one from which the epochs took, or cannot be used.</exception>
    public static RestoredUsage Run(
        DataPaths paths, DeploymentId deployment, IReadOnlyList<SettledUsage> settled, Func<Hash32, RecoverableSignature, Address?> recover, Action<string> progress,
        CancellationToken cancellation) => new UsageFromArchives(
            paths, deployment, settled, (statement, signature) => BatchSignature.Check(deployment.ChainId, deployment.Registry, statement, signature.Span, recover), progress).Run(cancellation);

    /// <summary>What became of the usage, in words: one line, and one for each thing that is missing.</summary>
    public static (string Usage, IReadOnlyList<string> Missing) Describe(RestoredUsage restored)
    {
        var usage = restored.WasThere
            ? $"the usage file was there, with events up to position {restored.Sealed.Position}"
            : string.Create(
                CultureInfo.InvariantCulture, $"{restored.Sealed.Position} events and {restored.Batches} signed batches restored from {restored.Archives.Count} archives; gateways to add anew: {(restored.Gateways.Count == 0 ? "all" : string.Join(", ", restored.Gateways))}");
        return (usage,
        [
            .. restored.Unused.Select(archive => $"archive {archive.Name}: {archive.Why}. It lies in the folder 'unused' of the archives"),
            .. restored.Lost.Select(lost => string.Create(
                CultureInfo.InvariantCulture,
                $"gateway {lost.Gateway.ToChecksumString()}: {(lost.First == lost.Last ? $"batch {lost.First}" : $"batches {lost.First} to {lost.Last}")}, {lost.Events} events, settled by epoch {lost.Epoch}{(lost.First == lost.Last ? string.Empty : " or before")}")),
        ]);
    }
}
