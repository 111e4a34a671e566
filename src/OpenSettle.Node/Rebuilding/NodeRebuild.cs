using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Usage;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Rebuilding;

/// <summary>What was rebuilt.</summary>
/// <param name="Block">The last block of the books.</param>
/// <param name="Digest">Books of the same blocks have the same one.</param>
/// <param name="Usage">What became of the usage, in words.</param>
/// <param name="Missing">Usage that epochs took and that is nowhere any more, in words.</param>
public sealed record RebuildReport(ulong Block, ulong Epochs, long Payments, string Digest, string Usage, IReadOnlyList<string> Missing);

/// <summary>Rebuilds a node's folder: the books whole, and of the usage what archives have.</summary>
/// <param name="recover">Whose key made a signature, see <see cref="IChainProvider.Recover"/>.</param>
public sealed class NodeRebuild(NodeOptions options, VerificationChain chain, BundleSource source, Func<Hash32, RecoverableSignature, Address?> recover, TimeProvider time)
{
    /// <summary>Writes beside the books' place, and puts them there once they are whole: ended at any point it goes on when it is started again.</summary>
    public async Task<RebuildReport> RunAsync(NodeOptionsPaths paths, IProgress<VerificationProgress>? progress, CancellationToken cancellation)
    {
        var partial = paths.Database + ".rebuilding";
        RebuildReport report;
        using (var books = SqliteBooks.Open(partial, options.Deployment.Watched.Id))
        {
            await new BooksRebuild(options, chain, source, time).RunAsync(books, progress, cancellation);
            // Before the books are in place: a node never starts on ones that do not say where they cut the journal.
            var restored = await UsageRestore.RunAsync(
                books, new BundleFolder(paths), DataPaths.In(options.DataDir, options.UsageArchive), options.Deployment.Watched.Id, recover, static _ => { }, cancellation);
            var (usage, missing) = UsageRestore.Describe(restored);
            var (block, epochs, payments) = books.Read(session => (session.Chain.Cursor()?.Block ?? 0, session.Epochs.LatestActive()?.Number ?? 0, session.Payments.Count()));
            report = new RebuildReport(block, epochs, payments, BooksDigest.Of(books).All, usage, missing);
        }

        SqliteBooks.Place(partial, paths.Database);
        return report;
    }
}
