using System.Buffers.Binary;
using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>The accounting core: hashing, trees, division.</summary>
internal static class CoreArea
{
    public static SortedDictionary<string, Figure> Measure()
    {
        var leaves = Leaves(100_000);
        var (ours, peer) = Harness.InTurn(
            () => Harness.Once(() => CumulativeTree.Build(leaves)),
            () => Harness.NodeScript("tree.mjs", "100000"));
        var million = Enumerable.Range(0, Harness.Runs)
            .Select(_ => Harness.Child("child-tree", "1000000").Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray()).ToList();
        var (split, linq) = (InProcess.Nanoseconds<SplitBenchmark>(nameof(SplitBenchmark.Ours)), InProcess.Nanoseconds<SplitBenchmark>(nameof(SplitBenchmark.BigIntegers)));
        const string Later = "the core does not have this yet";
        return new SortedDictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["tree_100k_ratio"] = Figure.RatioOf(ours, peer, "× (peer: ms of @openzeppelin/merkle-tree)", 300),
            ["tree_1m_ms"] = Figure.Of(new Samples([.. million.Select(run => run[0])]), "ms", 250),
            ["tree_1m_mib"] = Figure.Of(new Samples([.. million.Select(run => run[1])]), "MiB", 250),
            ["tree_10m_s"] = Figure.NotMeasured("s", 1.5, Later + ": the tree is built on one thread"),
            ["tree_10m_gib"] = Figure.NotMeasured("GiB", 1.8, Later + ": the tree is built on one thread"),
            ["keccak_ns"] = Figure.Of(InProcess.Nanoseconds<KeccakBenchmark>(nameof(KeccakBenchmark.SixtyFourBytes)), "ns", 95),
            ["split_1k_ratio"] = Figure.RatioOf(split, linq, "× (peer: ns of BigInteger with LINQ)", 10),
            ["update_1k_ratio"] = Figure.NotMeasured("×", 100, Later + ": trees are rebuilt"),
            ["verify_1m_s"] = Figure.NotMeasured("s", 10, Later + ": the verifier holds whole bundles in memory"),
        };
    }

    /// <summary>Builds a tree of so many leaves, and prints milliseconds and peak MiB.</summary>
    public static string ChildTree(int count)
    {
        var leaves = Leaves(count);
        var milliseconds = Harness.Once(() => CumulativeTree.Build(leaves));
        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds} {Harness.PeakMebibytes()}");
    }

    private static CumulativeLeaf[] Leaves(int count)
    {
        var leaves = new CumulativeLeaf[count];
        for (var i = 0; i < count; i++) leaves[i] = new CumulativeLeaf(Account(i + 1), Account(7), (ulong)i * 1_000_003 + 1);
        return leaves;
    }

    internal static Address Account(int n)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        bytes.Clear();
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], n);
        return Address.FromBytes(bytes);
    }
}
