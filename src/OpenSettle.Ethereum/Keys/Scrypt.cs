using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// scrypt as RFC 7914 has it. BouncyCastle's refuses costs from 65536 up where the block size is 1, which is what the
/// definition's own test file uses; tests hold this one against it wherever it answers.
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

    private static void MixBlock(ReadOnlySpan<uint> from, Span<uint> to)
    {
        Span<uint> state = stackalloc uint[WordsOfSalsa];
        from[^WordsOfSalsa..].CopyTo(state);
        var chunks = from.Length / WordsOfSalsa;
        for (var i = 0; i < chunks; i++)
        {
            Xor(state, from.Slice(i * WordsOfSalsa, WordsOfSalsa));
            Salsa(state);
            // The even ones first, the odd ones behind them.
            state.CopyTo(to[((i / 2 + (i % 2 == 0 ? 0 : chunks / 2)) * WordsOfSalsa)..]);
        }
    }

    private static void Xor(Span<uint> target, ReadOnlySpan<uint> other)
    {
        var width = Vector<uint>.Count;
        for (var i = 0; i < target.Length; i += width) (new Vector<uint>(target[i..]) ^ new Vector<uint>(other[i..])).CopyTo(target[i..]);
    }

    /// <summary>Salsa20 with eight rounds.</summary>
    private static void Salsa(Span<uint> state)
    {
        Span<uint> x = stackalloc uint[WordsOfSalsa];
        state.CopyTo(x);
        for (var round = 0; round < 4; round++)
        {
            Quarter(ref x[0], ref x[4], ref x[8], ref x[12]);
            Quarter(ref x[5], ref x[9], ref x[13], ref x[1]);
            Quarter(ref x[10], ref x[14], ref x[2], ref x[6]);
            Quarter(ref x[15], ref x[3], ref x[7], ref x[11]);
            Quarter(ref x[0], ref x[1], ref x[2], ref x[3]);
            Quarter(ref x[5], ref x[6], ref x[7], ref x[4]);
            Quarter(ref x[10], ref x[11], ref x[8], ref x[9]);
            Quarter(ref x[15], ref x[12], ref x[13], ref x[14]);
        }

        for (var i = 0; i < WordsOfSalsa; i++) state[i] = unchecked(state[i] + x[i]);
    }

    private static void Quarter(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        unchecked
        {
            b ^= BitOperations.RotateLeft(a + d, 7);
            c ^= BitOperations.RotateLeft(b + a, 9);
            d ^= BitOperations.RotateLeft(c + b, 13);
            a ^= BitOperations.RotateLeft(d + c, 18);
        }
    }

    private static void Read(ReadOnlySpan<byte> bytes, Span<uint> words)
    {
        for (var i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
    }

    private static void Write(ReadOnlySpan<uint> words, Span<byte> bytes)
    {
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes[(i * sizeof(uint))..], words[i]);
    }
}
