using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>One question to several endpoints at once. Answers come in as they come; what fails is no answer.</summary>
internal sealed class EndpointPoll<T>
{
    private readonly EndpointSet _set;
    private readonly Lock _lock = new();
    private readonly List<Answer<T>> _answers = [];
    private readonly List<ChainException> _failures = [];
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (int Count, TaskCompletionSource Done)? _waiting;
    private int _open;

    private EndpointPoll(EndpointSet set, int open) => (_set, _open) = (set, open);

    public bool IsComplete
    {
        get
        {
            lock (_lock) return _open == 0;
        }
    }

    /// <summary>Up to now.</summary>
    public IReadOnlyList<Answer<T>> Answers
    {
        get
        {
            lock (_lock) return [.. _answers];
        }
    }

    public IReadOnlyList<ChainException> Failures
    {
        get
        {
            lock (_lock) return [.. _failures];
        }
    }

    /// <param name="isRead">
    /// Whether it may be asked twice: one reset connection, of an endpoint that was well before, is an accident, and should not cost the
    /// answer of all.
    /// </param>
    public static EndpointPoll<T> Start(
        EndpointSet set, IReadOnlyCollection<Endpoint> asked, Func<IChainClient, CancellationToken, Task<T>> ask, CancellationToken cancellation, bool isRead = false)
    {
        var poll = new EndpointPoll<T>(set, asked.Count);
        if (asked.Count == 0) poll._all.TrySetResult();
        foreach (var endpoint in asked) _ = poll.AskAsync(endpoint, ask, isRead, cancellation);
        return poll;
    }

    /// <summary>Until all have answered or failed.</summary>
    public Task AllAsync() => _all.Task;

    /// <summary>Until so many have answered, or all have answered or failed.</summary>
    public Task FirstAsync(int count)
    {
        lock (_lock)
        {
            if (_answers.Count >= count || _open == 0) return Task.CompletedTask;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting = (count, done);
            return done.Task;
        }
    }

    /// <summary>Too few answered: who said what instead.</summary>
    public ChainException Failure(string method, int needed)
    {
        var failures = Failures;
        var others = _set.States.Where(state => state.Condition is EndpointCondition.Cooling or EndpointCondition.SetAside && !failures.Any(failure => failure.Endpoint == state.Name));
        var told = string.Join("; ", failures.Select(failure => failure.Message).Concat(others.Select(EndpointSet.Told)));
        return new ChainException(
            failures.FirstOrDefault(failure => failure.IsTransient)?.Kind ?? ChainErrorKind.Unreachable, _set.Names(), method,
            $"{needed} have to answer, and {Answers.Count} of {_set.All.Count} did: {told}")
        {
            RetryAfter = failures.Min(failure => failure.RetryAfter),
        };
    }

    private async Task AskAsync(Endpoint endpoint, Func<IChainClient, CancellationToken, Task<T>> ask, bool isRead, CancellationToken cancellation)
    {
        try
        {
            var value = isRead ? await TwiceAsync(endpoint, ask, cancellation) : await _set.AskAsync(endpoint, ask, cancellation);
            Take(new Answer<T>(endpoint, value), null);
        }
        catch (ChainException failure)
        {
            Take(null, failure);
        }
        catch (Exception stopped) when (stopped is WrongEndpointException or OperationCanceledException or ObjectDisposedException)
        {
            // Set aside, or the caller or the pool ends: no answer. The caller's own token tells the caller.
            Take(null, null);
        }
    }

    private async Task<T> TwiceAsync(Endpoint endpoint, Func<IChainClient, CancellationToken, Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await _set.AskAsync(endpoint, ask, cancellation);
        }
        catch (ChainException failure) when (failure.Kind is ChainErrorKind.Unreachable or ChainErrorKind.BadReply && endpoint.Health.IsFirstFailure)
        {
            return await _set.AskAsync(endpoint, ask, cancellation);
        }
    }

    private void Take(Answer<T>? answer, ChainException? failure)
    {
        lock (_lock)
        {
            if (answer is { } value) _answers.Add(value);
            if (failure is not null) _failures.Add(failure);
            _open--;
            if (_waiting is { } waiting && (_answers.Count >= waiting.Count || _open == 0)) waiting.Done.TrySetResult();
            if (_open == 0) _all.TrySetResult();
        }
    }
}
