namespace OpenSettle.Benchmarks.Areas;

/// <summary>Talking to a chain: signing and recovering. Decoding and backfill come with the fast client.</summary>
internal static class ChainArea
{
    public static SortedDictionary<string, Figure> Measure()
    {
        const string Later = "the built-in client does not have its fast path yet";
        return new SortedDictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["logs_ratio_nethereum"] = Figure.NotMeasured("×", 20, Later),
            ["logs_ratio_newtonsoft"] = Figure.NotMeasured("×", 10, Later),
            ["sign_ratio"] = SigningBenchmarks.SignRatio(),
            ["recover_per_s"] = SigningBenchmarks.RecoverPerSecond(),
            ["recover_fallback_per_s"] = SigningBenchmarks.FallbackRecoverPerSecond(),
            ["backfill_logs_per_s"] = Figure.NotMeasured("1/s", 50_000, Later),
            ["backfill_ratio_bare"] = Figure.NotMeasured("×", 0.85, Later),
        };
    }
}
