using OpenSettle.Metering;
using OpenSettle.Node.Http;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;
using RabbitMQ.Client;

namespace OpenSettle.Node.Queue;

/// <summary>What all streams of a node are read with.</summary>
internal sealed record StreamParts(
    StreamNames Names, StreamFounder Founder, QueueLink Link, IUsageJournal Usage, QueueQuarantine Quarantine, QueueView View, NodeMetrics Metrics, TimeProvider Time, ILogger Log);

/// <summary>
/// Takes one stream into the journal, as long as its lease is held. Where it stands is committed with the events; while one window is
/// committed the next is read. One is committed after the other, so that no mark passes what was not stored.
/// </summary>
internal sealed class StreamReader(int partition, Lease lease, StreamParts parts, MessageReader messages)
{
    /// <summary>Messages that the broker gives us ahead.</summary>
    private const ushort Prefetch = 200;

    /// <summary>Messages of a window: the broker gives no more before some are taken, and two windows are under way.</summary>
    private const int MostMessages = Prefetch / 2;

    private static readonly TimeSpan ComesWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly string _stream = parts.Names.Of(partition);
    private string _identity = string.Empty;
    private Delivery? _ahead;
    private UsageWindow? _collected;

    /// <summary>Whether it found that another node has the lease.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Reads until it is told to stop, the lease is lost, or the broker fails.</summary>
    /// <exception cref="QueueException">The broker fails.</exception>
    public async Task ReadAsync(CancellationToken stop)
    {
        var connection = await parts.Link.ConnectAsync(stop);
        var start = await parts.Founder.OpenAsync(connection, partition, mayMake: true, stop);
        var taken = parts.Usage.StreamTaken(_stream);
        var place = StreamPlace.Of(taken, start);
        if (taken is not null && place.Gap is null && taken.Next > start.Offset && !await ReachesAsync(connection, taken.Next - 1, stop)
            && await parts.Founder.PeekAsync(connection, _stream, "last", stop) is { } last && last.Offset < taken.Next)
            place = StreamPlace.AfterLostEnd(taken, start.Offset);
        Tell(place, taken);
        (_identity, _ahead) = (place.Identity, null);
        await using var feed = await StreamFeed.OpenAsync(connection, _stream, place.From, Prefetch, parts.Time, stop);
        parts.View.Took(partition, 0, place.From, null);
        var committing = Task.CompletedTask;
        try
        {
            while (!IsLost)
            {
                var window = await CollectAsync(feed, committing, stop);
                await committing;
                if (!IsLost) committing = CommitAsync(feed, window, stop);
            }
        }
        finally
        {
            try
            {
                await committing;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // It is taken again by whoever reads the stream next.
            }
        }
    }

    /// <summary>Whether the stream still has what was taken last: asked for an offset beyond its end, RabbitMQ gives nothing, for ever.</summary>
    private async Task<bool> ReachesAsync(IConnection connection, long offset, CancellationToken stop)
    {
        await using var feed = await StreamFeed.OpenAsync(connection, _stream, offset, 1, parts.Time, stop);
        return await feed.WaitAsync(ComesWithin, stop);
    }

    private void Tell(StreamPlace place, StreamMark? taken)
    {
        if (place.Gap is not { } gap) return;
        parts.Quarantine.KeepGap(_stream, place.Identity, taken?.Next ?? 0, gap, parts.Time.GetUtcNow());
        parts.View.Missed(place.Missing);
        parts.Log.StreamHasGap(_stream, gap, place.From);
    }

    /// <summary>The next window: at least one message, and all that come while the one before is committed.</summary>
    private async Task<UsageWindow> CollectAsync(StreamFeed feed, Task committing, CancellationToken stop)
    {
        var window = _collected = new UsageWindow();
        while (true)
        {
            while (window.Messages < MostMessages && !window.IsFull && (_ahead ?? feed.TryTake()) is { } delivery)
            {
                _ahead = null;
                // A signed batch goes by itself: it is taken whole or not at all.
                if (window.Messages > 0 && UsageMessage.Header(delivery.Properties, BatchHeader.Name) is not null)
                {
                    _ahead = delivery;
                    return window;
                }

                Read(delivery, window);
            }

            if (window.Messages > 0 && (committing.IsCompleted || window.IsFull || window.Messages >= MostMessages)) return window;
            var more = feed.WaitAsync(stop);
            if (window.Messages > 0) await Task.WhenAny(more, committing);
            else if (!await more) throw new QueueException($"The broker ended the reading of {_stream}: {feed.Why}");
            // What is here goes on; that there is no more is seen with the next one.
            if (more.IsCompletedSuccessfully && !await more && window.Messages > 0) return window;
        }
    }

