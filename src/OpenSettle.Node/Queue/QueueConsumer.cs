using OpenSettle.Node.Configuration;
using OpenSettle.Storage;

namespace OpenSettle.Node.Queue;

/// <summary>
/// Takes streams into the journal beside the nodes that do the same: each stream has one holder at a time, by a lease, and each node takes
/// its part of them. A node that the broker does not answer counts for none.
/// </summary>
internal sealed class QueueConsumer(
    QueueOptions options, StreamParts parts, ILeases leases, QueueHolder holder, Func<MessageReader> messages, NodeState state, TimeProvider time) : BackgroundService
{
    private const string StreamPrefix = "stream:";
    private const string NodePrefix = "ingest:";

    /// <summary>How long a lease lasts that is not renewed: so long a stream waits when its node was killed.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, Held> _held = [];
    private readonly Dictionary<int, long> _freeSince = [];
    private Lease? _presence;
    private int _streams;
    private int _turns;

    /// <summary>What this node takes now.</summary>
    public IReadOnlyList<int> Partitions
    {
        get
        {
            lock (_held) return [.. _held.Keys];
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not on the thread that starts the others.
        await Task.Yield();
        try
        {
            while (true)
            {
                await GuardedTurnAsync(stoppingToken);
                await Task.Delay(Turn, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await LeaveAllAsync();
        }
    }

    private async Task GuardedTurnAsync(CancellationToken stop)
    {
        try
        {
            await TurnAsync(stop);
            state.ClearAlert("queue broker");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (QueueLink.IsTransient(e))
        {
            // Others may take what we cannot; what is held goes on when the broker answers, and here it runs out by itself otherwise.
            if (_presence is { } presence) await TryAsync(() => leases.ReleaseAsync(presence, stop));
            _presence = null;
            await TryAsync(() => RenewAsync(stop));
            if (state.SetAlert("queue broker", e.Message)) parts.Log.QueueWaits(e.Message);
        }
        catch (Exception e)
        {
            // The database, or a fault of ours: settlement goes on beside it, and the next turn tries again.
            if (state.SetAlert("queue broker", e.Message)) parts.Log.QueueWaits(e is StorageException ? e.Message : e.ToString());
        }
    }

    private async Task TurnAsync(CancellationToken stop)
    {
        var connection = await parts.Link.ConnectAsync(stop);
        // More than the setting says: streams of before it was lowered are read to their end all the same.
        if (_turns++ % 30 == 0) _streams = await parts.Founder.CountAsync(connection, Math.Max(_streams, options.Partitions), stop);
        await RenewAsync(stop);
        if (_presence is null || !await leases.RenewAsync(_presence, Length, stop)) _presence = await leases.TakeAsync(NodePrefix + holder.Name, holder.Name, Length, stop);
        var running = (await leases.ListAsync(stop)).Where(lease => lease.Left > TimeSpan.Zero).Select(lease => lease.Lease).ToList();
        var nodes = Math.Max(1, running.Count(lease => lease.Name.StartsWith(NodePrefix, StringComparison.Ordinal)));
        var fair = (_streams + nodes - 1) / nodes;
        var holders = running.Where(lease => lease.Name.StartsWith(StreamPrefix, StringComparison.Ordinal)).ToDictionary(lease => lease.Name, lease => lease.Holder, StringComparer.Ordinal);
        await GiveAwayAsync(fair, stop);
        await TakeFreeAsync(fair, holders, stop);
        parts.View.SetStreams([.. Enumerable.Range(0, _streams).Select(partition => (partition, parts.Names.Of(partition), Has(partition) ? holder.Name : holders.GetValueOrDefault(NameOf(partition))))]);
        LookAtQuarantine();
    }

    private string NameOf(int partition) => StreamPrefix + parts.Names.Of(partition);

    private bool Has(int partition)
    {
        lock (_held) return _held.ContainsKey(partition);
    }

    private List<(int Partition, Held Held)> Ours()
    {
        lock (_held) return [.. _held.Select(pair => (pair.Key, pair.Value))];
    }

    /// <summary>What is held runs on; what was lost, or was found lost by its reader, is let go.</summary>
    private async Task RenewAsync(CancellationToken stop)
    {
        foreach (var (partition, held) in Ours())
        {
            if (held.Reading.IsCompleted || !await leases.RenewAsync(held.Lease, Length, stop)) await LeaveAsync(partition, held, "another node has it");
        }
    }

    /// <summary>A node that came later gets its part.</summary>
    private async Task GiveAwayAsync(int fair, CancellationToken stop)
    {
        foreach (var (partition, held) in Ours().Skip(fair))
        {
            await LeaveAsync(partition, held, "other nodes have fewer");
            await leases.ReleaseAsync(held.Lease, stop);
            // Whoever has fewer looks once a second.
            _freeSince[partition] = time.GetTimestamp();
        }
    }

    private async Task TakeFreeAsync(int fair, Dictionary<string, string> holders, CancellationToken stop)
    {
        // Each begins elsewhere, so that nodes do not all reach for the same one.
        var first = (StringComparer.Ordinal.GetHashCode(holder.Name) & int.MaxValue) % _streams;
        for (var i = 0; i < _streams; i++)
        {
            var partition = (first + i) % _streams;
            var isFree = !Has(partition) && (!holders.TryGetValue(NameOf(partition), out var other) || other == holder.Name);
            if (!isFree)
            {
                _freeSince.Remove(partition);
                continue;
            }

            _freeSince.TryAdd(partition, time.GetTimestamp());
            // Beyond our part only what nobody else takes.
            if (Ours().Count >= fair && time.GetElapsedTime(_freeSince[partition]) < 2 * Length) continue;
            if (await leases.TakeAsync(NameOf(partition), holder.Name, Length, stop) is { } lease) Begin(partition, lease);
        }
    }

    private void Begin(int partition, Lease lease)
    {
        _freeSince.Remove(partition);
        var stop = new CancellationTokenSource();
        var held = new Held(lease, stop, ReadAsync(partition, lease, stop.Token));
        lock (_held) _held[partition] = held;
    }

    /// <summary>Reads until the lease is lost or the stream is given away; whatever else goes wrong, it begins again.</summary>
    private async Task ReadAsync(int partition, Lease lease, CancellationToken stop)
    {
        await Task.Yield();
        var reader = new StreamReader(partition, lease, parts, messages());
        var pause = TimeSpan.FromMilliseconds(100);
        while (!stop.IsCancellationRequested && !reader.IsLost)
        {
            var began = time.GetTimestamp();
            try
            {
                await reader.ReadAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                // One stream that cannot be read must not keep the others from being read.
                parts.Log.StreamWaits(parts.Names.Of(partition), e.Message.Split('\n')[0].Trim());
            }

            if (reader.IsLost) break;
            pause = time.GetElapsedTime(began) > Length || 2 * pause > LongestPause ? TimeSpan.FromMilliseconds(100) : 2 * pause;
            try
            {
                await Task.Delay(pause, time, stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
    }

    private async Task LeaveAsync(int partition, Held held, string why)
    {
        await held.Stop.CancelAsync();
        await held.Reading;
        held.Stop.Dispose();
        lock (_held) _held.Remove(partition);
        parts.View.Left(partition);
        parts.Log.StreamLeft(parts.Names.Of(partition), why);
    }

    /// <summary>Given back, so that nobody has to wait for them.</summary>
    private async Task LeaveAllAsync()
    {
        foreach (var (partition, held) in Ours())
        {
            await LeaveAsync(partition, held, "this node stops");
            await TryAsync(() => leases.ReleaseAsync(held.Lease, CancellationToken.None));
        }

        if (_presence is { } presence) await TryAsync(() => leases.ReleaseAsync(presence, CancellationToken.None));
    }

    private static async Task TryAsync(Func<Task> release)
    {
        try
        {
            await release();
        }
        catch (Exception e) when (e is StorageException || QueueLink.IsTransient(e))
        {
            // It runs out by itself.
        }
    }

    private void LookAtQuarantine()
    {
        var waiting = parts.Quarantine.All.Count;
        if (waiting == 0) state.ClearAlert("queue quarantine");
        else state.SetAlert("queue quarantine", $"{waiting} {(waiting == 1 ? "file" : "files")} in {parts.Quarantine.Folder}: messages that could not be taken, and what streams lost. Each says why; see to it, and remove the file.");
    }

    private sealed record Held(Lease Lease, CancellationTokenSource Stop, Task Reading);
}

/// <summary>Who holds this node's streams: no two nodes may have the same name.</summary>
internal sealed record QueueHolder(string Name);
