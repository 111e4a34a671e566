using System.Globalization;
using System.IO.Compression;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Verify;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>An epoch of a million payments and 10,000 accounts: its bundle written, and verified in other processes.</summary>
internal static class EpochBenchmarks
{
    private const int Million = 1_000_000;
    private const int Accounts = 10_000;
    private const int Runs = 3;

    public static IEnumerable<(string Key, Figure Figure)> Measure()
    {
        var path = Path.Combine(Path.GetTempPath(), $"opensettle-bench-{Environment.ProcessId}.gz");
        try
        {
            var written = Harness.Child("child-epoch", "write", Text(Million), Text(Accounts), path).Split(' ');
            var writing = new Samples([.. written[3..].Select(Number)]);
            var verified = Children("chain");
            var bare = Children("bare");
            yield return ("verify_1m_s", Figure.Of(Column(verified, 0), "s", 10));
            yield return ("verify_1m_bare_s", Figure.Of(Column(bare, 0), "s", null));
            yield return ("verify_1m_mib", Figure.Of(Column(bare, 1), "MiB", null));
            yield return ("bundle_1m_write_s", Figure.Of(writing, "s", null));
            yield return ("bundle_1m_mb", Figure.Of(new Samples([new FileInfo(path).Length / 1e6]), "MB", null));

            List<double[]> Children(string how) =>
            [
                .. Enumerable.Range(0, Runs).Select(_ => Harness.Child("child-epoch", how, Text(Million), Text(Accounts), path, written[0], written[1], written[2])
                    .Split(' ').Select(Number).ToArray()),
            ];
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>What a process of its own does: writes the bundle, or verifies it with the chain or without.</summary>
    public static string Child(IReadOnlyList<string> arguments) => arguments switch
    {
        ["write", var count, var accounts, var path] => Write(Whole(count), Whole(accounts), path),
        [var how, var count, var accounts, var path, var root, var hash, var records] => Verify(how == "chain", Whole(count), Whole(accounts), path, Hash32.Parse(root), Hash32.Parse(hash), Hash32.Parse(records)),
        _ => throw new ArgumentException("child-epoch write|chain|bare COUNT ACCOUNTS PATH [ROOT HASH RECORDS]", nameof(arguments)),
    };

    private static string Write(int count, int accounts, string path)
    {
        var work = new EpochWorkload(count, accounts);
        DividedPayment[] payments = [.. work.Payments()];
        var division = new Division();
        foreach (var payment in payments) division.Add(payment);
        var result = work.Build(division, work.Usage());
        var bundle = EpochWorkload.BundleOf(result, payments);
        var hash = Hash32.Zero;
        var samples = Harness.Time(() => hash = ToFile(bundle, path), Runs);
        return string.Join(' ', [result.Root.ToString(), hash.ToString(), result.RecordRoot.ToString(), .. samples.Values.Select(value => (value / 1000).ToString(CultureInfo.InvariantCulture))]);
    }

    /// <summary>As the node writes it, but for waiting for the disk.</summary>
    private static Hash32 ToFile(Bundle bundle, string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        using var compressed = new GZipStream(file, CompressionLevel.Fastest);
        using var buffered = new BufferedStream(compressed, 1 << 16);
        return BundleWriter.Write(bundle, buffered);
    }

    /// <summary>Seconds and peak MiB. Without the chain nothing but the verifier is in the process.</summary>
    private static string Verify(bool withChain, int count, int accounts, string path, Hash32 root, Hash32 hash, Hash32 records)
    {
        var work = withChain ? new EpochWorkload(count, accounts) : null;
        var chain = work?.View([.. work.Payments().Select(payment => payment.Settled)]);
        var onChain = (work ?? new EpochWorkload(count, 25, withUsage: false)).OnChain(root, hash, records);
        VerifyReport? report = null;
        var milliseconds = Harness.Once(() =>
        {
            using var bytes = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            report = EpochVerifier.Verify(bytes, null, onChain, chain, work?.Batches).Report;
        });
        // With the chain, every level has to agree; without it, those that need no chain.
        var wanted = withChain ? 5 : 3;
        if (report!.Levels.Count(level => level.Outcome == VerifyOutcome.Agrees) != wanted)
            throw new InvalidOperationException(string.Join("; ", report.Levels.Select(level => $"{level.Level} {level.Outcome}: {level.Message}")));
        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000} {Harness.PeakMebibytes()}");
    }

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static Samples Column(List<double[]> rows, int column) => new([.. rows.Select(row => row[column])]);
}
