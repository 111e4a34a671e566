using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Pipeline;

/// <summary>The time between two looks at the chain, which a hint of a new block cuts short.</summary>
public sealed class Pause(NodeOptions options, TimeProvider time, ILogger<Pause> log) : IAsyncDisposable
{
    /// <summary>However many hints come, looks are no closer together than this: a hint costs its sender nothing.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);

    private readonly HeadHint? _hint = options.RpcWebSocket is { } endpoint ? new HeadHint(endpoint, time) : null;
    private string? _told;

    /// <summary>Ends without an exception, also when it is called off.</summary>
    public async Task TakeAsync(CancellationToken cancellation)
    {
        if (_hint is null || options.Poll <= Shortest)
        {
            await Task.Delay(options.Poll, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        _hint.Start();
        await Task.Delay(Shortest, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cancellation.IsCancellationRequested) return;
        // Told once: looks come without hints too.
        if (_hint.Trouble is { } trouble && trouble != _told) log.NoHints(_hint.Endpoint, trouble);
        _told = _hint.Trouble;
        Task hint = _hint.WaitAsync(options.Poll - Shortest, cancellation);
        await hint.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public ValueTask DisposeAsync() => _hint?.DisposeAsync() ?? ValueTask.CompletedTask;
}
