using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// What the newest epoch was divided to: as it was built here, or recomputed from its bundle. Whichever it was, the ledger is
/// posted from the same entries.
/// </summary>
public sealed class EpochReplays(BundleFolder bundles)
{
    private EpochReplay? _last;

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
        return _last is { } last && last.Hash == epoch.BundleHash ? last.Result.After : bundles.Read(epoch.BundleHash).After;
    }

    /// <summary>The tree over the books after an epoch, with them.</summary>
    public CumulativeTreeOfEpoch TreeOf(SettledEpoch epoch)
    {
        var (after, known) = _last is { } last && last.Hash == epoch.BundleHash ? (last.Result.After, last.Result.Tree) : (bundles.Read(epoch.BundleHash).After, null);
        var tree = known ?? EpochBuilder.TreeOf(after);
        if ((tree?.Root ?? Hash32.Zero) != epoch.Root)
            throw new SettlementHaltedException($"The bundle of epoch {epoch.Number} has root {tree?.Root}, the books have {epoch.Root}.");
        return new CumulativeTreeOfEpoch(epoch.Number, tree, after);
    }
}
