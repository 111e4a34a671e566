using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Usage;
using OpenSettle.Node.Verification;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Rebuilding;

/// <summary>What was rebuilt.</summary>
/// <param name="Block">The last block of the books.</param>
/// <param name="Digest">Books of the same blocks have the same one.</param>
/// <param name="Usage">What became of the usage.</param>
public sealed record RebuildReport(ulong Block, ulong Epochs, long Payments, string Digest, RestoredUsage Usage);

/// <summary>Rebuilds a node's folder: the books whole, and of the usage what archives have.</summary>
public sealed class NodeRebuild(NodeOptions options, VerificationChain chain, BundleSource source, IChainProvider provider, TimeProvider time)
{
    /// <summary>Writes beside the books' place, and puts them there once they are whole: ended at any point it goes on when it is started again.</summary>
    /// <param name="paths">Where the node has its files; nobody else may write there meanwhile.</param>
    /// <param name="tell">Told each archive of usage.</param>
    public async Task<RebuildReport> RunAsync(
        NodeOptionsPaths paths, DataPaths data, IProgress<VerificationProgress>? progress, Action<string> tell, CancellationToken cancellation)
    {
        var partial = paths.Database + ".rebuilding";
        RebuildReport report;
        using (var books = SqliteBooks.Open(partial, options.Deployment.Watched.Id))
        {
            // From the beginning, so that the next start knows that no attestation is missing.
            var eas = options.Deployment.Watched.Eas;
            await books.WriteAsync(session => PassportFill.Watch(session, eas.IsZero ? null : eas), cancellation);
            await new BooksRebuild(options, chain, source, time).RunAsync(books, progress, cancellation);
            var usage = UsageRestore.Run(data, options.Deployment.Watched.Id, Settled(books, new BundleFolder(paths)), provider.Recover, tell, cancellation);
            await books.WriteAsync(
                session =>
                {
                    foreach (var cut in usage.Cuts) session.Epochs.SetUsageCut(cut.Epoch, cut.Position, cut.Chain);
                },
                cancellation);
            var (block, epochs, payments) = books.Read(session => (session.Chain.Cursor()?.Block ?? 0, session.Epochs.LatestActive()?.Number ?? 0, session.Payments.Count()));
            report = new RebuildReport(block, epochs, payments, BooksDigest.Of(books).All, usage);
        }

        SqliteBooks.PutInPlace(partial, paths.Database);
        return report;
    }

    /// <summary>What each proposed or active epoch's bundle says of usage, oldest first.</summary>
    private static List<SettledUsage> Settled(SqliteBooks books, BundleFolder bundles) =>
    [
        .. books.Read(session => session.Epochs.List(int.MaxValue)).Where(epoch => epoch.IsActive || epoch.State == EpochState.Proposed).OrderBy(epoch => epoch.Number).Select(epoch => SettledUsage.Of(bundles.Read(epoch.BundleHash))),
    ];
}
