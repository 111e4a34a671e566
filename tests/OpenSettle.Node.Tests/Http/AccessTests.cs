using System.Net;
using Microsoft.AspNetCore.Routing;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Tests.Passports;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

/// <summary>Every route against every role: Http/access.txt says who is let in.</summary>
public sealed class AccessTests : IDisposable
{
    private static readonly TestModel Small = Model("small");
    private static readonly string[] Roles = ["none", "wrong", "revoked", "send", "send-unsigned", "read", "operator"];

    private readonly TestNode _node;

    public AccessTests()
    {
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small));
        _node = new TestNode(chain);
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Routes_AskedByEveryRole_LetInWhomTheTableSays()
    {
        await using var api = await TestApi.StartAsync(_node);
        await AssertTableAsync(api, "access.txt");
    }

    [Fact]
    public async Task Routes_WhereReadsNeedKeys_LetInWhomTheOtherTableSays()
    {
        await using var api = await TestApi.StartAsync(_node, new HttpOptions { ReadsNeedKeys = true });
        await AssertTableAsync(api, "access-keys.txt");
    }

    [Fact]
    public async Task Routes_EachOfThem_SaysWhoMayAskIt()
    {
        await using var api = await TestApi.StartAsync(_node);
        Assert.NotEmpty(api.Routes);
        Assert.All(api.Routes, route => Assert.NotEqual(Access.Unknown, route.Metadata.OfType<Access>().LastOrDefault()));
    }

    [Theory]
    [InlineData(null, 401, "opensettle operator add", "Bearer")]
    [InlineData("osk_nobody", 401, "not revoked", "Bearer error=\"invalid_token\"")]
    [InlineData("gateway", 403, "opensettle operator add", null)]
    public async Task OperatorRoute_WithoutAnOperatorsKey_IsRefusedWithWhatToDo(string? who, int status, string remedy, string? challenge)
    {
        var key = who == "gateway" ? _node.AddKey("eu-1", GatewayScopes.Send | GatewayScopes.SendUnsigned | GatewayScopes.Read) : who;
        await using var api = await TestApi.StartAsync(_node);
        using var answer = await api.SendAsync(HttpMethod.Get, "/api/v1/ops", key);
        Assert.Equal(challenge, answer.Headers.WwwAuthenticate.Count == 0 ? null : answer.Headers.WwwAuthenticate.ToString());
        await TestApi.AssertProblemAsync(answer, (HttpStatusCode)status, remedy);
    }

    [Fact]
    public async Task Key_ThatIsRevokedBesideTheNode_IsRefusedWithinTwoSeconds()
    {
        var key = _node.AddKey("me", GatewayScopes.Operate);
        await using var api = await TestApi.StartAsync(_node);
        using var before = await api.SendAsync(HttpMethod.Get, "/api/v1/ops", key);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        _node.RevokeKey("me");
        _node.Time.Advance(TimeSpan.FromSeconds(2));
        using var after = await api.SendAsync(HttpMethod.Get, "/api/v1/ops", key);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    private async Task AssertTableAsync(TestApi api, string file)
    {
        await _node.WatchAsync();
        var keys = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["none"] = null,
            ["wrong"] = "osk_nobody",
            ["revoked"] = _node.AddKey("gone", GatewayScopes.Operate | GatewayScopes.Read | GatewayScopes.Send),
            ["send"] = _node.AddKey("sends", GatewayScopes.Send, Account("gateway")),
            ["send-unsigned"] = _node.AddKey("sends-unsigned", GatewayScopes.SendUnsigned),
            ["read"] = _node.AddKey("reads", GatewayScopes.Read),
            ["operator"] = _node.AddKey("operates", GatewayScopes.Operate),
        };
        _node.RevokeKey("gone");
        _node.Time.Advance(TimeSpan.FromSeconds(2));
        var lines = new List<string> { $"{"route",-52}{string.Concat(Roles.Select(role => $"{role,-14}"))}".TrimEnd() };
        foreach (var (method, route) in api.Routes.SelectMany(route => MethodsOf(route).Select(method => (method, route))).OrderBy(pair => pair.route.RoutePattern.RawText, StringComparer.Ordinal).ThenBy(pair => pair.method, StringComparer.Ordinal))
        {
            var told = new List<string>();
            foreach (var role in Roles)
            {
                using var answer = await api.SendAsync(new HttpMethod(method), Sample(route), keys[role]);
                told.Add(answer.StatusCode switch { HttpStatusCode.Unauthorized => "401", HttpStatusCode.Forbidden => "403", _ => "in" });
            }

            lines.Add($"{method + " " + route.RoutePattern.RawText,-52}{string.Concat(told.Select(word => $"{word,-14}"))}".TrimEnd());
        }

        var expected = await File.ReadAllTextAsync(Path.Combine(NodeScript.Checkout(), "tests", "OpenSettle.Node.Tests", "Http", file));
        var actual = string.Join('\n', lines) + "\n";
        Assert.True(expected == actual, $"{file} does not say what the routes do. Where what they do is meant, it says:\n{actual}");
    }

    private static IReadOnlyList<string> MethodsOf(RouteEndpoint route) => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [];

    /// <summary>An address of the route with values that are of their form.</summary>
    private static string Sample(RouteEndpoint route) => (route.RoutePattern.RawText ?? string.Empty)
        .Replace("{id}", Small.Id.ToString(), StringComparison.Ordinal).Replace("{hash}", Small.Id.ToString(), StringComparison.Ordinal).Replace("{name}", Small.Id.ToString(), StringComparison.Ordinal)
        .Replace("{account}", Alice.ToChecksumString(), StringComparison.Ordinal).Replace("{token}", Dollar.ToChecksumString(), StringComparison.Ordinal).Replace("{gateway}", Alice.ToChecksumString(), StringComparison.Ordinal)
        .Replace("{number}", "1", StringComparison.Ordinal).Replace("{epoch}", "1", StringComparison.Ordinal).Replace("{**event}", "source/id/proof", StringComparison.Ordinal);
}
