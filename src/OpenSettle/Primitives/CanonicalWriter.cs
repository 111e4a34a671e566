namespace OpenSettle.Primitives;

/// <summary>
/// Writes the one text form of a line: JSON arrays without spaces. Commas come by themselves. The buffer is used again
/// for the next line, so that a file of millions of lines needs the memory of its longest.
/// </summary>
public sealed class CanonicalWriter
{
    private byte[] _buffer = new byte[1024];
    private int _length;
    private bool _first = true;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Clear() => (_length, _first) = (0, true);

    /// <summary>Begins a list.</summary>
    public void Open()
    {
        Separate();
        Put((byte)'[');
        _first = true;
    }

    /// <summary>Ends a list.</summary>
    public void Close()
    {
        Put((byte)']');
        _first = false;
    }

    public void EndLine()
    {
        Put((byte)'\n');
        _first = true;
    }

    public void Number(ulong value)
    {
        Separate();
        _ = value.TryFormat(Room(20), out var written, provider: System.Globalization.CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>A decimal text: what may need more than the 64 bits of a number.</summary>
    public void Amount(UInt256 value)
    {
        Separate();
        Put((byte)'"');
        _ = value.TryFormatUtf8(Room(78), out var written);
        _length += written;
        Put((byte)'"');
    }

    public void Account(Address value)
    {
        Separate();
        Put((byte)'"');
        value.FormatUtf8(Room(2 + 2 * Address.Size));
        _length += 2 + 2 * Address.Size;
        Put((byte)'"');
    }

    public void Word(Hash32 value)
    {
        Separate();
        Put((byte)'"');
        value.FormatUtf8(Room(2 + 2 * Hash32.Size));
        _length += 2 + 2 * Hash32.Size;
        Put((byte)'"');
    }

    /// <summary>A text that needs no escapes: names of kinds, roles.</summary>
    public void Plain(ReadOnlySpan<byte> ascii)
    {
        Separate();
        Put((byte)'"');
        ascii.CopyTo(Room(ascii.Length));
        _length += ascii.Length;
        Put((byte)'"');
    }

    /// <summary>Any text without control characters; quote and backslash are escaped, all else stands as it is.</summary>
    public void Text(string text) => Escaped(CanonicalText.Encode(text));

    /// <summary>A text that is UTF-8 already.</summary>
    /// <exception cref="FormatException">It is not, or it has control characters.</exception>
    public void Text(ReadOnlySpan<byte> utf8)
    {
        if (!CanonicalText.IsValid(utf8)) throw new FormatException("a text has control characters or is not valid Unicode");
        Escaped(utf8);
    }

    /// <summary>Something that is canonical already.</summary>
    public void Raw(ReadOnlySpan<byte> canonical)
    {
        Separate();
        canonical.CopyTo(Room(canonical.Length));
        _length += canonical.Length;
    }

    private void Escaped(ReadOnlySpan<byte> text)
    {
        Separate();
        Put((byte)'"');
        var room = Room(text.Length * 2);
        var at = 0;
        foreach (var b in text)
        {
            if (b is (byte)'"' or (byte)'\\') room[at++] = (byte)'\\';
            room[at++] = b;
        }

        _length += at;
        Put((byte)'"');
    }

    private void Separate()
    {
        if (!_first) Put((byte)',');
        _first = false;
    }

    private void Put(byte value)
    {
        Room(1)[0] = value;
        _length++;
    }

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes) Array.Resize(ref _buffer, checked(Math.Max(_buffer.Length * 2, _length + bytes)));
        return _buffer.AsSpan(_length);
    }
}
