using OpenSettle.Storage;

namespace OpenSettle.Node.Leading;

/// <summary>Looks at what other nodes wrote, as long as the node runs.</summary>
internal sealed class FollowWorker(BooksFollower follower, Leadership leadership, ILeases leases, NodeState state, TimeProvider time, ILogger<FollowWorker> log) : BackgroundService
{
    internal static readonly TimeSpan Every = TimeSpan.FromMilliseconds(700);

    /// <summary>A take-over takes less.</summary>
    private static readonly TimeSpan LongWithout = TimeSpan.FromSeconds(10);

    private const string Alert = "leader";

    private long? _nobodySince;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                await Task.Delay(Every, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            await follower.LookAsync(cancellation);
            if (leadership.Lease is not null) return;
            var leader = (await leases.ListAsync(cancellation)).FirstOrDefault(lease => lease.Lease.Name == Leadership.LeaseName);
            leadership.See(leader is { Left: var left } && left > TimeSpan.Zero ? NodeIdentity.NameOf(leader.Lease.Holder) : null);
            Watch();
            state.Trouble = null;
        }
        catch (StorageException e) when (e.Kind is not StorageErrorKind.Inconsistent)
        {
            // What it shows is older for a while.
            if (leadership.Lease is not null) return;
            if (state.Trouble != e.Message) log.TryingAgain(e.Message);
            state.Trouble = e.Message;
        }

        // A leader's own steps say whether it moves.
        if (leadership.Lease is null) state.Moved();
    }

    private void Watch()
    {
        if (leadership.Leader is not null)
        {
            _nobodySince = null;
            state.ClearAlert(Alert);
            return;
        }

        _nobodySince ??= time.GetTimestamp();
        if (time.GetElapsedTime(_nobodySince.Value) > LongWithout) state.SetAlert(Alert, "No node leads, and nothing is settled. Start a node with the role settle, or see what keeps those that there are from it.");
    }
}
