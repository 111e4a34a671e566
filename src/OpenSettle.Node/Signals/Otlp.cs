using System.Globalization;
using System.Reflection;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Signals.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace OpenSettle.Node.Signals;

/// <summary>Sends metrics and logs to a collector by OTLP, where the settings name one: the same metrics, under the same names, as the page has.</summary>
internal sealed class Otlp : IDisposable
{
    private const int EveryMilliseconds = 15_000;

    /// <summary>One export; it runs on a thread of its own, and what does not fit its queue is dropped.</summary>
    private const int PatienceMilliseconds = 2_000;

    /// <summary>A stop waits no longer for a collector that is gone.</summary>
    private const int FarewellMilliseconds = 1_000;

    private readonly NodeOptions _options;
    private readonly CollectorWatch _watch;
    private readonly ResourceBuilder _resource;
    private MeterProvider? _meters;

    private Otlp(NodeOptions options, Uri endpoint)
    {
        _options = options;
        _watch = new CollectorWatch(EndpointName.Of(endpoint));
        var version = typeof(Otlp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        _resource = ResourceBuilder.CreateEmpty().AddService(
            "opensettle", serviceVersion: version, autoGenerateServiceInstanceId: false,
            serviceInstanceId: string.Create(CultureInfo.InvariantCulture, $"{options.Deployment.Watched.Id.ChainId}:{options.Deployment.Watched.Id.Vault}"));
    }

    /// <summary>Null where nothing is sent anywhere.</summary>
    public static Otlp? Of(NodeOptions options) => options.Signals.OtlpEndpoint is { } endpoint ? new Otlp(options, endpoint) : null;

    public void AddLogs(ILoggingBuilder logging) => logging.AddOpenTelemetry(logs =>
    {
        logs.IncludeFormattedMessage = true;
        logs.SetResourceBuilder(_resource);
        logs.AddProcessor(new Numbered((long)_options.Deployment.Watched.Id.ChainId));
        logs.AddOtlpExporter((exporter, processor) =>
        {
            Configure(exporter, "v1/logs");
            processor.BatchExportProcessorOptions.ExporterTimeoutMilliseconds = PatienceMilliseconds;
        });
    });

    /// <summary>From now on what the meters measure is sent.</summary>
    public void Start(NodeMetrics metrics, ILogger log)
    {
        _watch.Log = log;
        _meters = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(_resource)
            .AddMeter(metrics.Meter.Name, ProcessMetrics.MeterName)
            .AddOtlpExporter((exporter, reader) =>
            {
                // Begun with the process's other metrics, or they would never be made.
                _ = ProcessMetrics.Shared;
                Configure(exporter, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = EveryMilliseconds;
                reader.PeriodicExportingMetricReaderOptions.ExportTimeoutMilliseconds = PatienceMilliseconds;
            })
            .Build();
        metrics.BeginAtZero();
    }

    /// <summary>Sends what was measured up to now.</summary>
    internal bool Flush() => _meters?.ForceFlush(PatienceMilliseconds) ?? true;

    public void Dispose()
    {
        _meters?.Shutdown(FarewellMilliseconds);
        _meters?.Dispose();
    }

    private void Configure(OtlpExporterOptions exporter, string path)
    {
        var endpoint = _options.Signals.OtlpEndpoint ?? throw new InvalidOperationException("There is no collector.");
        exporter.Protocol = _options.Signals.OtlpByGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        // An address that is set here is taken as it is; the paths are those that every collector has.
        exporter.Endpoint = _options.Signals.OtlpByGrpc ? endpoint : new Uri(endpoint.AbsoluteUri.TrimEnd('/') + '/' + path);
        if (_options.Signals.OtlpHeaders is { } headers) exporter.Headers = headers;
        exporter.TimeoutMilliseconds = PatienceMilliseconds;
        exporter.HttpClientFactory = () => new HttpClient(new Telling(_watch)) { Timeout = TimeSpan.FromMilliseconds(PatienceMilliseconds) };
    }

    /// <summary>Tells once that a collector takes nothing, and once that it does again.</summary>
    private sealed class CollectorWatch(string name)
    {
        private string? _why;
        private int _taken;

        public ILogger? Log { get; set; }

        public void Failed(string why)
        {
            Interlocked.Exchange(ref _taken, 0);
            if (Interlocked.CompareExchange(ref _why, why, null) is null) Log?.CollectorFails(name, why);
        }

        public void Took()
        {
            Interlocked.Exchange(ref _why, null);
            if (Interlocked.Exchange(ref _taken, 1) == 0) Log?.CollectorTakes(name);
        }
    }

    /// <summary>A message's number and name go along as they do in JSON lines: the exporter leaves the number out.</summary>
    private sealed class Numbered(long chainId) : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data) =>
            data.Attributes = [.. data.Attributes ?? [], new("id", data.EventId.Id), new("event", data.EventId.Name), new("chain", chainId)];
    }

    private sealed class Telling(CollectorWatch watch) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        // The exporter has threads of its own, and waits on them.
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return Seen(base.Send(request, cancellationToken));
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                throw Unseen(request, e);
            }
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return Seen(await base.SendAsync(request, cancellationToken));
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                throw Unseen(request, e);
            }
        }

        private HttpResponseMessage Seen(HttpResponseMessage response)
        {
            // gRPC says most of its failures in a header of an answer that is 200.
            var refused = response.Headers.TryGetValues("grpc-status", out var status) && status.FirstOrDefault() is { } code && code != "0" ? code : null;
            if (!response.IsSuccessStatusCode) watch.Failed($"it answers {(int)response.StatusCode}");
            else if (refused is not null) watch.Failed($"it answers with gRPC status {refused}");
            else watch.Took();
            return response;
        }

        private Exception Unseen(HttpRequestMessage request, Exception e)
        {
            watch.Failed(e is OperationCanceledException ? "it does not answer in time" : request.RequestUri is { } address ? EndpointName.Quote(address, e.Message) : e.Message);
            return e;
        }
    }
}
