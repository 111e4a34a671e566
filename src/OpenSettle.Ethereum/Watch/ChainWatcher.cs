using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// Brings the chain into the journal: final blocks first, then those after them, which may still go. It holds no state that
/// counts: a new one over the same journal goes on where the last one stopped, whatever stopped it.
/// </summary>
public sealed class ChainWatcher
{
    private readonly IChainQuorum _quorum;
    private readonly IChainJournal _journal;
    private readonly WatchOptions _options;
    private readonly BackfillProgress _progress;
    private readonly FinalGuard _guard;
    private readonly Backfill _backfill;
    private readonly TipFollower _tip;
    private ulong _head;
    private bool _tipIsDue;

    public ChainWatcher(IChainClient client, IChainQuorum quorum, IRangeSource ranges, IChainJournal journal, WatchOptions options, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.MostPending);
        (_quorum, _journal, _options) = (quorum, journal, options);
        var reader = new RangeReader(client.Endpoint, ranges, journal, options, time);
        _progress = new BackfillProgress(options.FirstBlock, time);
        _guard = new FinalGuard(client.Endpoint, quorum);
        _backfill = new Backfill(reader, _guard, journal, _progress, options, time);
        _tip = new TipFollower(client, reader, _guard, journal, options);
    }

    /// <summary>
    /// One bounded piece of work, of one kind: final blocks where there are new ones, and only then the tip. A step that fails has
    /// changed nothing. Trouble at the tip is no failure, but told in the report: it keeps nothing back that is final.
    /// </summary>
    /// <exception cref="ChainException">What is final could not be found out, or not be read. The next step may go well.</exception>
    /// <exception cref="FinalBlockChangedException">A final block is another one now. Nothing was changed, and nobody may go on.</exception>
    public async Task<WatchReport> StepAsync(CancellationToken cancellation)
    {
        var final = await _quorum.GetFinalBlockAsync(cancellation);
        var position = _journal.Position();
        var isNew = final.Number >= position.NextFinal(_options.FirstBlock);
        // On a chain with a block in less time than a step takes, something is new each time: the tip has its turn all the same.
        if (isNew && !_tipIsDue)
        {
            var report = await TryFinalizeAsync(position, final, cancellation) ?? await BackfillAsync(position, final, cancellation);
            _tipIsDue = report.AtFinal;
            return report;
        }

        _tipIsDue = false;
        if (!isNew)
        {
            _progress.Rest();
            if (position.Final is { } last) await _guard.RequireSameAsync(last, position.Last?.Number ?? last.Number, final, cancellation);
        }

        var followed = await FollowAsync(position, final, cancellation);
        return isNew ? followed with { More = true } : followed;
    }

    /// <summary>Blocks that are in the journal need not be read again to be final: their hashes say that they are the same.</summary>
    private async Task<WatchReport?> TryFinalizeAsync(JournalPosition position, BlockHeader final, CancellationToken cancellation)
    {
        if (position.Pending.Count == 0) return null;
        var number = Math.Min(position.Pending[^1].Number, final.Number);
        if (position.At(number) is not { } ours) return null;
        var agreed = await _guard.AgreedAsync(number, final, cancellation);
        if (agreed.Hash != ours.Hash) return null;
        await _journal.FinalizeAsync(number, cancellation);
        return Report(WatchStage.Finalized, ours, position.Last, final) with { More = true };
    }

    /// <summary>Blocks that were not final are read again here where another branch became it.</summary>
    private async Task<WatchReport> BackfillAsync(JournalPosition position, BlockHeader final, CancellationToken cancellation)
    {
        var done = await _backfill.RunAsync(position, final, cancellation);
        return Report(WatchStage.Backfill, done.Reached, done.Reached, final) with
        {
            Blocks = done.Blocks,
            Logs = done.Logs,
            RolledBack = (ulong)position.Pending.Count,
            Trouble = done.Trouble,
            More = true,
        };
    }

    private async Task<WatchReport> FollowAsync(JournalPosition position, BlockHeader final, CancellationToken cancellation)
    {
        TipTally done;
        try
        {
            done = await _tip.FollowAsync(position, cancellation);
        }
        catch (ChainException e)
        {
            return Report(WatchStage.Idle, position.Final, position.Last, final) with { Trouble = e };
        }

        _head = done.Head;
        return Report(done.Stage, position.Final, done.Tip, final) with
        {
            Blocks = done.Blocks,
            Logs = done.Logs,
            RolledBack = done.RolledBack,
            Behind = done.Behind,
            Withheld = done.Withheld,
            More = done.More,
        };
    }

    private WatchReport Report(WatchStage stage, JournalBlock? final, JournalBlock? tip, BlockHeader agreed) => new()
    {
        Stage = stage,
        Final = final,
        Tip = tip,
        AgreedFinal = agreed.Number,
        Head = Math.Max(_head, agreed.Number),
        More = false,
        Progress = _progress.View(final is { } last ? last.Number + 1 : _options.FirstBlock, agreed.Number),
    };
}
