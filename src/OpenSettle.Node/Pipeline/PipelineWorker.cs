using OpenSettle.Ethereum.Ports;
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
    SendStep send,
    NodeState state,
    Pause pause,
    ILogger<PipelineWorker> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            bool rest;
            try
            {
                rest = await TurnAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
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
                return;
            }

            if (rest) await pause.TakeAsync(stoppingToken);
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
        var seen = await watch.RunAsync(cancellation);
        var posted = await book.RunAsync(cancellation);
        await usage.RunAsync(cancellation);
        if (seen.AtFinal && posted)
        {
            await sweep.RunAsync(cancellation);
            await epochs.RunAsync(cancellation);
            await pushes.RunAsync(cancellation);
            await send.RunAsync(cancellation);
        }

        if (seen.Trouble is not null) throw seen.Trouble;
        state.Trouble = null;
        return posted && !seen.More;
    }
}
