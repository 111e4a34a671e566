namespace OpenSettle.Ethereum.Rpc;

/// <summary>Several requests in flight, and their results in order.</summary>
internal static class InOrder
{
    /// <summary>How many are in flight: enough that an endpoint far away does not wait for us, and few enough that none minds.</summary>
    public const int AtOnce = 4;

    /// <summary>Reads part after part. Where one fails the others are called off, and waited for.</summary>
    public static async Task<List<TResult>> ReadAsync<TPart, TResult>(
        IEnumerable<TPart> parts, Func<TPart, CancellationToken, Task<IReadOnlyList<TResult>>> read, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var flying = new Queue<Task<IReadOnlyList<TResult>>>();
        var results = new List<TResult>();
        try
        {
            foreach (var part in parts)
            {
                if (flying.Count == AtOnce) results.AddRange(await flying.Dequeue());
                flying.Enqueue(read(part, stop.Token));
            }

            while (flying.Count > 0) results.AddRange(await flying.Dequeue());
            return results;
        }
        finally
        {
            await CallOffAsync(stop, flying);
        }
    }

    /// <summary>Ends requests whose results nobody wants any more. What they say is not listened to: another failure is on its way up.</summary>
    public static async Task CallOffAsync(CancellationTokenSource stop, IEnumerable<Task> flying)
    {
        await stop.CancelAsync();
        foreach (var task in flying) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
