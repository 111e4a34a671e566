using System.Text;

namespace OpenSettle.Primitives;

/// <summary>A line is not in the one form that it may have. The message says what stands where it should not.</summary>
public sealed class CanonicalFormatException(string message) : FormatException(message);

/// <summary>
/// Reads what <see cref="CanonicalWriter"/> writes, and nothing else: no spaces, one form of every number and text. So what
/// is read needs no second look at its bytes.
/// </summary>
public ref struct CanonicalReader(ReadOnlySpan<byte> line)
{
    private readonly ReadOnlySpan<byte> _line = line;
    private int _at;
    private bool _first = true;

    /// <summary>Whether the list goes on.</summary>
    public readonly bool More => Peek() != ']';

    /// <summary>Whether the next value is a list, and not a text or a number.</summary>
    public readonly bool NextIsList => PeekValue() == '[';

    public void Open()
    {
        Separate();
        Expect('[');
        _first = true;
    }

    public void Close()
    {
        Expect(']');
        _first = false;
    }

    /// <summary>The line ends here.</summary>
    public readonly void End()
    {
        if (_at != _line.Length) throw Bad("the line goes on after its end");
    }

    public ulong Number()
    {
        Separate();
        var digits = Digits();
        return ulong.TryParse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value)
            && (digits.Length == 1 || digits[0] != '0')
            ? value
            : throw Bad($"'{Show(digits)}' is not a plain number of at most 64 bits");
    }

    public uint SmallNumber(string what)
    {
        var value = Number();
        return value <= uint.MaxValue ? (uint)value : throw Bad($"{what} {value} is too large");
    }

    public UInt256 Amount()
    {
        var text = Quoted();
        return UInt256.TryParseUtf8(text, out var value) ? value : throw Bad($"'{Show(text)}' is not an amount");
    }

    public Address Account()
    {
        var text = Quoted();
        return Address.TryParseLowerUtf8(text, out var value) ? value : throw Bad($"'{Show(text)}' is not an address in lower-case digits");
    }

    public Hash32 Word()
    {
        var text = Quoted();
        return Hash32.TryParseLowerUtf8(text, out var value) ? value : throw Bad($"'{Show(text)}' is not a word of 64 lower-case digits");
    }

    /// <summary>A text without escapes.</summary>
    public ReadOnlySpan<byte> Plain()
    {
        var text = Quoted();
        return text.Contains((byte)'\\') ? throw Bad($"'{Show(text)}' has an escape where none belongs") : text;
    }

    public string Text()
    {
        Separate();
        Expect('"');
        // Most texts have no escapes.
        var rest = _line[_at..];
        var plain = rest.IndexOfAny((byte)'"', (byte)'\\');
        if (plain >= 0 && rest[plain] == '"')
        {
            _at += plain + 1;
            return Decode(rest[..plain]);
        }

        var bytes = new List<byte>();
        while (true)
        {
            var b = Take();
            if (b == '"') break;
            if (b == '\\')
            {
                b = Take();
                if (b is not ((byte)'"' or (byte)'\\')) throw Bad("only quote and backslash are escaped");
            }

            bytes.Add(b);
        }

        return Decode([.. bytes]);
    }

    private readonly string Decode(ReadOnlySpan<byte> bytes) =>
        CanonicalText.TryDecode(bytes, out var text) ? text : throw Bad("a text is not valid UTF-8 without control characters");

    private ReadOnlySpan<byte> Quoted()
    {
        Separate();
        Expect('"');
        var length = _line[_at..].IndexOf((byte)'"');
        if (length < 0) throw Bad("a text does not end");
        var text = _line.Slice(_at, length);
        _at += length + 1;
        return text;
    }

    private ReadOnlySpan<byte> Digits()
    {
        var rest = _line[_at..];
        var length = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (length < 0) length = rest.Length;
        if (length == 0) throw Bad($"a number is expected and not {Here()}");
        _at += length;
        return rest[..length];
    }

    private void Separate()
    {
        if (!_first) Expect(',');
        _first = false;
    }

    private void Expect(char wanted)
    {
        if (Peek() != wanted) throw Bad($"'{wanted}' is expected and not {Here()}");
        _at++;
    }

    private byte Take() => _at < _line.Length ? _line[_at++] : throw Bad("a text does not end");

    private readonly int Peek() => _at < _line.Length ? _line[_at] : -1;

    private readonly int PeekValue()
    {
        var at = _first ? _at : _at + 1;
        return at < _line.Length ? _line[at] : -1;
    }

    private readonly string Here() => _at < _line.Length ? $"'{Show(_line.Slice(_at, 1))}'" : "the end of the line";

    private static string Show(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var b in bytes[..Math.Min(bytes.Length, 80)]) text.Append(b is >= 0x20 and < 0x7f ? (char)b : '?');
        return bytes.Length > 80 ? text.Append('…').ToString() : text.ToString();
    }

    private readonly CanonicalFormatException Bad(string message) => new($"{message} (column {_at + 1}).");
}

/// <summary>Texts that a line may carry: valid Unicode without control characters.</summary>
public static class CanonicalText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool IsValid(string text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c)) return false;
        }

        try
        {
            _ = Strict.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    public static bool IsValid(ReadOnlySpan<byte> utf8)
    {
        for (var i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] is < 0x20 or 0x7f) return false;
            // U+0080 to U+009F: the other control characters.
            if (utf8[i] == 0xc2 && i + 1 < utf8.Length && utf8[i + 1] < 0xa0) return false;
        }

        return System.Text.Unicode.Utf8.IsValid(utf8);
    }

    internal static byte[] Encode(string text) =>
        IsValid(text) ? Strict.GetBytes(text) : throw new ArgumentException("The text has control characters or is not valid Unicode.", nameof(text));

    internal static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        text = string.Empty;
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (char.IsControl(c)) return false;
        }

        return true;
    }
}
