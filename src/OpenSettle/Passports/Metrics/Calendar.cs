using System.Globalization;

namespace OpenSettle.Passports;

/// <summary>
/// Weeks begin on Mondays, UTC, and are numbered from the one of 1970-01-01. A series has complete weeks only, up to the end of the last
/// epoch, and those of the last ten years.
/// </summary>
internal sealed class Calendar
{
    public const ulong SecondsOfDay = 86_400;

    /// <summary>How many weeks a series has at most.</summary>
    public const int MostWeeks = 520;

    // 1970-01-01 was a Thursday.
    private const uint DaysBefore = 3;

    private const int DayNumberOf1970 = 719_162;

    /// <param name="until">Time up to which everything is known, in seconds.</param>
    public Calendar(ulong until)
    {
        Until = until;
        End = WeekOf(DayOf(until));
    }

    /// <summary>Time up to which everything is known, in seconds.</summary>
    public ulong Until { get; }

    /// <summary>The first week that is not complete.</summary>
    public uint End { get; }

    public static uint DayOf(ulong time) => (uint)(time / SecondsOfDay);

    public static uint WeekOf(uint day) => (day + DaysBefore) / 7;

    /// <summary>The Monday of a week, as <c>2026-11-16</c>.</summary>
    public static string Label(uint week) =>
        DateOnly.FromDayNumber((int)(DayNumberOf1970 + week * 7 - DaysBefore)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
