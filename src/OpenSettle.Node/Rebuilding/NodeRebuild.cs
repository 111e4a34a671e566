using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Rebuilding;

/// <summary>What was rebuilt.</summary>
/// <param name="Block">The last block of the books.</param>
/// <param name="Digest">Books of the same blocks have the same one.</param>
/// <param name="Usage">What became of the usage, in words.</param>
/// <param name="Missing">Usage that epochs took and that is nowhere any more, in words.</param>
public sealed record RebuildReport(ulong Block, ulong Epochs, long Payments, string Digest, string Usage, IReadOnlyList<string> Missing);

/// <summary>Rebuilds a node's folder: the books whole, and of the usage what archives have.</summary>
public sealed class NodeRebuild(NodeOptions options, VerificationChain chain, BundleSource source, TimeProvider time)
{
    /// <summary>Writes beside the books' place, and puts them there once they are whole: ended at any point it goes on when it is started again.</summary>
    public async Task<RebuildReport> RunAsync(NodeOptionsPaths paths, IProgress<VerificationProgress>? progress, CancellationToken cancellation)
    {
        var partial = paths.Database + ".rebuilding";
        RebuildReport report;
        using (var books = SqliteBooks.Open(partial, options.Deployment.Watched.Id))
        {
            await new BooksRebuild(options, chain, source, time).RunAsync(books, progress, cancellation);
            var (block, epochs, payments) = books.Read(session => (session.Chain.Cursor()?.Block ?? 0, session.Epochs.LatestActive()?.Number ?? 0, session.Payments.Count()));
            report = new RebuildReport(block, epochs, payments, BooksDigest.Of(books).All, string.Empty, []);
        }

        SqliteBooks.Place(partial, paths.Database);
        return report;
    }
}
