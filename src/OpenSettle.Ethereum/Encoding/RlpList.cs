using System.Buffers.Binary;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Encoding;

/// <summary>Writes the items of one RLP list: what a transaction is hashed and sent as.</summary>
internal sealed class RlpList
{
    private readonly List<byte> _payload = [];

    public RlpList Bytes(ReadOnlySpan<byte> value)
    {
        // A single byte below 0x80 is its own encoding.
        if (value.Length != 1 || value[0] >= 0x80) WriteLength(_payload, value.Length, 0x80);
        _payload.AddRange(value);
        return this;
    }

    /// <summary>An integer: big-endian, without leading zeros; zero is the empty string.</summary>
    public RlpList Integer(UInt256 value)
    {
        Span<byte> word = stackalloc byte[UInt256.Size];
        value.WriteBigEndian(word);
        return Bytes(word.TrimStart((byte)0));
    }

    /// <summary>An address, or the empty string where there is none.</summary>
    public RlpList Account(Address? value)
    {
        if (value is not { } account) return Bytes([]);
        Span<byte> bytes = stackalloc byte[Address.Size];
        account.WriteTo(bytes);
        return Bytes(bytes);
    }

    public RlpList EmptyList()
    {
        _payload.Add(0xc0);
        return this;
    }

    /// <summary>The whole list, after the byte of an EIP-2718 envelope.</summary>
    public byte[] ToEnvelope(byte type)
    {
        List<byte> encoded = [type];
        WriteLength(encoded, _payload.Count, 0xc0);
        encoded.AddRange(_payload);
        return [.. encoded];
    }

    /// <summary>The whole list.</summary>
    public byte[] ToArray() => ToEnvelope(0)[1..];

    private static void WriteLength(List<byte> target, int length, byte offset)
    {
        if (length <= 55)
        {
            target.Add((byte)(offset + length));
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        var digits = bytes.TrimStart((byte)0);
        target.Add((byte)(offset + 55 + digits.Length));
        target.AddRange(digits);
    }
}
