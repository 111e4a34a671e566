using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OpenSettle.Primitives;

/// <summary>How many hashes are made at once.</summary>
internal enum KeccakPath
{
    Unknown = 0,
    One = 1,
    Four = 4,
    Eight = 8,
}

/// <summary>
/// Keccak-256 of many inputs of one length. A digest, like a node of a tree, is four words: its bytes as little-endian
/// numbers, which is how the permutation leaves it. The machines that .NET runs on here are little-endian.
/// </summary>
internal static class KeccakBulk
{
    /// <summary>Words of a digest.</summary>
    internal const int DigestWords = 4;

    /// <summary>Two blocks less the byte that ends a message.</summary>
    internal const int MostBytes = 2 * Keccak256.Rate - 1;

    private const int BlockWords = Keccak256.Rate / 8;

    // Of a row that holds one padded message, in eights because they are read by eights.
    private const int RowWords = 40;

    private const int LineBytes = 64;

    /// <summary>The widest path of this machine.</summary>
    internal static KeccakPath Best { get; } =
        IsSupported(KeccakPath.Eight) ? KeccakPath.Eight : IsSupported(KeccakPath.Four) ? KeccakPath.Four : KeccakPath.One;

    internal static bool IsSupported(KeccakPath path) => path switch
    {
        KeccakPath.One => true,
        KeccakPath.Four => Avx2.IsSupported,
        KeccakPath.Eight => Avx512BW.IsSupported,
        _ => false,
    };

    /// <summary>Hashes messages that stand one after another, into digests one after another.</summary>
    internal static void Hash(ReadOnlySpan<byte> messages, int length, Span<ulong> digests, KeccakPath path) =>
        HashRows(messages, length, twice: false, digests, 0, DigestWords, path);

    /// <summary>
    /// Hashes messages twice. The first digest goes to the word <paramref name="first"/>, each other one
    /// <paramref name="step"/> words on, which may be backwards.
    /// </summary>
    internal static void HashTwice(ReadOnlySpan<byte> messages, int length, Span<ulong> digests, int first, int step, KeccakPath path) =>
        HashRows(messages, length, twice: true, digests, first, step, path);

    /// <summary>Hashes inner nodes from their children, at 2i+1 and 2i+2, smaller half first.</summary>
    internal static void HashNodes(Span<ulong> tree, ReadOnlySpan<int> nodes, KeccakPath path) => HashNodes(tree, nodes, 0, nodes.Length, path);

    /// <summary>Hashes the inner nodes first, first + 1, … of which none is above another.</summary>
    internal static void HashNodes(Span<ulong> tree, int first, int count, KeccakPath path) => HashNodes(tree, default, first, count, path);

