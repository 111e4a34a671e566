using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>How many events of usage came in lately.</summary>
internal sealed class IngestRate(IUsageJournal usage, TimeProvider time)
{
    public static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<(DateTimeOffset At, long Events)> _seen = [];

    /// <summary>Remembers how many there are now.</summary>
    public void Look()
    {
        var (now, events) = (time.GetUtcNow(), usage.Totals.Events);
        lock (_lock)
        {
            if (_seen.Count > 0 && now - _seen[^1].At < Between) return;
            _seen.Add((now, events));
            // One that is older than the time stays: it is what the others are held against.
            while (_seen.Count > 1 && now - _seen[1].At >= Quarter) _seen.RemoveAt(0);
        }
    }

    /// <summary>Events of about so long, as far as the node runs.</summary>
    public long Since(TimeSpan span)
    {
        var (now, events) = (time.GetUtcNow(), usage.Totals.Events);
        lock (_lock)
        {
            var from = _seen.LastOrDefault(seen => now - seen.At >= span);
            if (from == default && _seen.Count > 0) from = _seen[0];
            return from == default ? 0 : events - from.Events;
        }
    }
}
