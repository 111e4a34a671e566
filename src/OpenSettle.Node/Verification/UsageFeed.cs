using System.Collections;
using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Verify;

namespace OpenSettle.Node.Verification;

/// <summary>
/// An epoch's batches, in the bundle's order. While one is counted the next ones are pulled and checked, a few of them, so that an epoch
/// of any size needs the memory of a few batches.
/// </summary>
internal sealed class UsageFeed(BatchSource source, IReadOnlyList<Place> places, IReadOnlyList<BatchRoot> named, Action<ulong> taken, CancellationToken cancellation)
    : IEnumerable<UsageBatch>
{
    // Pulled at once, and pulled ahead of what is counted.
    private const int AtOnce = 4;
    private const int Ahead = 12;

    public IEnumerator<UsageBatch> GetEnumerator()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var room = new SemaphoreSlim(Ahead);
        var slots = new TaskCompletionSource<(UsageBatch? Batch, string Why)>?[named.Count];
        for (var i = 0; i < slots.Length; i++) slots[i] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var next = -1;
        var pulling = new Task[Math.Min(AtOnce, named.Count)];
        for (var i = 0; i < pulling.Length; i++) pulling[i] = PullAsync(slots, room, () => Interlocked.Increment(ref next), stop.Token);
        try
        {
            for (var i = 0; i < slots.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var (batch, why) = slots[i]!.Task.WaitAsync(cancellation).GetAwaiter().GetResult();
                if (batch is null) throw new UsageMissingException($"batch {named[i].Number} of gateway {named[i].Gateway.ToChecksumString()} cannot be had: {why}");
                slots[i] = null;
                yield return batch;
                taken(named[i].Events);
                room.Release();
            }
        }
        finally
        {
            stop.Cancel();
            Task.WhenAll(pulling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private async Task PullAsync(TaskCompletionSource<(UsageBatch? Batch, string Why)>?[] slots, SemaphoreSlim room, Func<int> next, CancellationToken stop)
    {
        // Whoever counts is not the one who pulls.
        await Task.Yield();
        while (true)
        {
            await room.WaitAsync(stop);
            var i = next();
            if (i >= slots.Length) return;
            var slot = slots[i] ?? throw new InvalidOperationException("A batch was taken before it was pulled.");
            try
            {
                var (pulled, why) = await source.FetchAsync(places, named[i].Gateway, named[i].Number, stop);
                slot.SetResult((pulled?.Batch, why));
            }
            catch (Exception e)
            {
                // Whoever waits for it meets it.
                slot.SetException(e);
                throw;
            }
        }
    }
}
