using System.Net;
using System.Net.Sockets;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Ethereum.Tests.Endpoints;

public sealed class HeadHintTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    [Fact]
    [Trait("Category", "Anvil")]
    public async Task Hint_NewBlock_Wakes()
    {
        using var node = await AnvilNode.StartAsync();
        await using var hint = new HeadHint(new UriBuilder(node.Endpoint) { Scheme = "ws" }.Uri, new SteppedTime());
        hint.Start();
        // The answer to the subscription.
        Assert.True(await hint.WaitAsync(Long, CancellationToken.None));
        Assert.Null(hint.Trouble);
        for (var block = 0; block < 3; block++)
        {
            await node.CallAsync("evm_mine");
            Assert.True(await hint.WaitAsync(Long, CancellationToken.None));
        }
    }

    [Fact]
    [Trait("Category", "Anvil")]
    public async Task Hint_EndpointComesBack_IsConnectedToAgain()
    {
        var time = new SteppedTime();
        using var node = await AnvilNode.StartAsync();
        using var relay = new TcpListener(IPAddress.Loopback, 0);
        relay.Start();
        await using var hint = new HeadHint(new Uri($"ws://127.0.0.1:{((IPEndPoint)relay.LocalEndpoint).Port}"), time);
        hint.Start();
        // Twice it hangs up, and the third time there is a node behind it.
        (await relay.AcceptSocketAsync()).Close();
        (await NextAsync(relay, time)).Close();
        Assert.NotNull(hint.Trouble);
        using var client = await NextAsync(relay, time);
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(IPAddress.Loopback, node.Endpoint.Port);
        _ = CopyAsync(client, server);
        _ = CopyAsync(server, client);
        Assert.True(await hint.WaitAsync(Long, CancellationToken.None));
        Assert.Null(hint.Trouble);
    }

    [Fact]
    public async Task Wait_WithoutHints_EndsAfterTheTime()
    {
        var time = new SteppedTime();
        await using var hint = new HeadHint(new Uri("ws://127.0.0.1:1"), time);
        var woken = hint.WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(woken.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await woken);
    }

    [Fact]
    public async Task Wait_Cancelled_EndsAsCancelled()
    {
        await using var hint = new HeadHint(new Uri("ws://user:secretkey@127.0.0.1:1"), new SteppedTime());
        using var stop = new CancellationTokenSource();
        var woken = hint.WaitAsync(Long, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => woken);
        Assert.DoesNotContain("secretkey", hint.Endpoint);
    }

    /// <summary>The next connection, which comes after a wait on the clock.</summary>
    private static async Task<Socket> NextAsync(TcpListener relay, SteppedTime time)
    {
        var next = relay.AcceptSocketAsync();
        while (!next.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        return await next;
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        await using var source = new NetworkStream(from);
        await using var target = new NetworkStream(to);
        try
        {
            await source.CopyToAsync(target);
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
