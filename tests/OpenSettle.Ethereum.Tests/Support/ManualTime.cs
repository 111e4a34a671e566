namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>
/// A clock for tests: waits between attempts end at once and are remembered; deadlines, which are longer, end when the
/// test says so.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    /// <summary>The time-out that clients under test are given: longer than any wait between attempts.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _waits = [];
    private readonly List<ManualTimer> _deadlines = [];

    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_lock) return [.. _waits];
        }
    }

    public override DateTimeOffset GetUtcNow() => new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(callback, state);
        lock (_lock)
        {
            if (dueTime >= Deadline || dueTime < TimeSpan.Zero)
            {
                _deadlines.Add(timer);
                return timer;
            }

            _waits.Add(dueTime);
        }

        ThreadPool.QueueUserWorkItem(static due => due.Fire(), timer, preferLocal: false);
        return timer;
    }

    public void EndDeadlines()
    {
        ManualTimer[] due;
        lock (_lock)
        {
            due = [.. _deadlines];
            _deadlines.Clear();
        }

        foreach (var timer in due) timer.Fire();
    }

    private sealed class ManualTimer(TimerCallback callback, object? state) : ITimer
    {
        private int _done;

        public void Fire()
        {
            if (Interlocked.Exchange(ref _done, 1) == 0) callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => Interlocked.Exchange(ref _done, 1);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
