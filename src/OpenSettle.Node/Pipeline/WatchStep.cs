using System.Globalization;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Signals.Metrics;

namespace OpenSettle.Node.Pipeline;

/// <summary>Brings the chain into the journal, and tells of it. What is final there is posted by <see cref="BookStep"/>.</summary>
public sealed class WatchStep(ChainWatcher watcher, NodeState state, NodeMetrics metrics, TimeProvider time, ILogger<WatchStep> log)
{
    private static readonly TimeSpan ToldEvery = TimeSpan.FromSeconds(5);

    private long? _told;
    private bool _behind;

    /// <summary>One bounded piece of work.</summary>
    public async Task<WatchReport> RunAsync(CancellationToken cancellation)
    {
        WatchReport report;
        try
        {
            report = await watcher.StepAsync(cancellation);
        }
        catch (FinalBlockChangedException e)
        {
            throw new SettlementHaltedException($"{e.Message} Nothing was changed. Check the endpoints, and finality, before starting again.", e);
        }

        FailPoint.At(FailPoint.Journaled);
        state.SetWatch(report);
        Tell(report);
        return report;
    }

    private void Tell(WatchReport report)
    {
        if (report.RolledBack > 0)
        {
            metrics.Reorganised(report.RolledBack);
            log.RolledBack(report.RolledBack, report.Tip?.Number ?? 0);
        }

        // A short catching-up is the tip's everyday work.
        if (!report.More || report.AtFinal || report.Stage != WatchStage.Backfill)
        {
            if (_behind && report.AtFinal) log.CaughtUp(report.AgreedFinal);
            if (report.AtFinal) (_behind, _told) = (false, null);
            return;
        }

        var now = time.GetTimestamp();
        if (_told is { } told && time.GetElapsedTime(told, now) < ToldEvery) return;
        (_behind, _told) = (true, now);
        var progress = report.Progress;
        log.BackfillProgress(progress.Next, progress.Last, (long)progress.BlocksPerSecond, (long)progress.LogsPerSecond, Left(progress.TimeLeft));
    }

    /// <summary>A time as people say it.</summary>
    private static string Left(TimeSpan? left) => left switch
    {
        null => "an unknown time",
        { TotalMinutes: < 1 } seconds => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds.TotalSeconds} s"),
        { TotalHours: < 1 } minutes => string.Create(CultureInfo.InvariantCulture, $"{(int)minutes.TotalMinutes} min {minutes.Seconds} s"),
        { } hours => string.Create(CultureInfo.InvariantCulture, $"{(long)hours.TotalHours} h {hours.Minutes} min"),
    };
}
