using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;

namespace OpenSettle.Node.Signals.Metrics;

/// <summary>
/// Adds up what meters measure, for a page that somebody reads. A measurement finds its series without allocating; what is
/// looked at is looked at when the page is written.
/// </summary>
internal sealed class MetricsPage : IDisposable
{
    private static readonly FrozenDictionary<string, MetricDefinition> Known = MetricCatalogue.All.ToFrozenDictionary(definition => definition.Name, StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly Lock _reading = new();
    private readonly MeterListener _listener;

    /// <param name="meters">These, and no others of their names. Listening begins before their instruments are made, or after.</param>
    public MetricsPage(IReadOnlyList<Meter> meters)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (!meters.Contains(instrument.Meter)) return;
                // What has no definition would have no help, and no place in the documentation.
                var family = new Family(Known.GetValueOrDefault(instrument.Name) ?? throw new InvalidOperationException($"The metric {instrument.Name} is not in the catalogue."), instrument.IsObservable);
                if (!_families.TryAdd(instrument.Name, family)) throw new InvalidOperationException($"The metric {instrument.Name} is there twice.");
                listener.EnableMeasurementEvents(instrument, family);
            },
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((Family?)family)?.Add(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((Family?)family)?.Add(value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>All series as they are now, in a stable order.</summary>
    public IReadOnlyList<MetricSeries> Read()
    {
        // One at a time: looking clears what was looked at before.
        lock (_reading)
        {
            foreach (var family in _families.Values.Where(family => family.IsLookedAt)) family.Clear();
            _listener.RecordObservableInstruments();
            return [.. MetricCatalogue.All.SelectMany(definition => _families.TryGetValue(definition.Name, out var family) ? family.Read() : [])];
        }
    }

    private sealed class Family
    {
        private readonly MetricDefinition _definition;
        private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], Series> _series = new(LabelsComparer.Instance);
        private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], Series>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;

        public Family(MetricDefinition definition, bool isLookedAt)
        {
            (_definition, IsLookedAt) = (definition, isLookedAt);
            _lookup = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        }

        public bool IsLookedAt { get; }

        public void Clear() => _series.Clear();

        public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            if (!_lookup.TryGetValue(labels, out var series))
            {
                _lookup.TryAdd(labels, new Series(_definition.Buckets));
                series = _series[labels.ToArray()];
            }

            series.Add(value);
        }

        public IEnumerable<MetricSeries> Read() => _series
            .Select(row => (Labels: row.Key.Select(label => (label.Key, label.Value as string ?? string.Empty)).ToList(), row.Value))
            .OrderBy(row => string.Join('\0', row.Labels.Select(label => label.Item2)), StringComparer.Ordinal)
            .Select(row => row.Value.Read(_definition, row.Labels));
    }

    private sealed class Series(IReadOnlyList<double> ends)
    {
        private readonly Lock _lock = new();
        private readonly long[] _buckets = new long[ends.Count];
        private double _sum;
        private long _count;

        public void Add(double value)
        {
            lock (_lock)
            {
                _sum += value;
                _count++;
                for (var i = 0; i < _buckets.Length; i++)
                {
                    if (value > ends[i]) continue;
                    _buckets[i]++;
                    break;
                }
            }
        }

        public MetricSeries Read(MetricDefinition definition, IReadOnlyList<(string Name, string Value)> labels)
        {
            lock (_lock) return new MetricSeries(definition, labels, _sum, _count, [.. _buckets]);
        }
    }

    private sealed class LabelsComparer : IEqualityComparer<KeyValuePair<string, object?>[]>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public static readonly LabelsComparer Instance = new();

        public bool Equals(KeyValuePair<string, object?>[]? left, KeyValuePair<string, object?>[]? right) => left is not null && right is not null && Equals(left.AsSpan(), right);

        public int GetHashCode([DisallowNull] KeyValuePair<string, object?>[] labels) => GetHashCode(labels.AsSpan());

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> labels, KeyValuePair<string, object?>[] known)
        {
            if (labels.Length != known.Length) return false;
            for (var i = 0; i < labels.Length; i++)
            {
                if (labels[i].Key != known[i].Key || labels[i].Value as string != known[i].Value as string) return false;
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            var hash = default(HashCode);
            foreach (var label in labels) hash.Add(label.Value as string, StringComparer.Ordinal);
            return hash.ToHashCode();
        }

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> labels) => labels.ToArray();
    }
}

/// <summary>A metric's values for one set of labels.</summary>
/// <param name="Sum">The value; of a histogram the sum of all.</param>
/// <param name="Count">Measurements.</param>
/// <param name="Buckets">How many lay in each bucket and in none below it.</param>
internal sealed record MetricSeries(MetricDefinition Definition, IReadOnlyList<(string Name, string Value)> Labels, double Sum, long Count, IReadOnlyList<long> Buckets);
