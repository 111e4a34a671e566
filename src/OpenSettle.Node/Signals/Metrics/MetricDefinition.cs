namespace OpenSettle.Node.Signals.Metrics;

/// <summary>What a metric's values are.</summary>
internal enum MetricKind
{
    Unknown = 0,

    /// <summary>Only grows, and begins anew with the process.</summary>
    Counter,

    /// <summary>As it is now.</summary>
    Gauge,

    /// <summary>How many were at most so large.</summary>
    Histogram,
}

/// <summary>A metric: its one name on the page and with a collector, what it says, and by what it is told apart.</summary>
/// <param name="Labels">Beside the chain, in their order. Their values are words of this program, its settings or its deployment, never of strangers.</param>
/// <param name="Buckets">Upper ends, ascending; of a histogram alone.</param>
internal sealed record MetricDefinition(string Name, MetricKind Kind, string Help, IReadOnlyList<string> Labels, IReadOnlyList<double> Buckets)
{
    /// <summary>Of the process, whatever chains it settles on: such a metric has no chain.</summary>
    public bool OfProcess { get; init; }

    /// <summary>The unit that its name ends with; null where it only counts.</summary>
    public string? Unit => Suffix("_seconds", "s") ?? Suffix("_bytes", "By");

    private string? Suffix(string word, string unit) =>
        Name.EndsWith(word, StringComparison.Ordinal) || Name.EndsWith(word + "_total", StringComparison.Ordinal) ? unit : null;
}
