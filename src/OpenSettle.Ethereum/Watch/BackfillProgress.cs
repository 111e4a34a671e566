namespace OpenSettle.Ethereum.Watch;

/// <summary>How far the reading of final blocks is.</summary>
/// <param name="First">The first block that is looked at.</param>
/// <param name="Next">The next one to read.</param>
/// <param name="Last">The newest final one.</param>
/// <param name="TimeLeft">At the rate of the last seconds; null while there is none.</param>
public readonly record struct ProgressView(ulong First, ulong Next, ulong Last, double BlocksPerSecond, double LogsPerSecond, TimeSpan? TimeLeft)
{
    /// <summary>Blocks that were read, from the first on.</summary>
    public ulong Done => Next - First;

    /// <summary>Blocks that are left to read.</summary>
    public ulong Left => Last >= Next ? Last - Next + 1 : 0;
}

/// <summary>Rate and time left of the reading of final blocks, smoothed over about ten seconds.</summary>
public sealed class BackfillProgress(ulong first, TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private long? _since;
    private double _blocks;
    private double _logs;
    private double _seconds;

    /// <summary>Work begins. Without that the time at the tip, where there is nothing to do, would count as slow work.</summary>
    public void Begin() => _since ??= time.GetTimestamp();

    public void Took(ulong blocks, int logs)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_since ?? now, now).TotalSeconds;
        _since = now;
        // Sums that fade together: their quotient is right from the first sample on, and a long range weighs more than a short one.
        var kept = Math.Exp(-seconds / Memory.TotalSeconds);
        _blocks = _blocks * kept + blocks;
        _logs = _logs * kept + logs;
        _seconds = _seconds * kept + seconds;
    }

    /// <summary>There is nothing left to read.</summary>
    public void Rest() => _since = null;

    /// <param name="next">The next block to read.</param>
    /// <param name="last">The newest final one.</param>
    public ProgressView View(ulong next, ulong last)
    {
        var (blocks, logs) = _seconds > 0 ? (_blocks / _seconds, _logs / _seconds) : (0, 0);
        var view = new ProgressView(first, next, last, blocks, logs, null);
        return view with { TimeLeft = TimeLeft(view.Left, blocks) };
    }

    private static TimeSpan? TimeLeft(ulong left, double rate)
    {
        if (left == 0) return TimeSpan.Zero;
        if (rate <= 0) return null;
        var seconds = left / rate;
        return seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
    }
}
