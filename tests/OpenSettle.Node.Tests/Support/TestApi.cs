using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Hosting;
using OpenSettle.Node.Http;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Usage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Tests.Support;

/// <summary>A test node's API, over HTTP as its host has it.</summary>
internal sealed class TestApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestApi(WebApplication app)
    {
        _app = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>All routes, as they are served.</summary>
    public IReadOnlyList<RouteEndpoint> Routes => [.. Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    /// <param name="http">Who may ask what; null: as it is by default, as often as it likes, for the clock stands still.</param>
    /// <param name="before">Stands before all routes: says who asks, say.</param>
    public static async Task<TestApi> StartAsync(TestNode node, HttpOptions? http = null, Func<HttpContext, RequestDelegate, Task>? before = null, NodeOptions? options = null, Leadership? leadership = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(options ?? node.Options).AddSingleton(World.Provider).AddSingleton(node.State).AddSingleton(node.Books).AddSingleton(node.Metrics).AddSingleton(node.Desk).AddSingleton(node.Bundles).AddSingleton(node.Candidates).AddSingleton<IUsageJournal>(node.Usage);
        builder.Services.AddSingleton<IChainClient>(node.Chain).AddSingleton<TimeProvider>(node.Time).AddSingleton(node.Source).AddSingleton(node.Passports).AddSingleton(node.Names);
        builder.Services.AddSingleton(World.Provider.SignerFromPrivateKey(World.OperatorKey)).AddSingleton(new Attestors([.. World.AttestorKeys.Select(World.Provider.SignerFromPrivateKey)])).AddSingleton(node.Mirrors).AddSingleton(leadership ?? Leadership.Alone(node.Time));
        var nothing = new Dictionary<string, string>();
        builder.Services.AddSingleton(new NodeGroup([new RunningNode(node.Options, SettingsReader.Read(null, nothing, nothing), server: null)], () => throw new SettingsException(["This node was given no settings to read again."])));
        builder.Services.AddUsage(node.Options, MappingSet.Empty, new byte[32]).AddEarnings().AddApi(http ?? new HttpOptions { PerSecond = 0 });
        var app = builder.Build();
        if (before is not null) app.Use(next => context => before(context, next));
        app.UseRequestMeter();
        app.UseApi();
        app.MapApi();
        await app.StartAsync();
        return new TestApi(app);
    }

    /// <summary>An answer, whatever it is.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? key = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (key is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        change?.Invoke(request);
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await JsonOf(response);
    }

    /// <summary>A refusal in the form of problem details, with its remedy.</summary>
    public async Task AssertProblemAsync(string path, HttpStatusCode status, string remedy)
    {
        using var response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        await AssertProblemAsync(response, status, remedy);
    }

    public static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status, string remedy)
    {
        Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var problem = await JsonOf(response);
        Assert.Contains(remedy, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(string.Empty, problem.GetProperty("title").GetString());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private static async Task<JsonElement> JsonOf(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }
}
