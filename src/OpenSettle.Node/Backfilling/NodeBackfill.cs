using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Passports;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Verification;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Backfilling;

/// <summary>How far the books are now.</summary>
/// <param name="From">The block that reading began with.</param>
/// <param name="Block">The last block of the books.</param>
public sealed record BackfillReport(ulong From, ulong Block, int Models, long Payments);

/// <summary>
/// Reads the chain into a node's journal and books, as a running node does, and nothing else: no key, no transaction, no epoch. Ended at any point, it
/// or a node goes on there.
/// </summary>
public sealed class NodeBackfill(NodeOptions options, VerificationChain chain, TimeProvider time)
{
    /// <summary>Until the books end with the newest final block.</summary>
    /// <param name="progress">Told after each part.</param>
    /// <param name="tell">Told what takes time besides.</param>
    /// <exception cref="SettlementHaltedException">The folder's books and the chain do not go together.</exception>
    public async Task<BackfillReport> RunAsync(NodeOptionsPaths paths, IProgress<ProgressView>? progress, Action<string> tell, CancellationToken cancellation)
    {
        var deployment = options.Deployment.Watched;
        using var books = SqliteBooks.Open(paths.Database, deployment.Id);
        await PassportStart.RunAsync(books, deployment, tell, cancellation);
        var state = new NodeState(books.Read(session => session.Chain.LoadTables()), time) { Registry = books.Read(session => session.Chain.LoadRegistry()) };
        var book = new BookStep(options, books, new EpochReplays(new BundleFolder(paths)), state, NullLogger<BookStep>.Instance);
        var watching = new WatchOptions { FirstBlock = deployment.FirstBlock, MostBlocks = options.BlocksAtOnce, StartBlocks = Math.Min(128, options.BlocksAtOnce) };
        var watcher = new SteadyWatcher(new ChainWatcher(chain.Client, chain.Quorum, chain.Ranges, new BooksJournal(books, deployment), watching, time), time);
        var from = books.Read(session => session.Chain.Cursor()) is { } begun ? begun.Block + 1 : deployment.FirstBlock;
        while (true)
        {
            WatchReport report;
            try
            {
                report = await watcher.StepAsync(cancellation);
            }
            catch (FinalBlockChangedException e)
            {
                throw new SettlementHaltedException($"{e.Message} Nothing was changed. Check the endpoints, and finality, before starting again.", e);
            }

            progress?.Report(report.Progress);
            while (!await book.RunAsync(cancellation)) cancellation.ThrowIfCancellationRequested();
            if (report.AtFinal) return books.Read(session => new BackfillReport(from, session.Chain.Cursor()?.Block ?? 0, state.Registry.Models.Count(), session.Payments.Count()));
        }
    }
}
