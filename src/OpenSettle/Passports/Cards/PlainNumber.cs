namespace OpenSettle.Passports;

/// <summary>Numbers as texts: a sign, digits, a fraction, an exponent. No words like NaN, no other scripts' digits, no separators.</summary>
public static class PlainNumber
{
    private const int Longest = 100;

    public static bool IsOne(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > Longest) return false;
        if (text[0] is '-' or '+') text = text[1..];
        var whole = Digits(ref text);
        var fraction = 0;
        if (text.Length > 0 && text[0] == '.')
        {
            text = text[1..];
            fraction = Digits(ref text);
        }

        if (whole + fraction == 0) return false;
        if (text.Length == 0) return true;
        if (text[0] is not ('e' or 'E')) return false;
        text = text[1..];
        if (text.Length > 0 && text[0] is '-' or '+') text = text[1..];
        return Digits(ref text) is > 0 and <= 3 && text.Length == 0;
    }

    private static int Digits(ref ReadOnlySpan<char> text)
    {
        var count = text.IndexOfAnyExceptInRange('0', '9');
        if (count < 0) count = text.Length;
        text = text[count..];
        return count;
    }
}
