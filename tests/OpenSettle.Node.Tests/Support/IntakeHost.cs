using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Node.Http;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Tests.Support;

/// <summary>The intake of usage over HTTP, on a real journal in a folder of its own. One model lists the gateway "eu-1".</summary>
internal sealed class IntakeHost : IAsyncDisposable
{
    public const string Batch = "application/cloudevents-batch+json";
    public const string Structured = "application/cloudevents+json";

    public static readonly ModelId Model = new(Hash32.Parse("0x1111111111111111111111111111111111111111111111111111111111111111"));
    public static readonly Address Gateway = World.Account("gateway eu-1");

    /// <summary>The account that signs; the model lists it too.</summary>
    public static readonly Address SigningGateway = SigningKey().Address;

    private readonly MappingSet _mappings;
    private WebApplication _app;

    private IntakeHost(MappingSet mappings, Func<AppendResult>? appends)
    {
        _mappings = mappings;
        Key = AddGateway("eu-1", GatewayScopes.Send | GatewayScopes.SendUnsigned);
        Journal = SqliteUsage.Open(UsageFile, World.Deployment, Time);
        _app = Build(appends is null ? Journal : AnsweringJournal.Over(Journal, appends));
        Http = new HttpClient();
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("opensettle-intake-").FullName;

    public string UsageFile => Path.Combine(Folder, "usage.sqlite");

    public ManualTime Time { get; } = new();

    public string Key { get; }

    public SqliteUsage Journal { get; private set; }

    public HttpClient Http { get; private set; }

    /// <param name="mappings">Text of a file of mappings.</param>
    /// <param name="appends">What the journal answers instead of storing.</param>
    public static async Task<IntakeHost> StartAsync(string? mappings = null, Func<AppendResult>? appends = null)
    {
        var intake = new IntakeHost(mappings is null ? MappingSet.Empty : MappingFile.Parse("mapping.json", Encoding.UTF8.GetBytes(mappings)), appends);
        await intake.ListenAsync();
        return intake;
    }

    public static ISigner SigningKey() => World.Provider.SignerFromPrivateKey(World.OperatorKey);

    /// <summary>A registry in which the model lists the gateways.</summary>
    public static RegistryBook MakeRegistry()
    {
        var book = new RegistryBook();
        book.Apply(new ModelRegistered(new LogPosition(1, 0), 1, Model, 1, World.Alice, World.Account("pay"), 50, Hash32.Zero, Hash32.Zero, "uri"));
        book.Apply(new GatewaySet(new LogPosition(1, 1), 1, Model, Gateway, true));
        book.Apply(new GatewaySet(new LogPosition(1, 2), 1, Model, SigningGateway, true));
        return book;
    }

    /// <summary>Adds a gateway beside the running node, and tells its key.</summary>
    public string AddGateway(string name, GatewayScopes scopes, long perSecond = 0, long perDay = 0, Address? address = null)
    {
        using var store = GatewayStore.Open(UsageFile, World.Deployment);
        var key = GatewayKeyText.Create();
        Assert.NotNull(store.Add(name, GatewayKeyText.HashOf(key), address ?? Gateway, scopes, perSecond, perDay, Time.GetUtcNow()));
        return key;
    }

    public void Revoke(string name)
    {
        using var store = GatewayStore.Open(UsageFile, World.Deployment);
        Assert.True(store.Revoke(name, Time.GetUtcNow()));
    }

    /// <summary>Everything new over the same folder.</summary>
    public async Task RestartAsync()
    {
        await _app.DisposeAsync();
        Journal.Dispose();
        Journal = SqliteUsage.Open(UsageFile, World.Deployment, Time);
        _app = Build(Journal);
        await ListenAsync();
    }

    public Task<Answer> PostAsync(string text, string? type = Structured, string? key = null, Action<HttpRequestMessage>? change = null, string path = "api/v1/events") =>
        PostAsync(Encoding.UTF8.GetBytes(text), type, key, change, path);

    public async Task<Answer> PostAsync(byte[] bytes, string? type = Structured, string? key = null, Action<HttpRequestMessage>? change = null, string path = "api/v1/events")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = new ByteArrayContent(bytes) };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + (key ?? Key));
        if (type is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        change?.Invoke(request);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        using var document = JsonDocument.Parse(text);
        return new Answer((int)response.StatusCode, document.RootElement.Clone(), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    public IReadOnlyList<MeteredEvent> Events() => [.. Journal.Events(0, 100_000).Select(row => row.Event)];

    public static string Event(string id, params (string Part, string Instead)[] changes)
    {
        var text = $$"""
            { "specversion": "1.0", "id": "{{id}}", "source": "urn:gateway", "type": "use", "time": "2026-11-20T11:59:00Z", "subject": "consumer-77",
              "data": { "modelId": "{{Model}}", "domain": "contracts", "outcome": "ok", "units": 12 } }
            """;
        foreach (var (part, instead) in changes)
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
            text = text.Replace(part, instead, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Whether any file of the folder holds these bytes.</summary>
    public bool Contains(byte[] wanted) => Directory.EnumerateFiles(Folder).Any(path =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(wanted) >= 0;
    });

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Journal.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private WebApplication Build(IUsageJournal journal)
    {
        var options = TestNode.MakeOptions(Folder);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(options).AddSingleton<TimeProvider>(Time).AddSingleton(journal).AddSingleton(World.Provider);
        builder.Services.AddSingleton(new NodeState { Registry = MakeRegistry() }).AddSingleton(_ => NodeMetrics.Alone(World.ChainId));
        using var store = GatewayStore.Open(UsageFile, World.Deployment);
        builder.Services.AddUsage(options, _mappings, store.ConsumerSalt());
        var app = builder.Build();
        app.UseExceptionHandler();
        UsageEndpoint.Map(app);
        return app;
    }

    private async Task ListenAsync()
    {
        await _app.StartAsync();
        Http?.Dispose();
        Http = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    /// <summary>What was answered.</summary>
    internal sealed record Answer(int Status, JsonElement Body, HttpResponseHeaders Headers, string? Type)
    {
        /// <summary>Accepted, held, duplicates, conflicts, refused.</summary>
        public (int, int, int, int, int) Counts => (Number("accepted"), Number("held"), Number("duplicates"), Number("conflicts"), Number("refused"));

        public IReadOnlyList<(int Index, string? Field, string Status, string Reason)> Problems => [.. Body.GetProperty("problems").EnumerateArray().Select(problem => (
            problem.GetProperty("index").GetInt32(), problem.TryGetProperty("field", out var name) ? name.GetString() : null, problem.GetProperty("status").GetString() ?? "", problem.GetProperty("reason").GetString() ?? ""))];

        public void AssertProblem(int status, string remedy)
        {
            Assert.Equal((status, status, "application/problem+json"), (Status, Number("status"), Type));
            Assert.Contains(remedy, Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.NotEqual(string.Empty, Body.GetProperty("title").GetString());
        }

        private int Number(string name) => Body.GetProperty(name).GetInt32();
    }
}

/// <summary>A journal that answers to appends as it is told to. A proxy is made from it, so it is public and open.</summary>
public class AnsweringJournal : System.Reflection.DispatchProxy
{
    private IUsageJournal? _inner;
    private Func<AppendResult>? _appends;

    public static IUsageJournal Over(IUsageJournal inner, Func<AppendResult> appends)
    {
        var journal = Create<IUsageJournal, AnsweringJournal>();
        ((AnsweringJournal)journal)._inner = inner;
        ((AnsweringJournal)journal)._appends = appends;
        return journal;
    }

    protected override object? Invoke(System.Reflection.MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name == nameof(IUsageJournal.AppendAsync)
        ? AnswerAsync()
        : targetMethod?.Invoke(_inner, args);

    private async Task<AppendResult> AnswerAsync()
    {
        await Task.Yield();
        return (_appends ?? throw new InvalidOperationException("Nothing is said of appends."))();
    }
}
