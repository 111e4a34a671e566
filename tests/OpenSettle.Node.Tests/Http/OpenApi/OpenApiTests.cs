using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using OpenSettle.Epochs;
using OpenSettle.Node.Http;
using OpenSettle.Node.Tests.Passports;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.World;
using UsePermission = OpenSettle.Ethereum.Contracts.UsePermission;

namespace OpenSettle.Node.Tests.Http.OpenApi;

/// <summary>The document that describes the API: whole, as it is committed, as the specification wants it, and true of what a node answers.</summary>
public sealed class OpenApiTests : IAsyncLifetime, IDisposable
{
    private const string Refresh = "OPENSETTLE_REFRESH";

    private static readonly TestModel Small = Model("small");
    private static readonly TestModel Child = Model("child");
    private static readonly byte[] Document = new ModelDocument { Name = "Contracts 7B", License = new ModelLicense("mit", null, null) }.ToBytes();
    private static readonly Hash32 DocumentHash = Keccak256.Hash(Document);
    private static readonly SplitTable Table = new(2, [new SplitRow(Alice, 1, string.Empty), new SplitRow(Bob, 1, string.Empty)]);

    private readonly TestGateway _gateway = new("eu");
    private readonly FakeChain _chain;
    private readonly TestNode _node;
    private TestApi? _api;

    public OpenApiTests()
    {
        _chain = EpochUsageTests.Pooled(_gateway);
        _node = new TestNode(_chain, eas: Eas);
    }

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    private static string Committed => Path.Combine(NodeScript.Checkout(), "docs", "openapi.json");

    public async Task InitializeAsync() => _api = await TestApi.StartAsync(_node);

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Routes_AllOfThem_SayWhatTheyTakeAndGive() => Assert.Empty(OpenApiDocument.Missing(Api.Routes));

    [Fact]
    public async Task Document_AsItIsServed_IsTheCommittedOne()
    {
        var served = await Api.Http.GetStringAsync(new Uri("/openapi.json", UriKind.Relative));
        Assert.Equal(served, await Api.Http.GetStringAsync(new Uri("/api/v1/openapi.json", UriKind.Relative)));
        if (Environment.GetEnvironmentVariable(Refresh) == "1") await File.WriteAllTextAsync(Committed, served);
        Assert.True(
            served == await File.ReadAllTextAsync(Committed),
            $"docs/openapi.json is not what this node serves. Write it anew: {Refresh}=1 dotnet test tests/OpenSettle.Node.Tests -c Release --filter OpenApiTests");
    }

