using System.Net.WebSockets;
using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>
/// Wakes whoever waits for a new block: a WebSocket that subscribes to heads. Nothing of what it says is read, so that nothing
/// false can be taken from it; without it, only the wait is longer. It never throws at its user.
/// </summary>
/// <param name="endpoint">A ws or wss address.</param>
public sealed class HeadHint(Uri endpoint, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    // An endpoint that says nothing at all for so long is connected to anew.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    private static readonly byte[] Subscription = System.Text.Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}""");

    private readonly CancellationTokenSource _stop = new();

    // At most one wake-up is kept: ten heads while nobody waits are one look.
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Lock _lock = new();
    private Task? _running;
    private string? _trouble = "not connected yet";

    /// <summary>The endpoint without credentials.</summary>
    public string Endpoint { get; } = EndpointName.Of(endpoint);

    /// <summary>Why no hints come; null while they do.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Begins to listen. What follows happens by itself until it is disposed of.</summary>
    public void Start()
    {
        lock (_lock) _running ??= RunAsync(_stop.Token);
    }

    /// <summary>Until a hint came, at most so long. True where one came.</summary>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var hint = _wake.WaitAsync(over.Token);
        await Task.WhenAny(hint, Task.Delay(atMost, time, over.Token));
        await over.CancelAsync();
        // A hint that came in the same moment is not lost: its wait has ended well.
        await hint.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
        return hint.IsCompletedSuccessfully;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_running is not null) await _running;
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        var wait = FirstWait;
        while (!cancellation.IsCancellationRequested)
        {
            var heard = await ListenAsync(cancellation);
            wait = heard ? FirstWait : wait;
            await Task.Delay(wait, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    /// <summary>One connection, until it ends: true where anything was heard on it.</summary>
    private async Task<bool> ListenAsync(CancellationToken cancellation)
    {
        var heard = false;
        using var socket = new ClientWebSocket();
        using var silent = new CancellationTokenSource(Silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silent.Token);
        try
        {
            if (endpoint.UserInfo.Length > 0)
            {
                var credentials = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Uri.UnescapeDataString(endpoint.UserInfo)));
                socket.Options.SetRequestHeader("Authorization", $"Basic {credentials}");
            }

            await socket.ConnectAsync(endpoint, either.Token);
            await socket.SendAsync(Subscription, WebSocketMessageType.Text, endOfMessage: true, either.Token);
            // Messages are dropped as they come, however large: the end of each is a hint.
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer.AsMemory(), either.Token) is { MessageType: not WebSocketMessageType.Close } part)
            {
                if (!part.EndOfMessage) continue;
                heard = true;
                Volatile.Write(ref _trouble, null);
                silent.CancelAfter(Silence);
                Wake();
            }

            Volatile.Write(ref _trouble, "the endpoint closed the connection");
        }
        catch (Exception failure) when (failure is WebSocketException or HttpRequestException or IOException or OperationCanceledException or InvalidOperationException)
        {
            Volatile.Write(ref _trouble, failure is OperationCanceledException ? "nothing was heard for a long time" : EndpointName.Quote(endpoint, failure.Message));
        }

        return heard;
    }

    private void Wake()
    {
        lock (_lock)
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
    }
}
