namespace OpenSettle.Benchmarks.Areas;

/// <summary>Areas whose figures are named and whose parts are not built yet: each key says so, and none is left out.</summary>
internal static class LaterAreas
{
    public static SortedDictionary<string, Figure> Cluster() => Named(
        "PostgreSQL and RabbitMQ are not built in yet",
        ("pg_events_per_s", "1/s", 120_000), ("pg_ratio_copy", "×", 0.4), ("mq_events_per_s", "1/s", 60_000), ("takeover_p99_s", "s", 5));

    private static SortedDictionary<string, Figure> Named(string why, params IReadOnlyList<(string Key, string Unit, double Target)> figures)
    {
        var named = new SortedDictionary<string, Figure>(StringComparer.Ordinal);
        foreach (var (key, unit, target) in figures) named.Add(key, Figure.NotMeasured(unit, target, why));
        return named;
    }
}
