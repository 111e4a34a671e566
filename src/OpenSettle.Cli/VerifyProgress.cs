using System.Globalization;
using OpenSettle.Node.Verification;

namespace OpenSettle.Cli;

/// <summary>How far a verification is, on one line of the terminal that is written over and at last taken away.</summary>
internal sealed class VerifyProgress(TimeProvider time) : IProgress<VerificationProgress>, IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<VerificationStage, VerificationProgress> _stages = [];
    private long? _shown;
    private int _width;

    /// <summary>None where nobody looks: in files, lines that are written over are noise.</summary>
    public static VerifyProgress? OnTerminal(TimeProvider time) => Console.IsErrorRedirected ? null : new VerifyProgress(time);

    public void Report(VerificationProgress value)
    {
        lock (_gate)
        {
            _stages[value.Stage] = value;
            var now = time.GetTimestamp();
            if (_shown is { } shown && time.GetElapsedTime(shown, now) < Between) return;
            _shown = now;
            Show(string.Join("; ", _stages.Values.Where(stage => stage.Done < stage.Total).Select(Describe)));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_shown is not null) Show(string.Empty);
        }
    }

    private static string Describe(VerificationProgress stage)
    {
        var left = stage.TimeLeft is { } time ? $", {Left(time)} left" : string.Empty;
        return stage.Stage switch
        {
            VerificationStage.Chain => string.Create(CultureInfo.InvariantCulture, $"reading block {stage.Done:N0} of {stage.Total:N0}, {stage.PerSecond:N0}/s{left}"),
            VerificationStage.Bundle => string.Create(CultureInfo.InvariantCulture, $"epoch {stage.Epoch}: {100 * stage.Done / Math.Max(1, stage.Total)} % of its bundle{left}"),
            VerificationStage.Usage => string.Create(CultureInfo.InvariantCulture, $"epoch {stage.Epoch}: event {stage.Done:N0} of {stage.Total:N0}, {stage.PerSecond:N0}/s{left}"),
            _ => string.Empty,
        };
    }

    private static string Left(TimeSpan left) => left switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)left.TotalSeconds} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)left.TotalMinutes} min {left.Seconds} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)left.TotalHours} h {left.Minutes} min"),
    };

    private void Show(string line)
    {
        Console.Error.Write($"\r{line.PadRight(_width)}{(line.Length == 0 ? "\r" : string.Empty)}");
        _width = line.Length;
    }
}
