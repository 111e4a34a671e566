using System.Buffers.Binary;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Proof;

/// <summary>
/// Writes RLP from its end to its beginning, so that a list's length is known when its turn comes: whatever is written goes
/// before what was written. The room has to be large enough.
/// </summary>
internal ref struct RlpBackward(Span<byte> room)
{
    /// <summary>The most bytes that stand before a text or a list.</summary>
    public const int MostPrefix = 1 + sizeof(int);

    private const byte Text = 0x80;
    private const byte List = 0xc0;
    private const byte LongestShort = 55;

    private readonly Span<byte> _room = room;
    private int _start = room.Length;

    /// <summary>What was written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _room[_start..];

    /// <summary>How much was written so far: where a list's payload ends, which is told to <see cref="EndList"/>.</summary>
    public readonly int Length => _room.Length - _start;

    public void Bytes(scoped ReadOnlySpan<byte> value)
    {
        Raw(value);
        // A single byte below 0x80 is its own encoding.
        if (value.Length != 1 || value[0] >= Text) Prefix(value.Length, Text);
    }

    /// <summary>An integer: big-endian, without leading zeros; zero is the empty text.</summary>
    public void Integer(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        Bytes(bytes.TrimStart((byte)0));
    }

    public void Word(Hash32 value)
    {
        value.WriteTo(Take(Hash32.Size));
        Prefix(Hash32.Size, Text);
    }

    public void Account(Address value)
    {
        value.WriteTo(Take(Address.Size));
        Prefix(Address.Size, Text);
    }

    public void Log(in LogEntry log)
    {
        var end = Length;
        Bytes(log.Data.Span);
        var topics = Length;
        for (var i = log.Topics.Count - 1; i >= 0; i--) Word(log.Topics[i]);
        EndList(topics);
        Account(log.Address);
        EndList(end);
    }

    /// <summary>Puts a list's beginning before what was written since the given <see cref="Length"/>.</summary>
    public void EndList(int end) => Prefix(Length - end, List);

    /// <summary>Makes all that was written one text, which has to be longer than a byte.</summary>
    public void EndText() => Prefix(Length, Text);

    /// <summary>Bytes as they are.</summary>
    public void Raw(scoped ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public void Raw(byte value) => Take(1)[0] = value;

    private Span<byte> Take(int length)
    {
        _start -= length;
        return _room.Slice(_start, length);
    }

    private void Prefix(int length, byte kind)
    {
        if (length <= LongestShort)
        {
            Raw((byte)(kind + length));
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        var digits = bytes.TrimStart((byte)0);
        Raw(digits);
        Raw((byte)(kind + LongestShort + digits.Length));
    }
}
