using OpenSettle.Storage;

namespace OpenSettle.Node.Leading;

/// <summary>Work that only the leader does: it begins when this node leads, and is called off when it does not any more.</summary>
public abstract class LeaderWork(Leadership leadership) : BackgroundService
{
    protected Leadership Leadership => leadership;

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await leadership.BegunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, leadership.Over);
        try
        {
            await LeadAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Called off, however deep within.
        }
        catch (LeaseLostException e)
        {
            leadership.Lose(e.Message);
        }
    }

    /// <param name="stop">The node stops, or leads no more.</param>
    protected abstract Task LeadAsync(CancellationToken stop);
}
