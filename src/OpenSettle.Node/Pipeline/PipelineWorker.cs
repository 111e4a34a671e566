using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>What every pipeline works with.</summary>
public sealed record PipelineParts(IBooks Books, NodeState State, NodeOptions Options, Pause Pause, Leadership Leadership);

/// <summary>
/// Runs steps, one after the other, again and again. One loop and not several: each step sees all that the one before it did, and a
/// stop between any two leaves the books as a crash there would. Which steps, says who derives from it.
/// </summary>
public abstract class PipelineWorker(PipelineParts parts, ILogger log) : LeaderWork(parts.Leadership)
{
    private volatile string _step = "start";

    /// <summary>Whether a step was still at work when the time to stop was over. The books must not be closed under it.</summary>
    public bool IsLeft { get; private set; }

    protected NodeState State => parts.State;

    protected IBooks Books => parts.Books;

    /// <summary>Ends with a step that ends by itself, or without it: each is as safe to leave as to finish.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        State.IsStopping = true;
        await base.StopAsync(cancellationToken);
        IsLeft = ExecuteTask is { IsCompleted: false };
        if (IsLeft) log.StoppedWithin(_step, Left());
        else log.Stopped(Left());
    }

    protected override async Task LeadAsync(CancellationToken stop)
    {
        var prepared = false;
        while (!stop.IsCancellationRequested)
        {
            bool rest;
            try
            {
                if (!prepared)
                {
                    await PrepareAsync(stop);
                    prepared = true;
                }

                parts.Options.BeginTurn();
                rest = await TurnAsync(stop);
                State.Trouble = null;
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
                State.Halt(e.Message);
                log.Halted(e.Message, e);
                await NoteHaltAsync(e.Message, stop);
                return;
            }

            if (rest) await parts.Pause.TakeAsync(stop);
        }
    }

    /// <summary>Shows what is in the way until it is not; tells it once.</summary>
    private void Meet(Exception trouble)
    {
        if (State.Trouble != trouble.Message) log.TryingAgain(trouble.Message);
        State.Trouble = trouble.Message;
    }

    /// <summary>Before the first turn.</summary>
    protected abstract Task PrepareAsync(CancellationToken cancellation);

    /// <summary>Every step once. Whether there is nothing more to do for now.</summary>
    protected abstract Task<bool> TurnAsync(CancellationToken cancellation);

    /// <summary>Said before each step.</summary>
    protected void Begin(string step)
    {
        Leadership.Require();
        _step = step;
        State.Moved();
    }

    /// <summary>Other nodes may come to lead after this one, and have to know.</summary>
    private async Task NoteHaltAsync(string why, CancellationToken cancellation)
    {
        if (Leadership.Identity is not { } node) return;
        try
        {
            await Books.WriteAsync(session => LeaderStart.Note(session, node.Name, why), cancellation);
        }
        catch (Exception e) when (e is StorageException or LeaseLostException or OperationCanceledException)
        {
            // It is in the log, and shown here.
        }
    }

    private int Left()
    {
        try
        {
            return Books.Read(session => session.Outbox.Open().Count);
        }
        catch (StorageException)
        {
            // Whatever is wrong with the books was told before; a stop is no time to tell it again.
            return 0;
        }
    }
}
