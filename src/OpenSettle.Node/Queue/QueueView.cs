using System.Collections.Concurrent;

namespace OpenSettle.Node.Queue;

/// <summary>How a stream stands, as this node knows.</summary>
/// <param name="Holder">The node that takes it; null while none does.</param>
/// <param name="IsOurs">Whether that is this node: only then the rest is known.</param>
/// <param name="Next">The first offset that is not taken.</param>
/// <param name="Lag">How long its oldest message that came here and is not taken has waited; zero where none waits.</param>
internal sealed record StreamView(int Partition, string Stream, string? Holder, bool IsOurs, long? Next, TimeSpan? Lag);

/// <summary>What there is to see of the queue: counted by those who do it, looked at by metrics and operators.</summary>
internal sealed class QueueView(TimeProvider time)
{
    private readonly ConcurrentDictionary<int, Progress> _progress = new();
    private volatile IReadOnlyList<(int Partition, string Stream, string? Holder)> _streams = [];
    private long _messages;
    private long _known;
    private long _poison;
    private long _missing;

    /// <summary>Messages that were taken.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>Messages that came again after they were taken.</summary>
    public long Known => Interlocked.Read(ref _known);

    /// <summary>Messages that could not be taken, wholly or in part.</summary>
    public long Poison => Interlocked.Read(ref _poison);

    /// <summary>Messages that were gone before anybody took them, as far as offsets say.</summary>
    public long Missing => Interlocked.Read(ref _missing);

    /// <summary>By partition.</summary>
    public IReadOnlyList<StreamView> All => [.. _streams.Select(stream => _progress.TryGetValue(stream.Partition, out var progress)
        ? new StreamView(stream.Partition, stream.Stream, stream.Holder, IsOurs: true, progress.Next, progress.Waiting is { } since ? Max(time.GetUtcNow() - since) : TimeSpan.Zero)
        : new StreamView(stream.Partition, stream.Stream, stream.Holder, IsOurs: false, null, null))];

    /// <summary>Who holds what.</summary>
    public void SetStreams(IReadOnlyList<(int Partition, string Stream, string? Holder)> streams) => _streams = streams;

    public void Took(int partition, int messages, long next, DateTimeOffset? waiting)
    {
        Interlocked.Add(ref _messages, messages);
        _progress[partition] = new Progress(next, waiting);
    }

    public void Left(int partition) => _progress.TryRemove(partition, out _);

    public void CameAgain(int messages) => Interlocked.Add(ref _known, messages);

    public void Poisoned() => Interlocked.Increment(ref _poison);

    public void Missed(long messages) => Interlocked.Add(ref _missing, messages);

    private static TimeSpan Max(TimeSpan lag) => lag > TimeSpan.Zero ? lag : TimeSpan.Zero;

    private sealed record Progress(long Next, DateTimeOffset? Waiting);
}
