using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OpenSettle.Primitives;

/// <summary>
/// What the permutation needs of a vector that holds the same lane of several states. Written once over this, the
/// kernels serve one state in plain registers, four with AVX2 and eight with AVX-512.
/// </summary>
internal interface ILaneOps<TVector>
    where TVector : unmanaged
{
    /// <summary>How many states a vector serves.</summary>
    static abstract int Width { get; }

    static abstract TVector Broadcast(ulong value);

    static abstract TVector Xor(TVector a, TVector b);

    static abstract TVector Xor3(TVector a, TVector b, TVector c);

    static abstract TVector RotateLeft(TVector a, [ConstantExpected] byte count);

    /// <summary>a ^ (~b &amp; c), the step chi.</summary>
    static abstract TVector Chi(TVector a, TVector b, TVector c);

    /// <summary>Swaps the bytes of each lane, so that comparing numbers is comparing big-endian bytes.</summary>
    static abstract TVector ReverseBytes(TVector a);

    /// <summary>All ones where a is below b.</summary>
    static abstract TVector Below(TVector a, TVector b);

    /// <summary>All ones where a is b.</summary>
    static abstract TVector Same(TVector a, TVector b);

    /// <summary>a where the mask is ones, else b.</summary>
    static abstract TVector Select(TVector mask, TVector a, TVector b);

    /// <summary>Reads eight words at each of the offsets, so that lanes[w] holds word w of each row.</summary>
    static abstract void Load(ReadOnlySpan<ulong> rows, ReadOnlySpan<int> offsets, Span<TVector> lanes);

    /// <summary>Writes the first four lanes, the digests, to each of the offsets.</summary>
    static abstract void Store(ReadOnlySpan<TVector> lanes, Span<ulong> rows, ReadOnlySpan<int> offsets);

    /// <summary>
    /// Keccak-f[1600] by the kernel that is faster for these vectors. At least the wanted lanes of the result are written
    /// to the destination, which may be the source; the spare room is for the way.
    /// </summary>
    static abstract void Permute(ReadOnlySpan<TVector> source, Span<TVector> spare, Span<TVector> destination, int wanted);
}

