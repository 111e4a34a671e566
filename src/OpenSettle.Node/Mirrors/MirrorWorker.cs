using OpenSettle.Node.Leading;
using OpenSettle.Storage;

namespace OpenSettle.Node.Mirrors;

/// <summary>Keeps each mirror by itself, beside the pipeline: one that hangs delays neither settlement nor the others.</summary>
public sealed class MirrorWorker(MirrorSet mirrors, IBooks books, BundleFolder bundles, NodeState state, TimeProvider time, Leadership leadership, ILogger<MirrorWorker> log) : LeaderWork(leadership)
{
    protected override Task LeadAsync(CancellationToken stop) =>
        Task.WhenAll(mirrors.All.Select((mirror, place) => KeepAsync(new MirrorKeeper(mirror, AlertOf(place), mirrors, books, bundles, state, time, log), stop)));

    private async Task KeepAsync(MirrorKeeper keeper, CancellationToken stop)
    {
        // Copying and hashing hold a thread: not the one that starts the others.
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var wait = await keeper.TurnAsync(stop);
                await Task.Delay(wait, time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Names may be alike where what tells them apart is not shown.</summary>
    private string AlertOf(int place)
    {
        var name = mirrors.All[place].Name;
        var before = mirrors.All.Take(place).Count(mirror => mirror.Name == name);
        return before == 0 ? $"mirror {name}" : $"mirror {name} ({before + 1})";
    }
}
