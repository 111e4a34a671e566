namespace OpenSettle.Cli.Tests.Support;

/// <summary>A clock that goes on only when a test says so, two hours east of Greenwich.</summary>
internal sealed class StandingClock(DateTimeOffset now) : TimeProvider
{
    private TimeSpan _passed;

    public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(2), "test", "test");

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Pass(TimeSpan time) => _passed += time;

    public override DateTimeOffset GetUtcNow() => now + _passed;

    public override long GetTimestamp() => _passed.Ticks;
}
