using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace OpenSettle.Node.Http;

/// <summary>An event of the stream, as it goes over the wire.</summary>
/// <param name="Topic">Empty: for everybody, whatever they asked for.</param>
internal sealed record StreamEvent(long Number, string Topic, ReadOnlyMemory<byte> Frame);

/// <summary>One who listens.</summary>
/// <param name="backlog">What came before, and is sent first.</param>
internal sealed class StreamClient(IReadOnlySet<string> topics, IReadOnlyList<ReadOnlyMemory<byte>> backlog, Channel<ReadOnlyMemory<byte>> queue)
{
    public IReadOnlyList<ReadOnlyMemory<byte>> Backlog => backlog;

    public ChannelReader<ReadOnlyMemory<byte>> Queue => queue.Reader;

    /// <summary>Why it was let go; null while it is not.</summary>
    public string? Dropped { get; private set; }

    public bool Wants(string topic) => topic.Length == 0 || topics.Contains(topic);

    /// <summary>False where its queue is full: it is let go.</summary>
    public bool Offer(ReadOnlyMemory<byte> frame)
    {
        if (queue.Writer.TryWrite(frame)) return true;
        Dropped = "too slow: what came since is found by Last-Event-ID";
        queue.Writer.TryComplete();
        return false;
    }

    public void End() => queue.Writer.TryComplete();
}

/// <summary>
/// Gives what happens to all who listen. The last events are kept, so that one who comes back goes on where it was; one who does not read fast
/// enough is let go, and nobody waits for it.
/// </summary>
internal sealed class StreamHub(TimeProvider time)
{
    public const int MostClients = 256;
    public const int MostOfOne = 16;
    public const int KeptEvents = 1024;
    public const int QueueLength = 256;

    public const string Status = "status";
    public const string Payment = "payment";
    public const string Epoch = "epoch";
    public const string Alert = "alert";
    public const string Reorg = "reorg";

    public static readonly IReadOnlyList<string> Topics = [Status, Payment, Epoch, Alert, Reorg];

    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(15);
    private static readonly byte[] Beat = ": \n\n"u8.ToArray();

    private readonly Lock _lock = new();
    private readonly Queue<StreamEvent> _kept = [];
    private readonly Dictionary<StreamClient, object> _clients = [];

    // Numbers of another run of the node mean nothing here.
    private readonly string _run = time.GetUtcNow().ToUnixTimeMilliseconds().ToString("x", CultureInfo.InvariantCulture);
    private StreamEvent? _status;
    private long _number;
    private DateTimeOffset _beaten = time.GetUtcNow();
    private bool _stopped;

    public int Clients
    {
        get
        {
            lock (_lock) return _clients.Count;
        }
    }

    public void Publish(string topic, ReadOnlySpan<byte> json)
    {
        lock (_lock)
        {
            var happened = new StreamEvent(++_number, topic, Frame(topic, json, _number));
            if (topic == Status) _status = happened;
            _kept.Enqueue(happened);
            if (_kept.Count > KeptEvents) _kept.Dequeue();
            Send(topic, happened.Frame);
        }
    }

    /// <summary>Says to all that the line is alive, so often.</summary>
    public void KeepAlive()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now - _beaten < BeatEvery) return;
            _beaten = now;
            Send(string.Empty, Beat);
        }
    }

    /// <summary>Somebody listens. Null where there are too many.</summary>
    /// <param name="whose">Who it is: each has so many at most.</param>
    /// <param name="last">The last event that it had; null where it had none.</param>
    public StreamClient? Join(IReadOnlySet<string> topics, object whose, string? last)
    {
        lock (_lock)
        {
            if (_stopped || _clients.Count >= MostClients || _clients.Values.Count(who => who.Equals(whose)) >= MostOfOne) return null;
            // Full means full: nothing is thrown away behind a reader's back.
            var queue = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
            var client = new StreamClient(topics, Backlog(topics, last), queue);
            _clients.Add(client, whose);
            return client;
        }
    }

    public void Leave(StreamClient client)
    {
        lock (_lock) _clients.Remove(client);
    }

    /// <summary>Nothing more comes.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            foreach (var client in _clients.Keys) client.End();
            _clients.Clear();
        }
    }

    private ReadOnlyMemory<byte>[] Backlog(IReadOnlySet<string> topics, string? last)
    {
        if (last is not null)
        {
            if (NumberOf(last) is { } had && had <= _number && had >= _number - _kept.Count)
                return [.. _kept.Where(happened => happened.Number > had && topics.Contains(happened.Topic)).Select(happened => happened.Frame)];
        }

        var now = _status is { } status && topics.Contains(Status) ? [status.Frame] : Array.Empty<ReadOnlyMemory<byte>>();
        return last is null ? now : [Frame("reset", "{\"reason\":\"what came since that event is not known any more: read anew\"}"u8, _number), .. now];
    }

    private long? NumberOf(string id) =>
        id.Split('-') is [var run, var number] && run == _run && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;

    private void Send(string topic, ReadOnlyMemory<byte> frame)
    {
        List<StreamClient>? slow = null;
        foreach (var client in _clients.Keys)
        {
            if (client.Wants(topic) && !client.Offer(frame)) (slow ??= []).Add(client);
        }

        foreach (var client in slow ?? []) _clients.Remove(client);
    }

    private byte[] Frame(string name, ReadOnlySpan<byte> json, long number)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"id: {_run}-{number}\nevent: {name}\ndata: ");
        var frame = new byte[Encoding.ASCII.GetByteCount(head) + json.Length + 2];
        var at = Encoding.ASCII.GetBytes(head, frame);
        // JSON that is not indented has no line feed.
        json.CopyTo(frame.AsSpan(at));
        frame.AsSpan(at + json.Length).Fill((byte)'\n');
        return frame;
    }
}
