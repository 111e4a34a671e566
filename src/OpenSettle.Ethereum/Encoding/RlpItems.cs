namespace OpenSettle.Ethereum.Encoding;

/// <summary>
/// Takes the items of one RLP list apart, each with its own header. It does not ask whether a length is written in its
/// shortest form: what is read here is encoded again and compared.
/// </summary>
internal static class RlpItems
{
    private const byte ShortText = 0x80;
    private const byte ShortList = 0xc0;
    private const byte LongestShort = 55;

    /// <summary>False where the bytes are not one list with nothing behind it, or where it has more items than that.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> encoded, int most, out IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        items = found;
        if (encoded.IsEmpty || encoded.Span[0] < ShortList) return false;
        if (!TryHeader(encoded.Span, out var header, out var length) || header + length != encoded.Length) return false;
        for (var rest = encoded[header..]; !rest.IsEmpty; rest = rest[found[^1].Length..])
        {
            if (found.Count == most || !TryHeader(rest.Span, out header, out length)) return false;
            found.Add(rest[..(header + length)]);
        }

        return true;
    }

    /// <summary>What stands behind the header of an item that <see cref="TryRead"/> found.</summary>
    public static ReadOnlySpan<byte> Payload(ReadOnlyMemory<byte> item) =>
        TryHeader(item.Span, out var header, out _) ? item.Span[header..] : [];

    /// <summary>How long an item's header is, and what follows it; false where the bytes end before that.</summary>
    private static bool TryHeader(ReadOnlySpan<byte> encoded, out int header, out int length)
    {
        var first = encoded[0];
        (header, length) = (first < ShortText ? 0 : 1, 1);
        if (first < ShortText) return true;
        var size = first - (first < ShortList ? ShortText : ShortList);
        if (size > LongestShort)
        {
            var digits = size - LongestShort;
            // Three bytes of length are 16 MiB, more than any transaction has.
            if (digits > 3 || encoded.Length <= digits) return false;
            header += digits;
            size = 0;
            foreach (var digit in encoded.Slice(1, digits)) size = size << 8 | digit;
        }

        length = size;
        return header + length <= encoded.Length;
    }
}
