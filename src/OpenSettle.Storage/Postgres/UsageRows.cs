using System.Buffers.Binary;
using Npgsql;

namespace OpenSettle.Storage.Postgres;

/// <summary>Rows in the form of PostgreSQL's binary COPY, built in one buffer and sent as they are.</summary>
internal sealed class UsageRows
{
    private const int HeaderLength = 19;
    private const int NumberField = 4 + 8;

    private byte[] _buffer = new byte[256 * 1024];
    private int _length;

    public int Length => _length;

    public void Begin()
    {
        // Signature, no flags, no extension: what the server's manual says.
        ReadOnlySpan<byte> signature = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xff, (byte)'\r', (byte)'\n', 0];
        signature.CopyTo(_buffer);
        _buffer.AsSpan(signature.Length, HeaderLength - signature.Length).Clear();
        _length = HeaderLength;
    }

    /// <summary>model, position, gateway, batch, body.</summary>
    public void Add(ReadOnlySpan<byte> model, long position, int gateway, long batch, ReadOnlySpan<byte> body)
    {
        var room = Room(2 + 4 + model.Length + 3 * NumberField + 4 + body.Length);
        BinaryPrimitives.WriteInt16BigEndian(room, 5);
        room = Bytes(room[2..], model);
        room = Number(room, position);
        room = Number(room, gateway);
        room = Number(room, batch);
        Bytes(room, body);
    }

    /// <summary>Two numbers and bytes.</summary>
    public void Add(long first, long second, ReadOnlySpan<byte> bytes)
    {
        var room = Room(2 + 2 * NumberField + 4 + bytes.Length);
        BinaryPrimitives.WriteInt16BigEndian(room, 3);
        room = Number(room[2..], first);
        room = Number(room, second);
        Bytes(room, bytes);
    }

    /// <summary>Sends them to a table.</summary>
    public void Send(NpgsqlConnection connection, string table)
    {
        BinaryPrimitives.WriteInt16BigEndian(Room(2), -1);
        using var stream = connection.BeginRawBinaryCopy($"COPY {table} FROM STDIN (FORMAT BINARY)");
        stream.Write(_buffer.AsSpan(0, _length));
    }

    /// <summary>Makes room, and counts it as written.</summary>
    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes));
        _length += bytes;
        return _buffer.AsSpan(_length - bytes, bytes);
    }

    private static Span<byte> Number(Span<byte> room, long value)
    {
        BinaryPrimitives.WriteInt32BigEndian(room, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(room[4..], value);
        return room[NumberField..];
    }

    private static Span<byte> Bytes(Span<byte> room, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(room, bytes.Length);
        bytes.CopyTo(room[4..]);
        return room[(4 + bytes.Length)..];
    }
}
