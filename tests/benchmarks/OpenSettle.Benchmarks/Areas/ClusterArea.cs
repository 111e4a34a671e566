namespace OpenSettle.Benchmarks.Areas;

/// <summary>Several nodes' engines: usage into PostgreSQL, usage out of RabbitMQ, and how long a take-over takes.</summary>
internal static class ClusterArea
{
    public static SortedDictionary<string, Figure> Measure()
    {
        var figures = new SortedDictionary<string, Figure>(StringComparer.Ordinal);
        foreach (var (key, figure) in PostgresIngest.Measure()) figures.Add(key, figure);
        figures.Add("mq_events_per_s", ClusterQueue.Measure());
        var (takeOver, longest) = TakeOverBench.Measure();
        figures.Add(takeOver, longest);
        return figures;
    }
}
