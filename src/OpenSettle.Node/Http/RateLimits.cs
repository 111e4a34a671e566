using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Http;

/// <summary>Whether a request is within a client's rate.</summary>
/// <param name="Left">What it may still ask at once.</param>
/// <param name="Full">When it may ask all of it at once again.</param>
/// <param name="Wait">How long it has to wait; null where it has not.</param>
internal readonly record struct RateAnswer(long Left, TimeSpan Full, TimeSpan? Wait);

/// <summary>
/// One bucket of tokens for each client, kept as the time at which it is full again (the generic cell rate algorithm). So many clients are
/// remembered at most; of more than that, those that nobody remembers share one bucket.
/// </summary>
internal sealed class RateLimits(HttpOptions options, TimeProvider time)
{
    public const int MostClients = 50_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<object, long> _full = [];
    private long _fullOfOthers;
    private long _swept;

    public bool IsOn => options.PerSecond > 0;

    /// <summary>What goes in at once, and after how many seconds a bucket that is empty is full: as the header RateLimit-Policy says it.</summary>
    public string Policy { get; } = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"reads\";q={options.Burst};w={Math.Max(1, options.Burst / Math.Max(1, options.PerSecond))}");

    /// <param name="client">An address, or a key's number.</param>
    /// <param name="units">A request that is dearer than a whole bucket takes a whole one.</param>
    public RateAnswer Take(object client, int units)
    {
        var now = time.GetUtcNow().UtcTicks;
        var (each, capacity) = (TimeSpan.TicksPerSecond / options.PerSecond, TimeSpan.TicksPerSecond / options.PerSecond * options.Burst);
        lock (_lock)
        {
            var known = _full.TryGetValue(client, out var full);
            var shared = !known && _full.Count >= MostClients && !Sweep(now);
            var from = Math.Max(now, shared ? _fullOfOthers : full);
            var until = from + Math.Min(units, options.Burst) * each;
            if (until - now > capacity) return new RateAnswer((capacity - (from - now)) / each, TimeSpan.FromTicks(from - now), TimeSpan.FromTicks(until - now - capacity));
            if (shared) _fullOfOthers = until;
            else _full[client] = until;
            return new RateAnswer((capacity - (until - now)) / each, TimeSpan.FromTicks(until - now), null);
        }
    }

    /// <summary>Forgets those whose buckets are full: nothing is known of them that a new one would not have. Whether there is room now.</summary>
    private bool Sweep(long now)
    {
        if (now - _swept < TimeSpan.TicksPerSecond) return false;
        _swept = now;
        foreach (var (client, full) in _full)
        {
            if (full <= now) _full.Remove(client);
        }

        return _full.Count < MostClients;
    }
}
