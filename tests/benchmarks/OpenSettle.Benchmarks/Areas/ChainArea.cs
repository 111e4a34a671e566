namespace OpenSettle.Benchmarks.Areas;

/// <summary>Talking to a chain: signing, recovering, reading logs, and reading a chain's past into the books.</summary>
internal static class ChainArea
{
    public static SortedDictionary<string, Figure> Measure()
    {
        var figures = new SortedDictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["sign_ratio"] = SigningBenchmarks.SignRatio(),
            ["recover_per_s"] = SigningBenchmarks.RecoverPerSecond(),
            ["recover_fallback_per_s"] = SigningBenchmarks.FallbackRecoverPerSecond(),
        };
        foreach (var (key, figure) in LogBenchmarks.Measure()) figures.Add(key, figure);
        foreach (var (key, figure) in BackfillBenchmarks.MeasureAsync().GetAwaiter().GetResult()) figures.Add(key, figure);
        return figures;
    }
}
