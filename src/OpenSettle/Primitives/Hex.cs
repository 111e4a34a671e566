namespace OpenSettle.Primitives;

/// <summary>Hexadecimal text as the chain's tools write it: "0x" and lower case.</summary>
public static class Hex
{
    /// <summary>"0x" and two lower-case digits a byte.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => string.Concat("0x", Convert.ToHexStringLower(bytes));

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
}
