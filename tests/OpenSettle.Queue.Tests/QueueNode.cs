using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenSettle.Node;
using OpenSettle.Node.Http;
using OpenSettle.Node.Queue;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Usage;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Queue.Tests;

/// <summary>The part of a node that takes usage: the web server, the route, and what brings usage into the queue and out of it.</summary>
internal sealed class QueueNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly QueueStage _stage;
    private bool _stopped;

    private QueueNode(QueueStage stage, WebApplication app) => (_stage, _app, Http) = (stage, app, new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromMinutes(1) });

    public HttpClient Http { get; }

    public NodeState State => _app.Services.GetRequiredService<NodeState>();

    public QueueView View => _app.Services.GetRequiredService<QueueView>();

    public QueueConsumer Consumer => _app.Services.GetRequiredService<QueueConsumer>();

    public NodeMetrics Metrics => _app.Services.GetRequiredService<NodeMetrics>();

    public static async Task<QueueNode> StartAsync(QueueStage stage, string name, ILeases leases, bool queued, SqliteUsage journal)
    {
        var options = stage.Options(queued);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(options).AddSingleton(TimeProvider.System).AddSingleton<IUsageJournal>(journal).AddSingleton(QueueStage.Provider);
        builder.Services.AddSingleton(new NodeState { Registry = QueueStage.MakeRegistry() }).AddSingleton(_ => NodeMetrics.Alone(QueueStage.ChainId));
        builder.Services.AddUsage(options, MappingSet.Empty, stage.Salt).AddQueue(options, stage.Salt, leases);
        if (queued) builder.Services.AddSingleton(new QueueHolder(name));
        var app = builder.Build();
        app.UseExceptionHandler();
        UsageEndpoint.Map(app);
        await app.StartAsync();
        return new QueueNode(stage, app);
    }

    /// <summary>Sends usage; the answer's status and body.</summary>
    /// <param name="statement">Of a signed batch.</param>
    public async Task<(int Status, JsonElement Body)> PostAsync(string text, string? key = null, string? statement = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("api/v1/events", UriKind.Relative)) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? _stage.Key);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents-batch+json");
        if (statement is not null) request.Headers.TryAddWithoutValidation("OpenSettle-Batch", statement);
        using var response = await Http.SendAsync(request);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return ((int)response.StatusCode, document.RootElement.Clone());
    }

    /// <summary>Sends events that have to be taken.</summary>
    public async Task QueueAsync(params IReadOnlyList<string> events)
    {
        var (status, body) = await PostAsync(QueueStage.Batch(events));
        Assert.Equal((202, events.Count), (status, body.GetProperty("queued").GetInt32()));
    }

    /// <summary>Stops it in order.</summary>
    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await _app.StopAsync();
        Http.Dispose();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
