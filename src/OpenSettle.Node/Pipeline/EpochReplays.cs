using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// What the newest epoch was divided to: as it was built here, or recomputed from its bundle. Whichever it was, the ledger is
/// posted from the same entries.
/// </summary>
public sealed class EpochReplays(BundleFolder bundles)
{
    private readonly NewestBooks _newest = new(bundles);
    private EpochReplay? _last;
    private (Hash32 Bundle, SettlementState After)? _shown;

    /// <summary>Keeps what was built, so that its activation need not recompute it. Lost without harm.</summary>
    public void Keep(Bundle bundle, Hash32 hash, int payments, EpochResult result) =>
        _last = new EpochReplay(bundle with { Payments = [] }, hash, payments, result with { Input = result.Input with { Payments = [] } });

    /// <summary>The epoch behind a hash that is on chain.</summary>
    /// <param name="epoch">As the books have it.</param>
    /// <param name="before">The epoch before it; null for the first.</param>
    public EpochReplay Of(SettledEpoch epoch, SettledEpoch? before)
    {
        if (_last is { } last && last.Hash == epoch.BundleHash) return last;
        try
        {
            using var source = bundles.Open(epoch.BundleHash);
            var replay = EpochReplay.Read(source, BooksOf(before));
            if (replay.Hash != epoch.BundleHash) throw new InvalidOperationException($"its hash is {replay.Hash}");
            if (replay.Head.Number != epoch.Number || replay.Head.Root != epoch.Root) throw new InvalidOperationException($"it is of epoch {replay.Head.Number} with root {replay.Head.Root}");
            if (replay.Head.RecordRoot != epoch.RecordRoot) throw new InvalidOperationException($"its record root is {replay.Head.RecordRoot}, and the epoch's is {epoch.RecordRoot}");
            return _last = replay;
        }
        catch (Exception e) when (e is BundleFormatException or InvalidDataException or InvalidOperationException)
        {
            throw new SettlementHaltedException(
                $"The bundle {bundles.PathOf(epoch.BundleHash)} of epoch {epoch.Number} is not what it should be: {e.Message}. If the file was changed, bring it back from a mirror; if not, this epoch is wrong.", e);
        }
    }

    /// <summary>The books after an epoch.</summary>
    public SettlementState BooksOf(SettledEpoch? epoch)
    {
        if (epoch is null) return SettlementState.Empty;
        if (_last is { } last && last.Hash == epoch.BundleHash) return last.Result.After;
        return _shown is { } shown && shown.Bundle == epoch.BundleHash ? shown.After : bundles.Read(epoch.BundleHash).After;
    }

    /// <summary>Keeps the books after an epoch for the next start, within the unit of work that posts it.</summary>
    public void KeepBooks(BooksSession session, EpochReplay epoch) => _newest.Keep(session, epoch);

    /// <summary>The tree over the books after an epoch, with them.</summary>
    /// <param name="epoch">The newest that is active.</param>
    public CumulativeTreeOfEpoch TreeOf(SettledEpoch epoch, IBooks books)
    {
        var known = _last is { } last && last.Hash == epoch.BundleHash ? last.Result : null;
        var after = known?.After ?? books.Read(session => _newest.Find(session, epoch)) ?? BooksOf(epoch);
        var tree = known is null ? EpochBuilder.TreeOf(after) : known.Tree;
        if ((tree?.Root ?? Hash32.Zero) != epoch.Root)
            throw new SettlementHaltedException($"The bundle of epoch {epoch.Number} has root {tree?.Root}, the books have {epoch.Root}.");
        _shown = (epoch.BundleHash, after);
        return new CumulativeTreeOfEpoch(epoch.Number, tree, after);
    }
}
