using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OpenSettle.Primitives;

/// <summary>Hexadecimal text as the chain's tools write it: "0x" and lower case.</summary>
public static class Hex
{
    /// <summary>"0x" and two lower-case digits a byte.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => string.Create(2 + bytes.Length * 2, bytes, static (text, bytes) =>
    {
        "0x".CopyTo(text);
        Convert.TryToHexStringLower(bytes, text[2..], out _);
    });

    /// <summary>Reads "0x" and exactly two digits for each byte of <paramref name="destination"/>.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> destination)
    {
        if (!text.StartsWith("0x", StringComparison.Ordinal)) return false;
        text = text[2..];
        return text.Length == destination.Length * 2
            && Convert.FromHexString(text, destination, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    /// <summary>Reads "0x" and whole bytes of any number.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length < 2 || text.Length % 2 != 0) return false;
        var decoded = new byte[text.Length / 2 - 1];
        if (!TryDecode(text, decoded.AsSpan())) return false;
        bytes = decoded;
        return true;
    }

    /// <inheritdoc cref="TryDecode(ReadOnlySpan{char}, out byte[])"/>
    public static byte[] Decode(ReadOnlySpan<char> text) =>
        TryDecode(text, out byte[] bytes) ? bytes : throw new FormatException("Expected 0x and an even number of hexadecimal digits.");

    /// <summary>Reads sixteen lower-case digits, the most significant first; false where one is anything else.</summary>
    /// <remarks>Inlined, because a hash is four of these: so its reading takes half of the time.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryReadLower(ReadOnlySpan<byte> digits, out ulong value)
    {
        var text = Vector128.Create(digits[..16]);
        var digit = text - Vector128.Create((byte)'0');
        var letter = text - Vector128.Create((byte)'a');
        var isDigit = Vector128.LessThan(digit, Vector128.Create((byte)10));
        var isLetter = Vector128.LessThan(letter, Vector128.Create((byte)6));
        var nibbles = Vector128.ConditionalSelect(isDigit, digit, letter + Vector128.Create((byte)10));
        var high = Vector128.Shuffle(nibbles, Vector128.Create((byte)14, 12, 10, 8, 6, 4, 2, 0, 14, 12, 10, 8, 6, 4, 2, 0));
        var low = Vector128.Shuffle(nibbles, Vector128.Create((byte)15, 13, 11, 9, 7, 5, 3, 1, 15, 13, 11, 9, 7, 5, 3, 1));
        value = InLaneOrder(((high << 4) | low).AsUInt64().ToScalar());
        return (isDigit | isLetter) == Vector128<byte>.AllBitsSet;
    }

    /// <summary>Writes sixteen lower-case digits, the most significant first.</summary>
    internal static void WriteLower(ulong value, Span<byte> destination)
    {
        var bytes = Vector128.CreateScalar(InLaneOrder(value)).AsByte();
        var twice = Vector128.Shuffle(bytes, Vector128.Create((byte)7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0));
        var firstOfTwo = Vector128.Create(0x00FF_00FF_00FF_00FF).AsByte();
        var nibbles = Vector128.ConditionalSelect(firstOfTwo, twice >>> 4, twice & Vector128.Create((byte)15));
        var letters = Vector128.GreaterThan(nibbles, Vector128.Create((byte)9)) & Vector128.Create((byte)('a' - '0' - 10));
        (nibbles + Vector128.Create((byte)'0') + letters).CopyTo(destination);
    }

    // The lowest lane is the least significant byte where the machine is little-endian.
    private static ulong InLaneOrder(ulong value) =>
        BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
}
