using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Relay;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Runs the steps in the order in which the money moves, one after the other, again and again. One loop and not four:
/// each step sees all that the one before it did, and a stop between any two leaves the books as a crash there would.
/// </summary>
public sealed class PipelineWorker(
    WatchStep watch,
    BookStep book,
    UsageStep usage,
    SweepStep sweep,
    EpochStep epochs,
    PushStep pushes,
    DriftStep drift,
    SendStep send,
    RelayStep relay,
    MirrorSet mirrors,
    IBooks books,
    NodeState state,
    NodeOptions options,
    Pause pause,
    Leadership leadership,
    ILogger<PipelineWorker> log) : LeaderWork(leadership)
{
    private volatile string _step = "start";

    /// <summary>Whether a step was still at work when the time to stop was over. The books must not be closed under it.</summary>
    public bool IsLeft { get; private set; }

    /// <summary>Ends with a step that ends by itself, or without it: each is as safe to leave as to finish.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        state.IsStopping = true;
        await base.StopAsync(cancellationToken);
        IsLeft = ExecuteTask is { IsCompleted: false };
        if (IsLeft) log.StoppedWithin(_step, Left());
        else log.Stopped(Left());
    }

    protected override async Task LeadAsync(CancellationToken stop)
    {
        var restored = false;
        while (!stop.IsCancellationRequested)
        {
            bool rest;
            try
            {
                if (!restored)
                {
                    Begin("bring bundles back");
                    await mirrors.RestoreLastAsync(books, stop);
                    restored = true;
                }

                rest = await TurnAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (Leadership.Lost is not null || e is LeaseLostException or StorageException { Kind: StorageErrorKind.Away })
            {
                // What was under way may be written or not, as after a crash: nothing of this start goes on with it.
                Leadership.Lose(e.Message);
                return;
            }
            catch (ChainException e)
            {
                // Reading again, and sending the same bytes again, does no harm: the endpoint may come to its senses.
                Meet(e);
                rest = true;
            }
            catch (StorageException e) when (e.Kind is StorageErrorKind.Full)
            {
                // Nothing was written, and nothing sent that is not written: there may be room again.
                Meet(e);
                rest = true;
            }
            catch (Exception e)
            {
                // Nothing around money catches and carries on: reads go on being served, settlement does not.
                state.Halt(e.Message);
                log.Halted(e.Message, e);
                await NoteHaltAsync(e.Message, stop);
                return;
            }

            if (rest) await pause.TakeAsync(stop);
        }
    }

    /// <summary>Shows what is in the way until it is not; tells it once.</summary>
    private void Meet(Exception trouble)
    {
        if (state.Trouble != trouble.Message) log.TryingAgain(trouble.Message);
        state.Trouble = trouble.Message;
    }

    /// <summary>Every step once. Whether there is nothing more to do for now.</summary>
    private async Task<bool> TurnAsync(CancellationToken cancellation)
    {
        options.BeginTurn();
        Begin("read the chain");
        var seen = await watch.RunAsync(cancellation);
        Begin("post what is final");
        var posted = await book.RunAsync(cancellation);
        Begin("look after usage");
        await usage.RunAsync(cancellation);
        if (seen.AtFinal && posted)
        {
            Begin("plan sweeps");
            await sweep.RunAsync(cancellation);
            Begin("carry epochs on");
            await epochs.RunAsync(cancellation);
            Begin("plan pushes");
            await pushes.RunAsync(cancellation);
            Begin("hold the books against the chain");
            await drift.RunAsync(cancellation);
            Begin("send");
            await send.RunAsync(cancellation);
            Begin("relay signed claims");
            await relay.RunAsync(cancellation);
        }

        if (seen.Trouble is not null) throw seen.Trouble;
        state.Trouble = null;
        return posted && !seen.More;
    }

    /// <summary>Other nodes may come to lead after this one, and have to know.</summary>
    private async Task NoteHaltAsync(string why, CancellationToken cancellation)
    {
        if (Leadership.Identity is not { } node) return;
        try
        {
            await books.WriteAsync(session => LeaderStart.Note(session, node.Name, why), cancellation);
        }
        catch (Exception e) when (e is StorageException or LeaseLostException or OperationCanceledException)
        {
            // It is in the log, and shown here.
        }
    }

    private void Begin(string step)
    {
        Leadership.Require();
        _step = step;
        state.Moved();
    }

    private int Left()
    {
        try
        {
            return books.Read(session => session.Outbox.Open().Count);
        }
        catch (StorageException)
        {
            // Whatever is wrong with the books was told before; a stop is no time to tell it again.
            return 0;
        }
    }
}
