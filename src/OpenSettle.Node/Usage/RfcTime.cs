namespace OpenSettle.Node.Usage;

/// <summary>Times of RFC 3339, by hand: a library's parser takes other forms too, and most of an event's time.</summary>
internal static class RfcTime
{
    private static ReadOnlySpan<byte> DaysOfMonth => [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

    /// <summary>Seconds since 1970, what is finer cut off. False where it is no time, or one before 1970.</summary>
    /// <param name="text">2026-11-20T13:00:00.25+01:00</param>
    /// <param name="assumeUtc">Whether a time without an offset is taken, as UTC.</param>
    /// <param name="seconds">The result.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, bool assumeUtc, out ulong seconds)
    {
        const int Fixed = 19;
        seconds = 0;
        if (text.Length < Fixed || text[4] != '-' || text[7] != '-' || text[10] is not ((byte)'T' or (byte)'t') || text[13] != ':' || text[16] != ':') return false;
        if (!TryTwo(text, 0, out var century) || !TryTwo(text, 2, out var yearOfCentury) || !TryTwo(text, 5, out var month) || !TryTwo(text, 8, out var day)) return false;
        if (!TryTwo(text, 11, out var hour) || !TryTwo(text, 14, out var minute) || !TryTwo(text, 17, out var second)) return false;
        var year = century * 100 + yearOfCentury;
        if (month is < 1 or > 12 || day < 1 || day > DaysIn(year, month) || hour > 23 || minute > 59 || second > 59) return false;
        if (!TryOffset(text[Fixed..], assumeUtc, out var offset)) return false;
        var at = DaysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
        if (at < 0) return false;
        seconds = (ulong)at;
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<byte> rest, bool assumeUtc, out int seconds)
    {
        seconds = 0;
        if (rest.StartsWith("."u8))
        {
            var digits = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            if (digits < 0) digits = rest.Length - 1;
            if (digits == 0) return false;
            rest = rest[(1 + digits)..];
        }

        if (rest.IsEmpty) return assumeUtc;
        if (rest.Length == 1) return rest[0] is (byte)'Z' or (byte)'z';
        if (rest.Length != 6 || rest[0] is not ((byte)'+' or (byte)'-') || rest[3] != ':') return false;
        if (!TryTwo(rest, 1, out var hours) || !TryTwo(rest, 4, out var minutes) || hours > 23 || minutes > 59) return false;
        seconds = (rest[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
        return true;
    }

    private static bool TryTwo(ReadOnlySpan<byte> text, int at, out int value)
    {
        var (tens, ones) = (text[at] - '0', text[at + 1] - '0');
        value = tens * 10 + ones;
        return tens is >= 0 and <= 9 && ones is >= 0 and <= 9;
    }

    private static bool IsLeap(int year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    private static int DaysIn(int year, int month) => month == 2 && IsLeap(year) ? 29 : DaysOfMonth[month - 1];

    private static long DaysSince1970(int year, int month, int day)
    {
        // Years begin in March here, so that a leap day is the last of its year.
        var y = month > 2 ? year : year - 1;
        var m = (month + 9) % 12;
        var leaps = FloorDiv(y, 4) - FloorDiv(y, 100) + FloorDiv(y, 400);
        return 365L * y + leaps + (153 * m + 2) / 5 + day - 1 - 719_468;
    }

    private static int FloorDiv(int value, int by) => value >= 0 ? value / by : -((by - 1 - value) / by);
}
