using System.Globalization;

namespace OpenSettle.Cli.Screen;

/// <summary>Times as people read them: on their own clock, and how long ago. JSON has UTC instead.</summary>
internal static class Times
{
    /// <summary>2026-11-22 01:03 +01:00 (3 min ago).</summary>
    public static string Of(DateTimeOffset time, TimeProvider clock) => $"{Local(time, clock)} ({Distance(time, clock.GetUtcNow())})";

    /// <summary>The same of a block's time, in seconds; what is no date is shown as it is.</summary>
    public static string OfSeconds(ulong seconds, TimeProvider clock) => seconds <= 253_402_300_799
        ? Of(DateTimeOffset.FromUnixTimeSeconds((long)seconds), clock)
        : $"second {seconds.ToString(CultureInfo.InvariantCulture)}";

    public static string Local(DateTimeOffset time, TimeProvider clock) => TimeZoneInfo.ConvertTime(time, clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);

    public static string Distance(DateTimeOffset time, DateTimeOffset now)
    {
        var span = now - time;
        return span.Duration().TotalSeconds < 1 ? "now" : span > TimeSpan.Zero ? $"{Long(span)} ago" : $"in {Long(-span)}";
    }

    /// <summary>A length of time by its two largest units at most.</summary>
    public static string Long(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalSeconds} s"),
        { TotalMinutes: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{span.Minutes} min{(span.Seconds > 0 ? $" {span.Seconds} s" : string.Empty)}"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.Minutes} min"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h{(span.Minutes > 0 ? $" {span.Minutes} min" : string.Empty)}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalDays} days"),
    };
}
