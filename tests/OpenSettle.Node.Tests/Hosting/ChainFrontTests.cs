using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Hosting;
using OpenSettle.Node.Tests.Configuration;
using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Hosting;

/// <summary>Two applications behind one Kestrel, as two chains' nodes are.</summary>
public sealed class ChainFrontTests : IAsyncLifetime, IDisposable
{
    private const string Key = "0x00000000000000000000000000000000000000000000000000000000005ec2e7";

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-front-").FullName;
    private readonly List<WebApplication> _apps = [];
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _file = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 31 % 251))];

    private NodeGroup? _group;
    private HttpClient? _http;

    private HttpClient Http => _http ?? throw new InvalidOperationException("The server is not started.");

    private IReadOnlyList<RunningNode> Nodes => _group?.Nodes ?? [];

    public async Task InitializeAsync()
    {
        var settings = Settings2();
        _group = new NodeGroup([.. ChainSet.ForRun(settings).Zip(settings.Nodes, (options, reader) => new RunningNode(options, reader, new ChainServer()))], Settings2);
        var shell = Builder().Build();
        _apps.Add(shell);
        var server = shell.Services.GetRequiredService<IServer>();
        server.Features.Get<IServerAddressesFeature>()!.Addresses.Add("http://127.0.0.1:0");
        await server.StartAsync(new ChainFront(_group, TimeProvider.System), CancellationToken.None);
        var address = server.Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        foreach (var node in _group.Nodes) await StartAsync(node, address);
        _http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(60) };
    }

    public async Task DisposeAsync()
    {
        _apps.Reverse();
        foreach (var app in _apps)
        {
            await app.Services.GetRequiredService<IServer>().StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _http?.Dispose();

    [Theory]
    [InlineData("/who", "a||/who|a")]
    [InlineData("/who?x=1", "a||/who|a")]
    [InlineData("/chains/a/who", "a|/chains/a|/who|a")]
    [InlineData("/chains/b/who", "b|/chains/b|/who|b")]
    [InlineData("/chains/b/who/%2Fdeep", "b|/chains/b|/who/%2Fdeep|b")]
    [InlineData("/chains/b", "b|/chains/b|/|b")]
    [InlineData("/chains/b/", "b|/chains/b|/|b")]
    [InlineData("/chains/b/chains/a/who", "b|/chains/b|/chains/a/who|b")]
    public async Task Request_WithAChainsName_ReachesItsNodeAndItsServices(string path, string answer) =>
        Assert.Equal(answer, await Http.GetStringAsync(new Uri(path, UriKind.Relative)));

    [Fact]
    public async Task Requests_OnOneConnection_ReachEachTheirOwn()
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1 };
        using var one = new HttpClient(handler) { BaseAddress = Http.BaseAddress };
        for (var i = 0; i < 20; i++)
        {
            var name = i % 3 == 0 ? "b" : "a";
            Assert.Equal($"{name}|/chains/{name}|/who|{name}", await one.GetStringAsync(new Uri($"/chains/{name}/who", UriKind.Relative)));
        }
    }

    [Theory]
    [InlineData("/chains/c/who")]
    [InlineData("/chains/")]
    [InlineData("/chains")]
    [InlineData("/chains/A/who")]
    public async Task Request_OfAChainThatIsNotThere_Is404AndSaysWhereTheyAreListed(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("/api/v1/chains", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_OfEvents_ArrivesWhileItGoesOn()
    {
        using var answer = await Http.GetAsync(new Uri("/chains/b/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("data: first", await lines.ReadLineAsync());
        // Only now is the second one written.
        _go.SetResult();
        Assert.Equal("data: second", await lines.ReadLineAsync());
        Assert.Null(await lines.ReadLineAsync());
    }

    [Fact]
    public async Task Caller_ThatGoesAway_IsNoticed()
    {
        using (var answer = await Http.GetAsync(new Uri("/chains/b/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead)) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await _aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Range_OfAFile_IsServed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/chains/b/file", UriKind.Relative));
        request.Headers.Range = new RangeHeaderValue(100_000, 100_009);
        using var answer = await Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(_file[100_000..100_010], await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Body_OfManyBytes_GoesThroughBothWays()
    {
        var body = new byte[12 * 1024 * 1024];
        for (var i = 0; i < body.Length; i++) body[i] = (byte)(i % 251 * 7 % 256);
        using var content = new ByteArrayContent(body);
        using var answer = await Http.PostAsync(new Uri("/chains/a/echo", UriKind.Relative), content);
        Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Failure_InANode_Is500AndTheNextRequestIsServed()
    {
        using var answer = await Http.GetAsync(new Uri("/chains/a/fail", UriKind.Relative));
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.StartsWith("a|", await Http.GetStringAsync(new Uri("/who", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Node_ThatEnded_Is503AndTheOtherGoesOn()
    {
        await _apps[1].StopAsync();
        Nodes[0].End("its disk is full");
        using var answer = await Http.GetAsync(new Uri("/who", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("its disk is full", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith("b|", await Http.GetStringAsync(new Uri("/chains/b/who", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WithARequestUnderWay_WaitsForIt()
    {
        using var answer = await Http.GetAsync(new Uri("/chains/b/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        var stop = _apps[2].Services.GetRequiredService<IServer>().StopAsync(CancellationToken.None);
        using var refused = await Http.GetAsync(new Uri("/chains/b/who", UriKind.Relative));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, false), (refused.StatusCode, stop.IsCompleted));
        _go.SetResult();
        await stop.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains("second", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WhoseTimeIsOver_CutsRequestsOff()
    {
        using var answer = await Http.GetAsync(new Uri("/chains/b/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        await _apps[2].Services.GetRequiredService<IServer>().StopAsync(over.Token);
        await _aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Readiness_OfSeveral_NamesTheChainOfEachReason()
    {
        using var node = new TestNode(new FakeChain());
        var (well, ill) = (new NodeState(), new NodeState());
        well.SetAlert("drift", "look");
        ill.Halt("for a test");
        Nodes[0].Begin(new RunningParts(well, node.Books, NullLogger.Instance));
        using var starting = await Http.GetAsync(new Uri("/readyz", UriKind.Relative));
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"ready":false,"reasons":["a: the chain was not read yet","b: it starts"],"warnings":["a: drift: look"]}"""),
            (starting.StatusCode, await starting.Content.ReadAsStringAsync()));
        Nodes[1].Begin(new RunningParts(ill, node.Books, NullLogger.Instance));
        var reasons = JsonDocument.Parse(await (await Http.GetAsync(new Uri("/readyz", UriKind.Relative))).Content.ReadAsStringAsync()).RootElement.GetProperty("reasons");
        Assert.Equal("b: for a test", reasons[1].GetString());
        Assert.Equal("ok\n", await Http.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
    }

    private static WebApplicationBuilder Builder()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        return builder;
    }

    private SettingsSet Settings2()
    {
        string Deployment(string name, int chainId)
        {
            var path = Path.Combine(_folder, $"{name}.json");
            File.WriteAllText(path, SettingsTests.DeploymentText.Replace("31337", $"{chainId}", StringComparison.Ordinal));
            return path;
        }

        var file = Path.Combine(_folder, "settings.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new { operatorKey = Key, attestorKeys = Key, chains = new { a = new { deployment = Deployment("a", 1) }, b = new { deployment = Deployment("b", 2) } } }));
        return new SettingsSource(file, new Dictionary<string, string>(), new Dictionary<string, string>()).Read();
    }

    private async Task StartAsync(RunningNode node, string address)
    {
        var server = node.Server ?? throw new InvalidOperationException("It is one of several.");
        server.SetAddress(address + node.Path);
        var builder = Builder();
        builder.Services.AddSingleton<IServer>(server).AddSingleton(new Whose(node.Name ?? string.Empty)).AddScoped<Scoped>();
        var app = builder.Build();
        _apps.Add(app);
        app.UseExceptionHandler(failed => failed.Run(context => Task.CompletedTask));
        app.MapGet("/stream", async (HttpContext context) =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: first\n");
            await context.Response.Body.FlushAsync();
            try
            {
                await _go.Task.WaitAsync(context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                _aborted.SetResult();
                throw;
            }

            await context.Response.WriteAsync("data: second\n");
        });
        app.MapGet("/file", () => Results.Bytes(_file, "application/octet-stream", enableRangeProcessing: true));
        app.MapPost("/echo", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            return Results.Bytes(body.ToArray());
        });
        app.MapGet("/fail", (HttpContext _) => throw new InvalidOperationException("for a test"));
        app.MapFallback((HttpContext context, Scoped scoped) => $"{scoped.Name}|{context.Request.PathBase}|{context.Request.Path.ToUriComponent()}|{context.RequestServices.GetRequiredService<Whose>().Name}");
        await app.StartAsync();
        Assert.Equal(address + node.Path, app.Urls.Single());
    }

    private sealed record Whose(string Name);

    private sealed class Scoped(Whose whose) : IDisposable
    {
        private bool _disposed;

        public string Name => _disposed ? "disposed" : whose.Name;

        public void Dispose() => _disposed = true;
    }
}
