using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpenSettle.Node.Http;
using OpenSettle.Node.Tests.Support;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class StreamTests : IAsyncLifetime, IDisposable
{
    private static readonly TestModel Small = Model("small");
    private static readonly HashSet<string> All = [.. StreamHub.Topics];

    private readonly FakeChain _chain = new();
    private readonly TestNode _node;
    private TestApi? _api;

    public StreamTests()
    {
        _chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small));
        _node = new TestNode(_chain);
    }

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    private StreamHub Hub => Api.Services.GetRequiredService<StreamHub>();

    public async Task InitializeAsync() => _api = await TestApi.StartAsync(_node);

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Events_OfANodeThatSettles_TellWhatHappenedInItsOrder()
    {
        var source = Api.Services.GetRequiredService<StreamSource>();
        await _node.WatchAsync();
        source.Look();
        await using var listener = await Listener.JoinAsync(Api);
        // Who comes is told at once how things are.
        Assert.Equal("status", (await listener.NextAsync()).Name);

        _chain.FinalLag = 2;
        _chain.Mine(block => block.Pay(Small, Dollar, 100));
        await _node.WatchAsync();
        source.Look();
        Assert.Contains("\"final\":false", await listener.DataAsync("payment"), StringComparison.Ordinal);
        Assert.Contains("\"pendingPayments\":1", await listener.DataAsync("status"), StringComparison.Ordinal);
        source.Look();

        _chain.Reorganise(1);
        _chain.MineEmpty(1);
        await _node.WatchAsync();
        source.Look();
        Assert.Contains("\"blocks\":1", await listener.DataAsync("reorg"), StringComparison.Ordinal);
        Assert.Contains("\"pendingPayments\":0", await listener.DataAsync("status"), StringComparison.Ordinal);

        _chain.FinalLag = 0;
        _chain.Mine(block => block.Pay(Small, Dollar, 70));
        await _node.WatchAsync();
        source.Look();
        var paid = await listener.DataAsync("payment");
        Assert.Contains("\"amount\":\"70\"", paid, StringComparison.Ordinal);
        Assert.Contains("\"final\":true", paid, StringComparison.Ordinal);
        Assert.Equal("status", (await listener.NextAsync()).Name);

        _node.State.SetAlert("veto", "The guardian vetoed.");
        source.Look();
        Assert.Equal("{\"name\":\"veto\",\"message\":\"The guardian vetoed.\",\"since\":\"2026-11-20T12:00:00+00:00\",\"stands\":true}", await listener.DataAsync("alert"));
        _node.State.ClearAlert("veto");
        source.Look();
        Assert.Equal("{\"name\":\"veto\",\"stands\":false}", await listener.DataAsync("alert"));

        await _node.RunAsync(16);
        source.Look();
        Assert.Contains("\"number\":1", await listener.DataAsync("epoch"), StringComparison.Ordinal);
    }

    [Fact]
    public void Look_WhereNothingChanged_SaysNothing()
    {
        var source = Api.Services.GetRequiredService<StreamSource>();
        source.Look();
        var client = Assert.IsType<StreamClient>(Hub.Join(All, "me", null));
        for (var i = 0; i < 10; i++) source.Look();
        Assert.False(client.Queue.TryRead(out _));
    }

    [Fact]
    public async Task Client_ThatComesBack_GetsWhatItMissedAndNothingElse()
    {
        Publish("epoch", 1);
        Publish("payment", 2);
        Publish("epoch", 3);
        await using var first = await Listener.JoinAsync(Api, "?topics=epoch,payment", last: await IdAsync(1));
        Assert.Equal([("payment", "2"), ("epoch", "3")], [await first.PairAsync(), await first.PairAsync()]);
        await using var second = await Listener.JoinAsync(Api, "?topics=epoch", last: await IdAsync(1));
        Assert.Equal(("epoch", "3"), await second.PairAsync());
        Publish("payment", 4);
        Publish("epoch", 5);
        Assert.Equal(("epoch", "5"), await second.PairAsync());
    }

    [Theory]
    [InlineData("another-run-1")]
    [InlineData("0-1")]
    [InlineData("nonsense")]
    public async Task Client_WhoseLastEventIsNotKnown_IsToldToReadAnew(string last)
    {
        Publish("status", 1);
        await using var listener = await Listener.JoinAsync(Api, last: last);
        Assert.Equal("reset", (await listener.NextAsync()).Name);
        Assert.Equal(("status", "1"), await listener.PairAsync());
    }

    [Fact]
    public async Task Client_ThatWasAwayForTooLong_IsToldToReadAnew()
    {
        Publish("epoch", 0);
        var old = await IdAsync(1);
        for (var i = 1; i <= StreamHub.KeptEvents; i++) Publish("epoch", i);
        await using var within = await Listener.JoinAsync(Api, last: old);
        Assert.Equal(("epoch", "1"), await within.PairAsync());
        Publish("epoch", 9999);
        await using var beyond = await Listener.JoinAsync(Api, last: old);
        Assert.Equal("reset", (await beyond.NextAsync()).Name);
    }

    [Fact]
    public void Client_ThatDoesNotRead_IsLetGoAndHoldsNobodyUp()
    {
        var (slow, quick) = (Hub.Join(All, "slow", null)!, Hub.Join(All, "quick", null)!);
        for (var i = 0; i <= StreamHub.QueueLength; i++)
        {
            Publish("epoch", i);
            Assert.True(quick.Queue.TryRead(out _));
        }

        Assert.Contains("too slow", slow.Dropped, StringComparison.Ordinal);
        Assert.Null(quick.Dropped);
        Assert.Equal(1, Hub.Clients);
    }

    [Fact]
    public async Task Clients_MoreThanThereIsRoomFor_AreToldToComeBack()
    {
        var joined = Enumerable.Range(0, StreamHub.MostOfOne).Select(_ => Hub.Join(All, IPAddress.Loopback, null)).ToList();
        Assert.DoesNotContain(null, joined);
        using (var refused = await Api.SendAsync(HttpMethod.Get, StreamEndpoint.Path))
        {
            Assert.Equal("30", refused.Headers.GetValues("Retry-After").Single());
            await TestApi.AssertProblemAsync(refused, HttpStatusCode.ServiceUnavailable, "GET /api/v1/status");
        }

        for (var i = Hub.Clients; i < StreamHub.MostClients; i++) Assert.NotNull(Hub.Join(All, i, null));
        Assert.Null(Hub.Join(All, "one more", null));
        Hub.Leave(joined[0]!);
        Assert.NotNull(Hub.Join(All, "one more", null));
    }

    [Fact]
    public async Task Line_WhereNothingHappens_IsKeptAliveEveryFifteenSeconds()
    {
        await using var listener = await Listener.JoinAsync(Api);
        Hub.KeepAlive();
        _node.Time.Advance(TimeSpan.FromSeconds(15));
        Hub.KeepAlive();
        Hub.KeepAlive();
        Publish("epoch", 1);
        Assert.Equal(": ", await listener.LineAsync());
        Assert.Equal(string.Empty, await listener.LineAsync());
        Assert.Equal(("epoch", "1"), await listener.PairAsync());
    }

    [Fact]
    public async Task Stop_EndsEveryLineAtOnce()
    {
        await using var listener = await Listener.JoinAsync(Api);
        Hub.Stop();
        Assert.Null(await listener.LineAsync());
        Assert.Null(Hub.Join(All, "late", null));
    }

    [Fact]
    public async Task Topics_ThatAreNone_AreRefusedWithThoseThatAre() =>
        await Api.AssertProblemAsync($"{StreamEndpoint.Path}?topics=epoch,weather", HttpStatusCode.BadRequest, "status, payment, epoch, alert, reorg");

    [Fact]
    public async Task Head_OfTheStream_EndsAtOnce()
    {
        using var answer = await Api.SendAsync(HttpMethod.Head, StreamEndpoint.Path);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream", 0), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, Hub.Clients));
    }

    private void Publish(string topic, int what) => Hub.Publish(topic, Encoding.UTF8.GetBytes($"{what}"));

    /// <summary>The id of an event by its number: those of a run differ in it alone.</summary>
    private async Task<string> IdAsync(int number)
    {
        await using var listener = await Listener.JoinAsync(Api, last: "nobody");
        var id = (await listener.NextAsync()).Id;
        return $"{id.Split('-')[0]}-{number}";
    }

    /// <summary>A client that reads line by line.</summary>
    private sealed class Listener(HttpResponseMessage answer, StreamReader reader) : IAsyncDisposable
    {
        public static async Task<Listener> JoinAsync(TestApi api, string query = "", string? last = null)
        {
            var answer = await api.SendAsync(HttpMethod.Get, StreamEndpoint.Path + query, change: request =>
            {
                if (last is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", last);
            });
            Assert.Equal((HttpStatusCode.OK, "text/event-stream", "no-store"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Headers.CacheControl?.ToString()));
            var listener = new Listener(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
            Assert.Equal("retry: 3000", await listener.LineAsync());
            Assert.Equal(string.Empty, await listener.LineAsync());
            return listener;
        }

        public async Task<string?> LineAsync() => await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));

        public async Task<(string Id, string Name, string Data)> NextAsync()
        {
            var lines = new List<string>();
            while (await LineAsync() is { Length: > 0 } line) lines.Add(line);
            string Part(string name) => lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
            return (Part("id: "), Part("event: "), Part("data: "));
        }

        public async Task<(string Name, string Data)> PairAsync() => await NextAsync() is var (_, name, data) ? (name, data) : default;

        public async Task<string> DataAsync(string name)
        {
            var (_, told, data) = await NextAsync();
            Assert.Equal(name, told);
            return data;
        }

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            answer.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
