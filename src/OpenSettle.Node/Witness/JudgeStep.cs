using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Witness;

/// <summary>
/// Judges each proposal of the vault once, whether its window runs or was over long ago, and keeps the verdict: books of a witness
/// take in no epoch without one.
/// </summary>
internal sealed class JudgeStep(NodeOptions options, IChainClient client, IBooks books, EpochJudge judge, NodeState state, TimeProvider time)
{
    public const string Alert = "proposal";

    /// <summary>However short a window is, what is missing was asked for so long before it counts as a difference.</summary>
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(5);

    private (Hash32 Content, long Since)? _waits;

    /// <summary>Whether the books may take in what final blocks say next: an epoch that they activate has to be judged first.</summary>
    public bool MayPost() => books.Read(session =>
        Booked(session) is not { } booked || session.Verdicts.Find(booked.ContentHash()) is { IsLate: false } || !IsActive(session, booked));

    /// <param name="atTip">Whether the journal has all that is final. Before that, what looks open may be over long ago.</param>
    /// <returns>The proposal whose window runs and that differs; null where there is none.</returns>
    public async Task<(OpenProposal Open, EpochVerdict Verdict)?> RunAsync(bool atTip, CancellationToken cancellation)
    {
        var (booked, isActive, open) = books.Read(session =>
        {
            var proposed = Booked(session);
            return (proposed, proposed is not null && IsActive(session, proposed), atTip ? EpochSight.Open(session, options.Deployment.Watched) : null);
        });
        if (booked is not null && booked.ContentHash() != open?.Proposal.ContentHash()) await VerdictAsync(booked, open: null, isActive, cancellation);
        if (open is null)
        {
            if (booked is null) Clear();
            return null;
        }

        return await VerdictAsync(open.Proposal, open, isActive: false, cancellation) is { Agrees: false } verdict ? (open, verdict) : null;
    }

    private static Proposal? Booked(BooksSession session) =>
        session.Epochs.Latest() is { State: EpochState.Proposed } latest ? Proposal.Decode(session.Epochs.Proposal(latest.Number).Span) : null;

    /// <summary>Whether final blocks activate it, which the books have not posted yet.</summary>
    private bool IsActive(BooksSession session, Proposal booked) => EpochSight.Activated(session, options.Deployment.Watched).Any(next => next.Epoch == booked.Epoch);

    private async Task<EpochVerdict?> VerdictAsync(Proposal proposal, OpenProposal? open, bool isActive, CancellationToken cancellation)
    {
        var (verdict, lack) = await judge.VerdictAsync(proposal, await WithinAsync(proposal, open, cancellation), isActive, cancellation);
        if (lack is not null)
        {
            // What this node itself lags behind with is no fault of the proposal's.
            if (open is null || lack.IsOwn || !await IsLateAsync(open, cancellation)) return Waits(proposal, lack.What);
            verdict = await judge.KeepAsync(proposal, $"{EpochVerdict.Late}{lack.What}", bundle: null, cancellation);
        }

        (_waits, state.WitnessWaits) = (null, false);
        if (verdict?.Difference is { } difference) state.SetAlert(Alert, $"Epoch {proposal.Epoch}, attempt {proposal.Attempt}, differs: {difference}.");
        else Clear();
        return verdict;
    }

    /// <summary>A place that only trickles must not hold the watch up until a window is over.</summary>
    private async Task<TimeSpan> WithinAsync(Proposal proposal, OpenProposal? open, CancellationToken cancellation)
    {
        if (open is null || books.Read(session => session.Verdicts.Find(proposal.ContentHash())) is not null) return EpochJudge.Longest;
        return await PartAsync(cancellation);
    }

    /// <summary>Half of the time, as it comes, in which what is missing is waited for: so it is asked for twice at least.</summary>
    private async Task<TimeSpan> PartAsync(CancellationToken cancellation)
    {
        var part = TimeSpan.FromSeconds(await WindowAsync(cancellation) * (double)options.Witness.PatiencePercent / 400);
        return part < LeastPatience ? LeastPatience : part > EpochJudge.Longest ? EpochJudge.Longest : part;
    }

    private Task<uint> WindowAsync(CancellationToken cancellation) => client.AskAsync(options.Deployment.Watched.Id.Vault, new RoyaltySplit.Window(), BlockRef.Latest, cancellation);

    private EpochVerdict? Waits(Proposal proposal, string why)
    {
        if (_waits?.Content != proposal.ContentHash()) _waits = (proposal.ContentHash(), time.GetTimestamp());
        state.WitnessWaits = true;
        state.SetAlert(Alert, $"Epoch {proposal.Epoch}, attempt {proposal.Attempt}, cannot be recomputed yet: {why}.");
        return null;
    }

    private void Clear()
    {
        (_waits, state.WitnessWaits) = (null, false);
        state.ClearAlert(Alert);
    }

    /// <summary>Whether what is missing was waited for long enough, by the chain's time and by this node's clock.</summary>
    private async Task<bool> IsLateAsync(OpenProposal open, CancellationToken cancellation)
    {
        if (_waits is not { } waits || waits.Content != open.Proposal.ContentHash() || time.GetElapsedTime(waits.Since) < LeastPatience || await client.GetBlockAsync(BlockRef.Latest, cancellation) is not { } head) return false;
        // By the vault's own word: it may be over in a block that was not read yet.
        if (await client.AskAsync(options.Deployment.Watched.Id.Vault, new RoyaltySplit.OpenProposal(), BlockRef.Latest, cancellation) is not { } word || word.Epoch != open.Proposal.Epoch || word.ReadyAt != open.ReadyAt) return false;
        if (head.Timestamp + ((ulong)await WindowAsync(cancellation) * (100 - options.Witness.PatiencePercent) / 100) < open.ReadyAt) return false;
        // A node that came late has not asked for long: it goes on as long as there is time.
        var (asked, left) = (time.GetElapsedTime(waits.Since), TimeSpan.FromSeconds(open.ReadyAt > head.Timestamp ? open.ReadyAt - head.Timestamp : 0));
        return asked >= await PartAsync(cancellation) || asked >= left;
    }
}
