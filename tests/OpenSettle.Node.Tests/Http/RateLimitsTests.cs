using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Tests.Http;

public sealed class RateLimitsTests : IDisposable
{
    private readonly TestNode _node = new(new FakeChain());
    private readonly ManualTime _time = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Bucket_ThatIsEmpty_FillsAtItsRate()
    {
        var limits = new RateLimits(new HttpOptions { PerSecond = 10, Burst = 100 }, _time);
        for (var i = 99; i >= 0; i--) Assert.Equal((i, null), (limits.Take("a", 1).Left, limits.Take("b", 0).Wait));
        Assert.Equal(TimeSpan.FromMilliseconds(100), limits.Take("a", 1).Wait);
        Assert.Equal(TimeSpan.FromSeconds(2), limits.Take("a", 20).Wait);
        // What was refused cost nothing.
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((0L, (TimeSpan?)null), (limits.Take("a", 20).Left, null));
        Assert.NotNull(limits.Take("a", 1).Wait);
        Assert.Null(limits.Take("b", 100).Wait);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(99, limits.Take("a", 1).Left);
    }

    [Fact]
    public void Request_ThatIsDearerThanABucket_TakesAWholeOne()
    {
        var limits = new RateLimits(new HttpOptions { PerSecond = 10, Burst = 100 }, _time);
        Assert.Equal((0L, null), (limits.Take("a", 5000).Left, (TimeSpan?)null));
        Assert.Equal(TimeSpan.FromSeconds(10), limits.Take("a", 5000).Wait);
    }

    [Fact]
    public void Clients_MoreThanAreRemembered_ShareOneBucketUntilThereIsRoom()
    {
        var limits = new RateLimits(new HttpOptions { PerSecond = 10, Burst = 100 }, _time);
        for (var i = 0; i < RateLimits.MostClients; i++) Assert.Null(limits.Take(i, 100).Wait);
        Assert.Null(limits.Take("one more", 100).Wait);
        Assert.NotNull(limits.Take("and another", 1).Wait);
        // Those that were remembered keep theirs.
        Assert.NotNull(limits.Take(0, 1).Wait);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(0, limits.Take("and another", 100).Left);
        Assert.Equal(0, limits.Take("yet another", 100).Left);
    }

    [Fact]
    public async Task Client_ThatAsksTooOften_IsToldWhenToComeBack()
    {
        await using var api = await TestApi.StartAsync(_node, new HttpOptions { PerSecond = 10, Burst = 100 });
        // Compared with a past block they would cost a hundred each; this one is refused before anything is computed.
        using var dear = await api.SendAsync(HttpMethod.Get, "/api/v1/compare?block=1");
        Assert.Equal(("\"reads\";q=100;w=10", "\"reads\";r=0;t=10"), (Header(dear, "RateLimit-Policy"), Header(dear, "RateLimit")));
        using var refused = await api.SendAsync(HttpMethod.Get, "/api/v1/epochs");
        Assert.Equal("1", Header(refused, "Retry-After"));
        await TestApi.AssertProblemAsync(refused, HttpStatusCode.TooManyRequests, "apiPerSecond");
        // Whoever looks whether the node lives is always answered.
        using var alive = await api.SendAsync(HttpMethod.Get, "/healthz");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        using var later = await api.SendAsync(HttpMethod.Get, "/api/v1/epochs");
        Assert.Equal((HttpStatusCode.OK, "\"reads\";r=8;t=10"), (later.StatusCode, Header(later, "RateLimit")));
    }

    [Fact]
    public async Task Keys_EachHasABucket_AndOperatorsNeedNone()
    {
        var (gateway, operates) = (_node.AddKey("eu", GatewayScopes.Read), _node.AddKey("me", GatewayScopes.Operate));
        await using var api = await TestApi.StartAsync(_node, new HttpOptions { PerSecond = 1, Burst = 100 });
        using var dear = await api.SendAsync(HttpMethod.Get, "/api/v1/compare?block=1");
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(api, null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, gateway));
        for (var i = 0; i < 200; i++) Assert.Equal(HttpStatusCode.OK, await StatusAsync(api, operates));
        // A key that does not hold is nobody's: it is no way around the limit.
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(api, "osk_nobody"));
    }

    [Fact]
    public async Task Limits_ThatAreOff_SayNothing()
    {
        await using var api = await TestApi.StartAsync(_node, new HttpOptions { PerSecond = 0 });
        using var answer = await api.SendAsync(HttpMethod.Get, "/api/v1/epochs");
        Assert.Equal((HttpStatusCode.OK, false), (answer.StatusCode, answer.Headers.Contains("RateLimit")));
    }

    [Theory]
    // Nobody is trusted: what a client writes is not believed.
    [InlineData("", "203.0.113.9", "198.51.100.1", "203.0.113.9")]
    [InlineData("10.0.0.0/8", "203.0.113.9", "198.51.100.1", "203.0.113.9")]
    // The last that is not trusted is the client, whatever it wrote before itself.
    [InlineData("10.0.0.0/8", "10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.7", "198.51.100.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "1.1.1.1, 198.51.100.1:4711", "198.51.100.1")]
    [InlineData("10.0.0.0/8,::1", "::1", "[2001:db8:1:2:3:4:5:6]:4711, 10.0.0.2", "2001:db8:1:2::")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "nonsense", "10.0.0.1")]
    [InlineData("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1")]
    // Behind IPv6 a whole site is one client, and IPv4 in IPv6's clothes is what it is.
    [InlineData("", "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::")]
    [InlineData("", "::ffff:203.0.113.9", "", "203.0.113.9")]
    public void Client_BehindProxies_IsTheLastOneThatIsNotTrusted(string trusted, string remote, string forwarded, string client)
    {
        var options = new HttpOptions { TrustedProxies = [.. trusted.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(item => HttpSettings.NetworkOf(item)!.Value)] };
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        if (forwarded.Length > 0) context.Request.Headers["X-Forwarded-For"] = forwarded;
        Assert.Equal(client, new ClientAddress(options).Of(context).ToString());
    }

    private static async Task<HttpStatusCode> StatusAsync(TestApi api, string? key)
    {
        using var answer = await api.SendAsync(HttpMethod.Get, "/api/v1/epochs", key);
        return answer.StatusCode;
    }

    private static string Header(HttpResponseMessage answer, string name) => string.Join(",", answer.Headers.GetValues(name)).ToString(CultureInfo.InvariantCulture);
}
