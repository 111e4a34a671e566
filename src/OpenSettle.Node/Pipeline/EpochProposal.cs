using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Brings a built epoch to the chain: signatures, proposal, activation, attestation. Each is an intent in the books before anything
/// is sent. What the chain says decides; anybody may propose, activate or attest, and whoever is second reverts.
/// </summary>
internal sealed class EpochProposal(NodeOptions options, IChainClient client, Attestors attestors, IBooks books)
{
    private readonly Address _vault = options.Deployment.Watched.Id.Vault;

    /// <summary>Has it signed, and plans the proposal together with what was signed.</summary>
    public async Task SignAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        var (proposal, call) = await SignedAsync(epoch, await AttestorSetAsync(cancellation), cancellation);
        FailPoint.At(FailPoint.ProposalSigned);
        await books.WriteAsync(
            session =>
            {
                session.Epochs.SetSigned(epoch.Number, epoch.Attempt, proposal.Encode());
                session.Outbox.Plan(SendPurpose.Propose(epoch), _vault, call, epoch.Number);
            },
            cancellation);
        FailPoint.At(FailPoint.ProposalPlanned);
    }

    /// <summary>
    /// While the vault does not have it: signatures of a set of attestors that is no longer the vault's have expired, and are made
    /// again; what reverted is tried again a few times, because it may have met a pause, or that change.
    /// </summary>
    public async Task ProposeAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        var (known, next) = books.Read(session => SendPurpose.Newest(session, SendPurpose.Propose(epoch)));
        var set = await AttestorSetAsync(cancellation);
        var expired = ProposalOf(epoch).AttestorSet != set;
        if (known is { State: OutboxState.Planned or OutboxState.Signed } && !expired) return;
        if (known is { State: OutboxState.Reverted } && !expired) SendPurpose.RequireTries(known, next);
        var (proposal, call) = await SignedAsync(epoch, set, cancellation);
        await books.WriteAsync(
            session =>
            {
                session.Epochs.SetSigned(epoch.Number, epoch.Attempt, proposal.Encode());
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

    private async Task<(Proposal Proposal, ReadOnlyMemory<byte> Call)> SignedAsync(SettledEpoch epoch, uint set, CancellationToken cancellation)
    {
        var proposal = ProposalOf(epoch) with { AttestorSet = set };
        return (proposal, client.Encode(new RoyaltySplit.ProposeCall(proposal, await attestors.SignAsync(options.Deployment.Watched.Id, proposal, cancellation))));
    }

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

    private Task<uint> AttestorSetAsync(CancellationToken cancellation) => client.AskAsync(_vault, new RoyaltySplit.AttestorSet(), BlockRef.Latest, cancellation);
}
