using System.Buffers.Binary;

namespace OpenSettle.Storage.Usage;

/// <summary>A row of the journal as the chain hashes it: position 8, gateway 4, batch 8, length 4, body; big-endian.</summary>
public readonly ref struct JournalRow
{
    internal const int Head = 24;

    public required long Position { get; init; }

    public required int Gateway { get; init; }

    public required long Batch { get; init; }

    public required ReadOnlySpan<byte> Body { get; init; }

    /// <summary>Writes the row. Tells its length.</summary>
    public static int Write(ref byte[] buffer, int at, long position, int gateway, long batch, ReadOnlySpan<byte> body)
    {
        var length = Head + body.Length;
        if (buffer.Length - at < length) Array.Resize(ref buffer, Math.Max(buffer.Length * 2, at + length));
        var row = buffer.AsSpan(at);
        WriteHead(row, position, gateway, batch, body.Length);
        body.CopyTo(row[Head..]);
        return length;
    }

    /// <summary>Writes what stands before the body.</summary>
    internal static void WriteHead(Span<byte> head, long position, int gateway, long batch, int length)
    {
        BinaryPrimitives.WriteInt64BigEndian(head, position);
        BinaryPrimitives.WriteInt32BigEndian(head[8..], gateway);
        BinaryPrimitives.WriteInt64BigEndian(head[12..], batch);
        BinaryPrimitives.WriteInt32BigEndian(head[20..], length);
    }
}

/// <summary>Rows that stand one after another.</summary>
public ref struct JournalRows(ReadOnlySpan<byte> rows)
{
    private ReadOnlySpan<byte> _rest = rows;

    public JournalRow Current { get; private set; }

    public readonly JournalRows GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(_rest[20..]);
        Current = new JournalRow
        {
            Position = BinaryPrimitives.ReadInt64BigEndian(_rest),
            Gateway = BinaryPrimitives.ReadInt32BigEndian(_rest[8..]),
            Batch = BinaryPrimitives.ReadInt64BigEndian(_rest[12..]),
            Body = _rest.Slice(JournalRow.Head, length),
        };
        _rest = _rest[(JournalRow.Head + length)..];
        return true;
    }
}
