using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// scrypt as RFC 7914 has it. BouncyCastle's refuses costs from 65536 up where the block size is 1, which is what the test file
/// in the keystores' definition has.
/// </summary>
internal static class Scrypt
{
    private const int WordsOfSalsa = 16;

    /// <param name="cost">n: a power of two above 1.</param>
    /// <param name="blockSize">r.</param>
    /// <param name="parallel">p.</param>
    public static byte[] Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int cost, int blockSize, int parallel, int length)
    {
        if (cost < 2 || !BitOperations.IsPow2(cost)) throw new ArgumentOutOfRangeException(nameof(cost), cost, "The cost is a power of two above 1.");
        ArgumentOutOfRangeException.ThrowIfLessThan(blockSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(parallel, 1);
        var words = 2 * WordsOfSalsa * blockSize;
        var bytes = Rfc2898DeriveBytes.Pbkdf2(password, salt, 1, HashAlgorithmName.SHA256, checked(parallel * words * sizeof(uint)));
        var block = new uint[words];
        var mixed = new uint[words];
        var table = new uint[checked((long)cost * words)];
        for (var i = 0; i < parallel; i++)
        {
            var part = bytes.AsSpan(i * words * sizeof(uint), words * sizeof(uint));
            Read(part, block);
            Mix(block, mixed, table, cost);
            Write(block, part);
        }

        var key = Rfc2898DeriveBytes.Pbkdf2(password, bytes, 1, HashAlgorithmName.SHA256, length);
        // Whoever reads these has the key without the password's cost.
        CryptographicOperations.ZeroMemory(bytes);
        foreach (var secret in new[] { block, mixed, table }) CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(secret.AsSpan()));
        return key;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(uint[] block, uint[] mixed, uint[] table, int cost)
    {
        var words = block.Length;
        for (var i = 0; i < cost; i++)
        {
            block.CopyTo(table.AsSpan(i * words));
            MixBlock(block, mixed);
            (block, mixed) = (mixed, block);
        }

        for (var i = 0; i < cost; i++)
        {
            var at = (int)(block[words - WordsOfSalsa] & (uint)(cost - 1));
            Xor(block, table.AsSpan(at * words, words));
            MixBlock(block, mixed);
            (block, mixed) = (mixed, block);
        }

        // Exchanged an even number of times: the result is in the caller's block.
    }

    // Loops of millions: compiled well at once, and not after the first keystore.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixBlock(ReadOnlySpan<uint> from, Span<uint> to)
    {
        var (a, b, c, d) = Chunk(from[^WordsOfSalsa..]);
        var chunks = from.Length / WordsOfSalsa;
        for (var i = 0; i < chunks; i++)
        {
            var (e, f, g, h) = Chunk(from[(i * WordsOfSalsa)..]);
            (a, b, c, d) = Salsa(a ^ e, b ^ f, c ^ g, d ^ h);
            // The even ones first, the odd ones behind them.
            var place = to.Slice((i / 2 + (i % 2 == 0 ? 0 : chunks / 2)) * WordsOfSalsa, WordsOfSalsa);
            a.CopyTo(place);
            b.CopyTo(place[4..]);
            c.CopyTo(place[8..]);
            d.CopyTo(place[12..]);
        }
    }

    private static (Vector128<uint> A, Vector128<uint> B, Vector128<uint> C, Vector128<uint> D) Chunk(ReadOnlySpan<uint> words) =>
        (Vector128.Create(words), Vector128.Create(words[4..]), Vector128.Create(words[8..]), Vector128.Create(words[12..]));

    /// <summary>Salsa20 with eight rounds: a vector is a diagonal of its square, so that four quarter rounds are one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<uint> A, Vector128<uint> B, Vector128<uint> C, Vector128<uint> D) Salsa(Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d)
    {
        var (x0, x1, x2, x3) = (a, b, c, d);
        for (var round = 0; round < 4; round++)
        {
            // Columns, and then rows: turning the diagonals makes the one the other.
            x1 ^= Rotate(x0 + x3, 7);
            x2 ^= Rotate(x1 + x0, 9);
            x3 ^= Rotate(x2 + x1, 13);
            x0 ^= Rotate(x3 + x2, 18);
            (x1, x2, x3) = (Turn(x1, 3), Turn(x2, 2), Turn(x3, 1));
            x3 ^= Rotate(x0 + x1, 7);
            x2 ^= Rotate(x3 + x0, 9);
            x1 ^= Rotate(x2 + x3, 13);
            x0 ^= Rotate(x1 + x2, 18);
            (x1, x2, x3) = (Turn(x1, 1), Turn(x2, 2), Turn(x3, 3));
        }

        return (x0 + a, x1 + b, x2 + c, x3 + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate(Vector128<uint> words, int bits) => words << bits | words >>> 32 - bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Turn(Vector128<uint> words, int places) => places switch
    {
        1 => Vector128.Shuffle(words, Vector128.Create(1u, 2, 3, 0)),
        2 => Vector128.Shuffle(words, Vector128.Create(2u, 3, 0, 1)),
        _ => Vector128.Shuffle(words, Vector128.Create(3u, 0, 1, 2)),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Xor(Span<uint> target, ReadOnlySpan<uint> other)
    {
        for (var i = 0; i < target.Length; i += 4) (Vector128.Create<uint>(target[i..]) ^ Vector128.Create(other[i..])).CopyTo(target[i..]);
    }

    // Every fifth word: the diagonals of the square one after another. The first word stays the first.
    private static void Read(ReadOnlySpan<byte> bytes, Span<uint> words)
    {
        for (var i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(Place(i) * sizeof(uint))..]);
    }

    private static void Write(ReadOnlySpan<uint> words, Span<byte> bytes)
    {
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes[(Place(i) * sizeof(uint))..], words[i]);
    }

    private static int Place(int word) => word / WordsOfSalsa * WordsOfSalsa + word * 5 % WordsOfSalsa;
}
