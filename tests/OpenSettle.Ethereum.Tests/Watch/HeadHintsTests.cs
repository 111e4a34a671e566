using System.Net;
using System.Net.WebSockets;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Ethereum.Tests.Watch;

public sealed class HeadHintsTests
{
    // Never waited for: a hint comes first, or the test's own word.
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    [Trait("Category", "Anvil")]
    public async Task Wait_WhenANodeMinesABlock_Ends()
    {
        using var node = await AnvilNode.StartAsync("--no-mining");
        using var stop = new CancellationTokenSource();
        using var hints = new HeadHints(new UriBuilder(node.Endpoint) { Scheme = "ws" }.Uri, TimeProvider.System);
        var listening = hints.RunAsync(stop.Token);
        for (var i = 0; i < 3; i++)
        {
            var wait = hints.WaitAsync(TimeSpan.Zero, Long, CancellationToken.None);
            // Until the subscription is there a block gives no hint.
            while (!wait.IsCompleted) await node.CallAsync("evm_mine");
            await wait;
        }

        Assert.Null(hints.Trouble);
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task Wait_WithoutHints_EndsWithItsTime()
    {
        var time = new ManualTime();
        using var hints = new HeadHints(new Uri("ws://127.0.0.1:1/"), time);
        await hints.WaitAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), CancellationToken.None);
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)], time.Waits);
        await hints.WaitAsync(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.Equal(TimeSpan.FromSeconds(2), time.Waits[^1]);
    }

    [Fact]
    public async Task Wait_ThatIsCancelled_Throws()
    {
        using var stop = new CancellationTokenSource();
        using var hints = new HeadHints(new Uri("ws://127.0.0.1:1/"), TimeProvider.System);
        var wait = hints.WaitAsync(TimeSpan.Zero, Long, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    [Fact]
    public async Task Run_AgainstAnEndpointThatIsNotThere_TriesLessAndLessOften()
    {
        var time = new ManualTime();
        using var stop = new CancellationTokenSource();
        using var hints = new HeadHints(new Uri("ws://user:secret@127.0.0.1:1/v3/0123456789abcdef0123456789abcdef"), time);
        var running = hints.RunAsync(stop.Token);
        while (time.Waits.Count < 5) await Task.Yield();
        await stop.CancelAsync();
        await running;
        Assert.Equal([1, 2, 4, 8, 16], time.Waits.Take(5).Select(wait => wait.TotalSeconds));
        Assert.Equal("ws://127.0.0.1:1/v3/***: WebSocketException", hints.Trouble);
    }

    [Fact]
    public async Task Run_AfterAConnectionThatWasClosed_SubscribesAgain()
    {
        using var server = new HintServer();
        using var stop = new CancellationTokenSource();
        using var hints = new HeadHints(server.Endpoint, new ManualTime());
        var running = hints.RunAsync(stop.Token);
        for (var i = 0; i < 3; i++)
        {
            var wait = hints.WaitAsync(TimeSpan.Zero, ManualTime.Deadline * 2, CancellationToken.None);
            Assert.Equal("""{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}""", await server.AcceptAsync());
            await server.SayAsync("""{"jsonrpc":"2.0","id":1,"result":"0x1"}""");
            Assert.False(wait.IsCompleted);
            await server.SayAsync(new string('x', 10_000));
            await wait;
            await server.CloseAsync();
        }

        await stop.CancelAsync();
        await running;
    }

    private sealed class HintServer : IDisposable
    {
        private readonly HttpListener _listener = new();
        private WebSocket? _socket;

        public HintServer()
        {
            // A free port, as the listener takes none by itself.
            using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Endpoint = new Uri($"ws://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
            }

            _listener.Prefixes.Add(Endpoint.AbsoluteUri.Replace("ws://", "http://", StringComparison.Ordinal));
            _listener.Start();
        }

        public Uri Endpoint { get; }

        private WebSocket Socket => _socket ?? throw new InvalidOperationException("Nobody is there.");

        /// <summary>The first message of the next one who comes.</summary>
        public async Task<string> AcceptAsync()
        {
            var context = await _listener.GetContextAsync();
            _socket = (await context.AcceptWebSocketAsync(null)).WebSocket;
            var buffer = new byte[1024];
            var message = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            return System.Text.Encoding.ASCII.GetString(buffer, 0, message.Count);
        }

        public Task SayAsync(string text) => Socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

        public Task CloseAsync() => Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

        public void Dispose()
        {
            _socket?.Dispose();
            _listener.Close();
        }
    }
}
