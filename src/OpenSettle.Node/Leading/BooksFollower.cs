using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Leading;

/// <summary>
/// Keeps what this node knows beside the books up to what other nodes wrote there: only what is new is read. A leader brings in what is of
/// the chain by its own steps; tables and documents may come in through any node.
/// </summary>
internal sealed class BooksFollower(NodeOptions options, IBooks books, NodeState state, EpochReplays replays, BundleFolder bundles, MirrorSet mirrors, TimeProvider time) : IDisposable
{
    /// <summary>Between two times that passports are looked at anew though nothing else says so: who funded whom is read in small pieces.</summary>
    private static readonly TimeSpan PassportsEvery = TimeSpan.FromMinutes(1);

    /// <summary>Between two tries to bring one bundle here.</summary>
    private static readonly TimeSpan BundlesEvery = TimeSpan.FromSeconds(5);

    private const string Alert = "newest epoch";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly HashSet<Hash32> _tables = [];
    private long _tableCount = -1;
    private (long Contents, long Files, long Documents, ulong Epoch, EpochState State) _seen;
    private DateTimeOffset _passportsDue;
    private DateTimeOffset _bundleDue;
    private DateTimeOffset _showDue;
    private bool _leads;

    /// <summary>What is new since the last look.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await BringAsync(cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The last look before this node leads: from then on the chain's part is the pipeline's.</summary>
    public async Task CatchUpAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await mirrors.RestoreLastAsync(books, cancellation);
            await BringAsync(cancellation);
            _leads = true;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task BringAsync(CancellationToken cancellation)
    {
        // On one snapshot: a fact and its block are seen together, or neither is.
        var (active, open) = books.Read<(SettledEpoch? Active, SettledEpoch? Open)>(session =>
        {
            BringTables(session);
            var hasNews = BringNews(session);
            if (_leads) return (null, null);
            BringChain(session, hasNews);
            return (session.Epochs.LatestActive(), session.Epochs.Latest());
        });
        if (time.GetUtcNow() >= _passportsDue)
        {
            _passportsDue = time.GetUtcNow() + PassportsEvery;
            state.ChangePassports();
        }

        if (active is not null && state.Active?.Epoch != active.Number) await ShowActiveAsync(active, cancellation);
        // What is to be earned once its window is over is told from its bundle.
        if (open is { BundleHash.IsZero: false } && open.Number != active?.Number) await HasBundleAsync(open, cancellation);
    }

    /// <summary>Brings a bundle here where it is not; now and then, while nobody has it.</summary>
    private async Task<bool> HasBundleAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        if (File.Exists(bundles.PathOf(epoch.BundleHash))) return true;
        if (time.GetUtcNow() < _bundleDue) return false;
        _bundleDue = time.GetUtcNow() + BundlesEvery;
        if (!await mirrors.TryRestoreAsync(epoch.BundleHash, cancellation)) return false;
        _bundleDue = default;
        return true;
    }

    private void BringTables(BooksSession session)
    {
        var count = session.Chain.CountTables();
        if (count == _tableCount) return;
        var added = session.Chain.TableHashes().Where(hash => !_tables.Contains(hash)).ToList();
        state.AddTables(added.Select(hash => TableText.Parse(session.Chain.TableText(hash) ?? throw new StorageException(StorageErrorKind.Inconsistent, $"The table {hash} is named in the books, and is not there."))));
        _tables.UnionWith(added);
        _tableCount = count;
    }

    /// <summary>Whether something came in that passports tell of.</summary>
    private bool BringNews(BooksSession session)
    {
        var (contents, files) = session.Attestations.Newest();
        var latest = session.Epochs.Latest();
        var seen = (contents, files, session.Documents.Count(), latest?.Number ?? 0, latest?.State ?? EpochState.Unknown);
        if (seen == _seen) return false;
        _seen = seen;
        state.ChangePassports();
        return true;
    }

    private void BringChain(BooksSession session, bool hasNews)
    {
        if (session.Chain.Cursor() is { } cursor)
        {
            if (session.Journal.Last() is { } last) Show(last, cursor);
            var facts = state.Posted?.Block == cursor.Block ? [] : session.Chain.RegistryFacts(after: state.Posted?.Block);
            if (facts.Count > 0) state.Registry = state.Registry.With(facts);
            if (hasNews || state.Posted?.Block != cursor.Block) state.SetPosted(cursor, hasNews || facts.Count > 0);
        }

        PendingBlocks.Show(session, options.Deployment.Watched, state);
    }

    /// <summary>As far as the leader has read, which is all that this node knows of the chain.</summary>
    private void Show(JournalHeader last, ChainCursor cursor)
    {
        if (state.Watch is { } known && known.Head == last.Number && known.AgreedFinal == cursor.Block) return;
        state.SetWatch(new WatchReport
        {
            Stage = WatchStage.Tip,
            Final = new JournalBlock(cursor.Block, cursor.Hash, Hash32.Zero, cursor.Timestamp),
            Tip = new JournalBlock(last.Number, last.Hash, last.Parent, last.Timestamp),
            AgreedFinal = cursor.Block,
            Head = last.Number,
            More = false,
            Progress = new ProgressView(options.Deployment.Watched.FirstBlock, cursor.Block + 1, cursor.Block, 0, 0, null),
        });
    }

    /// <summary>Claims are proven from the tree over the newest active epoch's bundle, which another node wrote.</summary>
    private async Task ShowActiveAsync(SettledEpoch active, CancellationToken cancellation)
    {
        if (time.GetUtcNow() < _showDue || !await HasBundleAsync(active, cancellation)) return;
        try
        {
            state.Active = replays.TreeOf(active, books);
            state.ClearAlert(Alert);
        }
        catch (SettlementHaltedException e)
        {
            // Nothing is settled here: what cannot be shown is told, and tried again.
            state.SetAlert(Alert, e.Message);
            _showDue = time.GetUtcNow() + BundlesEvery;
        }
    }
}
