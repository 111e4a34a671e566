using OpenSettle.Node.Configuration;
using OpenSettle.Node.Usage;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;
using OpenSettle.Verify;

namespace OpenSettle.Node.Pipeline;

/// <summary>What this node finds wrong with an epoch that was vetoed: it verifies its bundle as anybody would, against its own books.</summary>
internal sealed class VetoReport(NodeOptions options, IBooks books, IUsageJournal usage, BundleFolder bundles, NodeState state)
{
    /// <summary>One sentence.</summary>
    public string Of(SettledEpoch vetoed)
    {
        try
        {
            var before = books.Read(session => session.Epochs.Get(vetoed.Number - 1));
            var previous = before is null ? null : new VerifiedEpoch(bundles.Read(before.BundleHash), before.BundleHash);
            var batches = new EpochIntake(usage).Read(before?.UsagePosition ?? 0, vetoed.UsagePosition);
            using var bytes = bundles.Open(vetoed.BundleHash);
            var (report, _) = EpochVerifier.Verify(
                bytes, previous, new EpochOnChain(vetoed.Number, vetoed.Root, vetoed.BundleHash, vetoed.LastBlock, vetoed.RecordRoot), View(vetoed), batches);
            return report.Agrees
                ? $"Recomputed from these books nothing differs: {report.Message}. Ask the guardian what it saw; its chain, its usage or its program is another."
                : $"Recomputed from these books it differs: {report.Message}.";
        }
        catch (Exception e) when (e is SettlementHaltedException or StorageException)
        {
            return $"It could not be recomputed: {e.Message}";
        }
    }

    private ChainView View(SettledEpoch epoch) => books.Read(session => new ChainView(
        options.Deployment.Watched.Id, epoch.FirstBlock, epoch.LastBlockHash, state.Registry, state.Tables, session.Chain.ListedTokens(epoch.LastBlock),
        session.Payments.Undivided(epoch.LastBlock), session.Ledger.TrialBalances().ToDictionary(balance => balance.Token, balance => balance.Received - balance.Transit),
        session.Epochs.Recipients(epoch.LastBlock)));
}
