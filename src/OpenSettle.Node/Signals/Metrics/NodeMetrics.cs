using System.Diagnostics.Metrics;
using System.Globalization;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Http;
using OpenSettle.Node.Pipeline;
using OpenSettle.Storage;

namespace OpenSettle.Node.Signals.Metrics;

/// <summary>
/// All measuring of one chain's settlement goes through here, into one meter: the page and a collector read the same. What
/// happens is counted as it does; what can be looked at is in <see cref="NodeGauges"/>.
/// </summary>
public sealed class NodeMetrics : IEndpointObserver, IDisposable
{
    private static readonly string[] Statuses = [.. Enumerable.Range(0, 600).Select(status => status.ToString(CultureInfo.InvariantCulture))];

    private readonly KeyValuePair<string, object?> _chain;
    private readonly Counter<long> _reorgs;
    private readonly Counter<long> _rpcRequests;
    private readonly Histogram<double> _rpcTime;
    private readonly Counter<long> _disagreements;
    private readonly Counter<long> _transactions;
    private readonly Counter<long> _gas;
    private readonly Counter<double> _fees;
    private readonly Counter<double> _stateTime;
    private readonly Counter<long> _ingestRequests;
    private readonly Histogram<double> _ingestTime;
    private readonly Histogram<double> _ingestSize;
    private readonly Counter<long> _ingestEvents;
    private readonly Counter<long> _httpRequests;
    private readonly Histogram<double> _httpTime;
    private readonly Counter<long> _deliveries;
    private long _deepestReorg;
    private long _lastReorg;
    private long _streams;

    /// <param name="meters">Of the host that settles on this chain.</param>
    /// <param name="chainId">The label of every sample.</param>
    public NodeMetrics(IMeterFactory meters, ulong chainId)
        : this(name => meters.Create(name), chainId)
    {
    }

    private NodeMetrics(Func<string, Meter> create, ulong chainId)
    {
        // A name of its own, so that who listens for one chain's meter hears no other's.
        Meter = create(string.Create(CultureInfo.InvariantCulture, $"OpenSettle.Chain{chainId}"));
        _chain = new("chain", chainId.ToString(CultureInfo.InvariantCulture));
        _reorgs = Count(MetricCatalogue.Reorgs);
        _rpcRequests = Count(MetricCatalogue.RpcRequests);
        _rpcTime = Spread(MetricCatalogue.RpcTime);
        _disagreements = Count(MetricCatalogue.Disagreements);
        _transactions = Count(MetricCatalogue.Transactions);
        _gas = Count(MetricCatalogue.GasUsed);
        _fees = Sum(MetricCatalogue.FeeSpent);
        _stateTime = Sum(MetricCatalogue.EpochStateTime);
        _ingestRequests = Count(MetricCatalogue.IngestRequests);
        _ingestTime = Spread(MetricCatalogue.IngestTime);
        _ingestSize = Spread(MetricCatalogue.IngestSize);
        _ingestEvents = Count(MetricCatalogue.IngestEvents);
        _httpRequests = Count(MetricCatalogue.HttpRequests);
        _httpTime = Spread(MetricCatalogue.HttpTime);
        _deliveries = Count(MetricCatalogue.WebhookDeliveries);
        Page = new MetricsPage([Meter]);
        BeginAtZero();
        Watch(MetricCatalogue.LastReorg, () => Interlocked.Read(ref _lastReorg));
        Watch(MetricCatalogue.DeepestReorg, () => Interlocked.Read(ref _deepestReorg));
        Watch(MetricCatalogue.HttpStreams, () => Interlocked.Read(ref _streams));
    }

    /// <summary>What a collector is given.</summary>
    public Meter Meter { get; }

    /// <summary>What /metrics shows of it.</summary>
    internal MetricsPage Page { get; }

    /// <summary>With a meter that no host knows: for what runs without one.</summary>
    public static NodeMetrics Alone(ulong chainId) => new(static name => new Meter(name), chainId);

    public void Dispose()
    {
        Page.Dispose();
        Meter.Dispose();
    }

    /// <summary>Who watches a rate has to see the zero before the first: said to each that listens.</summary>
    internal void BeginAtZero()
    {
        _reorgs.Add(0, [_chain]);
        _disagreements.Add(0, [_chain]);
    }

    /// <summary>A question to an endpoint was answered, or was not.</summary>
    /// <param name="failure">Null where it was answered.</param>
    public void Asked(string endpoint, ChainErrorKind? failure, TimeSpan took)
    {
        _rpcRequests.Add(1, [_chain, new("endpoint", endpoint), new("outcome", failure is { } kind ? Words.Of(kind) : "ok")]);
        _rpcTime.Record(took.TotalSeconds, [_chain, new("endpoint", endpoint)]);
    }

    /// <summary>Endpoints contradicted each other on what decides money.</summary>
    public void Disagreed() => _disagreements.Add(1, [_chain]);

