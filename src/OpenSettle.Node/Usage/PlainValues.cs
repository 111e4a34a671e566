using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Usage;

/// <summary>Reads values as they come in an event, from their bytes. None of it allocates where the value is as it should be.</summary>
internal static class PlainValues
{
    public const int LongestText = 200;

    private const int LongestNumber = 64;

    /// <summary>What is wrong with a text; null where nothing is. Texts go into lines that are hashed: what no line can hold is not taken.</summary>
    public static string? TextProblem(ReadOnlySpan<byte> text)
    {
        const string Length = "1 to 200 characters are taken";
        if (text.IsEmpty) return Length;
        if (!text.ContainsAnyExceptInRange((byte)' ', (byte)'~')) return text.Length <= LongestText ? null : Length;
        if (!Utf8.IsValid(text)) return "the text is not valid Unicode";
        if (Encoding.UTF8.GetCharCount(text) > LongestText) return Length;
        return HasControls(text) ? "control characters are not taken" : null;
    }

    /// <summary>A whole number of at most 64 bits, without a sign.</summary>
    public static bool TryUnits(ReadOnlySpan<byte> digits, out ulong value) =>
        Utf8Parser.TryParse(digits, out value, out var read) && read == digits.Length && digits[0] != (byte)'+';

    public static bool TryWord(ReadOnlySpan<byte> text, out Hash32 word) =>
        Hash32.TryParseLowerUtf8(text, out word) || (text.Length == Hash32.TextSize && Hash32.TryParse(Encoding.UTF8.GetString(text), out word));

    public static bool TryAccount(ReadOnlySpan<byte> text, out Address account) =>
        Address.TryParseLowerUtf8(text, out account) || (text.Length == Address.TextSize && Address.TryParse(Encoding.UTF8.GetString(text), out account));

    /// <summary>A weight; zero where it is not positive. False where it is no whole number below 2^96.</summary>
    public static bool TryWeight(ReadOnlySpan<byte> text, out UInt128 weight)
    {
        weight = UInt128.Zero;
        if (text.Length > 1 && text[0] == '-') return IsDecimal(text);
        return !text.IsEmpty && text.Length <= LongestNumber && UInt128.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out weight)
            && weight < SplitTable.WeightLimit;
    }

    /// <summary>Whether this is a decimal number as JSON writes it, of a length that is kept.</summary>
    public static bool IsDecimal(ReadOnlySpan<byte> text)
    {
        if (text.Length > LongestNumber) return false;
        if (text.StartsWith("-"u8)) text = text[1..];
        if (!TakeDigits(ref text)) return false;
        if (text.StartsWith("."u8))
        {
            text = text[1..];
            if (!TakeDigits(ref text)) return false;
        }

        if (text.IsEmpty) return true;
        if (text[0] is not ((byte)'e' or (byte)'E')) return false;
        text = text[1..];
        if (text.Length > 0 && text[0] is (byte)'+' or (byte)'-') text = text[1..];
        return TakeDigits(ref text) && text.IsEmpty;
    }

    private static bool TakeDigits(ref ReadOnlySpan<byte> text)
    {
        var digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0) digits = text.Length;
        text = text[digits..];
        return digits > 0;
    }

    /// <summary>C0, DEL and C1, which in UTF-8 are C2 80 to C2 9F.</summary>
    private static bool HasControls(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < 0x20 or 0x7f) return true;
            if (text[i] == 0xc2 && text[i + 1] < 0xa0) return true;
        }

        return false;
    }
}