    [Fact]
    public async Task Routes_OfTheGuide_AreThoseOfTheDocument()
    {
        const string Begin = "<!-- routes: written by the test that compares them -->\n";
        const string End = "<!-- end of routes -->";
        using var document = JsonDocument.Parse(await Api.Http.GetStringAsync(new Uri("/openapi.json", UriKind.Relative)));
        var rows = document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject(), (path, method) => (Path: path.Name, Method: method.Name.ToUpperInvariant(), Operation: method.Value))
            .GroupBy(row => row.Operation.GetProperty("tags")[0].GetString(), StringComparer.Ordinal).OrderBy(room => room.Key, StringComparer.Ordinal)
            .SelectMany(room => room.Select(row => $"| {room.Key} | `{row.Method} {row.Path}` | {row.Operation.GetProperty("summary").GetString()} |"));
        var expected = $"| | route | what |\n|---|---|---|\n{string.Join('\n', rows)}\n";
        var file = Path.Combine(NodeScript.Checkout(), "docs", "api.md");
        var guide = await File.ReadAllTextAsync(file);
        var (from, to) = (guide.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, guide.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable(Refresh) == "1") await File.WriteAllTextAsync(file, guide[..from] + expected + guide[to..]);
        else Assert.True(expected == guide[from..to], $"docs/api.md lists other routes than this node has. Write them anew: {Refresh}=1 dotnet test tests/OpenSettle.Node.Tests -c Release --filter OpenApiTests");
    }

    [Fact]
    public async Task Answers_OfASeededNode_AreWhatTheDocumentSays()
    {
        var lines = new List<string>();
        var operates = await SeedAsync();
        // What is taken the first time is known the second time: two answers.
        await SendAllAsync(operates, lines);
        await SendAllAsync(operates, lines);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (operation, path) in Samples())
        {
            using var answer = await Api.SendAsync(HttpMethod.Get, path, operates);
            // Only a refusal is read: the stream has no end.
            if (answer.StatusCode != HttpStatusCode.OK) Assert.Fail($"{operation}: {path} answers {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            seen.Add(operation);
            if (await LineAsync(operation, answer) is { } line) lines.Add(line);
        }

        // Every route that is read, by its own name, gave an answer.
        Assert.Equal(Named(route => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") == true).Order(), seen.Order());
        foreach (var (operation, path) in new[] { ("getModel", "/api/v1/models/0x12"), ("getEpoch", "/api/v1/epochs/99"), ("listPayments", "/api/v1/payments?limit=0") })
        {
            using var answer = await Api.SendAsync(HttpMethod.Get, path);
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            Assert.Equal(["detail", "status", "title", "traceId", "type"], body.RootElement.EnumerateObject().Select(member => member.Name).Order());
            Assert.StartsWith("urn:opensettle:problem:", body.RootElement.GetProperty("type").GetString(), StringComparison.Ordinal);
            Assert.NotEmpty(operation);
        }

        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, lines);
            Assert.Equal((0, $"valid {lines.Count} answers\n"), await NodeScript.RunAsync("Http/OpenApi/openapi.mjs", Committed, file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task SendAllAsync(string operates, List<string> lines)
    {
        foreach (var (operation, method, path, body) in Sent())
        {
            using var answer = await Api.SendAsync(method, path, operates, request => request.Content = body);
            Assert.True(answer.IsSuccessStatusCode, $"{operation}: {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            if (await LineAsync(operation, answer) is { } line) lines.Add(line);
        }
    }

    /// <summary>Something of everything: money in epochs and on its way, lineage, attestations, standings, usage that counts and that waits.</summary>
    private async Task<string> SeedAsync()
    {
        // The first key is that of the gateway whose events the journal has.
        var operates = _node.AddKey("me", GatewayScopes.Operate, _gateway.Address);
        _chain.Mine(block => block.Register(Child, (Small, 250_000)), block => block.SetEvaluator(Carol, registered: true));
        _chain.Mine(
            block => block.SetMetadata(Small, DocumentHash, "https://example.org/m"),
            block => block.CommitSplit(Child, 2, 0, TableText.Commit(Table)),
            block => block.SetPermission(Small, Bob, "inference", UsePermission.NotAllowed),
            block => block.Attest(Carol, new EvaluationStatement(Small.ModelId, DomainWord.Of("contracts"), "accuracy", "0.9", 100, Keccak256.HashText("set"), Keccak256.HashText("method"))),
            block => block.Attest(Bob, new LineageStatement(Small.ModelId, [], 1)));
        await _gateway.SendAsync(_node, [.. Enumerable.Range(0, 40).Select(_ => _gateway.Use(Small, 100, Keccak256.HashText("use"), (Alice, 3)))]);
        _chain.Mine(block => block.PayFrom(Bob, Small, Dollar, 1500), block => block.PayFrom(Carol, Small, Dollar, 500), block => block.PayFrom(Carol, Child, Dollar, 500));
        await _node.RunAsync(20);
        Assert.True(_node.Epoch(1)!.IsActive);
        var (bodies, held) = TestGateway.Encode([_gateway.Use(Model("unknown"))], Hold.UnknownModel);
        await _node.Books.WriteAsync(session => session.Relay.Add(new RelayClaim(DocumentHash, DateTimeOffset.UnixEpoch, Alice, Dollar, Bob, 7, 2_000_000_000, new byte[65], [DocumentHash], 90_000)), CancellationToken.None);
        Assert.Equal(AppendStatus.Stored, (await _node.Usage.AppendAsync(new UsageAppend(1, bodies, held))).Status);
        _chain.FinalLag = 2;
        _chain.Mine(block => block.Send(Small, Dollar, 9), block => block.Pay(Small, Dollar, 42));
        await _node.TickAsync();
        _node.State.SetAlert("mirror elsewhere", "It does not answer.");
        await _node.Worker.RunAllAsync(CancellationToken.None);
        _node.State.Moved();
        return operates;
    }

    private static async Task<string?> LineAsync(string operation, HttpResponseMessage answer)
    {
        // What is no JSON has no schema.
        if (answer.Content.Headers.ContentType?.MediaType is not "application/json") return null;
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return JsonSerializer.Serialize(new { operation, status = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture), type = "application/json", body = body.RootElement });
    }

    private IEnumerable<string> Named(Func<RouteEndpoint, bool> which) =>
        Api.Routes.Where(which).Select(route => route.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName).OfType<string>();

    private IEnumerable<(string Operation, string Path)> Samples()
    {
        var (model, hash) = (Small.Id, _node.Epoch(1)!.BundleHash);
        return
        [
            ("getStatus", "/api/v1/status"), ("getVersion", "/api/v1/version"), ("chains", "/api/v1/chains"), ("isHealthy", "/healthz"), ("isReady", "/readyz"), ("listen", "/api/v1/stream?topics=status"),
            ("listPayments", "/api/v1/payments"), ("listPayments", "/api/v1/payments?limit=1"), ("listEpochs", "/api/v1/epochs"), ("getEpoch", "/api/v1/epochs/1"), ("listEpochPushes", "/api/v1/epochs/1/pushes"), ("listRefusedPushes", "/api/v1/pushes/refused"),
            ("getAccount", $"/api/v1/accounts/{Alice}"), ("getEarnings", $"/api/v1/accounts/{Alice}/earnings"), ("getEarnings", $"/api/v1/accounts/{Alice}/earnings?format=csv"), ("getPayouts", $"/api/v1/accounts/{Alice}/payouts"), ("getPayouts", $"/api/v1/accounts/{Alice}/payouts?format=csv"),
            ("getWhy", $"/api/v1/accounts/{Alice}/why?epoch=1"), ("getClaim", $"/api/v1/accounts/{Alice}/claim"), ("getEpochSummary", "/api/v1/epochs/summary"), ("getEpochDetails", "/api/v1/epochs/1/details"),
            ("getCandidate", "/api/v1/candidate"), ("getVerdicts", "/api/v1/verdicts"), ("relayTerms", "/api/v1/relay"), ("relayedClaim", $"/api/v1/relay/claims/{DocumentHash}"), ("metrics", "/metrics"), ("getClaimProof", $"/api/v1/accounts/{Alice}/proofs/{Dollar}"), ("getBundle", $"/bundles/{hash}"),
            ("listModels", "/api/v1/models"), ("getModel", $"/api/v1/models/{model}"), ("getModelUsage", $"/api/v1/models/{model}/usage?from=2026-11-01&to=2026-11-30"),
            ("listRecords", $"/api/v1/models/{model}/records"), ("getRecord", $"/api/v1/models/{model}/records/1"),
            ("getPassport", $"/api/v1/models/{model}/passport"), ("getLineage", $"/api/v1/models/{Child.Id}/lineage"), ("listAttestations", $"/api/v1/models/{model}/attestations"),
            ("getPermission", $"/api/v1/models/{model}/permissions?use=inference&account={Alice}"), ("exportPassport", $"/api/v1/models/{model}/export?format=csv"),
            ("compareModels", $"/api/v1/compare?a={model}&b={Child.Id}"), ("findModels", "/api/v1/find?domain=contracts"),
            ("search", "/api/v1/search?q=contracts"), ("search", $"/api/v1/search?q={Alice}"), ("search", "/api/v1/search?q=1"), ("getTransaction", $"/api/v1/transactions/{_node.Outbox().First(item => !item.Hash.IsZero).Hash}"),
            ("getTable", $"/api/v1/tables/{TableText.HashOf(Table)}"), ("getDocument", $"/api/v1/documents/{DocumentHash}"),
            ("getQuarantine", "/api/v1/quarantine"), ("getEventProof", "/api/v1/events/urn%3Agateway%3Aeu/use%201/proof"), ("getLastBatch", $"/api/v1/batches/{_gateway.Address}"), ("getBatch", $"/api/v1/batches/{_gateway.Address}/1"),
            ("getOwnGateway", "/api/v1/gateway"), ("listHeldEvents", "/api/v1/gateway/quarantine"), ("getOperations", "/api/v1/ops"),
        ];
    }

    private static IEnumerable<(string Operation, HttpMethod Method, string Path, HttpContent Body)> Sent() =>
    [
        ("retryQuarantine", HttpMethod.Post, "/api/v1/ops/quarantine/retry", new StringContent(string.Empty)),
        ("publishDocument", HttpMethod.Put, $"/api/v1/documents/{DocumentHash}", Json(Encoding.UTF8.GetString(Document))),
        ("publishTable", HttpMethod.Put, $"/api/v1/tables/{TableText.HashOf(Table)}", Json(Encoding.UTF8.GetString(TableText.Of(Table)))),
    ];

    private static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
}
