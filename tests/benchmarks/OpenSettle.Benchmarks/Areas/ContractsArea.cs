using System.Diagnostics;
using System.Text.Json;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>Gas of the contracts, as receipts show it: measured by a script, in a chain inside its own process.</summary>
internal static class ContractsArea
{
    public static SortedDictionary<string, Figure> Measure()
    {
        using var gas = JsonDocument.Parse(Run());
        Figure Of(string key, double? target)
        {
            var value = gas.RootElement.GetProperty(key).GetDouble();
            // Gas is the same in every run: its spread is nothing.
            return new Figure(value, "gas", null, null, target, [value, value]);
        }

        const string Later = "the vault does not have this yet";
        return new SortedDictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["claim_first_d17"] = Of("claim_first_d17", 100_000),
            ["claim_repeat_d17"] = Of("claim_repeat_d17", 66_000),
            ["epoch_total"] = Of("epoch_total", 500_000),
            ["payment_swept_20"] = Of("payment_swept_20", null),
            ["push_fresh_500"] = Figure.NotMeasured("gas", 26_400, Later),
            ["push_warm_500"] = Figure.NotMeasured("gas", 9_300, Later),
            ["sponsored_50_warm"] = Figure.NotMeasured("gas", 20_000, Later),
            ["sponsored_50_random_warm"] = Figure.NotMeasured("gas", 28_000, Later),
        };
    }

    private static string Run()
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Peers", "gas.mjs"));
        using var process = Process.Start(start) ?? throw new InvalidOperationException("node does not start.");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"gas.mjs ended with code {process.ExitCode}.");
    }
}
