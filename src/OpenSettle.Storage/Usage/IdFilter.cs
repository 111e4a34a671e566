using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OpenSettle.Storage.Usage;

/// <summary>
/// Says of most ids that a segment does not have them, without a look at it: a split-block Bloom filter, 16 bits an id, wrong
/// for about one unknown id in seven hundred. Blocks go by the first bits of the id, as buckets do, so that a bucket's part of it
/// stands together.
/// </summary>
internal sealed class IdFilter
{
    /// <summary>Blocks of a bucket.</summary>
    public const int BlocksInBucket = 16;

    /// <summary>Bytes of a bucket's part.</summary>
    public const int BucketBytes = BlocksInBucket * WordsInBlock * sizeof(uint);

    private const int BlockBits = 4;
    private const int WordsInBlock = 8;

    private static readonly uint[] Salts = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

    private readonly uint[] _words;
    private readonly int _shift;

    /// <param name="bits">How many first bits of an id choose its bucket.</param>
    public IdFilter(int bits)
    {
        _words = new uint[WordsInBlock << (bits + BlockBits)];
        _shift = 64 - bits - BlockBits;
    }

    public void Add(ulong key)
    {
        var block = Block(key);
        for (var i = 0; i < WordsInBlock; i++) block[i] |= 1u << Bit(key, i);
    }

    public bool MayHave(ulong key)
    {
        var block = Block(key);
        if (Avx2.IsSupported)
        {
            // The same as below, eight words at once.
            var bits = Avx2.ShiftRightLogical(Avx2.MultiplyLow(Vector256.Create((uint)(key & uint.MaxValue)), Vector256.Create(Salts.AsSpan())), 27);
            return Avx.TestC(Vector256.Create<uint>(block), Avx2.ShiftLeftLogicalVariable(Vector256<uint>.One, bits));
        }

        var missing = 0u;
        for (var i = 0; i < WordsInBlock; i++) missing |= ~block[i] >> Bit(key, i);
        return (missing & 1) == 0;
    }

    /// <inheritdoc cref="RecentIds.Touch"/>
    public ulong Touch(ReadOnlySpan<ulong> keys)
    {
        var touched = 0UL;
        foreach (var key in keys) touched ^= Block(key)[0];
        return touched;
    }

    /// <summary>The parts of some buckets, as they are stored.</summary>
    public byte[] Read(int firstBucket, int buckets)
    {
        var words = Part(firstBucket, buckets);
        var bytes = new byte[words.Length * sizeof(uint)];
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), words[i]);
        return bytes;
    }

    public void Write(int firstBucket, ReadOnlySpan<byte> bytes)
    {
        var words = Part(firstBucket, bytes.Length / BucketBytes);
        for (var i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
    }

    private Span<uint> Part(int firstBucket, int buckets) =>
        _words.AsSpan(firstBucket * BlocksInBucket * WordsInBlock, buckets * BlocksInBucket * WordsInBlock);

    /// <summary>The last bits of the id choose one bit in each word of its block.</summary>
    private static int Bit(ulong key, int word) => (int)(unchecked((uint)key * Salts[word]) >> 27);

    private Span<uint> Block(ulong key) => _words.AsSpan((int)(key >> _shift) * WordsInBlock, WordsInBlock);
}
