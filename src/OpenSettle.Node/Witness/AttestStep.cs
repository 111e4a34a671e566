using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Witness;

/// <summary>Looks at the candidates that leaders publish, signs what it finds nothing in, and answers in words otherwise.</summary>
internal sealed class AttestStep(NodeOptions options, IChainClient client, Attestors attestors, EpochJudge judge, CandidateClient leaders, NodeState state, ILogger<AttestStep> log) : IWitnessAct
{
    private const string Alert = "candidate";
    private const string LeadersAlert = "leaders";

    private static readonly TimeSpan BesideAWatch = TimeSpan.FromSeconds(30);

    private readonly DeploymentId _id = options.Deployment.Watched.Id;

    /// <summary>What was said last of each candidate: said again only where it changed, or where it did not arrive.</summary>
    private readonly Dictionary<(Uri Leader, Hash32 Digest), string> _said = [];

    public string Name => "look at candidates";

    public async Task RunAsync((OpenProposal Open, EpochVerdict Verdict)? differs, CancellationToken cancellation)
    {
        var troubles = new List<string>();
        foreach (var leader in options.Witness.Leaders)
        {
            var (proposal, trouble) = await leaders.AskAsync(leader, cancellation);
            if (trouble is not null) troubles.Add(trouble);
            if (proposal is not null) await AnswerAsync(leader, proposal, cancellation);
        }

        // Of several that share a database one leads, and the others say so.
        if (troubles.Count < options.Witness.Leaders.Count) state.ClearAlert(LeadersAlert);
        else state.SetAlert(LeadersAlert, $"No candidate can be asked for: {string.Join("; ", troubles)}. Check that leaders names the node that settles.");
    }

    private async Task AnswerAsync(Uri leader, Proposal proposal, CancellationToken cancellation)
    {
        var set = await client.AskAsync(_id.Vault, new RoyaltySplit.AttestorSet(), BlockRef.Latest, cancellation);
        // The vault would not take it, and there will be another one.
        if (proposal.AttestorSet != set) return;
        var data = ProposalTypedData.Of(_id.ChainId, _id.Vault, proposal);
        // Where this node watches too, a leader that trickles must not keep it from that.
        var (verdict, lack) = await judge.VerdictAsync(proposal, options.Cluster.Has(NodeRoles.Watch) ? BesideAWatch : EpochJudge.Longest, isActive: false, cancellation);
        // Not as far as the leader: there will be something to say.
        if (lack is { IsOwn: true }) return;
        var why = Cut(lack is null ? verdict?.Difference : $"{Candidate.NotYet}{lack.What}");
        if (_said.GetValueOrDefault((leader, data.Digest())) == (why ?? string.Empty)) return;
        var members = await client.AskAsync(_id.Vault, new RoyaltySplit.AttestorList(), BlockRef.Latest, cancellation);
        // While attestors change, a key here is of one that is none yet, or none any more: the leader would not take its word.
        foreach (var signer in attestors.Signers.Where(signer => members.Contains(signer.Address)))
        {
            var words = why is null ? data : RefusalTypedData.Of(_id.ChainId, _id.Vault, data.Digest(), why);
            var signature = AttestorSignature.Of(signer.Address, await signer.SignTypedDataAsync(words, cancellation));
            if (await leaders.SayAsync(leader, data.Digest(), why, signature, cancellation) is { } refused)
            {
                log.WordNotTaken(EndpointName.Of(leader), refused);
                return;
            }
        }

        if (why is not null && lack is null) state.SetAlert(Alert, $"The candidate for epoch {proposal.Epoch}, attempt {proposal.Attempt}, differs: {why}. It is not signed here.");
        else state.ClearAlert(Alert);
        foreach (var earlier in _said.Keys.Where(key => key.Leader == leader).ToArray()) _said.Remove(earlier);
        _said[(leader, data.Digest())] = why ?? string.Empty;
    }

    /// <summary>A reason is a line or two; what names many places that were asked may be longer.</summary>
    private static string? Cut(string? why) => why is { Length: > Candidates.MostWhy } ? $"{why[..(Candidates.MostWhy - 1)]}…" : why;
}
