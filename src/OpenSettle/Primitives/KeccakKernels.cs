using System.Runtime.CompilerServices;

namespace OpenSettle.Primitives;

/// <summary>
/// Keccak-f[1600] over vectors of states, twice: steps theta, rho and pi, chi, iota as FIPS 202 names them. Which one a
/// vector takes was measured: see the benchmark of the hash.
/// </summary>
internal static class KeccakKernels
{
    /// <summary>Lanes of a state.</summary>
    internal const int Lanes = 25;

    private static ReadOnlySpan<ulong> RoundConstants =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    /// <summary>
    /// All lanes are locals: with the 32 registers of AVX-512 the state hardly leaves them. Of the result the first lanes
    /// are written, as many as the caller wants.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void InRegisters<TVector, TOps>(ReadOnlySpan<TVector> source, Span<TVector> destination, int wanted)
        where TVector : unmanaged
        where TOps : struct, ILaneOps<TVector>
    {
        source = source[..Lanes];
        var (a0, a1, a2, a3, a4) = (source[0], source[1], source[2], source[3], source[4]);
        var (a5, a6, a7, a8, a9) = (source[5], source[6], source[7], source[8], source[9]);
        var (a10, a11, a12, a13, a14) = (source[10], source[11], source[12], source[13], source[14]);
        var (a15, a16, a17, a18, a19) = (source[15], source[16], source[17], source[18], source[19]);
        var (a20, a21, a22, a23, a24) = (source[20], source[21], source[22], source[23], source[24]);
        foreach (var constant in RoundConstants)
        {
            var c0 = TOps.Xor3(TOps.Xor3(a0, a5, a10), a15, a20);
            var c1 = TOps.Xor3(TOps.Xor3(a1, a6, a11), a16, a21);
            var c2 = TOps.Xor3(TOps.Xor3(a2, a7, a12), a17, a22);
            var c3 = TOps.Xor3(TOps.Xor3(a3, a8, a13), a18, a23);
            var c4 = TOps.Xor3(TOps.Xor3(a4, a9, a14), a19, a24);
            var r0 = TOps.RotateLeft(c0, 1);
            var r1 = TOps.RotateLeft(c1, 1);
            var r2 = TOps.RotateLeft(c2, 1);
            var r3 = TOps.RotateLeft(c3, 1);
            var r4 = TOps.RotateLeft(c4, 1);
            var b0 = TOps.Xor3(a0, c4, r1);
            var b1 = TOps.RotateLeft(TOps.Xor3(a6, c0, r2), 44);
            var b2 = TOps.RotateLeft(TOps.Xor3(a12, c1, r3), 43);
            var b3 = TOps.RotateLeft(TOps.Xor3(a18, c2, r4), 21);
            var b4 = TOps.RotateLeft(TOps.Xor3(a24, c3, r0), 14);
            var b5 = TOps.RotateLeft(TOps.Xor3(a3, c2, r4), 28);
            var b6 = TOps.RotateLeft(TOps.Xor3(a9, c3, r0), 20);
            var b7 = TOps.RotateLeft(TOps.Xor3(a10, c4, r1), 3);
            var b8 = TOps.RotateLeft(TOps.Xor3(a16, c0, r2), 45);
            var b9 = TOps.RotateLeft(TOps.Xor3(a22, c1, r3), 61);
            var b10 = TOps.RotateLeft(TOps.Xor3(a1, c0, r2), 1);
            var b11 = TOps.RotateLeft(TOps.Xor3(a7, c1, r3), 6);
            var b12 = TOps.RotateLeft(TOps.Xor3(a13, c2, r4), 25);
            var b13 = TOps.RotateLeft(TOps.Xor3(a19, c3, r0), 8);
            var b14 = TOps.RotateLeft(TOps.Xor3(a20, c4, r1), 18);
            var b15 = TOps.RotateLeft(TOps.Xor3(a4, c3, r0), 27);
            var b16 = TOps.RotateLeft(TOps.Xor3(a5, c4, r1), 36);
            var b17 = TOps.RotateLeft(TOps.Xor3(a11, c0, r2), 10);
            var b18 = TOps.RotateLeft(TOps.Xor3(a17, c1, r3), 15);
            var b19 = TOps.RotateLeft(TOps.Xor3(a23, c2, r4), 56);
            var b20 = TOps.RotateLeft(TOps.Xor3(a2, c1, r3), 62);
            var b21 = TOps.RotateLeft(TOps.Xor3(a8, c2, r4), 55);
            var b22 = TOps.RotateLeft(TOps.Xor3(a14, c3, r0), 39);
            var b23 = TOps.RotateLeft(TOps.Xor3(a15, c4, r1), 41);
            var b24 = TOps.RotateLeft(TOps.Xor3(a21, c0, r2), 2);
            a0 = TOps.Xor(TOps.Chi(b0, b1, b2), TOps.Broadcast(constant));
            a1 = TOps.Chi(b1, b2, b3);
            a2 = TOps.Chi(b2, b3, b4);
            a3 = TOps.Chi(b3, b4, b0);
            a4 = TOps.Chi(b4, b0, b1);
            a5 = TOps.Chi(b5, b6, b7);
            a6 = TOps.Chi(b6, b7, b8);
            a7 = TOps.Chi(b7, b8, b9);
            a8 = TOps.Chi(b8, b9, b5);
            a9 = TOps.Chi(b9, b5, b6);
            a10 = TOps.Chi(b10, b11, b12);
            a11 = TOps.Chi(b11, b12, b13);
            a12 = TOps.Chi(b12, b13, b14);
            a13 = TOps.Chi(b13, b14, b10);
            a14 = TOps.Chi(b14, b10, b11);
            a15 = TOps.Chi(b15, b16, b17);
            a16 = TOps.Chi(b16, b17, b18);
            a17 = TOps.Chi(b17, b18, b19);
            a18 = TOps.Chi(b18, b19, b15);
            a19 = TOps.Chi(b19, b15, b16);
            a20 = TOps.Chi(b20, b21, b22);
            a21 = TOps.Chi(b21, b22, b23);
            a22 = TOps.Chi(b22, b23, b24);
            a23 = TOps.Chi(b23, b24, b20);
            a24 = TOps.Chi(b24, b20, b21);
        }

        (destination[0], destination[1], destination[2], destination[3]) = (a0, a1, a2, a3);
        if (wanted <= 4) return;
        destination = destination[..Lanes];
        destination[4] = a4;
        (destination[5], destination[6], destination[7], destination[8], destination[9]) = (a5, a6, a7, a8, a9);
        (destination[10], destination[11], destination[12], destination[13], destination[14]) = (a10, a11, a12, a13, a14);
        (destination[15], destination[16], destination[17], destination[18], destination[19]) = (a15, a16, a17, a18, a19);
        (destination[20], destination[21], destination[22], destination[23], destination[24]) = (a20, a21, a22, a23, a24);
    }