/// <summary>One state.</summary>
internal readonly struct OneLane : ILaneOps<ulong>
{
    public static int Width => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Broadcast(ulong value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Xor(ulong a, ulong b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Xor3(ulong a, ulong b, ulong c) => a ^ b ^ c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong RotateLeft(ulong a, [ConstantExpected] byte count) => BitOperations.RotateLeft(a, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Chi(ulong a, ulong b, ulong c) => a ^ (~b & c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReverseBytes(ulong a) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Below(ulong a, ulong b) => a < b ? ulong.MaxValue : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Same(ulong a, ulong b) => a == b ? ulong.MaxValue : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Select(ulong mask, ulong a, ulong b) => (mask & a) | (~mask & b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ReadOnlySpan<ulong> rows, ReadOnlySpan<int> offsets, Span<ulong> lanes) => rows.Slice(offsets[0], 8).CopyTo(lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ReadOnlySpan<ulong> lanes, Span<ulong> rows, ReadOnlySpan<int> offsets) => lanes[..4].CopyTo(rows[offsets[0]..]);

    public static void Permute(ReadOnlySpan<ulong> source, Span<ulong> spare, Span<ulong> destination, int wanted) =>
        KeccakKernels.ByPlanes<ulong, OneLane>(source, spare, destination);
}

/// <summary>Four states, with AVX2.</summary>
internal readonly struct FourLanes : ILaneOps<Vector256<ulong>>
{
    public static int Width => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Broadcast(ulong value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Xor(Vector256<ulong> a, Vector256<ulong> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Xor3(Vector256<ulong> a, Vector256<ulong> b, Vector256<ulong> c) => a ^ b ^ c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> RotateLeft(Vector256<ulong> a, [ConstantExpected] byte count) => (a << count) | (a >>> (64 - count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Chi(Vector256<ulong> a, Vector256<ulong> b, Vector256<ulong> c) => a ^ Avx2.AndNot(b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> ReverseBytes(Vector256<ulong> a) => Avx2.Shuffle(a.AsByte(), Vector256.Create(
        (byte)7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Below(Vector256<ulong> a, Vector256<ulong> b) => Vector256.LessThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Same(Vector256<ulong> a, Vector256<ulong> b) => Vector256.Equals(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Select(Vector256<ulong> mask, Vector256<ulong> a, Vector256<ulong> b) => Vector256.ConditionalSelect(mask, a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ReadOnlySpan<ulong> rows, ReadOnlySpan<int> offsets, Span<Vector256<ulong>> lanes)
    {
        offsets = offsets[..4];
        Transpose(rows, offsets, 0, lanes[..4]);
        Transpose(rows, offsets, 4, lanes.Slice(4, 4));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ReadOnlySpan<Vector256<ulong>> lanes, Span<ulong> rows, ReadOnlySpan<int> offsets)
    {
        Span<Vector256<ulong>> digests = [lanes[0], lanes[1], lanes[2], lanes[3]];
        Transpose(digests[0], digests[1], digests[2], digests[3], digests);
        for (var i = 0; i < 4; i++) digests[i].CopyTo(rows[offsets[i]..]);
    }

    public static void Permute(ReadOnlySpan<Vector256<ulong>> source, Span<Vector256<ulong>> spare, Span<Vector256<ulong>> destination, int wanted) =>
        KeccakKernels.ByPlanes<Vector256<ulong>, FourLanes>(source, spare, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ReadOnlySpan<ulong> rows, ReadOnlySpan<int> offsets, int word, Span<Vector256<ulong>> lanes) => Transpose(
        Vector256.Create(rows.Slice(offsets[0] + word, 4)),
        Vector256.Create(rows.Slice(offsets[1] + word, 4)),
        Vector256.Create(rows.Slice(offsets[2] + word, 4)),
        Vector256.Create(rows.Slice(offsets[3] + word, 4)),
        lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(Vector256<ulong> a, Vector256<ulong> b, Vector256<ulong> c, Vector256<ulong> d, Span<Vector256<ulong>> lanes)
    {
        var (ab0, ab1) = (Avx2.UnpackLow(a, b), Avx2.UnpackHigh(a, b));
        var (cd0, cd1) = (Avx2.UnpackLow(c, d), Avx2.UnpackHigh(c, d));
        lanes[0] = Avx2.Permute2x128(ab0, cd0, 0x20);
        lanes[1] = Avx2.Permute2x128(ab1, cd1, 0x20);
        lanes[2] = Avx2.Permute2x128(ab0, cd0, 0x31);
        lanes[3] = Avx2.Permute2x128(ab1, cd1, 0x31);
    }
}

/// <summary>Eight states, with AVX-512.</summary>
internal readonly struct EightLanes : ILaneOps<Vector512<ulong>>
{
    public static int Width => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Broadcast(ulong value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Xor(Vector512<ulong> a, Vector512<ulong> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Xor3(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => Avx512F.TernaryLogic(a, b, c, 0x96);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> RotateLeft(Vector512<ulong> a, [ConstantExpected] byte count) => Avx512F.RotateLeft(a, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Chi(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => Avx512F.TernaryLogic(a, b, c, 0xD2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> ReverseBytes(Vector512<ulong> a) => Avx512BW.Shuffle(
        a.AsByte(), Vector512.Create(0x0001020304050607UL, 0x08090A0B0C0D0E0F, 0x0001020304050607, 0x08090A0B0C0D0E0F, 0x0001020304050607, 0x08090A0B0C0D0E0F, 0x0001020304050607, 0x08090A0B0C0D0E0F).AsByte()).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Below(Vector512<ulong> a, Vector512<ulong> b) => Vector512.LessThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Same(Vector512<ulong> a, Vector512<ulong> b) => Vector512.Equals(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Select(Vector512<ulong> mask, Vector512<ulong> a, Vector512<ulong> b) => Vector512.ConditionalSelect(mask, a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ReadOnlySpan<ulong> rows, ReadOnlySpan<int> offsets, Span<Vector512<ulong>> lanes)
    {
        offsets = offsets[..8];
        lanes = lanes[..8];
        var (a, b) = (Row(rows, offsets[0]), Row(rows, offsets[1]));
        var (c, d) = (Row(rows, offsets[2]), Row(rows, offsets[3]));
        var (e, f) = (Row(rows, offsets[4]), Row(rows, offsets[5]));
        var (g, h) = (Row(rows, offsets[6]), Row(rows, offsets[7]));
        // Pairs of words first, then the pairs as 128-bit units: even words come from the low halves, odd from the high.
        (lanes[0], lanes[2], lanes[4], lanes[6]) = Quarters(
            Avx512F.UnpackLow(a, b), Avx512F.UnpackLow(c, d), Avx512F.UnpackLow(e, f), Avx512F.UnpackLow(g, h));
        (lanes[1], lanes[3], lanes[5], lanes[7]) = Quarters(
            Avx512F.UnpackHigh(a, b), Avx512F.UnpackHigh(c, d), Avx512F.UnpackHigh(e, f), Avx512F.UnpackHigh(g, h));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ReadOnlySpan<Vector512<ulong>> lanes, Span<ulong> rows, ReadOnlySpan<int> offsets)
    {
        offsets = offsets[..8];
        lanes = lanes[..4];
        var (even01, odd01) = (Avx512F.UnpackLow(lanes[0], lanes[1]), Avx512F.UnpackHigh(lanes[0], lanes[1]));
        var (even23, odd23) = (Avx512F.UnpackLow(lanes[2], lanes[3]), Avx512F.UnpackHigh(lanes[2], lanes[3]));
        var first = Vector512.Create(0UL, 1, 8, 9, 2, 3, 10, 11);
        var last = Vector512.Create(4UL, 5, 12, 13, 6, 7, 14, 15);
        Two(Avx512F.PermuteVar8x64x2(even01, first, even23), rows, offsets[0], offsets[2]);
        Two(Avx512F.PermuteVar8x64x2(even01, last, even23), rows, offsets[4], offsets[6]);
        Two(Avx512F.PermuteVar8x64x2(odd01, first, odd23), rows, offsets[1], offsets[3]);
        Two(Avx512F.PermuteVar8x64x2(odd01, last, odd23), rows, offsets[5], offsets[7]);
    }

    public static void Permute(
        ReadOnlySpan<Vector512<ulong>> source, Span<Vector512<ulong>> spare, Span<Vector512<ulong>> destination, int wanted) =>
        KeccakKernels.InRegisters<Vector512<ulong>, EightLanes>(source, destination, wanted);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Row(ReadOnlySpan<ulong> rows, int offset) => Vector512.Create(rows.Slice(offset, 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two(Vector512<ulong> digests, Span<ulong> rows, int first, int second)
    {
        digests.GetLower().CopyTo(rows[first..]);
        digests.GetUpper().CopyTo(rows[second..]);
    }

    /// <summary>Transposes a 4 by 4 matrix of 128-bit units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<ulong> First, Vector512<ulong> Second, Vector512<ulong> Third, Vector512<ulong> Fourth) Quarters(
        Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c, Vector512<ulong> d)
    {
        var (ab02, ab13) = (Avx512F.Shuffle4x128(a, b, 0x88), Avx512F.Shuffle4x128(a, b, 0xDD));
        var (cd02, cd13) = (Avx512F.Shuffle4x128(c, d, 0x88), Avx512F.Shuffle4x128(c, d, 0xDD));
        return (
            Avx512F.Shuffle4x128(ab02, cd02, 0x88), Avx512F.Shuffle4x128(ab13, cd13, 0x88),
            Avx512F.Shuffle4x128(ab02, cd02, 0xDD), Avx512F.Shuffle4x128(ab13, cd13, 0xDD));
    }
}
