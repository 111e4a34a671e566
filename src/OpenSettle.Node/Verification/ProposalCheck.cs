using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Verification;

/// <summary>Holds a proposal against the bundle whose hash it carries.</summary>
internal static class ProposalCheck
{
    /// <summary>What the vault goes by is the proposal: where the bundle says otherwise, the bundle is of no use.</summary>
    public static string? Difference(Proposal proposal, Hash32 lastBlockHash, Bundle bundle)
    {
        if (proposal.PreviousRoot != bundle.PreviousRoot) return $"the root before is {proposal.PreviousRoot} in the proposal and {bundle.PreviousRoot} in the bundle";
        if (proposal.PushRoot != bundle.PushRoot) return $"the root of the pushes is {proposal.PushRoot} in the proposal and {bundle.PushRoot} in the bundle";
        if (proposal.RecordRoot != bundle.RecordRoot) return $"the root of the records is {proposal.RecordRoot} in the proposal and {bundle.RecordRoot} in the bundle";
        if (proposal.LastBlockHash != lastBlockHash) return $"block {proposal.LastBlock} is {lastBlockHash} on the chain and {proposal.LastBlockHash} in the proposal";
        for (var i = 0; i < Math.Max(proposal.Totals.Count, bundle.Changed.Count); i++)
        {
            if (i >= proposal.Totals.Count) return $"the bundle promises {bundle.Changed[i].Total} of token {bundle.Changed[i].Token}, and the proposal nothing";
            if (i >= bundle.Changed.Count) return $"the proposal promises {proposal.Totals[i].Total} of token {proposal.Totals[i].Token}, and the bundle nothing";
            var (said, stated) = (proposal.Totals[i], bundle.Changed[i]);
            if (said.Token != stated.Token || said.Total != stated.Total)
                return $"the proposal promises {said.Total} of token {said.Token}, and the bundle {stated.Total} of token {stated.Token}";
        }

        return null;
    }
}
