using System.Globalization;
using BenchmarkDotNet.Attributes;
using OpenSettle.Epochs;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>keccak-256 of messages as long as an inner node's, many at once as trees hash them.</summary>
public class KeccakBenchmark
{
    internal const int Messages = 10_000;

    private readonly byte[] _messages = new byte[Messages * 64];
    private readonly ulong[] _digests = new ulong[Messages * KeccakBulk.DigestWords];

    public KeccakBenchmark() => new Random(1).NextBytes(_messages);

    [Benchmark(OperationsPerInvoke = Messages)]
    public void InBulk() => KeccakBulk.Hash(_messages, 64, _digests, KeccakBulk.Best);
}

/// <summary>The trees' figures. Large ones are measured in a process of their own, whose peak memory is theirs.</summary>
internal static class TreeBenchmarks
{
    private const int Million = 1_000_000;
    private const int Updates = 10;

    public static IEnumerable<(string Key, Figure Figure)> Measure()
    {
        var leaves = Leaves(100_000);
        var (ours, peer) = Harness.InTurn(
            () => Harness.Once(() => CumulativeTree.Build(leaves)),
            () => Harness.NodeScript("tree.mjs", "100000"));
        yield return ("tree_100k_ratio", Figure.RatioOf(ours, peer, "× (peer: ms of @openzeppelin/merkle-tree)", 300));

        var million = Children(Million, 1, Harness.Runs);
        yield return ("tree_1m_ms", Figure.Of(Column(million, 0), "ms", KeccakBulk.Best == KeccakPath.Eight ? 250 : 450));
        yield return ("tree_1m_mib", Figure.Of(Column(million, 1), "MiB", 250));
        var more = Children(10 * Million, 2, Harness.Runs);
        yield return ("tree_10m_s", Figure.Of(Column(more, 0, 1000), "s", 1.5));
        yield return ("tree_10m_gib", Figure.Of(Column(more, 1, 1024), "GiB", 1.8));

        yield return ("keccak_ns", Figure.Of(InProcess.Nanoseconds<KeccakBenchmark>(nameof(KeccakBenchmark.InBulk)), "ns", 95));
        var (update, build) = Update();
        yield return ("update_1k_ratio", Figure.RatioOf(update, build, "× (peer: ms of building the tree of a million again)", 100));
    }

    /// <summary>Builds a tree of so many leaves, and prints milliseconds and peak MiB.</summary>
    public static string Child(int count, int threads)
    {
        // Compiles what is measured: a small tree takes the same code, on as many threads.
        CumulativeTree.Build(Leaves(20_000), threads);
        var leaves = Leaves(count);
        var milliseconds = Harness.Once(() => CumulativeTree.Build(leaves, threads));
        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds} {Harness.PeakMebibytes()}");
    }

    /// <summary>
    /// A thousand leaves, each time others, of a tree of a million: the mean of some updates in a row, because one alone
    /// after the build that it is compared with measures what that build left in the caches.
    /// </summary>
    private static (Samples Update, Samples Build) Update()
    {
        // A daemon updates for days, so compilation is not what is measured: a small tree is updated until the JIT has
        // seen enough, and building the large one leaves it the time to finish.
        var small = CumulativeTree.Build(Leaves(20_000));
        for (var i = 0; i < 100; i++) small.Update(Changes(small, i));
        var leaves = Leaves(Million);
        var tree = CumulativeTree.Build(leaves);
        var seed = 0;
        return Harness.InTurn(
            () =>
            {
                CumulativeLeaf[][] changes = [.. Enumerable.Range(0, Updates).Select(_ => Changes(tree, seed++))];
                return Harness.Once(() => Array.ForEach(changes, tree.Update)) / Updates;
            },
            () => Harness.Once(() => CumulativeTree.Build(leaves)));
    }

    private static CumulativeLeaf[] Changes(CumulativeTree tree, int seed)
    {
        var random = new Random(seed);
        var indices = new SortedSet<int>();
        while (indices.Count < 1000) indices.Add(random.Next(tree.Leaves.Count));
        return [.. indices.Select(i => tree.Leaves[i] with { Amount = (ulong)random.NextInt64() })];
    }

    private static List<double[]> Children(int count, int threads, int runs) =>
    [
        .. Enumerable.Range(0, runs).Select(_ => Harness.Child("child-tree", Text(count), Text(threads)).Split(' ')
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray()),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static Samples Column(List<double[]> rows, int column, double unit = 1) => new([.. rows.Select(row => row[column] / unit)]);

    internal static CumulativeLeaf[] Leaves(int count)
    {
        var leaves = new CumulativeLeaf[count];
        for (var i = 0; i < count; i++) leaves[i] = new CumulativeLeaf(CoreArea.Account(i + 1), CoreArea.Account(7), (ulong)i * 1_000_003 + 1);
        return leaves;
    }
}
