using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Brings a built epoch to the chain: signatures, proposal, activation, attestation. Each is an intent in the books before anything
/// is sent. What the chain says decides; anybody may propose, activate or attest, and whoever is second reverts.
/// </summary>
internal sealed class EpochProposal(NodeOptions options, IChainClient client, Attestors attestors, Candidates candidates, IBooks books, NodeState state, TimeProvider time, ILogger log)
{
    private readonly Address _vault = options.Deployment.Watched.Id.Vault;

    private const string Alert = "signatures";

    /// <summary>Collects what the vault's quorum wants, and plans the proposal together with what was signed.</summary>
    /// <returns>Whether there are signatures enough.</returns>
    public async Task<bool> SignAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        if (await SignedAsync(epoch, cancellation) is not { } signed) return false;
        FailPoint.At(FailPoint.ProposalSigned);
        await books.WriteAsync(
            session =>
            {
                session.Epochs.SetSigned(epoch.Number, epoch.Attempt, signed.Proposal.Encode());
                session.Outbox.Plan(SendPurpose.Propose(epoch), _vault, client.Encode(new RoyaltySplit.ProposeCall(signed.Proposal, signed.Quorum)), epoch.Number);
            },
            cancellation);
        FailPoint.At(FailPoint.ProposalPlanned);
        return true;
    }

    /// <summary>
    /// A candidate that a quorum cannot sign any more is built anew once there is usage that it did not know: attestors that held a batch
    /// which had not come to this node were right.
    /// </summary>
    /// <returns>Whether its number is open again.</returns>
    public async Task<bool> WithdrawAsync(SettledEpoch epoch, long sealedUsage, CancellationToken cancellation)
    {
        if (sealedUsage <= epoch.UsagePosition || !Of(epoch, await candidates.SetAsync(cancellation)).IsRefused) return false;
        await books.WriteAsync(session => session.Epochs.Withdraw(epoch.Number, epoch.Attempt), cancellation);
        log.CandidateWithdrawn(epoch.Number, epoch.Attempt);
        state.ClearAlert(Alert);
        return true;
    }

    /// <summary>
    /// While the vault does not have it: signatures of a set of attestors that is no longer the vault's have expired, and are collected
    /// again; what reverted is tried again a few times, because it may have met a pause, or that change.
    /// </summary>
    public async Task ProposeAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        var (known, next) = books.Read(session => SendPurpose.Newest(session, SendPurpose.Propose(epoch)));
        var set = await candidates.SetAsync(cancellation);
        var expired = ProposalOf(epoch).AttestorSet != set.Version;
        if (known is { State: OutboxState.Planned or OutboxState.Signed } && !expired) return;
        if (known is { State: OutboxState.Reverted } && !expired) SendPurpose.RequireTries(known, next);
        if (await SignedAsync(epoch, cancellation) is not { } signed) return;
        var call = client.Encode(new RoyaltySplit.ProposeCall(signed.Proposal, signed.Quorum));
        await books.WriteAsync(
            session =>
            {
                session.Epochs.SetSigned(epoch.Number, epoch.Attempt, signed.Proposal.Encode());
                // What was never signed as a transaction takes the new call; what was may be mined yet, and gives way.
                if (known is { State: OutboxState.Planned }) session.Outbox.PlanAnew(known.Id, call);
                else session.Outbox.Plan(next, _vault, call, epoch.Number);
            },
            cancellation);
    }

    /// <summary>Once the window is over, by the time of the newest block.</summary>
    public async Task ActivateAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        var head = await client.GetBlockAsync(BlockRef.Latest, cancellation);
        if (head is null || head.Timestamp < epoch.ReadyAt || head.Timestamp < books.Read(VaultPause.Until)) return;
        await PlanAsync(SendPurpose.Activate(epoch), epoch.Number, _vault, new RoyaltySplit.ActivateCall(ProposalOf(epoch)), FailPoint.ActivationPlanned, cancellation);
    }

    public Task AttestAsync(SettledEpoch epoch, CancellationToken cancellation) => PlanAsync(
        SendPurpose.Attest(epoch.Number), epoch.Number, options.Deployment.Watched.Resolver, new SettlementResolver.AttestEpochCall(ProposalOf(epoch).Record), FailPoint.AttestationPlanned,
        cancellation);

    /// <summary>Own keys sign at once; the others' words come by the API. Null while there are too few.</summary>
    private async Task<Candidate?> SignedAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        var set = await candidates.SetAsync(cancellation);
        var candidate = Of(epoch, set);
        bool IsAsked(Address attestor) => set.Members.Contains(attestor) && candidate.Signatures.All(signature => signature.Signer != attestor);
        foreach (var signature in await attestors.SignAsync(options.Deployment.Watched.Id, candidate.Proposal, IsAsked, cancellation))
            await books.WriteAsync(session => session.Candidates.Say(new AttestorWord(candidate.Digest, signature.Signer, null, signature.Data, time.GetUtcNow())), cancellation);
        candidate = Of(epoch, set);
        if (candidate.IsSigned)
        {
            state.ClearAlert(Alert);
            return candidate;
        }

        var refusals = candidate.Refusals.Select(word => $" {word.Attestor.ToChecksumString()} does not sign: {word.Why}.");
        state.SetAlert(Alert, $"Epoch {epoch.Number} has {candidate.Signatures.Count} of {set.Threshold} signatures.{(attestors.Signers.Count == 0 ? " No key is here (attestorKeys): attestors name this node by leaders, and bring theirs." : string.Empty)}{string.Concat(refusals)}");
        return null;
    }

    private Candidate Of(SettledEpoch epoch, AttestorSet set) =>
        books.Read(session => candidates.Of(session, epoch, set)) ?? throw new InvalidOperationException($"Epoch {epoch.Number} is no candidate.");

    private async Task PlanAsync(string purpose, ulong epoch, Address to, ContractCall call, string point, CancellationToken cancellation)
    {
        var (known, next) = books.Read(session => SendPurpose.Newest(session, purpose));
        if (known is not null)
        {
            if (known.State is not OutboxState.Reverted) return;
            SendPurpose.RequireTries(known, next);
        }

        await books.WriteAsync(session => session.Outbox.Plan(next, to, client.Encode(call), epoch), cancellation);
        FailPoint.At(point);
    }

    private Proposal ProposalOf(SettledEpoch epoch) => Proposal.Decode(books.Read(session => session.Epochs.Proposal(epoch.Number)).Span);
}
