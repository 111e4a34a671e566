namespace OpenSettle.Storage.Usage;

/// <summary>
/// The queue in front of a journal, and the one thread of this process that writes it: it takes whatever waits, commits all of it at once,
/// and then answers.
/// </summary>
internal sealed class UsageQueue : IDisposable
{
    private static readonly TimeSpan RestAfter = TimeSpan.FromMilliseconds(200);

    private readonly UsageOptions _options;
    private readonly IUsageCommits _commits;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private List<Waiting> _waiting = [];
    private int _waitingEvents;
    private bool _stopping;
    private bool _resting;

    public UsageQueue(IUsageCommits commits, UsageOptions options)
    {
        (_commits, _options) = (commits, options);
        _thread = new Thread(Run) { Name = "usage writer", IsBackground = true };
        _thread.Start();
    }

    public Task<AppendResult> AppendAsync(UsageAppend append)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (_waitingEvents > 0 && _waitingEvents + append.Events.Length > _options.MostWaiting) return Task.FromResult(new AppendResult(AppendStatus.Busy));
            var waiting = new Waiting(append, null, new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously));
            return EnqueueAsync<AppendResult>(waiting, append.Events.Length);
        }
    }

    /// <summary>Runs something in its turn.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
        where T : notnull
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            return EnqueueAsync<T>(new Waiting(null, () => work(), new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously)), 0);
        }
    }

    /// <summary>What waits is committed and answered first. The thread has ended then.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping) return;
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private async Task<T> EnqueueAsync<T>(Waiting waiting, int events)
    {
        _waiting.Add(waiting);
        _waitingEvents += events;
        Monitor.Pulse(_gate);
        return (T)await waiting.Answer.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        while (Take() is { } group)
        {
            if (group.Count == 0) Rest();
            foreach (var part in InCommits(group))
            {
                if (part is [{ Work: { } work }]) Answer(part, () => part[0].Answered = work());
                else Answer(part, () => _commits.Append(part));
            }
        }
    }

    /// <summary>Nothing waits: what is due is done.</summary>
    private void Rest()
    {
        while (_commits.Rest())
        {
            lock (_gate)
            {
                if (_waiting.Count > 0) return;
            }
        }

        _resting = true;
    }

    /// <summary>All that waits, empty when there is time for other work; null when there is nothing and nothing will come.</summary>
    private List<Waiting>? Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_stopping && _resting) return null;
                if (_resting) Monitor.Wait(_gate);
                else if (_stopping || !Monitor.Wait(_gate, RestAfter)) return [];
            }

            _resting = false;
            var group = _waiting;
            (_waiting, _waitingEvents) = ([], 0);
            return group;
        }
    }

    /// <summary>Appends go together, up to a commit's size; other work by itself.</summary>
    private IEnumerable<List<Waiting>> InCommits(List<Waiting> group)
    {
        var part = new List<Waiting>();
        var events = 0;
        foreach (var waiting in group)
        {
            var size = waiting.Append?.Events.Length ?? 0;
            if (part.Count > 0 && (waiting.Work is not null || part[0].Work is not null || events + size > _options.MostInCommit))
            {
                yield return part;
                part = [];
                events = 0;
            }

            part.Add(waiting);
            events += size;
        }

        if (part.Count > 0) yield return part;
    }

    private void Answer(List<Waiting> part, Action commit)
    {
        Exception? failed = null;
        try
        {
            commit();
        }
        catch (Exception e)
        {
            // Whoever waits is told; a thread that ended here would leave them waiting for ever.
            failed = _commits.Translate(e);
        }

        foreach (var waiting in part)
        {
            if (failed is not null) waiting.Answer.SetException(failed);
            else waiting.Answer.SetResult(waiting.Answered ?? throw new InvalidOperationException("Something was committed without an answer."));
        }
    }

    /// <summary>Something that waits for its commit.</summary>
    internal sealed class Waiting(UsageAppend? append, Func<object>? work, TaskCompletionSource<object> answer)
    {
        public UsageAppend? Append => append;

        public Func<object>? Work => work;

        public TaskCompletionSource<object> Answer => answer;

        public object? Answered { get; set; }
    }
}

/// <summary>What an engine does in the writer's turn.</summary>
internal interface IUsageCommits
{
    /// <summary>Commits all of it, and sets each one's answer.</summary>
    void Append(IReadOnlyList<UsageQueue.Waiting> waiting);

    /// <summary>Nothing waits: does a piece of what is due. Whether there is more that can be done now.</summary>
    bool Rest();

    /// <summary>What went wrong, for who waits.</summary>
    Exception Translate(Exception cause);
}
