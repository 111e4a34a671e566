using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Earnings;

/// <summary>An epoch that is built and not active yet, and the books after it.</summary>
internal sealed record OpenEpoch(SettledEpoch Epoch, SettlementState After);

/// <summary>What the epoch whose window is still to come, or runs, will give. Its bundle is read once, and kept while it is the newest.</summary>
internal sealed class OpenEpochBooks(BundleFolder bundles)
{
    private readonly Lock _gate = new();
    private (Hash32 Bundle, bool WasThere, SettlementState? After)? _known;

    /// <summary>The newest epoch where it is not active yet; null where it is, or was vetoed, or its bundle cannot be read.</summary>
    public OpenEpoch? Find(BooksSession session)
    {
        if (session.Epochs.Latest() is not { State: EpochState.Built or EpochState.Signed or EpochState.Proposed } epoch)
        {
            lock (_gate) _known = null;
            return null;
        }

        lock (_gate)
        {
            // Where another node built it, it comes a moment later than the books say so.
            var isThere = File.Exists(bundles.PathOf(epoch.BundleHash));
            if (_known is not { } known || known.Bundle != epoch.BundleHash || (isThere && !known.WasThere)) _known = known = (epoch.BundleHash, isThere, Read(epoch.BundleHash));
            return known.After is null ? null : new OpenEpoch(epoch, known.After);
        }
    }

    private SettlementState? Read(Hash32 bundle)
    {
        try
        {
            return bundles.Read(bundle).After;
        }
        catch (SettlementHaltedException)
        {
            // Settlement says so itself, and stops; what is earned can be told without it.
            return null;
        }
    }
}
