using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Witness;

/// <summary>A proposal whose window runs.</summary>
/// <param name="ReadyAt">The end of its window; a pause moves it.</param>
internal sealed record OpenProposal(Proposal Proposal, ulong ReadyAt);

/// <summary>What the vault's logs in the journal say of proposals, before the books have them.</summary>
internal static class EpochSight
{
    /// <summary>The proposal whose window runs, also in blocks that are not final: a window does not wait for finality.</summary>
    public static OpenProposal? Open(BooksSession session, WatchedDeployment deployment)
    {
        var open = session.Epochs.Latest() is { State: EpochState.Proposed } latest ? new OpenProposal(Proposal.Decode(session.Epochs.Proposal(latest.Number).Span), latest.ReadyAt) : null;
        if (session.Journal.Last() is not { } last) return open;
        foreach (var said in Read(session, deployment, last.Number))
        {
            open = said switch
            {
                RoyaltySplit.EpochProposed proposed => new OpenProposal(proposed.Proposal, proposed.ReadyAt),
                RoyaltySplit.EpochVetoed or RoyaltySplit.EpochActivated => null,
                _ => open,
            };
        }

        return open;
    }

    /// <summary>Proposals that final blocks activate, and the books have not posted yet.</summary>
    public static IReadOnlyList<Proposal> Activated(BooksSession session, WatchedDeployment deployment)
    {
        var activated = new List<Proposal>();
        if (session.Journal.Final() is not { } final) return activated;
        var open = session.Epochs.Latest() is { State: EpochState.Proposed } latest ? Proposal.Decode(session.Epochs.Proposal(latest.Number).Span) : null;
        foreach (var said in Read(session, deployment, final.Number))
        {
            if (said is RoyaltySplit.EpochProposed proposed) open = proposed.Proposal;
            else if (said is RoyaltySplit.EpochActivated active && open?.Epoch == active.Epoch) activated.Add(open);
        }

        return activated;
    }

    private static IEnumerable<object> Read(BooksSession session, WatchedDeployment deployment, ulong upTo)
    {
        var next = session.Chain.Cursor() is { } cursor ? cursor.Block + 1 : deployment.FirstBlock;
        return next > upTo ? [] : session.Journal.Logs(next, upTo, [deployment.Id.Vault]).Select(log => RoyaltySplit.Decode(BooksJournal.ToEntry(log, Hash32.Zero))).OfType<object>();
    }
}
