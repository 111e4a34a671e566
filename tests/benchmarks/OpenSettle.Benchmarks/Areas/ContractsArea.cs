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

        var most = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["claim_first_d17"] = 100_000,
            ["claim_repeat_d17"] = 66_000,
            ["push_fresh_500"] = 26_400,
            ["push_warm_500"] = 9_300,
            ["sponsored_50_warm"] = 20_000,
            ["sponsored_50_random_warm"] = 28_000,
            ["epoch_total"] = 500_000,
        };
        var figures = new SortedDictionary<string, Figure>(StringComparer.Ordinal);
        foreach (var key in gas.RootElement.EnumerateObject().Select(entry => entry.Name))
            figures[key] = Of(key, most.TryGetValue(key, out var target) ? target : null);
        return figures;
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
