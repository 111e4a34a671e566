using OpenSettle.Node.Pipeline;
using OpenSettle.Storage;

namespace OpenSettle.Node.Leading;

/// <summary>
/// Takes the lease of whoever settles when it is free, makes this node ready to, and renews it. When it is lost, or cannot be renewed for as
/// long as it runs, the host ends, and begins anew as one that stands by.
/// </summary>
internal sealed class LeaseKeeper(
    Leadership leadership, NodeStores stores, LeaderStart start, PipelineWorker pipeline, NodeState state, IHostApplicationLifetime host, TimeProvider time, ILogger<LeaseKeeper> log) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);

    private readonly NodeIdentity _identity = leadership.Identity ?? throw new InvalidOperationException("Who is alone needs no lease.");
    private readonly TaskCompletionSource _pipelineEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _told;

    /// <summary>The lease is kept while a step of the pipeline is still at work, and given back after it.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (leadership.Lost is null && pipeline.ExecuteTask is { } work) await work.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _pipelineEnded.TrySetResult();
        await base.StopAsync(cancellationToken);
        if (leadership.Lease is not { } lease || pipeline.ExecuteTask is { IsCompleted: false }) return;
        try
        {
            await stores.Leases.ReleaseAsync(lease, cancellationToken);
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            // Then it runs out by itself.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            if (await TakeAsync(stoppingToken) is not { } lease) return;
            log.LeaseTaken(lease.Name, lease.Token);
            stores.Fence(lease);
            var ready = PrepareAsync(stoppingToken);
            await KeepAsync(lease);
            await ready;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }

        if (leadership.Lost is null) return;
        log.LeaseLost(leadership.Lost);
        host.StopApplication();
    }

    /// <summary>Looks until it is free, and it is ours; null where the node stops.</summary>
    private async Task<Lease?> TakeAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var asked = time.GetTimestamp();
                var known = (await stores.Leases.ListAsync(stop)).FirstOrDefault(lease => lease.Lease.Name == Leadership.LeaseName);
                if (known is { Left: var left } && left > TimeSpan.Zero) See(NodeIdentity.NameOf(known.Lease.Holder));
                else
                {
                    See(null);
                    // First: it may be asleep with the lease's row locked.
                    if (known is not null) await stores.Leases.EndAsync(known.Lease.Holder, stop);
                    asked = time.GetTimestamp();
                    if (await stores.Leases.TakeAsync(Leadership.LeaseName, _identity.Holder, Leadership.Length, stop) is { } lease)
                    {
                        leadership.Take(lease, asked);
                        return lease;
                    }
                }

                _told = null;
            }
            catch (StorageException e) when (e.Kind is StorageErrorKind.Away)
            {
                // The follower shows it; here it is told once.
                if (_told != e.Message) log.TryingAgain(e.Message);
                _told = e.Message;
            }

            await Task.Delay(LookEvery, time, stop);
        }

        return null;
    }

    private void See(string? leader)
    {
        if (leader != leadership.Leader && leader is not null) log.StandsBy(leader);
        leadership.See(leader);
    }

    /// <summary>Beside the renewals: books of older versions may take a while.</summary>
    private async Task PrepareAsync(CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, leadership.Over);
        try
        {
            await start.RunAsync(either.Token);
            leadership.Begin();
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // It is over before it began.
        }
        catch (Exception e) when (e is LeaseLostException or StorageException { Kind: StorageErrorKind.Away })
        {
            leadership.Lose(e.Message);
        }
        catch (Exception e)
        {
            // It keeps the lease: what is wrong is wrong for every node, and a person has to see it.
            state.Halt(e.Message);
            log.Halted(e.Message, e);
        }
    }

    /// <summary>Renews until it is lost, or the node stops and its last step has ended.</summary>
    private async Task KeepAsync(Lease lease)
    {
        while (leadership.Lost is null && !_pipelineEnded.Task.IsCompleted)
        {
            var left = leadership.Left;
            if (left <= TimeSpan.Zero)
            {
                leadership.Lose($"The lease could not be renewed within {Leadership.Length.TotalSeconds} s.");
                return;
            }

            try
            {
                var asked = time.GetTimestamp();
                using var limit = new CancellationTokenSource(left, time);
                if (!await stores.Leases.RenewAsync(lease, Leadership.Length, limit.Token)) leadership.Lose("Another node leads.");
                else leadership.Renewed(asked);
            }
            catch (OperationCanceledException)
            {
                // The time is over: said at the next look.
                continue;
            }
            catch (StorageException e) when (e.Kind is StorageErrorKind.Away)
            {
                state.Trouble = e.Message;
            }

            var rest = leadership.Left < RenewEvery ? TimeSpan.FromMilliseconds(100) : RenewEvery;
            await Task.WhenAny(Task.Delay(rest, time, leadership.Over), _pipelineEnded.Task);
        }
    }
}
