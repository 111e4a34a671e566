using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Witness;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using OpenSettle.Verify;

namespace OpenSettle.Node.Rebuilding;

/// <summary>
/// Verifies a bundle against the books that are being rebuilt, as anybody would against the chain: its payments, terms and tokens have to
/// be those that the books have by then. So what is rebuilt does not rest on the bundle's word.
/// </summary>
internal sealed class BundleProof(WatchedDeployment deployment, BundleFolder bundles) : IEpochAdoption
{
    public ulong FirstBlock => deployment.FirstBlock;

    public void Require(BooksSession session, SettledEpoch epoch, SettledEpoch? before)
    {
        var bundle = bundles.Read(epoch.BundleHash);
        var registry = session.Chain.LoadRegistry();
        PublishedTerms.Keep(session, registry, bundle);
        var previous = before is null ? null : new VerifiedEpoch(bundles.Read(before.BundleHash), before.BundleHash);
        // The first epoch begins with the deployment, which no epoch before it tells.
        var view = new ChainView(
            deployment.Id, before is null ? deployment.FirstBlock : before.LastBlock + 1, epoch.LastBlockHash, registry, session.Chain.LoadTables(), session.Chain.ListedTokens(epoch.LastBlock),
            session.Payments.Undivided(epoch.LastBlock), session.Ledger.TrialBalances().ToDictionary(balance => balance.Token, balance => balance.Received - balance.Transit),
            session.Epochs.Recipients(epoch.LastBlock));
        using var source = bundles.Open(epoch.BundleHash);
        var (report, _) = EpochVerifier.Verify(source, previous, new EpochOnChain(epoch.Number, epoch.Root, epoch.BundleHash, epoch.LastBlock, epoch.RecordRoot), view);
        if (!report.Agrees) throw new SettlementHaltedException($"Epoch {epoch.Number} is active, and its bundle is not what follows from the chain: {report.Message}. Nobody should settle on: opensettle verify tells more.");
    }
}