    /// <summary>
    /// The state stays in memory and a round writes it plane by plane into the other half: what has 16 registers would
    /// spill more than that. The destination may be the source.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ByPlanes<TVector, TOps>(ReadOnlySpan<TVector> source, Span<TVector> spare, Span<TVector> destination)
        where TVector : unmanaged
        where TOps : struct, ILaneOps<TVector>
    {
        source = source[..Lanes];
        spare = spare[..Lanes];
        destination = destination[..Lanes];
        for (var round = 0; round < 24; round += 2)
        {
            Round<TVector, TOps>(source, spare, RoundConstants[round]);
            Round<TVector, TOps>(spare, destination, RoundConstants[round + 1]);
            source = destination;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<TVector, TOps>(ReadOnlySpan<TVector> a, Span<TVector> e, ulong constant)
        where TVector : unmanaged
        where TOps : struct, ILaneOps<TVector>
    {
        var c0 = TOps.Xor3(TOps.Xor3(a[0], a[5], a[10]), a[15], a[20]);
        var c1 = TOps.Xor3(TOps.Xor3(a[1], a[6], a[11]), a[16], a[21]);
        var c2 = TOps.Xor3(TOps.Xor3(a[2], a[7], a[12]), a[17], a[22]);
        var c3 = TOps.Xor3(TOps.Xor3(a[3], a[8], a[13]), a[18], a[23]);
        var c4 = TOps.Xor3(TOps.Xor3(a[4], a[9], a[14]), a[19], a[24]);
        var d0 = TOps.Xor(c4, TOps.RotateLeft(c1, 1));
        var d1 = TOps.Xor(c0, TOps.RotateLeft(c2, 1));
        var d2 = TOps.Xor(c1, TOps.RotateLeft(c3, 1));
        var d3 = TOps.Xor(c2, TOps.RotateLeft(c4, 1));
        var d4 = TOps.Xor(c3, TOps.RotateLeft(c0, 1));
        var b0 = TOps.Xor(a[0], d0);
        var b1 = TOps.RotateLeft(TOps.Xor(a[6], d1), 44);
        var b2 = TOps.RotateLeft(TOps.Xor(a[12], d2), 43);
        var b3 = TOps.RotateLeft(TOps.Xor(a[18], d3), 21);
        var b4 = TOps.RotateLeft(TOps.Xor(a[24], d4), 14);
        e[0] = TOps.Xor(TOps.Chi(b0, b1, b2), TOps.Broadcast(constant));
        e[1] = TOps.Chi(b1, b2, b3);
        e[2] = TOps.Chi(b2, b3, b4);
        e[3] = TOps.Chi(b3, b4, b0);
        e[4] = TOps.Chi(b4, b0, b1);
        Plane<TVector, TOps>(
            TOps.RotateLeft(TOps.Xor(a[3], d3), 28),
            TOps.RotateLeft(TOps.Xor(a[9], d4), 20),
            TOps.RotateLeft(TOps.Xor(a[10], d0), 3),
            TOps.RotateLeft(TOps.Xor(a[16], d1), 45),
            TOps.RotateLeft(TOps.Xor(a[22], d2), 61),
            e, 5);
        Plane<TVector, TOps>(
            TOps.RotateLeft(TOps.Xor(a[1], d1), 1),
            TOps.RotateLeft(TOps.Xor(a[7], d2), 6),
            TOps.RotateLeft(TOps.Xor(a[13], d3), 25),
            TOps.RotateLeft(TOps.Xor(a[19], d4), 8),
            TOps.RotateLeft(TOps.Xor(a[20], d0), 18),
            e, 10);
        Plane<TVector, TOps>(
            TOps.RotateLeft(TOps.Xor(a[4], d4), 27),
            TOps.RotateLeft(TOps.Xor(a[5], d0), 36),
            TOps.RotateLeft(TOps.Xor(a[11], d1), 10),
            TOps.RotateLeft(TOps.Xor(a[17], d2), 15),
            TOps.RotateLeft(TOps.Xor(a[23], d3), 56),
            e, 15);
        Plane<TVector, TOps>(
            TOps.RotateLeft(TOps.Xor(a[2], d2), 62),
            TOps.RotateLeft(TOps.Xor(a[8], d3), 55),
            TOps.RotateLeft(TOps.Xor(a[14], d4), 39),
            TOps.RotateLeft(TOps.Xor(a[15], d0), 41),
            TOps.RotateLeft(TOps.Xor(a[21], d1), 2),
            e, 20);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Plane<TVector, TOps>(TVector b0, TVector b1, TVector b2, TVector b3, TVector b4, Span<TVector> e, int at)
        where TVector : unmanaged
        where TOps : struct, ILaneOps<TVector>
    {
        e[at] = TOps.Chi(b0, b1, b2);
        e[at + 1] = TOps.Chi(b1, b2, b3);
        e[at + 2] = TOps.Chi(b2, b3, b4);
        e[at + 3] = TOps.Chi(b3, b4, b0);
        e[at + 4] = TOps.Chi(b4, b0, b1);
    }
}
