using System.Globalization;

namespace OpenSettle.Cli.Screen;

/// <summary>
/// How far something long is, on one line of a terminal that is written over, ten times a second at most, and at last taken away. None where
/// nobody looks: in files, lines that are written over are noise.
/// </summary>
internal sealed class ProgressLine(TextWriter output, TimeProvider time, int width) : IDisposable
{
    private const int BarRoom = 20;
    private const int LeastForBar = 60;
    private const string Clear = "\r\u001b[K";

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private long? _shown;
    private bool _ended;

    public static ProgressLine? OnTerminal(TimeProvider time) => Terminal.IsWatched ? new ProgressLine(Console.Error, time, Terminal.Columns) : null;

    /// <summary>Shows a text, unless the last one was shown just now.</summary>
    public void Show(string text)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_ended || (_shown is { } shown && time.GetElapsedTime(shown, now) < Between)) return;
            _shown = now;
            // Not the last column: some terminals begin a new line there.
            output.Write(Clear + Table.Cut(text, width - 1));
        }
    }

    /// <summary>Shows how much of something is done.</summary>
    public void Show(string what, string unit, ulong done, ulong total, double perSecond, TimeSpan? left) => Show(Describe(what, unit, done, total, perSecond, left, width));

    public void Dispose()
    {
        lock (_gate)
        {
            if (_shown is not null && !_ended) output.Write(Clear);
            _ended = true;
        }
    }

    /// <summary>Waits for a task, and shows how long it has been.</summary>
    public static async Task<T> WhileAsync<T>(string what, TimeProvider time, Task<T> task)
    {
        using var line = OnTerminal(time);
        if (line is null) return await task;
        var began = time.GetTimestamp();
        while (!task.IsCompleted)
        {
            line.Show($"{what}, {Times.Long(time.GetElapsedTime(began))}");
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromSeconds(1), time));
        }

        return await task;
    }

    internal static string Describe(string what, string unit, ulong done, ulong total, double perSecond, TimeSpan? left, int width)
    {
        var least = ulong.Min(done, total);
        var percent = total == 0 ? 100 : (int)((UInt128)least * 100 / total);
        var bar = width < LeastForBar ? " " : $" {Bars.Of(least, ulong.Max(total, 1), BarRoom).PadRight(BarRoom)} ";
        var rate = perSecond > 0 ? string.Create(CultureInfo.InvariantCulture, $", {perSecond:N0} {unit}/s") : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"{what}{bar}{percent} %, {done:N0} of {total:N0}{rate}{(left is { } time ? $", {Times.Long(time)} left" : string.Empty)}");
    }
}
