using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Signals;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Signals;

public sealed class OtlpTests
{
    [Fact]
    public async Task Metrics_AtACollector_AreThoseOfThePage()
    {
        await using var collector = await HookTarget.StartAsync();
        // A meter that no other test has.
        using var metrics = NodeMetrics.Alone(901);
        using var otlp = Otlp.Of(Options(new SignalOptions { OtlpEndpoint = collector.Address, OtlpHeaders = "authorization=Bearer 5ec2e7,x-tenant=a" }))!;
        var log = new LogLines<OtlpTests>();
        otlp.Start(metrics, log);
        metrics.Watch(MetricCatalogue.Head, () => 42);
        metrics.Reorganised(3);
        metrics.Answered("GET", "/api/v1/status", 200, TimeSpan.FromMilliseconds(7));
        metrics.Answered("GET", "/api/v1/status", 200, TimeSpan.FromMilliseconds(70));
        metrics.SpentIn(Storage.EpochState.Proposed, TimeSpan.FromSeconds(2.5));
        metrics.Asked("http://a.example", null, TimeSpan.FromMilliseconds(12));
        Assert.True(otlp.Flush());

        var call = collector.Calls.First(call => call.Path == "/v1/metrics");
        Assert.Equal(("Bearer 5ec2e7", "a", "application/x-protobuf"), (call.Headers["authorization"], call.Headers["x-tenant"], call.Headers["Content-Type"]));
        var points = await ReadAsync("metrics", call.Body);
        Assert.Contains("service.name=opensettle", points[0].GetProperty("resource").GetString(), StringComparison.Ordinal);
        var sent = points.Where(point => point.TryGetProperty("name", out var name) && name.GetString()!.StartsWith("opensettle", StringComparison.Ordinal)).Select(Text).Order(StringComparer.Ordinal);
        Assert.Equal(metrics.Page.Read().Select(Text).Order(StringComparer.Ordinal), sent);
        Assert.Contains(points, point => point.TryGetProperty("name", out var name) && name.GetString() == "process_resident_memory_bytes" && point.GetProperty("value").GetDouble() > 0);
        Assert.Equal(512, Assert.Single(log.All).Id);
    }

    [Fact]
    public async Task Logs_AtACollector_HaveNumberNameAndValues()
    {
        await using var collector = await HookTarget.StartAsync();
        using var otlp = Otlp.Of(Options(new SignalOptions { OtlpEndpoint = collector.Address }))!;
        using (var factory = LoggerFactory.Create(otlp.AddLogs)) factory.CreateLogger("OpenSettle.Test").RangeRead(5, 9, 3);
        var record = Assert.Single(await ReadAsync("logs", collector.Calls.First(call => call.Path == "/v1/logs").Body));
        Assert.Equal(("Information", "Blocks 5 to 9 read: 3 facts"), (record.GetProperty("severity").GetString(), record.GetProperty("body").GetString()));
        var attributes = record.GetProperty("attributes").GetString() ?? "";
        Assert.Contains("First=5", attributes, StringComparison.Ordinal);
        Assert.Contains("id=101,event=RangeRead,chain=31337", attributes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Collector_ThatIsNotThere_IsToldOnce(bool grpc)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        using var metrics = NodeMetrics.Alone(902);
        using var otlp = Otlp.Of(Options(new SignalOptions { OtlpEndpoint = new Uri($"http://user:5ec2e7@127.0.0.1:{port}"), OtlpByGrpc = grpc }))!;
        var log = new LogLines<OtlpTests>();
        otlp.Start(metrics, log);
        for (var i = 0; i < 3; i++)
        {
            metrics.Reorganised(1);
            otlp.Flush();
        }

        var (id, _, text) = Assert.Single(log.All);
        Assert.Equal(511, id);
        Assert.DoesNotContain("5ec2e7", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collector_ThatRefuses_IsToldOnceAndOnceThatItTakes()
    {
        await using var collector = await HookTarget.StartAsync();
        var refuses = true;
        collector.OnCall = context =>
        {
            context.Response.StatusCode = refuses ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK;
            return Task.CompletedTask;
        };
        using var metrics = NodeMetrics.Alone(903);
        using var otlp = Otlp.Of(Options(new SignalOptions { OtlpEndpoint = collector.Address }))!;
        var log = new LogLines<OtlpTests>();
        otlp.Start(metrics, log);
        for (var i = 0; i < 4; i++)
        {
            refuses = i < 2;
            metrics.Reorganised(1);
            otlp.Flush();
        }

        Assert.Equal([511, 512], log.All.Select(line => line.Id));
        Assert.Contains("it answers 401", log.All.First().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Collector_ThatIsNotNamed_IsNone() => Assert.Null(Otlp.Of(Options(new SignalOptions())));

    private static NodeOptions Options(SignalOptions signals) => TestNode.MakeOptions(Path.GetTempPath(), signals: signals);

    private static async Task<List<JsonElement>> ReadAsync(string kind, byte[] body)
    {
        var (code, output, errors) = await Judges.NodeAsync("otlp.mjs", $"{kind} {Convert.ToBase64String(body)}\n");
        Assert.True(code == 0, errors);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Text(JsonElement point) => string.Create(
        CultureInfo.InvariantCulture,
        $"{point.GetProperty("name").GetString()} {point.GetProperty("kind").GetString()} {{{Sorted(point.GetProperty("labels").GetString()!.Split(','))}}} {point.GetProperty("value").GetDouble():R} {Buckets(point)}");

    private static string Text(MetricSeries row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Definition.Name} {row.Definition.Kind switch { MetricKind.Counter => "counter", MetricKind.Gauge => "gauge", _ => "histogram" }} {{{Sorted(row.Labels.Select(label => $"{label.Name}={label.Value}"))}}} {row.Sum:R} {(row.Definition.Kind == MetricKind.Histogram ? string.Join(',', [.. row.Buckets, row.Count - row.Buckets.Sum()]) + " " + string.Join(',', row.Definition.Buckets) : "")}");

    private static string Sorted(IEnumerable<string> labels) => string.Join(',', labels.Order(StringComparer.Ordinal));

    private static string Buckets(JsonElement point) => point.TryGetProperty("buckets", out var counts) && counts.GetArrayLength() > 0
        ? string.Join(',', counts.EnumerateArray().Select(count => count.GetInt64())) + " " + string.Join(',', point.GetProperty("ends").EnumerateArray().Select(end => end.GetDouble()))
        : "";
}
