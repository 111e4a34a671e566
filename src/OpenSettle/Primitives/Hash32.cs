using System.Diagnostics.CodeAnalysis;

namespace OpenSettle.Primitives;

/// <summary>32 bytes: a keccak-256 hash, a root, a block or transaction hash, a bytes32 word.</summary>
public readonly struct Hash32 : IEquatable<Hash32>, IComparable<Hash32>
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 32;

    /// <summary>Length of the text form.</summary>
    public const int TextSize = 2 + Size * 2;

    // Held as a number: comparing numbers is comparing big-endian bytes.
    private readonly UInt256 _word;

    private Hash32(UInt256 word) => _word = word;

    public static Hash32 Zero => default;

    public bool IsZero => _word.IsZero;

    public static bool operator ==(Hash32 left, Hash32 right) => left.Equals(right);

    public static bool operator !=(Hash32 left, Hash32 right) => !left.Equals(right);

    public static bool operator <(Hash32 left, Hash32 right) => left.CompareTo(right) < 0;

    public static bool operator >(Hash32 left, Hash32 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Hash32 left, Hash32 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Hash32 left, Hash32 right) => left.CompareTo(right) >= 0;

    public static Hash32 FromBytes(ReadOnlySpan<byte> bytes) => new(UInt256.FromBigEndian(bytes));

    public static bool TryParse([NotNullWhen(true)] string? text, out Hash32 hash)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (text is null || !Hex.TryDecode(text, bytes))
        {
            hash = default;
            return false;
        }

        hash = FromBytes(bytes);
        return true;
    }

    public static Hash32 Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException($"'{text}' is not 0x and 64 hexadecimal digits.");

    /// <summary>Reads the one form that <see cref="FormatUtf8"/> writes: 0x and 64 lower-case digits.</summary>
    public static bool TryParseLowerUtf8(ReadOnlySpan<byte> text, out Hash32 hash)
    {
        hash = default;
        if (text.Length != TextSize || !text.StartsWith("0x"u8)) return false;
        if (!Hex.TryReadLower(text[2..], out var l3)
            || !Hex.TryReadLower(text[18..], out var l2)
            || !Hex.TryReadLower(text[34..], out var l1)
            || !Hex.TryReadLower(text[50..], out var l0)) return false;
        hash = new Hash32(new UInt256(l0, l1, l2, l3));
        return true;
    }

    public void WriteTo(Span<byte> destination) => _word.WriteBigEndian(destination);

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        WriteTo(bytes);
        return bytes;
    }

    public bool Equals(Hash32 other) => _word == other._word;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Hash32 other && Equals(other);

    public override int GetHashCode() => _word.GetHashCode();

    public int CompareTo(Hash32 other) => _word.CompareTo(other._word);

    /// <summary>"0x" and 64 lower-case digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        WriteTo(bytes);
        return Hex.Encode(bytes);
    }

    /// <summary>Writes "0x" and 64 lower-case digits in ASCII: 66 bytes.</summary>
    public void FormatUtf8(Span<byte> destination)
    {
        var (l3, l2, l1, l0) = _word;
        "0x"u8.CopyTo(destination);
        Hex.WriteLower(l3, destination[2..]);
        Hex.WriteLower(l2, destination[18..]);
        Hex.WriteLower(l1, destination[34..]);
        Hex.WriteLower(l0, destination[50..]);
    }
}
