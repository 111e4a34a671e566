using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Mirrors;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Carries epochs from close to attestation: closed, built, signed, proposed, active, attested. Each state is in the books before the
/// next step begins, and each step can be taken again; from the proposal on, final blocks say what was reached.
/// </summary>
public sealed class EpochStep
{
    private const string ForeignAlert = "foreign proposal";

    private readonly NodeOptions _options;
    private readonly IStateQuorum _quorum;
    private readonly IBooks _books;
    private readonly IUsageJournal _usage;
    private readonly EpochReplays _replays;
    private readonly NodeState _state;
    private readonly EpochClose _close;
    private readonly EpochBuild _build;
    private readonly EpochProposal _proposal;
    private readonly VetoHold _veto;
    private bool _compared;
    private bool _sameRoot;

    public EpochStep(
        NodeOptions options, IChainClient client, IStateQuorum quorum, Attestors attestors, Candidates candidates, IBooks books, IUsageJournal usage, BundleFolder bundles, EpochReplays replays, MirrorSet mirrors, NodeState state,
        TimeProvider time, ILogger<EpochStep> log)
    {
        (_options, _quorum, _books, _usage, _replays, _state) = (options, quorum, books, usage, replays, state);
        _close = new EpochClose(options, books, usage, state);
        _build = new EpochBuild(options, client, books, usage, bundles, replays, mirrors, state, log);
        _proposal = new EpochProposal(options, client, attestors, candidates, books, state, time, log);
        _veto = new VetoHold(options, books, new VetoReport(options, books, usage, bundles, state), state, log);
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        var (toAttest, cursor) = _books.Read(session => (session.Epochs.ToAttest(), session.Chain.Cursor()));
        if (cursor is null) return;
        await CompareAsync(cursor, cancellation);
        ShowActive();
        foreach (var epoch in toAttest) await _proposal.AttestAsync(epoch, cancellation);
        while (await AdvanceAsync(cursor, cancellation))
        {
        }
    }

    /// <summary>Takes the newest epoch one step further. Whether there may be another step at once.</summary>
    private async Task<bool> AdvanceAsync(ChainCursor cursor, CancellationToken cancellation)
    {
        var latest = _books.Read(session => session.Epochs.Latest());
        if (latest is not { State: EpochState.Foreign }) _state.ClearAlert(ForeignAlert);
        switch (latest?.State)
        {
            case EpochState.Closed:
                var outcome = await _build.RunAsync(latest, cancellation);
                if (outcome == BuildOutcome.NothingPayable) _close.NothingPayable(latest);
                _sameRoot = outcome == BuildOutcome.SameRoot;
                return outcome is BuildOutcome.Built or BuildOutcome.SameRoot;
            case EpochState.Built:
                return await _proposal.SignAsync(latest, cancellation) || await _proposal.WithdrawAsync(latest, _usage.Sealed.Position, cancellation);
            case EpochState.Signed:
                await _proposal.ProposeAsync(latest, cancellation);
                return false;
            case EpochState.Proposed:
                await _proposal.ActivateAsync(latest, cancellation);
                return false;
            case EpochState.Foreign:
                _state.SetAlert(ForeignAlert, $"The vault has epoch {latest.Number}, attempt {latest.Attempt}, with root {latest.Root} and bundle {latest.BundleHash}, which this node did not make. It settles nothing while that window runs (until {latest.ReadyAt}); after a veto it goes on by itself. If it is false, the guardian has to veto it: docs/runbook.md.");
                return false;
            case EpochState.Vetoed:
                var goesOn = await _veto.HoldAsync(latest, _sameRoot, cancellation);
                _sameRoot = false;
                return goesOn;
            default:
                return await _close.RunAsync(latest, cursor, cancellation);
        }
    }

    /// <summary>
    /// At start: the vault's own word, at the books' last block, on how far settlement is. The books were written from its logs; if it
    /// says anything else they are not its books, whatever went wrong.
    /// </summary>
    private async Task CompareAsync(ChainCursor cursor, CancellationToken cancellation)
    {
        if (_compared) return;
        var vault = _options.Deployment.Watched.Id.Vault;
        // Where too few endpoints keep that block's state, the logs that the books were written from, proven complete, have to do.
        if (await _quorum.AskAgreedAsync(vault, new RoyaltySplit.Epoch(), cursor.Block, cancellation) is { } number
            && await _quorum.AskAgreedAsync(vault, new RoyaltySplit.Root(), cursor.Block, cancellation) is { } root
            && _books.Read(session => session.Epochs.LatestActive()) is var ours && (number != (ours?.Number ?? 0) || root != (ours?.Root ?? default)))
        {
            throw new SettlementHaltedException(
                $"At block {cursor.Block} the vault is at epoch {number} with root {root}, and these books at epoch {ours?.Number ?? 0} with root {ours?.Root ?? default}. "
                + "Nothing was sent. Rebuild the books from the chain: opensettle rebuild.");
        }

        _compared = true;
    }

    private void ShowActive()
    {
        if (_books.Read(session => session.Epochs.LatestActive()) is not { } active || _state.Active?.Epoch == active.Number) return;
        _state.Active = _replays.TreeOf(active, _books);
    }
}
