using OpenSettle.Storage;

namespace OpenSettle.Node.Leading;

/// <summary>
/// Whether this node leads. It begins once in the life of a host, and ends once: a node that lost its lease begins anew with nothing of
/// what it held in memory.
/// </summary>
public sealed class Leadership : IDisposable
{
    /// <summary>The lease of whoever settles.</summary>
    public const string LeaseName = "settle";

    /// <summary>A leader that says nothing for so long has lost it.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(3);

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly bool _alone;
    private volatile Lease? _lease;
    private volatile string? _leader;
    private volatile string? _lost;
    private long _sureFrom;

    private Leadership(NodeIdentity? identity, TimeProvider time, bool alone) => (Identity, _time, _alone) = (identity, time, alone);

    /// <summary>Null where the node is alone.</summary>
    public NodeIdentity? Identity { get; }

    /// <summary>Whether it settles now.</summary>
    public bool Leads => _begun.Task.IsCompletedSuccessfully && _lost is null;

    /// <summary>Who leads, by name; null where nobody does, or nobody knows.</summary>
    public string? Leader => _leader;

    /// <summary>The lease that this node holds, or held last.</summary>
    public Lease? Lease => _lease;

    /// <summary>Why it does not lead any more; null while it does, or never did.</summary>
    public string? Lost => _lost;

    /// <summary>Cancelled when it does not lead any more.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>For files, which are one node's: it leads from the start, and until it ends.</summary>
    public static Leadership Alone(TimeProvider time)
    {
        var leadership = new Leadership(null, time, alone: true);
        leadership._begun.SetResult();
        return leadership;
    }

    /// <summary>For a database that several nodes work on: the lease says who leads.</summary>
    public static Leadership ByLease(NodeIdentity identity, TimeProvider time) => new(identity, time, alone: false);

    /// <summary>Waits until it leads.</summary>
    public Task BegunAsync(CancellationToken cancellation) => _begun.Task.WaitAsync(cancellation);

    /// <summary>It has the lease, and may write; it leads from <see cref="Begin"/> on.</summary>
    /// <param name="asked">The time stamp from before it was asked for: by then it ran at the earliest.</param>
    internal void Take(Lease lease, long asked)
    {
        _lease = lease;
        _leader = NodeIdentity.NameOf(lease.Holder);
        Renewed(asked);
    }

    /// <summary>All is ready: what only a leader does begins.</summary>
    internal void Begin() => _begun.TrySetResult();

    /// <inheritdoc cref="Take"/>
    internal void Renewed(long asked) => Volatile.Write(ref _sureFrom, asked);

    /// <summary>What is left of the time that this node can be sure of, by a clock that nobody sets.</summary>
    internal TimeSpan Left => Length - _time.GetElapsedTime(Volatile.Read(ref _sureFrom));

    /// <summary>What the lease says of others.</summary>
    internal void See(string? leader) => _leader = leader;

    /// <summary>Said once; what comes after it explains nothing.</summary>
    public void Lose(string why)
    {
        lock (_gate)
        {
            if (_lost is not null) return;
            _lost = why;
        }

        _over.Cancel();
    }

    /// <summary>Said before each step: one that was asleep for longer than its lease runs begins nothing.</summary>
    /// <exception cref="LeaseLostException">It does not lead any more, or cannot be sure of it.</exception>
    public void Require()
    {
        if (_alone) return;
        if (_lease is not { } lease) throw new InvalidOperationException("A step of the leader was begun by a node that never led.");
        if (_lost is not null || Left <= TimeSpan.Zero) throw new LeaseLostException(lease);
    }

    public void Dispose() => _over.Dispose();
}
