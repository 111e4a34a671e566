using System.Net;
using System.Text.Json;
using OpenSettle.Node.Tests.Support;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class HealthEndpointsTests : IAsyncLifetime, IDisposable
{
    private readonly TestNode _node;
    private TestApi? _api;

    public HealthEndpointsTests()
    {
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 10));
        _node = new TestNode(chain);
    }

    private HttpClient Http => _api?.Http ?? throw new InvalidOperationException("The server is not started.");

    public async Task InitializeAsync()
    {
        await _node.TickAsync();
        _api = await TestApi.StartAsync(_node);
    }

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Ready_WithAnAlert_StaysReadyAndWarns()
    {
        _node.State.SetAlert("mirror /var/mirror", "the folder is not there");
        var (status, body) = await ReadyAsync();
        Assert.Equal((HttpStatusCode.OK, "mirror /var/mirror: the folder is not there"), (status, Assert.Single(body.GetProperty("warnings").EnumerateArray()).GetString()));
        Assert.Empty(body.GetProperty("reasons").EnumerateArray());
    }

    [Fact]
    public async Task Ready_WhileUsageIsRefused_Is503ForHalfAMinute()
    {
        _node.State.SetUsageRefused("the disk is full");
        Assert.Contains("usage cannot be stored: the disk is full", await ReasonsAsync());
        _node.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty(await ReasonsAsync());
    }

    [Fact]
    public async Task Ready_FarBehind_Is503WithTheDistance()
    {
        var watch = _node.State.Watch!;
        _node.State.SetWatch(watch with { AgreedFinal = watch.AgreedFinal + 256 });
        Assert.Empty(await ReasonsAsync());
        _node.State.SetWatch(watch with { AgreedFinal = watch.AgreedFinal + 257 });
        Assert.Equal(["the books are 257 final blocks behind the chain"], await ReasonsAsync());
    }

    [Fact]
    public async Task Ready_OfANodeThatStops_Is503()
    {
        _node.State.IsStopping = true;
        Assert.Equal(["the node is stopping"], await ReasonsAsync());
        _node.State.Halt("drift");
        Assert.Equal(["drift", "the node is stopping"], await ReasonsAsync());
    }

    [Fact]
    public async Task Healthy_WhileThePipelineMoves_AndNotOnceItHangs()
    {
        _node.State.Moved();
        // A second of pause, and five minutes for a step.
        _node.Time.Advance(TimeSpan.FromSeconds(301));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await HealthAsync());
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "the pipeline has not moved for 302 s\n"), await HealthAsync());
        _node.State.Moved();
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await HealthAsync());
    }

    [Fact]
    public async Task Healthy_AfterAHalt_StaysSo()
    {
        _node.State.Halt("drift");
        _node.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await HealthAsync());
    }

    [Fact]
    public async Task Status_OfAlertsSweepsAndDrift_ShowsThem()
    {
        var small = Model("small");
        _node.State.SetAlert("veto", "epoch 3");
        _node.Chain.Mine(block => block.Register(small), block => block.Send(small, Dollar, 9), block => block.Pay(small, Dollar, 5));
        await _node.TickAsync();
        using var answer = JsonDocument.Parse(await Http.GetStringAsync(new Uri("/api/v1/status", UriKind.Relative)));
        var status = answer.RootElement;
        var alert = Assert.Single(status.GetProperty("alerts").EnumerateArray());
        Assert.Equal(("veto", "epoch 3"), (alert.GetProperty("name").GetString(), alert.GetProperty("message").GetString()));
        Assert.True(alert.TryGetProperty("since", out _));
        var sweep = Assert.Single(status.GetProperty("sweeps").EnumerateArray());
        Assert.Equal((Dollar.ToChecksumString(), "9", 1), (sweep.GetProperty("token").GetString(), sweep.GetProperty("amount").GetString(), sweep.GetProperty("models").GetInt32()));
        var drift = status.GetProperty("drift");
        var token = Assert.Single(drift.GetProperty("tokens").EnumerateArray());
        Assert.Equal(("0", "5", "5"), (token.GetProperty("drift").GetString(), token.GetProperty("credited").GetProperty("ledger").GetString(), token.GetProperty("credited").GetProperty("chain").GetString()));
        Assert.Equal(0, drift.GetProperty("accountsChecked").GetInt64());
    }

    private async Task<(HttpStatusCode, string)> HealthAsync()
    {
        using var answer = await Http.GetAsync(new Uri("/healthz", UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<IEnumerable<string?>> ReasonsAsync()
    {
        var (status, body) = await ReadyAsync();
        var reasons = body.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()).ToList();
        Assert.Equal((reasons.Count == 0 ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, reasons.Count == 0), (status, body.GetProperty("ready").GetBoolean()));
        return reasons;
    }

    private async Task<(HttpStatusCode, JsonElement)> ReadyAsync()
    {
        using var answer = await Http.GetAsync(new Uri("/readyz", UriKind.Relative));
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, body.RootElement.Clone());
    }
}
