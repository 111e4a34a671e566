using System.Diagnostics;
using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>What one payment, or one leaf, costs in an epoch, or a tree, of so many: nanoseconds.</summary>
/// <param name="Count">Payments, or leaves.</param>
/// <param name="Divide">Dividing, books and tree included.</param>
/// <param name="Write">Writing the bundle.</param>
/// <param name="Verify">Verifying it, without the chain; null where that was not measured.</param>
/// <param name="Leaf">Building the tree, on one thread.</param>
internal sealed record GrowthRow(int Count, double Divide, double Write, double? Verify, double Leaf);

/// <summary>
/// How costs grow with the epoch: a hundredth as many accounts earn as there are payments, so that an epoch grows in all
/// its parts.
/// </summary>
internal static class GrowthBenchmarks
{
    private const int PaymentsPerAccount = 100;
    private const int LeastAccounts = 25;

    // A bundle of more payments has gigabytes, and would be held to be read.
    private const int MostVerified = 1_000_000;

    // Short work is repeated until it has taken this long, and at most so often.
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1);
    private const int MostRuns = 200;

    public static List<GrowthRow> Measure() =>
    [
        .. new[] { 1_000, 10_000, 100_000, 1_000_000, 10_000_000 }.Select(count =>
        {
            var values = Harness.Child("child-growth", count.ToString(CultureInfo.InvariantCulture)).Split(' ')
                .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            return new GrowthRow(count, Rounded(values[0]), Rounded(values[1]), double.IsNaN(values[2]) ? null : Rounded(values[2]), Rounded(values[3]));
        }),
    ];

    public static void Print(IReadOnlyList<GrowthRow> rows, TextWriter output)
    {
        output.WriteLine("  ns each, by payments or leaves; a hundredth as many accounts earn as there are payments");
        output.WriteLine($"  {"count",12} {"divide",10} {"write",10} {"verify",10} {"leaf",10}");
        foreach (var row in rows)
        {
            var verify = row.Verify?.ToString(CultureInfo.InvariantCulture) ?? "-";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {row.Count,12:N0} {row.Divide,10} {row.Write,10} {verify,10} {row.Leaf,10}"));
        }
    }

    public static string Child(int count)
    {
        // What is measured is compiled by an epoch and a tree of middling size.
        _ = Costs(100_000);
        return Costs(count);
    }

    private static string Costs(int count)
    {
        var work = new EpochWorkload(count, Math.Max(LeastAccounts, count / PaymentsPerAccount / LeastAccounts * LeastAccounts));
        var usage = work.Usage();
        EpochResult? result = null;
        var divide = Repeat(() =>
        {
            var division = new Division();
            var clock = new GeneratedPayments(work, count);
            foreach (var payment in clock.All()) division.Add(payment);
            result = work.Build(division, usage);
            return clock.Making;
        });

        using var bytes = count <= MostVerified ? new MemoryStream(500 * count + 1_000_000) : null;
        var hash = Hash32.Zero;
        var write = Repeat(() =>
        {
            var clock = new GeneratedPayments(work, count);
            bytes?.SetLength(0);
            hash = BundleWriter.Write(EpochWorkload.BundleOf(result!, clock.All()), bytes ?? Stream.Null);
            return clock.Making;
        });

        var verify = bytes is null ? double.NaN : Repeat(() =>
        {
            bytes.Position = 0;
            var report = Verify.EpochVerifier.Verify(bytes, null, work.OnChain(result!.Root, hash, result.RecordRoot)).Report;
            return report.Agrees ? TimeSpan.Zero : throw new InvalidOperationException(report.Message);
        });

        var leaves = TreeBenchmarks.Leaves(count);
        var leaf = Repeat(() =>
        {
            CumulativeTree.Build(leaves);
            return TimeSpan.Zero;
        });

        return string.Create(CultureInfo.InvariantCulture, $"{divide / count} {write / count} {verify / count} {leaf / count}");
    }

    /// <summary>The median of several runs in nanoseconds, less what the work says was not its own.</summary>
    private static double Repeat(Func<TimeSpan> work)
    {
        var values = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        do
        {
            GC.Collect();
            var started = Stopwatch.GetTimestamp();
            var other = work();
            values.Add((Stopwatch.GetElapsedTime(started) - other).TotalNanoseconds);
        }
        while (values.Count < MostRuns && Stopwatch.GetElapsedTime(begun) < Enough);

        return new Samples(values).Median;
    }

    private static double Rounded(double value) => Math.Round(value, 1);

    /// <summary>Makes payments a thousand at a time, so that the time for it can be left out, and none are held.</summary>
    private sealed class GeneratedPayments(EpochWorkload work, int count)
    {
        private readonly DividedPayment[] _some = new DividedPayment[Math.Min(1000, count)];

        public TimeSpan Making { get; private set; }

        public IEnumerable<DividedPayment> All()
        {
            for (var at = 0; at < count; at += _some.Length)
            {
                var started = Stopwatch.GetTimestamp();
                for (var i = 0; i < _some.Length; i++) _some[i] = work.Payment(at + i);
                Making += Stopwatch.GetElapsedTime(started);
                foreach (var payment in _some) yield return payment;
            }
        }
    }
}
