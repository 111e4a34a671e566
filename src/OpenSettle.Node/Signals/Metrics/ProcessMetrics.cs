using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace OpenSettle.Node.Signals.Metrics;

/// <summary>What the process takes. There is one, whatever it settles, and its names are those that every dashboard knows.</summary>
internal sealed class ProcessMetrics
{
    public const string MeterName = "OpenSettle.Process";

    private ProcessMetrics()
    {
        var meter = new Meter(MeterName);
        Page = new MetricsPage([meter]);
        Gauge(MetricCatalogue.ProcessStart, static () => Ask(static process => (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds));
        Counter(MetricCatalogue.ProcessCpu, static () => Ask(static process => process.TotalProcessorTime.TotalSeconds));
        Gauge(MetricCatalogue.ProcessMemory, static () => Environment.WorkingSet);
        Gauge(MetricCatalogue.ProcessThreads, static () => Ask(static process => process.Threads.Count));
        Gauge(MetricCatalogue.HeapSize, static () => GC.GetGCMemoryInfo().HeapSizeBytes);
        Counter(MetricCatalogue.Allocated, static () => GC.GetTotalAllocatedBytes());
        meter.CreateObservableCounter(
            MetricCatalogue.Collections.Name,
            static () => Enumerable.Range(0, GC.MaxGeneration + 1).Select(generation => new Measurement<double>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation.ToString(CultureInfo.InvariantCulture)))),
            null, MetricCatalogue.Collections.Help);
        Counter(MetricCatalogue.CollectionPause, static () => GC.GetTotalPauseDuration().TotalSeconds);
        Gauge(MetricCatalogue.PoolThreads, static () => ThreadPool.ThreadCount);
        Gauge(MetricCatalogue.PoolQueue, static () => ThreadPool.PendingWorkItemCount);

        void Gauge(MetricDefinition definition, Func<double> look) => meter.CreateObservableGauge(definition.Name, look, definition.Unit, definition.Help);
        void Counter(MetricDefinition definition, Func<double> look) => meter.CreateObservableCounter(definition.Name, look, definition.Unit, definition.Help);
    }

    public static ProcessMetrics Shared { get; } = new();

    public MetricsPage Page { get; }

    private static double Ask(Func<Process, double> ask)
    {
        using var process = Process.GetCurrentProcess();
        return ask(process);
    }
}
