using System.Net;
using System.Text;
using System.Text.Json;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

/// <summary>What holds for all of the API: problems, methods, headers, tags, pages, origins.</summary>
public sealed class ApiRulesTests : IDisposable
{
    private static readonly TestModel Small = Model("small");
    private static readonly TestModel Later = Model("later");
    private static readonly TestModel Last = Model("last");

    private readonly FakeChain _chain = new();
    private readonly TestNode _node;

    public ApiRulesTests()
    {
        _chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small), block => block.Register(Later), block => block.Register(Last));
        _node = new TestNode(_chain);
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("GET", "/api/v1/nothing", null, null, 404, "not-found", "/openapi.json")]
    [InlineData("GET", "/nothing", null, null, 404, "not-found", "docs/api.md")]
    [InlineData("GET", "/api/v1/events/a", null, null, 404, "not-found", "/proof")]
    [InlineData("POST", "/api/v1/status", null, null, 405, "method", "Use GET, HEAD")]
    [InlineData("DELETE", "/api/v1/documents/0x12", null, null, 405, "method", "Use GET, HEAD, PUT")]
    [InlineData("GET", "/api/v1/ops/resume", null, null, 405, "method", "Use POST")]
    [InlineData("GET", "/api/v1/payments?limit=0", null, null, 400, "bad-request", "from 1 to 500")]
    [InlineData("GET", "/api/v1/epochs?limit=501", null, null, 400, "bad-request", "from 1 to 500")]
    [InlineData("GET", "/api/v1/epochs?limit=ten", null, null, 400, "bad-request", "from 1 to 500")]
    [InlineData("GET", "/api/v1/epochs?before=-1", null, null, 400, "bad-request", "whole number")]
    [InlineData("GET", "/api/v1/payments?before=7", null, null, 400, "bad-request", "Link header")]
    [InlineData("GET", "/api/v1/pushes/refused?after=x.1", null, null, 400, "bad-request", "Link header")]
    [InlineData("GET", "/api/v1/models?after=x", null, null, 400, "bad-request", "Link header")]
    [InlineData("GET", "/api/v1/models?limit=1001", null, null, 400, "bad-request", "from 1 to 1000")]
    [InlineData("POST", "/api/v1/ops/resume", "text/plain", "x", 415, "media-type", "application/json")]
    [InlineData("POST", "/api/v1/ops/resume", "application/json", "{", 400, "bad-request", "/openapi.json")]
    [InlineData("POST", "/api/v1/ops/resume", "application/json", "{\"epoch\":-1}", 400, "bad-request", "/openapi.json")]
    [InlineData("POST", "/api/v1/ops/resume", "application/json", "", 400, "bad-request", "/openapi.json")]
    [InlineData("POST", "/api/v1/events", "text/plain", "x", 403, "not-allowed", "send-unsigned")]
    public async Task Refusal_OfAnyKind_IsAProblemThatSaysWhatToDo(string method, string path, string? type, string? body, int status, string kind, string remedy)
    {
        var operates = _node.AddKey("me", GatewayScopes.Operate);
        await using var api = await TestApi.StartAsync(_node);
        using var answer = await api.SendAsync(new HttpMethod(method), path, operates, request =>
        {
            if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, type ?? "application/json");
        });
        Assert.Equal("nosniff", string.Join(",", method == "POST" && path.EndsWith("events", StringComparison.Ordinal) ? ["nosniff"] : answer.Headers.GetValues("X-Content-Type-Options")));
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(
            ((HttpStatusCode)status, "application/problem+json", $"urn:opensettle:problem:{kind}", status),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, problem.RootElement.GetProperty("type").GetString(), problem.RootElement.GetProperty("status").GetInt32()));
        Assert.Contains(remedy, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fault_OfTheNode_IsAProblemThatTellsNothingOfItsInside()
    {
        await using var api = await TestApi.StartAsync(_node);
        _node.State.Registry = null!;
        using var answer = await api.SendAsync(HttpMethod.Get, "/api/v1/models");
        await TestApi.AssertProblemAsync(answer, HttpStatusCode.InternalServerError, "the node's log says why");
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotContain("reference", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/epochs")]
    [InlineData("/api/v1/status")]
    [InlineData("/healthz")]
    [InlineData("/openapi.json")]
    public async Task Head_WhereGetGoes_HasItsHeadersAndNoBody(string path)
    {
        await _node.WatchAsync();
        await using var api = await TestApi.StartAsync(_node);
        using var got = await api.SendAsync(HttpMethod.Get, path);
        using var head = await api.SendAsync(HttpMethod.Head, path);
        Assert.Equal((got.StatusCode, got.Headers.ETag, got.Content.Headers.ContentType), (head.StatusCode, head.Headers.ETag, head.Content.Headers.ContentType));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        Assert.Equal(("nosniff", "no-referrer"), (got.Headers.GetValues("X-Content-Type-Options").Single(), got.Headers.GetValues("Referrer-Policy").Single()));
        Assert.StartsWith("default-src 'none'", got.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/status")]
    [InlineData("/api/v1/models")]
    [InlineData("/api/v1/payments")]
    [InlineData("/api/v1/accounts/0x1111111111111111111111111111111111111111")]
    [InlineData("/api/v1/quarantine")]
    [InlineData("/api/v1/version")]
    [InlineData("/openapi.json")]
    public async Task Read_OfWhatTheClientHas_IsAnsweredWithoutABody(string path)
    {
        await _node.WatchAsync();
        await using var api = await TestApi.StartAsync(_node);
        using var first = await api.SendAsync(HttpMethod.Get, path);
        Assert.Equal("no-cache", first.Headers.CacheControl?.ToString());
        foreach (var known in new[] { $"{first.Headers.ETag}", $"W/{first.Headers.ETag}", $"\"other\", {first.Headers.ETag}", "*" })
        {
            using var again = await api.SendAsync(HttpMethod.Get, path, change: request => request.Headers.TryAddWithoutValidation("If-None-Match", known));
            Assert.Equal((HttpStatusCode.NotModified, first.Headers.ETag, 0), (again.StatusCode, again.Headers.ETag, (await again.Content.ReadAsByteArrayAsync()).Length));
        }

        using var other = await api.SendAsync(HttpMethod.Get, path, change: request => request.Headers.TryAddWithoutValidation("If-None-Match", "\"other\""));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task Read_OfWhatChanged_HasAnotherTag()
    {
        await _node.WatchAsync();
        await using var api = await TestApi.StartAsync(_node);
        using var first = await api.SendAsync(HttpMethod.Get, "/api/v1/payments");
        _chain.Mine(block => block.Pay(Small, Dollar, 1));
        await _node.WatchAsync();
        using var second = await api.SendAsync(HttpMethod.Get, "/api/v1/payments", change: request => request.Headers.IfNoneMatch.Add(first.Headers.ETag!));
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.NotEqual(first.Headers.ETag, second.Headers.ETag);
    }

    [Fact]
    public async Task Pages_OfPayments_NeitherRepeatNorHideAnyWhileNewOnesCome()
    {
        for (var amount = 1; amount <= 7; amount++) _chain.Mine(block => block.Pay(Small, Dollar, (uint)amount), block => block.Pay(Later, Dollar, (uint)amount + 10));
        await _node.WatchAsync();
        await using var api = await TestApi.StartAsync(_node);
        var (seen, path, pages) = (new List<string>(), "/api/v1/payments?limit=3", 0);
        while (path is not null)
        {
            using var page = await api.SendAsync(HttpMethod.Get, path);
            seen.AddRange((await JsonOf(page)).EnumerateArray().Select(payment => payment.GetProperty("amount").GetString() ?? string.Empty));
            path = NextOf(page);
            pages++;
            // Each page finds newer ones before it.
            _chain.Mine(block => block.Pay(Small, Dollar, 99));
            await _node.WatchAsync();
        }

        Assert.Equal(["17", "7", "16", "6", "15", "5", "14", "4", "13", "3", "12", "2", "11", "1"], seen);
        Assert.Equal(5, pages);
    }

    [Fact]
    public async Task Pages_OfPaymentsThatAreNotFinal_GoOnIntoThoseThatAre()
    {
        _chain.FinalLag = 2;
        for (var amount = 1; amount <= 4; amount++) _chain.Mine(block => block.Pay(Small, Dollar, (uint)amount));
        await _node.WatchAsync();
        await using var api = await TestApi.StartAsync(_node);
        var seen = new List<(string?, bool)>();
        string? path = "/api/v1/payments?limit=1";
        while (path is not null)
        {
            using var page = await api.SendAsync(HttpMethod.Get, path);
            seen.AddRange((await JsonOf(page)).EnumerateArray().Select(payment => (payment.GetProperty("amount").GetString(), payment.GetProperty("final").GetBoolean())));
            path = NextOf(page);
        }

        Assert.Equal([("4", false), ("3", false), ("2", true), ("1", true)], seen);
    }

    [Fact]
    public async Task Pages_OfModels_FollowTheirNumbersAndKeepWhatElseWasAsked()
    {
        _chain.MineEmpty(3);
        await _node.WatchAsync();
        var end = _node.State.Posted!.Block;
        await using var api = await TestApi.StartAsync(_node);
        var seen = new List<ulong>();
        string? path = $"/api/v1/models?limit=2&block={end}";
        while (path is not null)
        {
            Assert.Contains($"block={end}", path, StringComparison.Ordinal);
            using var page = await api.SendAsync(HttpMethod.Get, path);
            seen.AddRange((await JsonOf(page)).EnumerateArray().Select(model => model.GetProperty("number").GetUInt64()));
            path = NextOf(page);
        }

        Assert.Equal([1UL, 2UL, 3UL], seen);
    }

    [Fact]
    public async Task Pages_OfEpochs_EndWithTheFirst()
    {
        for (var i = 0; i < 3; i++)
        {
            _chain.Mine(block => block.Pay(Small, Dollar, 100));
            await _node.RunAsync(16);
        }

        await using var api = await TestApi.StartAsync(_node);
        var seen = new List<ulong>();
        string? path = "/api/v1/epochs?limit=2";
        while (path is not null)
        {
            using var page = await api.SendAsync(HttpMethod.Get, path);
            seen.AddRange((await JsonOf(page)).EnumerateArray().Select(epoch => epoch.GetProperty("number").GetUInt64()));
            path = NextOf(page);
        }

        Assert.Equal([3UL, 2UL, 1UL], seen);
    }

    [Theory]
    [InlineData("", "https://app.example", "/api/v1/status", null)]
    [InlineData("https://app.example", "https://app.example", "/api/v1/status", "https://app.example")]
    [InlineData("https://app.example", "https://evil.example", "/api/v1/status", null)]
    [InlineData("https://app.example", "https://app.example", "/api/v1/ops", "https://app.example")]
    [InlineData("*", "https://any.example", "/api/v1/status", "*")]
    [InlineData("*", "https://any.example", "/api/v1/ops", null)]
    public async Task Page_OfAnotherOrigin_ReadsWhatTheOperatorLetsIt(string origins, string origin, string path, string? allowed)
    {
        await using var api = await TestApi.StartAsync(_node, Origins(origins));
        using var answer = await api.SendAsync(HttpMethod.Get, path, change: request => request.Headers.Add("Origin", origin));
        Assert.Equal(allowed, One(answer, "Access-Control-Allow-Origin"));
        // Never with what a browser sends by itself.
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
        if (allowed is null) return;
        var shown = One(answer, "Access-Control-Expose-Headers") ?? string.Empty;
        Assert.All(["ETag", "Link", "Retry-After"], name => Assert.Contains(name, shown, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://app.example", "GET", "/api/v1/ops", "authorization", true)]
    [InlineData("https://app.example", "POST", "/api/v1/ops/resume", "authorization,content-type", true)]
    [InlineData("https://app.example", "PUT", "/api/v1/tables/0x12", "content-type", true)]
    [InlineData("https://app.example", "POST", "/api/v1/events", "authorization", false)]
    [InlineData("*", "GET", "/api/v1/status", "if-none-match", true)]
    [InlineData("*", "GET", "/api/v1/status", "authorization", false)]
    [InlineData("*", "POST", "/api/v1/ops/resume", "content-type", false)]
    [InlineData("*", "PUT", "/api/v1/tables/0x12", "content-type", false)]
    public async Task Preflight_OfAPage_SaysWhatTheOperatorLetsIt(string origins, string method, string path, string headers, bool allowed)
    {
        await using var api = await TestApi.StartAsync(_node, Origins(origins));
        using var answer = await api.SendAsync(HttpMethod.Options, path, change: request =>
        {
            request.Headers.Add("Origin", "https://app.example");
            request.Headers.Add("Access-Control-Request-Method", method);
            request.Headers.Add("Access-Control-Request-Headers", headers);
        });
        var said = One(answer, "Access-Control-Allow-Headers") ?? string.Empty;
        var methods = One(answer, "Access-Control-Allow-Methods") ?? string.Empty;
        var goes = One(answer, "Access-Control-Allow-Origin") is not null && methods.Contains(method, StringComparison.Ordinal)
            && headers.Split(',').All(header => said.Contains(header, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(allowed, goes);
    }

    [Fact]
    public async Task Problem_OfAPageOfAnotherOrigin_IsReadableToo()
    {
        await using var api = await TestApi.StartAsync(_node, Origins("https://app.example"));
        using var answer = await api.SendAsync(HttpMethod.Get, "/api/v1/epochs/99", change: request => request.Headers.Add("Origin", "https://app.example"));
        Assert.Equal((HttpStatusCode.NotFound, "https://app.example"), (answer.StatusCode, One(answer, "Access-Control-Allow-Origin")));
    }

    private static HttpOptions Origins(string list) => new() { CorsOrigins = list.Length == 0 ? [] : list.Split(',') };

    private static string? One(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;

    /// <summary>The address of the next page, as the Link header has it.</summary>
    private static string? NextOf(HttpResponseMessage page)
    {
        if (One(page, "Link") is not { } link) return null;
        Assert.EndsWith(">; rel=\"next\"", link, StringComparison.Ordinal);
        return new Uri(page.RequestMessage?.RequestUri ?? throw new InvalidOperationException("An answer has its request."), link.TrimStart('<').Split('>')[0]).PathAndQuery;
    }

    private static async Task<JsonElement> JsonOf(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }
}
