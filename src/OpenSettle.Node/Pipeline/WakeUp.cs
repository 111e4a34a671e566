namespace OpenSettle.Node.Pipeline;

/// <summary>The pause between two looks at the chain, which a hint of a new block cuts short.</summary>
public sealed class WakeUp(TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _hint = new(0, 1);

    /// <summary>There may be something new. Hints that come before anybody waits are one hint.</summary>
    public void Hint()
    {
        try
        {
            _hint.Release();
        }
        catch (SemaphoreFullException)
        {
            // One is there already.
        }
    }

    /// <summary>Ends with the time, a hint, or the cancellation, without an exception.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellation)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var hint = _hint.WaitAsync(ends.Token);
        await Task.WhenAny(hint, Task.Delay(most, time, ends.Token));
        await ends.CancelAsync();
        await hint.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _hint.Dispose();
}
