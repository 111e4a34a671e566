using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Watch;

/// <summary>What one step of the backfill did.</summary>
internal readonly record struct BackfillTally(JournalBlock Reached, ulong Blocks, int Logs, ChainException? Trouble);

/// <summary>Reads final blocks into the journal: while a range is written, the next one is read.</summary>
internal sealed class Backfill(RangeReader reader, FinalGuard guard, IChainJournal journal, BackfillProgress progress, WatchOptions options, TimeProvider time)
{
    /// <summary>Reads ranges until the step's time is over or the final block is reached. Trouble after the first of them ends the step, and is no failure of it.</summary>
    public async Task<BackfillTally> RunAsync(JournalPosition position, BlockHeader final, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        progress.Begin();
        var tip = position.Last?.Number ?? 0;
        var first = position.NextFinal(options.FirstBlock);
        var done = new BackfillTally(default, 0, 0, null);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            var before = position.Final;
            var read = await reader.ReadAsync(first, final.Number, reader.WantedAfter(position.Final, first), cancellation);
            while (true)
            {
                if (before is { } parent && read.First.ParentHash != parent.Hash) await RefuseAsync(parent, Math.Max(tip, parent.Number), read, cancellation);
                var goesOn = read.Last.Number < final.Number && time.GetElapsedTime(began) < options.StepTime;
                var ahead = goesOn ? reader.ReadAsync(read.Last.Number + 1, final.Number, read.Wanted, stop.Token) : null;
                await WriteAsync(read, ahead, final, stop, cancellation);
                var (blocks, logs) = ((ulong)read.Range.Headers.Count, read.Range.Logs.Count);
                progress.Took(blocks, logs);
                done = new BackfillTally(JournalBlock.Of(read.Last), done.Blocks + blocks, done.Logs + logs, null);
                if (ahead is null) return done;
                before = done.Reached;
                read = await ahead;
            }
        }
        catch (ChainException e) when (done.Blocks > 0)
        {
            return done with { Trouble = e };
        }
    }

    /// <summary>A range is final only where its last block is the one that enough endpoints have: those before it follow from its hash.</summary>
    private async Task WriteAsync(RangeRead read, Task? ahead, BlockHeader final, CancellationTokenSource stop, CancellationToken cancellation)
    {
        try
        {
            var agreed = await guard.AgreedAsync(read.Last.Number, final, cancellation);
            if (agreed.Hash != read.Last.Hash) throw guard.Bad($"block {read.Last.Number} came as {read.Last.Hash}, and enough endpoints have {agreed.Hash}");
            await journal.AppendFinalAsync(read.Range, cancellation);
        }
        catch when (ahead is not null)
        {
            // What was read ahead follows a range that is not there: nobody may meet it later.
            await stop.CancelAsync();
            await ahead.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task RefuseAsync(JournalBlock parent, ulong tip, RangeRead read, CancellationToken cancellation)
    {
        await guard.RequireSameAsync(parent, tip, cancellation);
        throw guard.Bad($"block {read.First.Number} follows {read.First.ParentHash}, and block {parent.Number} is {parent.Hash}");
    }
}
