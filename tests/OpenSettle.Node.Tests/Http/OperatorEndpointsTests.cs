using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpenSettle.Node.Http;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

/// <summary>What operators see and say, and what a gateway sees of itself.</summary>
public sealed class OperatorEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly TestModel Small = Model("small");

    private readonly FakeChain _chain = new();
    private readonly TestNode _node;
    private readonly TestGateway _gateway = new("eu");
    private readonly string _gatewayKey;
    private readonly string _operator;
    private TestApi? _api;

    public OperatorEndpointsTests()
    {
        _chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small));
        _node = new TestNode(_chain);
        // The first key: the journal has the events of the test's gateway as those of number 1.
        _gatewayKey = _node.AddKey("eu", GatewayScopes.Send | GatewayScopes.Read, _gateway.Address);
        _operator = _node.AddKey("me", GatewayScopes.Operate);
    }

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    public async Task InitializeAsync() => _api = await TestApi.StartAsync(_node);

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Operations_OfANodeThatSettles_ShowEachEpochsSteps()
    {
        _chain.Mine(block => block.Pay(Small, Dollar, 100));
        await _node.RunAsync(16);
        _node.State.SetAlert("drift", "The endpoint keeps no state.");
        var shown = await GetAsync("/api/v1/ops", _operator);
        var epoch = Assert.Single(shown.GetProperty("pipeline").EnumerateArray());
        Assert.Equal((1UL, "pushed"), (epoch.GetProperty("epoch").GetProperty("number").GetUInt64(), epoch.GetProperty("epoch").GetProperty("state").GetString()));
        var steps = epoch.GetProperty("transactions").EnumerateArray().ToList();
        Assert.Equal(["propose epoch 1.0", "activate epoch 1.0", "attest epoch 1"], steps.Select(step => step.GetProperty("purpose").GetString()));
        Assert.All(steps, step => Assert.Equal("done", step.GetProperty("state").GetString()));
        // What the steps cost is what the epoch cost.
        var cost = steps.Aggregate(UInt256.Zero, (sum, step) => sum + UInt256.Parse(step.GetProperty("cost").GetString() ?? ""));
        Assert.Equal(epoch.GetProperty("epoch").GetProperty("cost").GetString(), cost.ToString());
        Assert.Equal("drift", Assert.Single(shown.GetProperty("alerts").EnumerateArray()).GetProperty("name").GetString());
        var signers = shown.GetProperty("signers").EnumerateArray().ToList();
        Assert.Equal(["operator", "attestor", "attestor", "attestor"], signers.Select(signer => signer.GetProperty("role").GetString()));
        // As the doctor counts it: a million gas at the price of now.
        Assert.Equal(((_chain.BaseFee + await _chain.GetPriorityFeeAsync(CancellationToken.None)) * 1_000_000).ToString(), signers[0].GetProperty("epochCost").GetString());
        Assert.All(signers.Skip(1), signer => Assert.False(signer.TryGetProperty("epochCost", out _)));
        Assert.All(steps, step => Assert.True(step.TryGetProperty("sent", out _)));
        Assert.True(epoch.GetProperty("endedAt").GetUInt64() <= epoch.GetProperty("activatedAt").GetUInt64());
        Assert.Equal(AttestorAddresses.Select(address => address.ToChecksumString()).Order(), signers.Skip(1).Select(signer => signer.GetProperty("address").GetString()).Order());
    }

    [Fact]
    public async Task Operations_OfATransactionThatWaits_ShowWhatWasSignedForItAndWhy()
    {
        _chain.BaseFee = 1000;
        _chain.Mine(block => block.Pay(Small, Dollar, 100));
        await _node.RunAsync(8);
        var open = Assert.Single((await GetAsync("/api/v1/ops", _operator)).GetProperty("transactions").EnumerateArray());
        Assert.Equal(("propose epoch 1.0", 1UL), (open.GetProperty("purpose").GetString(), open.GetProperty("epoch").GetUInt64()));
        Assert.Contains("maxFeeGwei", open.GetProperty("waits").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Balance_OfWhoPays_IsAskedOnceInAMinuteWhoeverAsksHere()
    {
        await _node.WatchAsync();
        async Task<string?> AsOfAsync() => (await GetAsync("/api/v1/ops", _operator)).GetProperty("signers")[0].GetProperty("asOf").GetString();
        var first = await AsOfAsync();
        _node.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(first, await AsOfAsync());
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(first, await AsOfAsync());
    }

    [Fact]
    public async Task Operations_AfterAReorganisation_TellIt()
    {
        _chain.FinalLag = 5;
        _chain.MineEmpty(3);
        await _node.WatchAsync();
        _chain.Reorganise(2);
        _chain.MineEmpty(2);
        await _node.WatchAsync();
        var reorg = Assert.Single((await GetAsync("/api/v1/ops", _operator)).GetProperty("reorgs").EnumerateArray());
        Assert.Equal(2UL, reorg.GetProperty("blocks").GetUInt64());
    }

    [Fact]
    public async Task Rates_OfUsage_CountWhatCameInLately()
    {
        var rate = Api.Services.GetRequiredService<IngestRate>();
        rate.Look();
        await _gateway.SendAsync(_node, _gateway.Use(Small), _gateway.Use(Small));
        for (var i = 0; i < 13; i++)
        {
            _node.Time.Advance(TimeSpan.FromSeconds(5));
            rate.Look();
        }

        await _gateway.SendAsync(_node, _gateway.Use(Small));
        var ingest = (await GetAsync("/api/v1/ops", _operator)).GetProperty("ingest");
        Assert.Equal((3L, 1L, 3L), (ingest.GetProperty("events").GetInt64(), ingest.GetProperty("lastMinute").GetInt64(), ingest.GetProperty("lastQuarter").GetInt64()));
    }

    [Fact]
    public async Task Retry_OfWhatWaits_IsLookedAtInTheNextTurnAndNotInAMinute()
    {
        var later = Model("later");
        await HoldAsync(_gateway.Use(later));
        var step = new UsageStep(
            _node.Options, _node.Usage, _node.Books, _node.State, new Storage.Sqlite.UsageRetention(Storage.DataPaths.In(_node.Options.DataDir, _node.Options.UsageArchive), _node.Time), _node.Time,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<UsageStep>.Instance);
        await step.RunAsync(CancellationToken.None);
        // The registry is the same object: nothing of it is new to the step.
        var book = _node.State.Registry;
        book.Apply(new Registry.ModelRegistered(new Registry.LogPosition(1, 0), 1, later.ModelId, 9, Alice, later.PayAddress, 50, Hash32.Zero, Hash32.Zero, "uri"));
        book.Apply(new Registry.GatewaySet(new Registry.LogPosition(1, 1), 1, later.ModelId, _gateway.Address, true));
        await step.RunAsync(CancellationToken.None);
        Assert.Equal(1, _node.Usage.Totals.Held);
        using (var asked = await Api.SendAsync(HttpMethod.Post, "/api/v1/ops/quarantine/retry", _operator)) Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        await step.RunAsync(CancellationToken.None);
        Assert.Equal(0, _node.Usage.Totals.Held);
    }

    [Fact]
    public async Task Resume_OfWhatTheGuardianVetoed_LeavesTheWordForTheNode()
    {
        _chain.Mine(block => block.Pay(Small, Dollar, 100));
        while (_node.Epoch(1) is not { State: EpochState.Proposed }) await _node.RunAsync(1);
        _chain.Mine(block => block.Veto());
        await _node.RunAsync(4);
        Assert.Equal(EpochState.Vetoed, _node.Epoch(1)!.State);
        using (var other = await ResumeAsync(1, 7)) await TestApi.AssertProblemAsync(other, HttpStatusCode.Conflict, "attempt 0 at epoch 1");
        Assert.False(File.Exists(Resume.FileIn(_node.Options.DataDir)));
        using (var said = await ResumeAsync(1, 0)) Assert.Equal(HttpStatusCode.Accepted, said.StatusCode);
        Assert.Equal(new Resume(1, 0, SameRoot: false), Resume.Parse(await File.ReadAllTextAsync(Resume.FileIn(_node.Options.DataDir))));
        // Something came in between, so that it comes out with another root.
        _chain.Mine(block => block.Pay(Small, Dollar, 50));
        await _node.RunAsync(20);
        Assert.True(_node.Epoch(1)!.IsActive);
    }

    [Fact]
    public async Task Resume_WhereNothingWasVetoed_IsRefused()
    {
        using var answer = await ResumeAsync(1, 0);
        await TestApi.AssertProblemAsync(answer, HttpStatusCode.Conflict, "GET /api/v1/status");
    }

    [Fact]
    public async Task Gateway_AskingOfItself_SeesItsRightsAndWhatWaitsOfIt()
    {
        await _gateway.SendAsync(_node, _gateway.Use(Small));
        await HoldAsync(_gateway.Use(Model("unknown")), _gateway.Use(Model("unknown")), _gateway.Use(Model("unknown")));
        var own = await GetAsync("/api/v1/gateway", _gatewayKey);
        Assert.Equal(("eu", _gateway.Address.ToChecksumString(), 3L, 1UL), (
            own.GetProperty("name").GetString(), own.GetProperty("address").GetString(), own.GetProperty("waiting").GetInt64(), own.GetProperty("lastBatch").GetProperty("number").GetUInt64()));
        Assert.Equal(["send", "read"], own.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        var page = await GetAsync("/api/v1/gateway/quarantine?limit=2", _gatewayKey);
        Assert.Equal(["use 2", "use 3"], Ids(page));
        Assert.Equal("unknownModel", page.GetProperty("items")[0].GetProperty("reason").GetString());
        Assert.Equal(["use 4"], Ids(await GetAsync($"/api/v1/gateway/quarantine?limit=2&after={page.GetProperty("next").GetInt64()}", _gatewayKey)));
        // Another's key sees nothing of it.
        var other = _node.AddKey("us", GatewayScopes.Read, Alice);
        _node.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(Ids(await GetAsync("/api/v1/gateway/quarantine", other)));
        Assert.Equal(0, (await GetAsync("/api/v1/gateway", other)).GetProperty("waiting").GetInt64());
    }

    private static IEnumerable<string?> Ids(JsonElement page) => page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString());

    private async Task HoldAsync(params Metering.MeteredEvent[] events)
    {
        var (bodies, held) = TestGateway.Encode(events, Hold.UnknownModel);
        Assert.Equal(AppendStatus.Stored, (await _node.Usage.AppendAsync(new UsageAppend(1, bodies, held))).Status);
    }

    private Task<HttpResponseMessage> ResumeAsync(ulong epoch, uint attempt) => Api.SendAsync(
        HttpMethod.Post, "/api/v1/ops/resume", _operator, request => request.Content = new StringContent($"{{\"epoch\":{epoch},\"attempt\":{attempt}}}", Encoding.UTF8, "application/json"));

    private async Task<JsonElement> GetAsync(string path, string key)
    {
        using var answer = await Api.SendAsync(HttpMethod.Get, path, key);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }
}