    /// <summary>Blocks that were read and not final were taken back.</summary>
    internal void Reorganised(ulong blocks)
    {
        _reorgs.Add(1, [_chain]);
        Interlocked.Exchange(ref _lastReorg, (long)blocks);
        if ((long)blocks > Interlocked.Read(ref _deepestReorg)) Interlocked.Exchange(ref _deepestReorg, (long)blocks);
    }

    /// <summary>A transaction of this node is in a final block.</summary>
    internal void Mined(string purpose, string outcome, OutboxOutcome took)
    {
        var kind = SendPurpose.KindOf(purpose);
        _transactions.Add(1, [_chain, new("kind", kind), new("outcome", outcome)]);
        _gas.Add((long)took.GasUsed, [_chain, new("kind", kind)]);
        _fees.Add(Figures.Whole(took.Cost, Figures.CoinDecimals), [_chain, new("kind", kind)]);
    }

    /// <summary>An epoch was so long in a state.</summary>
    internal void SpentIn(EpochState state, TimeSpan time) => _stateTime.Add(time.TotalSeconds, [_chain, new("state", Words.Of(state))]);

    /// <summary>A request with usage was answered.</summary>
    internal void Ingested(int status, TimeSpan took)
    {
        _ingestRequests.Add(1, [_chain, new("status", StatusOf(status))]);
        _ingestTime.Record(took.TotalSeconds, [_chain]);
    }

    /// <summary>What became of a request's events: once a request, whatever is in it.</summary>
    internal void Took(UsageCounts counts)
    {
        _ingestSize.Record(counts.Accepted + counts.Held + counts.Duplicates + counts.Conflicts + counts.Refused + (counts.Queued ?? 0), [_chain]);
        TookQueued(counts);
    }

    /// <summary>What became of events that came out of the queue, or went into it.</summary>
    internal void TookQueued(UsageCounts counts)
    {
        Events(counts.Queued ?? 0, "queued");
        Events(counts.Accepted, "accepted");
        Events(counts.Held, "held");
        Events(counts.Duplicates, "duplicate");
        Events(counts.Conflicts, "conflict");
        Events(counts.Refused, "refused");
    }

    /// <summary>A request was answered.</summary>
    /// <param name="took">Null of a stream, which ends when its reader goes.</param>
    internal void Answered(string method, string route, int status, TimeSpan? took)
    {
        _httpRequests.Add(1, [_chain, new("method", method), new("route", route), new("status", StatusOf(status))]);
        if (took is { } time) _httpTime.Record(time.TotalSeconds, [_chain, new("method", method), new("route", route)]);
    }

    internal void StreamOpened() => Interlocked.Increment(ref _streams);

    internal void StreamClosed() => Interlocked.Decrement(ref _streams);

    /// <summary>A webhook's target was told, or was not.</summary>
    internal void Delivered(string target, string outcome) => _deliveries.Add(1, [_chain, new("target", target), new("outcome", outcome)]);

    /// <summary>A figure that is looked at when somebody reads the page; null: it is not known.</summary>
    internal void Watch(MetricDefinition definition, Func<double?> look) =>
        Watch(definition, () => look() is { } value ? [(value, [])] : []);

    /// <summary>Figures that are told apart by labels, in the order of the definition.</summary>
    internal void Watch(MetricDefinition definition, Func<IEnumerable<(double Value, string[] Labels)>> look) =>
        Meter.CreateObservableGauge(definition.Name, () => look().Select(row => new Measurement<double>(row.Value, [_chain, .. Labelled(definition, row.Labels)])), definition.Unit, definition.Help);

    /// <summary>What only grows.</summary>
    internal void WatchCount(MetricDefinition definition, Func<double?> look) =>
        Meter.CreateObservableCounter(definition.Name, () => look() is { } value ? [new Measurement<double>(value, [_chain])] : Enumerable.Empty<Measurement<double>>(), definition.Unit, definition.Help);

    private static IEnumerable<KeyValuePair<string, object?>> Labelled(MetricDefinition definition, string[] values) =>
        definition.Labels.Zip(values, (name, value) => new KeyValuePair<string, object?>(name, value));

    private static string StatusOf(int status) => status >= 0 && status < Statuses.Length ? Statuses[status] : "other";

    private void Events(int count, string outcome)
    {
        if (count > 0) _ingestEvents.Add(count, [_chain, new("outcome", outcome)]);
    }

    private Counter<long> Count(MetricDefinition definition) => Meter.CreateCounter<long>(definition.Name, definition.Unit, definition.Help);

    private Counter<double> Sum(MetricDefinition definition) => Meter.CreateCounter<double>(definition.Name, definition.Unit, definition.Help);

    private Histogram<double> Spread(MetricDefinition definition) => Meter.CreateHistogram(
        definition.Name, definition.Unit, definition.Help, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = definition.Buckets });
}
