using System.Buffers.Binary;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>The accounting core: hashing, trees, division.</summary>
internal static class CoreArea
{
    public static SortedDictionary<string, Figure> Measure()
    {
        var (split, linq) = (InProcess.Nanoseconds<SplitBenchmark>(nameof(SplitBenchmark.Ours)), InProcess.Nanoseconds<SplitBenchmark>(nameof(SplitBenchmark.BigIntegers)));
        var figures = new SortedDictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["split_1k_ratio"] = Figure.RatioOf(split, linq, "× (peer: ns of BigInteger with LINQ)", 10),
            ["split_1k_ns"] = Figure.Of(split, "ns", null),
        };
        foreach (var (key, figure) in SplitBenchmark.Allocations()) figures.Add(key, figure);
        foreach (var (key, figure) in EpochBenchmarks.Measure()) figures.Add(key, figure);
        foreach (var (key, figure) in TreeBenchmarks.Measure()) figures.Add(key, figure);
        return figures;
    }

    internal static Address Account(int n)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        bytes.Clear();
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], n);
        return Address.FromBytes(bytes);
    }
}
