using System.Diagnostics.Metrics;
using OpenSettle.Node.Http;
using OpenSettle.Node.Signals.Metrics;

namespace OpenSettle.Node.Tests.Signals;

public sealed class MetricsPageTests
{
    [Fact]
    public void Histogram_OnThePage_HasCumulativeBucketsThatEndWithAll()
    {
        using var metrics = NodeMetrics.Alone(7);
        foreach (var milliseconds in new[] { 1, 1, 30, 9_000 }) metrics.Answered("GET", "/api/v1/status", 200, TimeSpan.FromMilliseconds(milliseconds));
        var lines = Lines(metrics, "opensettle_http_request_seconds");
        const string Labels = "chain=\"7\",method=\"GET\",route=\"/api/v1/status\"";
        // What lies on a bucket's end is in it.
        Assert.Contains($"opensettle_http_request_seconds_bucket{{{Labels},le=\"0.001\"}} 2", lines);
        Assert.Contains($"opensettle_http_request_seconds_bucket{{{Labels},le=\"0.025\"}} 2", lines);
        Assert.Contains($"opensettle_http_request_seconds_bucket{{{Labels},le=\"0.05\"}} 3", lines);
        Assert.Contains($"opensettle_http_request_seconds_bucket{{{Labels},le=\"5\"}} 3", lines);
        Assert.Contains($"opensettle_http_request_seconds_bucket{{{Labels},le=\"+Inf\"}} 4", lines);
        Assert.Contains($"opensettle_http_request_seconds_sum{{{Labels}}} 9.032", lines);
        Assert.Contains($"opensettle_http_request_seconds_count{{{Labels}}} 4", lines);
    }

    [Fact]
    public void Labels_WithQuotesSlashesAndLines_AreEscaped()
    {
        using var metrics = NodeMetrics.Alone(7);
        metrics.Delivered("http://a.example/\"b\\c\nd", "delivered");
        Assert.Equal(["opensettle_webhook_deliveries_total{chain=\"7\",target=\"http://a.example/\\\"b\\\\c\\nd\",outcome=\"delivered\"} 1"], Lines(metrics, "opensettle_webhook_deliveries_total"));
    }

    [Fact]
    public void Nodes_OnOnePage_ShareTheirFamilies()
    {
        using var first = NodeMetrics.Alone(1);
        using var second = NodeMetrics.Alone(10);
        first.Reorganised(3);
        second.Disagreed();
        var page = PrometheusText.Write([first, second]);
        var names = page.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('{', ' ')[0]).ToList();
        // Each family stands in one place, and is described once.
        Assert.Equal(names.Distinct().Count(), names.Zip(names.Skip(1)).Count(pair => pair.First != pair.Second) + 1);
        Assert.Equal(1, page.Split('\n').Count(line => line.StartsWith("# TYPE opensettle_reorgs_total ", StringComparison.Ordinal)));
        Assert.Contains("opensettle_reorgs_total{chain=\"1\"} 1\nopensettle_reorgs_total{chain=\"10\"} 0\n", page, StringComparison.Ordinal);
        Assert.Contains("opensettle_rpc_disagreements_total{chain=\"1\"} 0\nopensettle_rpc_disagreements_total{chain=\"10\"} 1\n", page, StringComparison.Ordinal);
        // One process, whatever it settles.
        Assert.Equal(1, page.Split('\n').Count(line => line.StartsWith("process_start_time_seconds ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Page_ReadTwice_HasTheSameOrderAndForgetsNoCount()
    {
        using var metrics = NodeMetrics.Alone(7);
        foreach (var route in new[] { "/b", "/a", "other", "/c" }) metrics.Answered("GET", route, 200, null);
        var before = Lines(metrics, "opensettle_http_requests_total");
        Assert.Equal(["/a", "/b", "/c", "other"], before.Select(line => line.Split("route=\"")[1].Split('"')[0]));
        metrics.Answered("GET", "/b", 200, null);
        Assert.Equal([before[0], before[1].Replace("} 1", "} 2", StringComparison.Ordinal), .. before.Skip(2)], Lines(metrics, "opensettle_http_requests_total"));
    }

    [Fact]
    public void Figures_ThatAreLookedAt_GoWithWhatTheyWereOf()
    {
        using var metrics = NodeMetrics.Alone(7);
        var mirrors = new List<string> { "a", "b" };
        metrics.Watch(MetricCatalogue.MirrorMissing, () => mirrors.Select(mirror => (1d, new[] { mirror })));
        Assert.Equal(2, Lines(metrics, "opensettle_mirror_missing_bundles").Count);
        mirrors.Remove("a");
        Assert.Equal(["opensettle_mirror_missing_bundles{chain=\"7\",mirror=\"b\"} 1"], Lines(metrics, "opensettle_mirror_missing_bundles"));
    }

    [Fact]
    public void Counting_OfWhatIsKnown_AllocatesNothing()
    {
        using var metrics = NodeMetrics.Alone(7);
        void Count()
        {
            metrics.Took(new UsageCounts(500, 1, 2, 3, 4));
            metrics.Ingested(202, TimeSpan.FromMilliseconds(3));
            metrics.Answered("POST", "/api/v1/events", 202, TimeSpan.FromMilliseconds(3));
        }

        for (var i = 0; i < 100; i++) Count();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) Count();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Counting_FromManyThreads_LosesNothing()
    {
        using var metrics = NodeMetrics.Alone(7);
        await Parallel.ForAsync(0, 64, (index, _) =>
        {
            for (var i = 0; i < 1_000; i++) metrics.Answered("GET", index % 2 == 0 ? "/a" : "/b", 200, TimeSpan.Zero);
            return ValueTask.CompletedTask;
        });
        Assert.All(Lines(metrics, "opensettle_http_requests_total"), line => Assert.EndsWith("} 32000", line, StringComparison.Ordinal));
        Assert.Equal(2, Lines(metrics, "opensettle_http_request_seconds").Count(line => line.Contains("_count{", StringComparison.Ordinal) && line.EndsWith(" 32000", StringComparison.Ordinal)));
    }

    [Fact]
    public void Meter_WithAMetricThatNobodyDescribed_IsRefused()
    {
        using var meter = new Meter("undescribed");
        using var page = new MetricsPage([meter]);
        Assert.Contains("not in the catalogue", Assert.Throws<InvalidOperationException>(() => meter.CreateCounter<long>("opensettle_surprise_total")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 18, 0d)]
    [InlineData("1500000", 6, 1.5)]
    [InlineData("1", 0, 1d)]
    public void Amounts_InWholeTokens_AreFloats(string amount, int decimals, double expected) => Assert.Equal(expected, Figures.Whole(Primitives.UInt256.Parse(amount), decimals));

    private static List<string> Lines(NodeMetrics metrics, string name) =>
        [.. PrometheusText.Write([metrics]).Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))];
}
