using System.Net.WebSockets;
using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// Tells over a WebSocket that there may be a new block, so that the next look comes earlier. It is a hint and nothing more: what
/// it says is not read, looks come without it too, and it cannot bring them closer together than the shortest wait.
/// </summary>
public sealed class HeadHints : IDisposable
{
    private static readonly byte[] Subscribe = """{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"""u8.ToArray();

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // A connection that says nothing for so long is gone, whatever it looks like.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(5);

    private readonly Uri _endpoint;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _hint = new(0, 1);

    public HeadHints(Uri endpoint, TimeProvider time)
    {
        (_endpoint, _time) = (endpoint, time);
        Endpoint = EndpointName.Of(endpoint);
    }

    /// <summary>The endpoint without credentials.</summary>
    public string Endpoint { get; }

    /// <summary>Why there are no hints at the moment; null where there may be.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Waits for a hint, at least so long and at most so long. A hint that came before counts.</summary>
    public async Task WaitAsync(TimeSpan least, TimeSpan most, CancellationToken cancellation)
    {
        await Task.Delay(least, _time, cancellation);
        if (most <= least) return;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var hint = _hint.WaitAsync(enough.Token);
        await Task.WhenAny(hint, Task.Delay(most - least, _time, enough.Token));
        await enough.CancelAsync();
        await hint.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Listens until it is cancelled. A connection that ends is made again, after waits that grow.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (var pause = FirstPause; !cancellation.IsCancellationRequested; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                if (await ListenAsync(cancellation)) pause = FirstPause;
                Trouble = $"{Endpoint}: the WebSocket was closed";
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or HttpRequestException)
            {
                Trouble = $"{Endpoint}: {e.GetType().Name}";
            }

            await Task.Delay(pause, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _hint.Dispose();

    /// <returns>Whether there was a hint.</returns>
    private async Task<bool> ListenAsync(CancellationToken cancellation)
    {
        using var socket = new ClientWebSocket();
        using var silence = new CancellationTokenSource(LongestSilence, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silence.Token);
        await socket.ConnectAsync(_endpoint, end.Token);
        await socket.SendAsync(Subscribe, WebSocketMessageType.Text, endOfMessage: true, end.Token);
        var buffer = new byte[4096];
        // The first message answers the subscription.
        for (var messages = 0; ;)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), end.Token);
            if (part.MessageType == WebSocketMessageType.Close) return messages > 1;
            if (!part.EndOfMessage) continue;
            Trouble = null;
            silence.CancelAfter(LongestSilence);
            if (++messages > 1) Give();
        }
    }

    // One hint waits: more of them say nothing more. Nobody else gives, so there is none between the look and the release.
    private void Give()
    {
        if (_hint.CurrentCount == 0) _hint.Release();
    }
}
