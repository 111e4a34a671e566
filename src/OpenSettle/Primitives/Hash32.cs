using System.Diagnostics.CodeAnalysis;

namespace OpenSettle.Primitives;

/// <summary>32 bytes: a keccak-256 hash, a root, a block or transaction hash, a bytes32 word.</summary>
public readonly struct Hash32 : IEquatable<Hash32>, IComparable<Hash32>
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 32;

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
}
