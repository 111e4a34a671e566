using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace OpenSettle.Primitives;

/// <summary>A 20-byte account address. The zero address, as a token, stands for native coin.</summary>
public readonly struct Address : IEquatable<Address>, IComparable<Address>
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 20;

    /// <summary>Length of the text forms.</summary>
    public const int TextSize = 2 + Size * 2;

    private readonly ulong _high;
    private readonly ulong _middle;
    private readonly uint _low;

    private Address(ulong high, ulong middle, uint low) => (_high, _middle, _low) = (high, middle, low);

    public static Address Zero => default;

    public bool IsZero => (_high | _middle | _low) == 0;

    public static bool operator ==(Address left, Address right) => left.Equals(right);

    public static bool operator !=(Address left, Address right) => !left.Equals(right);

    public static bool operator <(Address left, Address right) => left.CompareTo(right) < 0;

    public static bool operator >(Address left, Address right) => left.CompareTo(right) > 0;

    public static bool operator <=(Address left, Address right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Address left, Address right) => left.CompareTo(right) >= 0;

    public static Address FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"An address has 20 bytes, not {bytes.Length}.", nameof(bytes));
        return new Address(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]));
    }

    /// <summary>
    /// Reads 0x and 40 digits. All-lower and all-upper case are taken as they are; mixed case must be a right EIP-55
    /// checksum, so that a mistyped address is refused.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Address address)
    {
        address = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (text is null || !Hex.TryDecode(text, bytes)) return false;
        var parsed = FromBytes(bytes);
        var digits = text.AsSpan(2);
        var mixed = digits.ContainsAnyInRange('a', 'f') && digits.ContainsAnyInRange('A', 'F');
        if (mixed && !digits.SequenceEqual(parsed.ToChecksumString().AsSpan(2))) return false;
        address = parsed;
        return true;
    }

    public static Address Parse(string text) =>
        TryParse(text, out var address)
            ? address
            : throw new FormatException($"'{text}' is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum.");

    /// <summary>Reads the one form that <see cref="FormatUtf8"/> writes: 0x and 40 lower-case digits.</summary>
    public static bool TryParseLowerUtf8(ReadOnlySpan<byte> text, out Address address)
    {
        address = default;
        if (text.Length != TextSize || !text.StartsWith("0x"u8)) return false;
        // The last sixteen digits overlap the second: only their lower half is new.
        if (!Hex.TryReadLower(text[2..], out var high)
            || !Hex.TryReadLower(text[18..], out var middle)
            || !Hex.TryReadLower(text[26..], out var end)) return false;
        address = new Address(high, middle, unchecked((uint)end));
        return true;
    }

    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _middle);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], _low);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        WriteTo(bytes);
        return bytes;
    }

    public bool Equals(Address other) => _high == other._high && _middle == other._middle && _low == other._low;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Address other && Equals(other);

    // Halves, for the reason that UInt256 gives.
    public override int GetHashCode()
    {
        unchecked
        {
            return HashCode.Combine((uint)_high, (uint)(_high >> 32), (uint)_middle, (uint)(_middle >> 32), _low);
        }
    }

    public int CompareTo(Address other)
    {
        if (_high != other._high) return _high.CompareTo(other._high);
        if (_middle != other._middle) return _middle.CompareTo(other._middle);
        return _low.CompareTo(other._low);
    }

    /// <summary>"0x" and 40 lower-case digits: the form for files and keys.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        WriteTo(bytes);
        return Hex.Encode(bytes);
    }

    /// <summary>Writes "0x" and 40 lower-case digits in ASCII: 42 bytes.</summary>
    public void FormatUtf8(Span<byte> destination)
    {
        "0x"u8.CopyTo(destination);
        Hex.WriteLower(_high, destination[2..]);
        Hex.WriteLower(_middle, destination[18..]);
        Hex.WriteLower((_middle << 32) | _low, destination[26..]);
    }

    /// <summary>The EIP-55 mixed-case form: the form for people.</summary>
    public string ToChecksumString()
    {
        Span<byte> lower = stackalloc byte[TextSize];
        FormatUtf8(lower);
        Span<byte> hash = stackalloc byte[Hash32.Size];
        Keccak256.Hash(lower[2..], hash);
        Span<char> text = stackalloc char[TextSize];
        text[0] = '0';
        text[1] = 'x';
        for (var i = 0; i < Size * 2; i++)
        {
            var nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15;
            var digit = (char)lower[i + 2];
            text[i + 2] = nibble >= 8 ? char.ToUpperInvariant(digit) : digit;
        }

        return new string(text);
    }
}
