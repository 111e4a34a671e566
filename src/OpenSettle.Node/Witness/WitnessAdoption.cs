using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Pipeline;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Witness;

/// <summary>Books of a witness take in the epochs of others that it judged, and found nothing in.</summary>
internal sealed class WitnessAdoption(WatchedDeployment deployment, BundleFolder bundles) : IEpochAdoption
{
    public ulong FirstBlock => deployment.FirstBlock;

    public void Require(BooksSession session, SettledEpoch epoch, SettledEpoch? before)
    {
        var proposal = Proposal.Decode(session.Epochs.Proposal(epoch.Number).Span);
        var verdict = session.Verdicts.Find(proposal.ContentHash()) ?? throw new InvalidOperationException($"Epoch {epoch.Number} was to be posted before it was judged.");
        if (verdict.Difference is { } difference)
        {
            throw new SettlementHaltedException(
                $"Epoch {epoch.Number} is active, and differs: {difference}. Nobody vetoed it in time. Claims against its root are paid; who relies on this vault should know. "
                + "What comes after it is built on it, and is not judged here. docs/runbook.md says what is to be done.");
        }

        PublishedTerms.Keep(session, session.Chain.LoadRegistry(), bundles.Read(epoch.BundleHash));
    }
}
