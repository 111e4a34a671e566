using System.Buffers;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Encoding;

/// <summary>
/// Writes one ABI tuple: static values into the head, dynamic ones into the tail with their offset in the head. A static
/// struct is written by writing its fields.
/// </summary>
internal sealed class AbiWriter
{
    private const int WordSize = 32;

    private readonly ArrayBufferWriter<byte> _head = new();
    private readonly List<(int HeadAt, byte[] Tail)> _tails = [];

    public AbiWriter Word(Hash32 value)
    {
        value.WriteTo(NextWord());
        return this;
    }

    public AbiWriter Account(Address value)
    {
        value.WriteTo(NextWord()[(WordSize - Address.Size)..]);
        return this;
    }

    public AbiWriter Bool(bool value) => UInt(value ? UInt256.One : UInt256.Zero, 8);

    /// <summary>An unsigned integer of the given width. A value that does not fit is the caller's mistake, and throws.</summary>
    public AbiWriter UInt(UInt256 value, int bits = 256)
    {
        var word = NextWord();
        value.WriteBigEndian(word);
        if (word[..(WordSize - bits / 8)].ContainsAnyExcept((byte)0)) throw new OverflowException($"{value} does not fit into uint{bits}.");
        return this;
    }

    public AbiWriter Bytes(ReadOnlySpan<byte> value)
    {
        var padded = new byte[WordSize + (value.Length + WordSize - 1) / WordSize * WordSize];
        ((UInt256)(ulong)value.Length).WriteBigEndian(padded.AsSpan(0, WordSize));
        value.CopyTo(padded.AsSpan(WordSize));
        return Dynamic(padded);
    }

    public AbiWriter Text(string value) => Bytes(System.Text.Encoding.UTF8.GetBytes(value));

    /// <summary>A struct that holds something dynamic.</summary>
    public AbiWriter DynamicTuple(Action<AbiWriter> write)
    {
        var tuple = new AbiWriter();
        write(tuple);
        return Dynamic(tuple.ToArray());
    }

    /// <summary>
    /// An array. Each item is written either as static values, or as exactly one dynamic value
    /// (<see cref="Bytes"/>, <see cref="DynamicTuple"/>): offsets count from behind the array's length.
    /// </summary>
    public AbiWriter Array<T>(IReadOnlyList<T> items, Action<AbiWriter, T> write)
    {
        var content = new AbiWriter();
        foreach (var item in items) write(content, item);
        var encoded = content.ToArray();
        var array = new byte[WordSize + encoded.Length];
        ((UInt256)(ulong)items.Count).WriteBigEndian(array.AsSpan(0, WordSize));
        encoded.CopyTo(array, WordSize);
        return Dynamic(array);
    }

    public byte[] ToArray()
    {
        var length = _head.WrittenCount;
        foreach (var (_, tail) in _tails) length += tail.Length;
        var encoded = new byte[length];
        _head.WrittenSpan.CopyTo(encoded);
        var at = _head.WrittenCount;
        foreach (var (headAt, tail) in _tails)
        {
            ((UInt256)(ulong)at).WriteBigEndian(encoded.AsSpan(headAt, WordSize));
            tail.CopyTo(encoded, at);
            at += tail.Length;
        }

        return encoded;
    }

    private AbiWriter Dynamic(byte[] tail)
    {
        _tails.Add((_head.WrittenCount, tail));
        _ = NextWord();
        return this;
    }

    private Span<byte> NextWord()
    {
        var word = _head.GetSpan(WordSize)[..WordSize];
        word.Clear();
        _head.Advance(WordSize);
        return word;
    }
}
