using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Witness;

/// <summary>Vetoes a proposal that differs, where this node holds the guardian's key. It is an intent in the books before anything is sent, as with all that is sent.</summary>
internal sealed class VetoStep(NodeOptions options, IChainClient client, IBooks books, ISigner guardian, SendStep send, NodeState state, TimeProvider time, ILogger<VetoStep> log) : IWitnessAct
{
    private const string Alert = "veto";
    private const string GuardianAlert = "guardian";

    /// <summary>A guardian that was replaced should be known before a veto is needed.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    private long? _looked;

    private readonly Address _vault = options.Deployment.Watched.Id.Vault;

    public string Name => "veto what differs";

    public async Task RunAsync((OpenProposal Open, EpochVerdict Verdict)? differs, CancellationToken cancellation)
    {
        var guards = await IsGuardianAsync(isNeeded: differs is not null, cancellation);
        if (differs is not var (open, verdict)) state.ClearAlert(Alert);
        else if (guards) await PlanAsync(open, verdict, cancellation);
        await send.RunAsync(cancellation);
    }

    private async Task<bool> IsGuardianAsync(bool isNeeded, CancellationToken cancellation)
    {
        if (!isNeeded && _looked is { } looked && time.GetElapsedTime(looked) < LookAgain) return true;
        var known = await client.AskAsync(_vault, new RoyaltySplit.Guardian(), BlockRef.Latest, cancellation);
        _looked = time.GetTimestamp();
        if (known == guardian.Address) state.ClearAlert(GuardianAlert);
        else state.SetAlert(GuardianAlert, $"The vault's guardian is {known.ToChecksumString()}, and guardianKey is {guardian.Address.ToChecksumString()}'s: this node tells what differs, and cannot veto it. Give it the guardian's key.");
        return known == guardian.Address;
    }

    private async Task PlanAsync(OpenProposal open, EpochVerdict verdict, CancellationToken cancellation)
    {
        var (epoch, attempt) = (open.Proposal.Epoch, open.Proposal.Attempt);
        var (known, next) = books.Read(session => SendPurpose.Newest(session, SendPurpose.Veto(epoch, attempt)));
        // One that reverted met another's veto, or a guardian that is another by now: looking says which.
        if (known is not null && known.State is not OutboxState.Reverted) return;
        if (SendPurpose.IsTriedOut(next))
        {
            state.SetAlert(Alert, $"The veto of epoch {epoch}, attempt {attempt}, reverted again and again, and its window runs: check that guardianKey is the vault's guardian, and veto by hand.");
            return;
        }

        // Of no epoch's budget: whoever proposes again and again must not use it up.
        await books.WriteAsync(session => session.Outbox.Plan(next, _vault, client.Encode(new RoyaltySplit.VetoCall(epoch, attempt))), cancellation);
        FailPoint.At(FailPoint.VetoPlanned);
        log.VetoPlanned(epoch, attempt, verdict.Difference ?? string.Empty);
    }
}
