using System.Globalization;
using System.Text;

namespace OpenSettle.Node.Signals.Metrics;

/// <summary>Writes series as Prometheus reads them: https://prometheus.io/docs/instrumenting/exposition_formats.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>One page of several nodes' metrics, or of one: a family stands together, whichever of them it is of.</summary>
    public static string Write(IEnumerable<NodeMetrics> nodes) => Write([.. nodes.SelectMany(node => node.Page.Read()), .. ProcessMetrics.Shared.Page.Read()]);

    internal static string Write(IReadOnlyList<MetricSeries> series)
    {
        var text = new StringBuilder(1 << 14);
        var families = series.ToLookup(row => row.Definition.Name, StringComparer.Ordinal);
        foreach (var definition in MetricCatalogue.All.Where(definition => families.Contains(definition.Name)))
        {
            text.Append("# HELP ").Append(definition.Name).Append(' ').Append(Escape(definition.Help, quotes: false)).Append('\n');
            text.Append("# TYPE ").Append(definition.Name).Append(' ').Append(definition.Kind switch { MetricKind.Counter => "counter", MetricKind.Gauge => "gauge", _ => "histogram" }).Append('\n');
            foreach (var row in families[definition.Name])
            {
                if (definition.Kind == MetricKind.Histogram) WriteBuckets(text, row);
                else Line(text, definition.Name, row.Labels, null, row.Sum);
            }
        }

        return text.ToString();
    }

    private static void WriteBuckets(StringBuilder text, MetricSeries row)
    {
        var name = row.Definition.Name;
        var below = 0L;
        for (var i = 0; i < row.Buckets.Count; i++)
        {
            below += row.Buckets[i];
            Line(text, name + "_bucket", row.Labels, Number(row.Definition.Buckets[i]), below);
        }

        Line(text, name + "_bucket", row.Labels, "+Inf", row.Count);
        Line(text, name + "_sum", row.Labels, null, row.Sum);
        Line(text, name + "_count", row.Labels, null, row.Count);
    }

    private static void Line(StringBuilder text, string name, IReadOnlyList<(string Name, string Value)> labels, string? upTo, double value)
    {
        text.Append(name);
        var separator = '{';
        foreach (var (label, content) in labels)
        {
            text.Append(separator).Append(label).Append("=\"").Append(Escape(content, quotes: true)).Append('"');
            separator = ',';
        }

        if (upTo is not null)
        {
            text.Append(separator).Append("le=\"").Append(upTo).Append('"');
            separator = ',';
        }

        if (separator == ',') text.Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }
}
