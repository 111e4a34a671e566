using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Http;
using OpenSettle.Node.Queue;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Signals;

public sealed class NodeMetricsTests
{
    [Fact]
    public async Task Page_OfASettlingNode_HasEveryMetricWithItsLabelsAndPleasesPromtool()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain, signals: new SignalOptions { Webhooks = [new Uri("https://user:5ec2e7@hooks.example/x")], WebhookSecret = WebhookTests.Secret });
        using var keeper = KeeperOf(node, chain);
        var state = new NodeState(null, node.Time)
        {
            Endpoints = () => [new EndpointState("http://a.example", EndpointCondition.Ok, null, null, 12, TimeSpan.FromMilliseconds(4), 0), new EndpointState("http://b.example", EndpointCondition.SetAside, "lied", null, null, null, 3)],
        };
        _ = new NodeGauges(node.Metrics, state, keeper, node.Options, node.Usage, Provider, Leadership.Alone(node.Time), node.Time);
        // It asks nothing of a broker before it has something to send.
        await using var publisher = new UsagePublisher(new StreamNames(node.Options.Deployment.Watched.Id), new QueueOptions(new Uri("amqp://nobody:n0b0dy@127.0.0.1:1")), node.Time, "metrics", mayMake: false);
        var streams = new QueueView(node.Time);
        streams.SetStreams([(0, "0", "us"), (1, "1", "them"), (2, "2", null)]);
        streams.Took(0, 2, 7, node.Time.GetUtcNow());
        _ = new QueueGauges(node.Metrics, streams, publisher);
        for (var i = 0; i < 20; i++)
        {
            await node.TickAsync();
            await keeper.LookAsync(CancellationToken.None);
            chain.Mine();
        }

        state.SetWatch(node.State.Watch!);
        state.SetPosted(node.State.Posted!, hasNews: true);
        state.Drift = node.State.Drift;
        state.SetAlert("mirror /a", "gone");
        state.SetAlert("mirror /b", "gone");
        state.SetMirrorMissing("/a", 3);
        await Http(node);
        node.Metrics.Asked("http://a.example", null, TimeSpan.FromMilliseconds(3));
        node.Metrics.Asked("http://b.example", ChainErrorKind.RateLimited, TimeSpan.FromMilliseconds(3));
        node.Metrics.Ingested(202, TimeSpan.FromMilliseconds(2));
        node.Metrics.Took(new UsageCounts(1, 0, 0, 0, 1));
        node.Metrics.Delivered("https://hooks.example/x", "failed");

        var series = node.Metrics.Page.Read().Concat(ProcessMetrics.Shared.Page.Read()).ToLookup(row => row.Definition.Name);
        Assert.All(MetricCatalogue.All, definition => Assert.All(
            series[definition.Name].Select(row => row.Labels.Select(label => label.Name)).DefaultIfEmpty(["missing"]),
            names => Assert.Equal(definition.OfProcess ? definition.Labels : ["chain", .. definition.Labels], names)));
        Assert.Equal(MetricCatalogue.All.Count, series.Count);

        var page = PrometheusText.Write([node.Metrics]);
        var (code, output, errors) = await Judges.PromtoolAsync(page);
        // It tells of what it would name otherwise, too.
        Assert.Equal((0, "", ""), (code, output, errors));
        Assert.DoesNotContain("5ec2e7", page, StringComparison.Ordinal);
        AssertFigures(node, page);
    }

    [Fact]
    public async Task Route_OfMetrics_IsTheTextForm()
    {
        using var node = new TestNode(EpochStepTests.Paid());
        await using var api = await TestApi.StartAsync(node);
        using var answer = await api.Http.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        await api.GetAsync("api/v1/epochs");
        using var missing = await api.Http.GetAsync(new Uri("/api/v1/epochs/x", UriKind.Relative));
        using var nowhere = await api.Http.GetAsync(new Uri($"/{Guid.NewGuid()}", UriKind.Relative));
        var page = await api.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Contains("opensettle_http_requests_total{chain=\"31337\",method=\"GET\",route=\"/api/v1/epochs\",status=\"200\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains("opensettle_http_requests_total{chain=\"31337\",method=\"GET\",route=\"/api/v1/epochs/{number}\",status=\"400\"} 1\n", page, StringComparison.Ordinal);
        // A path that a stranger made up is nobody's label.
        Assert.Contains("opensettle_http_requests_total{chain=\"31337\",method=\"GET\",route=\"other\",status=\"404\"} 1\n", page, StringComparison.Ordinal);
        Assert.Contains("opensettle_http_requests_total{chain=\"31337\",method=\"GET\",route=\"/metrics\",status=\"200\"} 1\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Route_OfMetrics_IsNotThereWhereItIsOff()
    {
        using var node = new TestNode(EpochStepTests.Paid(), signals: new SignalOptions { Metrics = MetricsAccess.Off });
        await using var api = await TestApi.StartAsync(node);
        using var answer = await api.Http.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Stream_WhileItIsOpen_IsCountedAndNotTimed()
    {
        using var node = new TestNode(EpochStepTests.Paid());
        await using var api = await TestApi.StartAsync(node);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/status");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await api.Http.SendAsync(request);
        var page = PrometheusText.Write([node.Metrics]);
        Assert.Contains("opensettle_http_streams{chain=\"31337\"} 0\n", page, StringComparison.Ordinal);
        Assert.Contains("route=\"/api/v1/status\",status=\"200\"} 1\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("opensettle_http_request_seconds_count{chain=\"31337\",method=\"GET\",route=\"/api/v1/status\"}", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signer_WithoutCoinForGas_RaisesAnAlertUntilItHasSome()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        using var keeper = KeeperOf(node, chain);
        chain.Coin[Operator] = 9_999_999;
        await keeper.LookAsync(CancellationToken.None);
        Assert.Equal("signer", Assert.Single(node.State.Alerts.All).Name);
        Assert.Contains("Send it native coin", node.State.Alerts.All[0].Message, StringComparison.Ordinal);
        chain.Coin[Operator] = UInt256.MaxAmount;
        await keeper.LookAsync(CancellationToken.None);
        // The endpoint is not asked at every look.
        Assert.Single(node.State.Alerts.All);
        node.Time.Advance(SampleKeeper.EveryBalance);
        await keeper.LookAsync(CancellationToken.None);
        Assert.Empty(node.State.Alerts.All);
    }

    [Fact]
    public async Task Usage_WhoseSumsFallBehind_RaisesAnAlertUntilTheyDoNot()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        var usage = DispatchProxy.Create<IUsageJournal, TroubledUsage>();
        var troubled = (TroubledUsage)usage;
        troubled.Inner = node.Usage;
        using var keeper = KeeperOf(node, chain, usage);
        troubled.Trouble = "the server has no room left.";
        for (var looks = 0; looks < 4; looks++)
        {
            Assert.Empty(node.State.Alerts.All);
            await keeper.LookAsync(CancellationToken.None);
        }

        Assert.Equal(("usage", true), (Assert.Single(node.State.Alerts.All).Name, node.State.Alerts.All[0].Message.EndsWith("the server has no room left.", StringComparison.Ordinal)));
        troubled.Trouble = null;
        await keeper.LookAsync(CancellationToken.None);
        Assert.Empty(node.State.Alerts.All);
    }

    [Fact]
    public async Task EpochStates_AsTimeGoes_GetTheirTime()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        using var keeper = KeeperOf(node, chain);
        var spent = TimeSpan.Zero;
        for (var i = 0; i < 20; i++)
        {
            await node.TickAsync();
            var before = node.Epoch(1) is not null;
            await keeper.LookAsync(CancellationToken.None);
            if (before && i < 19) spent += node.Between;
            chain.Mine();
        }

        var times = node.Metrics.Page.Read().Where(row => row.Definition == MetricCatalogue.EpochStateTime).ToDictionary(row => row.Labels[1].Value, row => row.Sum);
        Assert.Equal(spent.TotalSeconds, times.Values.Sum());
        Assert.True(times["proposed"] >= 60, $"{times["proposed"]}");
        Assert.True(times["pushed"] > 0);
    }

    internal static SampleKeeper KeeperOf(TestNode node, IChainClient chain, IUsageJournal? usage = null) => new(
        node.Options, node.Metrics, node.State, node.Books, usage ?? node.Usage, DataPaths.In(node.Options.DataDir), chain, node.Time, NullLogger<SampleKeeper>.Instance, Provider.SignerFromPrivateKey(OperatorKey));

    private static async Task Http(TestNode node)
    {
        await using var api = await TestApi.StartAsync(node);
        await api.GetAsync("api/v1/epochs");
    }

    private static void AssertFigures(TestNode node, string page)
    {
        string[] lines =
        [
            "opensettle_epoch_number{chain=\"31337\"} 1",
            "opensettle_epoch_active_number{chain=\"31337\"} 1",
            "opensettle_epoch_state{chain=\"31337\",state=\"pushed\"} 1",
            "opensettle_epoch_state{chain=\"31337\",state=\"proposed\"} 0",
            "opensettle_epoch_payments{chain=\"31337\"} 1",
            "opensettle_epoch_proposals_total{chain=\"31337\"} 1",
            "opensettle_epoch_vetoes_total{chain=\"31337\"} 0",
            "opensettle_settlement_halted{chain=\"31337\"} 0",
            "opensettle_leads{chain=\"31337\"} 1",
            $"opensettle_received_tokens{{chain=\"31337\",token=\"{Dollar.ToChecksumString()}\",symbol=\"USD\"}} 0.0001",
            $"opensettle_unsettled_tokens{{chain=\"31337\",token=\"{Dollar.ToChecksumString()}\",symbol=\"USD\",stage=\"owed\"}} 0.0001",
            $"opensettle_unsettled_tokens{{chain=\"31337\",token=\"{Dollar.ToChecksumString()}\",symbol=\"USD\",stage=\"transit\"}} 0",
            $"opensettle_drift_tokens{{chain=\"31337\",token=\"{Dollar.ToChecksumString()}\",symbol=\"USD\"}} 0",
            "opensettle_oldest_unsettled_payment_seconds{chain=\"31337\"} 0",
            "opensettle_transactions_total{chain=\"31337\",kind=\"propose\",outcome=\"done\"} 1",
            "opensettle_transactions_total{chain=\"31337\",kind=\"activate\",outcome=\"done\"} 1",
            "opensettle_transactions_open{chain=\"31337\",state=\"signed\"} 0",
            "opensettle_rpc_requests_total{chain=\"31337\",endpoint=\"http://b.example\",outcome=\"rateLimited\"} 1",
            "opensettle_rpc_endpoint_state{chain=\"31337\",endpoint=\"http://b.example\",state=\"setAside\"} 1",
            "opensettle_mirror_missing_bundles{chain=\"31337\",mirror=\"/a\"} 3",
            "opensettle_alerts{chain=\"31337\",kind=\"mirror\"} 2",
            "opensettle_queue_taken_messages_total{chain=\"31337\"} 2",
            "opensettle_queue_streams_held{chain=\"31337\"} 1",
            "opensettle_queue_next_offset{chain=\"31337\",partition=\"0\"} 7",
            "opensettle_webhook_backlog{chain=\"31337\",target=\"https://hooks.example/x\"} 0",
        ];
        var have = page.Split('\n').ToHashSet(StringComparer.Ordinal);
        Assert.Equal([], lines.Except(have));
        // The exact figure is the books'; the page is near it.
        var cost = node.Books.Read(session => session.Outbox.CostOf(1));
        var spent = node.Metrics.Page.Read().Where(row => row.Definition == MetricCatalogue.FeeSpent).Sum(row => row.Sum);
        Assert.Equal(Figures.Whole(cost, Figures.CoinDecimals), spent, 1e-24);
        Assert.True(spent > 0);
    }
}

/// <summary>A journal that has trouble beside its work.</summary>
public class TroubledUsage : DispatchProxy
{
    public IUsageJournal? Inner { get; set; }

    public string? Trouble { get; set; }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod?.Name == $"get_{nameof(IUsageJournal.Trouble)}" ? Trouble : targetMethod?.Invoke(Inner, args);
}
