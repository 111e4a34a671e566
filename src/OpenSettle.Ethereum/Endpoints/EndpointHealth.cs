using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>
/// What is known of one endpoint, and whether it may be asked. It has no clock and asks nobody: the time comes with each call.
/// Two clients of one endpoint share it.
/// </summary>
/// <param name="name">The endpoint without credentials.</param>
public sealed class EndpointHealth(string name)
{
    /// <summary>A head that was named longer ago than this says nothing of now.</summary>
    public static readonly TimeSpan HeadLife = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // What an endpoint may ask for at most: nobody comes back after a year.
    private static readonly TimeSpan LongestLimit = TimeSpan.FromHours(1);

    // The share of a new latency: a fifth.
    private const int Smoothing = 5;

    private readonly Lock _lock = new();
    private int _failures;
    private int _limits;
    private DateTimeOffset _failedUntil;
    private DateTimeOffset _limitedUntil;
    private string? _lastFailure;
    private string? _setAside;
    private ulong? _head;
    private DateTimeOffset _headSeen;
    private TimeSpan? _latency;
    private bool _isChecked;

    public string Name { get; } = name;

    /// <summary>Whether it was found to be the right chain's since it last was away.</summary>
    public bool IsChecked
    {
        get
        {
            lock (_lock) return _isChecked;
        }
    }

    /// <summary>Whether it failed, and had not failed before that.</summary>
    public bool IsFirstFailure
    {
        get
        {
            lock (_lock) return _failures == 1;
        }
    }

    public void Checked()
    {
        lock (_lock) _isChecked = true;
    }

    /// <summary>It answered, be it with a refusal. A pause that it asked for goes on all the same.</summary>
    /// <param name="took">How long that took; null where it says nothing of the endpoint.</param>
    public void Answered(TimeSpan? took)
    {
        lock (_lock)
        {
            (_failures, _limits) = (0, 0);
            _failedUntil = default;
            if (took is { } latency) Smooth(latency);
        }
    }

    /// <summary>Another one answered before it did.</summary>
    public void Outpaced(TimeSpan waited)
    {
        lock (_lock)
        {
            if (_latency is null || waited > _latency) Smooth(waited);
        }
    }

    public void SawHead(DateTimeOffset now, ulong number)
    {
        lock (_lock) (_head, _headSeen) = (number, now);
    }

    /// <summary>It did not answer, or with nonsense, or asked to be left alone.</summary>
    public void Failed(DateTimeOffset now, ChainException failure)
    {
        lock (_lock)
        {
            switch (failure.Kind)
            {
                case ChainErrorKind.RateLimited:
                    var wait = failure.RetryAfter ?? Pause(_limits++);
                    _limitedUntil = Later(_limitedUntil, now + (wait < LongestLimit ? wait : LongestLimit));
                    _lastFailure = failure.Message;
                    break;
                case ChainErrorKind.Unreachable or ChainErrorKind.BadReply or ChainErrorKind.Forbidden:
                    _lastFailure = failure.Message;
                    // One failure is an accident. From the second in a row on it gets time, and more each time.
                    if (_failures++ == 0) break;
                    _failedUntil = now + Pause(_failures - 2);
                    // Something else may come back under its address.
                    _isChecked = false;
                    break;
                default:
                    // A block that is not there yet, a method that it does not have: nothing to get well from.
                    break;
            }
        }
    }

    /// <summary>Takes it out until the next start: true where it was not out before.</summary>
    public bool SetAside(string why)
    {
        lock (_lock)
        {
            if (_setAside is not null) return false;
            _setAside = why;
            return true;
        }
    }

    /// <param name="now">The time.</param>
    /// <param name="headOfOthers">The head that it is held against; null: none.</param>
    /// <param name="mostBehind">So many blocks behind it are well.</param>
    public EndpointState At(DateTimeOffset now, ulong? headOfOthers, ulong mostBehind)
    {
        lock (_lock)
        {
            var until = Later(_failedUntil, _limitedUntil);
            if (_setAside is not null) return State(EndpointCondition.SetAside, _setAside, null);
            if (until > now) return State(EndpointCondition.Cooling, _lastFailure, until);
            return headOfOthers is { } best && IsFresh(now) && _head is { } head && head < best && best - head > mostBehind
                ? State(EndpointCondition.Behind, $"at block {head}, others at {best}", null)
                : State(EndpointCondition.Ok, null, null);
        }
    }

    /// <summary>Its head, where it named one lately.</summary>
    public ulong? FreshHead(DateTimeOffset now)
    {
        lock (_lock) return IsFresh(now) ? _head : null;
    }

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;

    private static TimeSpan Pause(int doublings)
    {
        const int MostDoublings = 6;
        var pause = FirstPause * (1 << Math.Min(doublings, MostDoublings));
        return pause < LongestPause ? pause : LongestPause;
    }

    private bool IsFresh(DateTimeOffset now) => _head is not null && now - _headSeen <= HeadLife;

    private void Smooth(TimeSpan took) => _latency = _latency is { } before ? before + (took - before) / Smoothing : took;

    private EndpointState State(EndpointCondition condition, string? why, DateTimeOffset? until) => new(Name, condition, why, until, _head, _latency, _failures);
}
