using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Http;
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

    public static async Task<TestApi> StartAsync(TestNode node)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(node.Options).AddSingleton(World.Provider).AddSingleton(node.State).AddSingleton(node.Books).AddSingleton(node.Bundles).AddSingleton<IUsageJournal>(node.Usage);
        builder.Services.AddSingleton<IChainClient>(node.Chain).AddSingleton<ModelEndpoints>().AddSingleton<ProofEndpoints>().AddSingleton<RecordEndpoints>();
        builder.Services.AddSingleton<TimeProvider>(node.Time).AddSingleton<UsageReadEndpoints>();
        builder.Services.AddSingleton(node.Source).AddSingleton(node.Passports).AddSingleton<PassportRequest>();
        builder.Services.AddSingleton<PassportEndpoints>().AddSingleton<PermissionEndpoints>().AddSingleton<FindEndpoints>().AddSingleton<DocumentEndpoints>().AddSingleton<ExportEndpoints>().AddSingleton<AttestationEndpoints>();
        builder.Services.AddEarnings();
        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapReads();
        EarningsEndpoints.Map(app);
        WhyEndpoints.Map(app);
        ClaimEndpoints.Map(app);
        EpochEndpoints.Map(app);
        HealthEndpoints.Map(app);
        BundleEndpoints.Map(app);
        ModelEndpoints.Map(app);
        ProofEndpoints.Map(app);
        PassportEndpoints.Map(app);
        PermissionEndpoints.Map(app);
        FindEndpoints.Map(app);
        DocumentEndpoints.Map(app);
        ExportEndpoints.Map(app);
        AttestationEndpoints.Map(app);
        RecordEndpoints.Map(app);
        UsageReadEndpoints.Map(app);
        await app.StartAsync();
        return new TestApi(app);
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