    internal static Hash32 ToHash(ReadOnlySpan<ulong> digest)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        for (var i = 0; i < DigestWords; i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes[(i * 8)..], digest[i]);
        return Hash32.FromBytes(bytes);
    }

    internal static void FromHash(Hash32 hash, Span<ulong> digest)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        hash.WriteTo(bytes);
        for (var i = 0; i < DigestWords; i++) digest[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * 8)..]);
    }

    private static void HashNodes(Span<ulong> tree, ReadOnlySpan<int> nodes, int first, int count, KeccakPath path)
    {
        switch (path)
        {
            case KeccakPath.One: Nodes<ulong, OneLane>(tree, nodes, first, count); break;
            case KeccakPath.Four when IsSupported(path): Nodes<Vector256<ulong>, FourLanes>(tree, nodes, first, count); break;
            case KeccakPath.Eight when IsSupported(path): Nodes<Vector512<ulong>, EightLanes>(tree, nodes, first, count); break;
            default: throw Refused(path);
        }
    }

    private static void HashRows(ReadOnlySpan<byte> messages, int length, bool twice, Span<ulong> digests, int first, int step, KeccakPath path)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MostBytes);
        switch (path)
        {
            case KeccakPath.One: Rows<ulong, OneLane>(messages, length, twice, digests, first, step); break;
            case KeccakPath.Four when IsSupported(path): Rows<Vector256<ulong>, FourLanes>(messages, length, twice, digests, first, step); break;
            case KeccakPath.Eight when IsSupported(path): Rows<Vector512<ulong>, EightLanes>(messages, length, twice, digests, first, step); break;
            default: throw Refused(path);
        }
    }

    private static ArgumentOutOfRangeException Refused(KeccakPath path) =>
        new(nameof(path), path, $"This machine does not hash {(int)path} at once.");

    // Lanes without work repeat the last one's: the same digest is then written to the same place again, which costs less
    // than a second way of hashing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Nodes<TVector, TOps>(Span<ulong> tree, ReadOnlySpan<int> nodes, int first, int count)
        where TVector : unmanaged
        where TOps : struct, ILaneOps<TVector>
    {
        var room = Aligned<TVector>(stackalloc byte[3 * KeccakKernels.Lanes * Unsafe.SizeOf<TVector>() + LineBytes]);
        var block = Part(room, 0);
        var spare = Part(room, 1);
        var digests = Part(room, 2);
        Span<int> from = stackalloc int[TOps.Width];
        Span<int> to = stackalloc int[TOps.Width];
        Pad<TVector, TOps>(block, 2 * DigestWords);
        for (var done = 0; done < count; done += TOps.Width)
        {
            for (var lane = 0; lane < TOps.Width; lane++)
            {
                var at = Math.Min(done + lane, count - 1);
                var node = nodes.IsEmpty ? first + at : nodes[at];
                to[lane] = DigestWords * node;
                from[lane] = 2 * to[lane] + DigestWords;
            }

            TOps.Load(tree, from, block);
            Sort<TVector, TOps>(block);
            TOps.Permute(block, spare, digests, DigestWords);
            TOps.Store(digests, tree, to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<TVector, TOps>(ReadOnlySpan<byte> messages, int length, bool twice, Span<ulong> digests, int first, int step)
        where TVector : unmanaged
        where TOps : struct, ILaneOps<TVector>
    {
        var room = Aligned<TVector>(stackalloc byte[(4 * KeccakKernels.Lanes + 2 * RowWords) * Unsafe.SizeOf<TVector>() + LineBytes]);
        var state = Part(room, 0);
        var spare = Part(room, 1);
        var result = Part(room, 2);
        var inner = Part(room, 3);
        var words = room.Slice(4 * KeccakKernels.Lanes, RowWords);
        var rows = MemoryMarshal.Cast<TVector, ulong>(room.Slice(4 * KeccakKernels.Lanes + RowWords, RowWords));
        var bytes = MemoryMarshal.AsBytes(rows);
        Span<int> from = stackalloc int[TOps.Width];
        Span<int> to = stackalloc int[TOps.Width];

        // What is the same for all messages is written once: padding, and words that no message reaches.
        var blocks = length / Keccak256.Rate + 1;
        for (var lane = 0; lane < TOps.Width; lane++)
        {
            bytes[lane * RowWords * 8 + length] = 0x01;
            rows[lane * RowWords + blocks * BlockWords - 1] |= 1UL << 63;
        }

        words[blocks * BlockWords - 1] = TOps.Broadcast(1UL << 63);
        Pad<TVector, TOps>(inner, DigestWords);
        var count = messages.Length / length;
        for (var done = 0; done < count; done += TOps.Width)
        {
            for (var lane = 0; lane < TOps.Width; lane++)
            {
                var at = Math.Min(done + lane, count - 1);
                messages.Slice(at * length, length).CopyTo(bytes[(lane * RowWords * 8)..]);
                to[lane] = first + at * step;
            }

            for (var word = 0; word <= length / 8; word += 8)
            {
                for (var lane = 0; lane < TOps.Width; lane++) from[lane] = lane * RowWords + word;
                TOps.Load(rows, from, words[word..]);
            }

            if (blocks == 1)
            {
                TOps.Permute(words, spare, result, DigestWords);
            }
            else
            {
                words[..BlockWords].CopyTo(state);
                state[BlockWords..].Clear();
                TOps.Permute(state, spare, state, KeccakKernels.Lanes);
                for (var i = 0; i < BlockWords; i++) state[i] = TOps.Xor(state[i], words[BlockWords + i]);
                TOps.Permute(state, spare, result, DigestWords);
            }

            if (twice)
            {
                for (var i = 0; i < DigestWords; i++) inner[i] = result[i];
                TOps.Permute(inner, spare, result, DigestWords);
            }

            TOps.Store(result, digests, to);
        }
    }

    private static Span<TVector> Part<TVector>(Span<TVector> room, int index) => room.Slice(index * KeccakKernels.Lanes, KeccakKernels.Lanes);

    /// <summary>Ends a block after so many words of message.</summary>
    private static void Pad<TVector, TOps>(Span<TVector> block, int words)
        where TVector : unmanaged
        where TOps : struct, ILaneOps<TVector>
    {
        block[words] = TOps.Broadcast(1);
        block[BlockWords - 1] = TOps.Broadcast(1UL << 63);
    }

    /// <summary>
    /// The part of a buffer on the stack, which does not move, that begins at a cache line: vectors across lines cost
    /// the path of four a third of its speed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Span<TVector> Aligned<TVector>(Span<byte> stack)
        where TVector : unmanaged
    {
        stack.Clear();
        var address = Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref stack[0]);
        return MemoryMarshal.Cast<byte, TVector>(stack[(int)(-address & (LineBytes - 1))..]);
    }

    /// <summary>Puts the smaller of words 0 to 3 and 4 to 7 first, without a branch: which it is cannot be foreseen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sort<TVector, TOps>(Span<TVector> pair)
        where TVector : unmanaged
        where TOps : struct, ILaneOps<TVector>
    {
        pair = pair[..8];
        var swap = TOps.Broadcast(0);
        for (var i = 3; i >= 0; i--)
        {
            var (left, right) = (TOps.ReverseBytes(pair[i]), TOps.ReverseBytes(pair[i + 4]));
            swap = TOps.Select(TOps.Same(left, right), swap, TOps.Below(right, left));
        }

        for (var i = 0; i < 4; i++)
            (pair[i], pair[i + 4]) = (TOps.Select(swap, pair[i + 4], pair[i]), TOps.Select(swap, pair[i], pair[i + 4]));
    }
}