    private void Read(Delivery delivery, UsageWindow window)
    {
        window.Add(delivery);
        if (messages.Read(delivery, window) is { } problem) Quarantine(delivery, problem.TrimEnd('.'));
    }

    /// <summary>On disk before any mark passes it.</summary>
    private void Quarantine(Delivery delivery, string problem)
    {
        parts.Quarantine.Keep(_stream, _identity, delivery.Offset, delivery.Properties, delivery.Body, problem, parts.Time.GetUtcNow());
        parts.View.Poisoned();
        parts.Log.MessageNotTaken(_stream, delivery.Offset, problem);
    }

    private async Task CommitAsync(StreamFeed feed, UsageWindow window, CancellationToken stop)
    {
        parts.View.Took(partition, 0, window.First, window.Oldest);
        var mark = new StreamMark(_stream, _identity, window.Next, lease);
        // Without a mark until the last: what they store, should we end in between, is known by its ids when it comes again.
        for (var i = 0; i < window.Groups.Count && !IsLost; i++) await AppendAsync(window, window.Groups[i], i == window.Groups.Count - 1 ? mark : null, stop);
        if (window.Groups.Count == 0) await AppendAsync(new UsageAppend(0, ReadOnlyMemory<byte>.Empty, []) { Mark = mark }, stop);
        if (IsLost) return;
        if (window.Refused > 0) parts.Metrics.TookQueued(new UsageCounts(0, 0, 0, 0, window.Refused));
        // What is read meanwhile waits, and what the broker has behind it.
        parts.View.Took(partition, window.Messages, window.Next, _collected is { Messages: > 0 } next && next != window ? next.Oldest : feed.HasMore ? window.Oldest : null);
        await feed.TakenAsync(window.LastTag, stop);
    }

    private async Task AppendAsync(UsageWindow window, UsageGroup group, StreamMark? mark, CancellationToken stop)
    {
        var append = group.ToAppend(mark);
        var result = await AppendAsync(append, stop);
        switch (result.Status)
        {
            case AppendStatus.Stored:
                if (append.Batch is { } batch && result.SettledBy > 0) parts.Log.BatchAfterLoss(group.Gateway.Name, batch.Statement.Number, result.SettledBy);
                parts.Metrics.TookQueued(UsageAnswer.Count(append.Events));
                break;
            case AppendStatus.BatchKnown:
                parts.Metrics.TookQueued(UsageAnswer.Count(append.Events));
                await PassAsync(mark, stop);
                break;
            case AppendStatus.OutOfOrder or AppendStatus.BatchNotNew or AppendStatus.BatchSettled:
                Quarantine(window.Signed ?? throw new InvalidOperationException("A batch was refused where there was none."), Why(append, result));
                await PassAsync(mark, stop);
                break;
            case AppendStatus.StreamTaken:
                parts.View.CameAgain(window.Messages);
                break;
            case AppendStatus.LeaseLost:
                break;
            default:
                throw new InvalidOperationException($"The journal answered {result.Status}.");
        }
    }

    /// <summary>A message of which nothing is stored is passed by a mark of its own.</summary>
    private async Task PassAsync(StreamMark? mark, CancellationToken stop)
    {
        if (mark is not null) await AppendAsync(new UsageAppend(0, ReadOnlyMemory<byte>.Empty, []) { Mark = mark }, stop);
    }

    /// <summary>Tries for as long as it takes: what is behind it waits in the stream.</summary>
    private async Task<AppendResult> AppendAsync(UsageAppend append, CancellationToken stop)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                var result = await parts.Usage.AppendAsync(append);
                IsLost |= result.Status == AppendStatus.LeaseLost;
                if (result.Status != AppendStatus.Busy) return result;
            }
            catch (StorageException e)
            {
                parts.Log.StreamWaits(_stream, e.Message);
                await Task.Delay(10 * Pause, parts.Time, stop);
            }

            await Task.Delay(Pause, parts.Time, stop);
        }
    }

    private static string Why(UsageAppend append, AppendResult result) => result.Status switch
    {
        AppendStatus.OutOfOrder => $"the batch {append.Batch?.Statement.Number} does not come after the gateway's last one, {result.LastBatch} with the digest {result.LastDigest}: the gateway has to number it {result.LastBatch + 1}, name that digest, sign it again and send it",
        AppendStatus.BatchSettled => $"epoch {result.SettledBy} settled the batch {append.Batch?.Statement.Number} already: none of its events may be sent again",
        _ => $"the batch {append.Batch?.Statement.Number} has events that are known already: the gateway has to leave them out, sign it again and send it",
    };
}
