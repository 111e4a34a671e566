namespace OpenSettle.Benchmarks.Areas;

/// <summary>Talking to a chain: signing, recovering, and reading logs. Backfill comes later.</summary>
internal static class ChainArea
{
    public static SortedDictionary<string, Figure> Measure()
    {
        const string Later = "backfill is not measured yet";
        var figures = new SortedDictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["sign_ratio"] = SigningBenchmarks.SignRatio(),
            ["recover_per_s"] = SigningBenchmarks.RecoverPerSecond(),
            ["recover_fallback_per_s"] = SigningBenchmarks.FallbackRecoverPerSecond(),
            ["backfill_logs_per_s"] = Figure.NotMeasured("1/s", 50_000, Later),
            ["backfill_ratio_bare"] = Figure.NotMeasured("×", 0.85, Later),
        };
        foreach (var (key, figure) in LogBenchmarks.Measure()) figures.Add(key, figure);
        return figures;
    }
}
