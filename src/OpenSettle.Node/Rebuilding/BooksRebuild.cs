using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Backfilling;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Rebuilding;

/// <summary>The chain could be read, and the books could not be rebuilt from it. The message says why.</summary>
public sealed class RebuildException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Writes books anew from the chain and the bundles, by the node's own steps: what it cannot take from there is nothing that decides money.
/// It goes on where it was when it is started again.
/// </summary>
internal sealed class BooksRebuild(NodeOptions options, VerificationChain chain, BundleSource source, TimeProvider time)
{
    private readonly WatchedDeployment _deployment = options.Deployment.Watched;
    private readonly BundleFolder _bundles = new(NodeOptionsPaths.In(options.DataDir));

    /// <summary>Writes them up to the newest final block.</summary>
    /// <exception cref="RebuildException">A bundle is not to be had.</exception>
    public async Task RunAsync(IBooks books, IProgress<VerificationProgress>? progress, CancellationToken cancellation)
    {
        var state = new NodeState(books.Read(session => session.Chain.LoadTables()), time) { Registry = books.Read(session => session.Chain.LoadRegistry()) };
        var replays = new EpochReplays(_bundles);
        var book = new BookStep(options, books, replays, state, NullLogger<BookStep>.Instance) { Adoption = new BundleProof(_deployment, _bundles) };
        var watching = new WatchOptions { FirstBlock = _deployment.FirstBlock, MostBlocks = options.BlocksAtOnce, StartBlocks = Math.Min(128, options.BlocksAtOnce) };
        var watcher = new SteadyWatcher(new ChainWatcher(chain.Client, chain.Quorum, chain.Ranges, new BooksJournal(books, _deployment), watching, time), time);
        while (true)
        {
            var report = await StepAsync(watcher, cancellation);
            progress?.Report(VerificationProgress.OfChain(report.Progress));
            foreach (var (number, hash, uri) in books.Read(Wanted))
                await FetchAsync(number, hash, uri, cancellation);

            while (!await book.RunAsync(cancellation)) cancellation.ThrowIfCancellationRequested();
            if (!report.AtFinal) continue;
            // What is proposed took usage too: where, its bundle says.
            if (books.Read(session => session.Epochs.Latest()) is { State: EpochState.Proposed } open) await FetchAsync(open.Number, open.BundleHash, open.BundleUri, cancellation);
            return;
        }
    }

    private static async Task<WatchReport> StepAsync(SteadyWatcher watcher, CancellationToken cancellation)
    {
        try
        {
            return await watcher.StepAsync(cancellation);
        }
        catch (FinalBlockChangedException e)
        {
            throw new RebuildException($"{e.Message} Check the endpoints, and finality; then start again with an empty folder.", e);
        }
    }

    /// <summary>Epochs that the journal activates and the books do not have yet, with where their bundles are.</summary>
    private List<(ulong Number, Hash32 Hash, string Uri)> Wanted(BooksSession session)
    {
        var wanted = new List<(ulong Number, Hash32 Hash, string Uri)>();
        if (session.Journal.Final() is not { } final) return wanted;
        var next = session.Chain.Cursor() is { } cursor ? cursor.Block + 1 : _deployment.FirstBlock;
        if (next > final.Number) return wanted;
        var open = session.Epochs.Latest() is { State: EpochState.Proposed } latest ? (latest.Number, latest.BundleHash, latest.BundleUri) : default;
        foreach (var log in session.Journal.Logs(next, final.Number, [_deployment.Id.Vault]))
        {
            switch (RoyaltySplit.Decode(BooksJournal.ToEntry(log, Hash32.Zero)))
            {
                case RoyaltySplit.EpochProposed proposed:
                    open = (proposed.Proposal.Epoch, proposed.Proposal.BundleHash, proposed.Proposal.BundleUri);
                    break;
                case RoyaltySplit.EpochActivated activated when activated.Epoch == open.Item1:
                    wanted.Add(open);
                    break;
                default:
                    break;
            }
        }

        return wanted;
    }

    private async Task FetchAsync(ulong number, Hash32 hash, string uri, CancellationToken cancellation)
    {
        var fetched = await source.FetchAsync(hash, uri, _bundles, cancellation);
        if (!fetched.Found)
        {
            throw new RebuildException(
                $"The bundle {hash} of epoch {number} is not to be had: {fetched.Why}. Any copy will do, from a mirror, another node or a backup: name its place with --bundles, or put {Path.GetFileName(_bundles.PathOf(hash))} "
                + $"into {Path.GetDirectoryName(_bundles.PathOf(hash))}, and start again: what is rebuilt stays.");
        }
    }
}
