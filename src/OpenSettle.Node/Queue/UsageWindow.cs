using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Queue;

/// <summary>What is taken out of a stream in one go: the events of many messages, by gateway, or one signed batch.</summary>
internal sealed class UsageWindow
{
    /// <summary>Beyond these it is full.</summary>
    public const int MostEvents = 8_192;

    private const int MostBytes = 4 * 1024 * 1024;

    private readonly Dictionary<int, UsageGroup> _groups = [];

    /// <summary>In the order in which their first messages came.</summary>
    public List<UsageGroup> Groups { get; } = [];

    /// <summary>Of the first message; negative before there is one.</summary>
    public long First { get; private set; } = -1;

    /// <summary>The first offset after it.</summary>
    public long Next { get; private set; }

    /// <summary>Of its last delivery: the broker is told that all up to there is taken.</summary>
    public ulong LastTag { get; private set; }

    public int Messages { get; private set; }

    public int Events { get; private set; }

    /// <summary>Events that could not be read.</summary>
    public int Refused { get; set; }

    /// <summary>When its oldest message was sent; null where nothing says so.</summary>
    public DateTimeOffset? Oldest { get; private set; }

    /// <summary>The signed batch that it is; then there is nothing else in it.</summary>
    public Delivery? Signed { get; set; }

    public bool IsFull => Signed is not null || Events >= MostEvents || Bytes >= MostBytes;

    private int Bytes { get; set; }

    /// <summary>Counts a message in, whatever is in it.</summary>
    public void Add(Delivery delivery)
    {
        if (First < 0) (First, Oldest) = (delivery.Offset, delivery.Sent);
        (Next, LastTag) = (delivery.Offset + 1, delivery.Tag);
        Messages++;
    }

    public UsageGroup GroupOf(GatewayRecord gateway)
    {
        if (_groups.TryGetValue(gateway.Id, out var group)) return group;
        group = new UsageGroup(gateway);
        _groups.Add(gateway.Id, group);
        Groups.Add(group);
        return group;
    }

    /// <summary>Puts events behind those of the same gateway.</summary>
    public void Put(UsageGroup group, ReadOnlySpan<byte> bodies, ReadOnlySpan<AppendedEvent> events)
    {
        group.Add(bodies, events);
        Events += events.Length;
        Bytes += bodies.Length;
    }
}

/// <summary>Events of one gateway, one after the other.</summary>
internal sealed class UsageGroup(GatewayRecord gateway)
{
    private byte[] _bodies = new byte[16 * 1024];
    private int _length;
    private AppendedEvent[] _events = new AppendedEvent[128];
    private int _count;

    public GatewayRecord Gateway => gateway;

    /// <summary>The statement that signs them; null where nobody did.</summary>
    public Metering.SignedStatement? Batch { get; set; }

    public void Add(ReadOnlySpan<byte> bodies, ReadOnlySpan<AppendedEvent> events)
    {
        if (_bodies.Length - _length < bodies.Length) Array.Resize(ref _bodies, Math.Max(2 * _bodies.Length, _length + bodies.Length));
        if (_events.Length - _count < events.Length) Array.Resize(ref _events, Math.Max(2 * _events.Length, _count + events.Length));
        bodies.CopyTo(_bodies.AsSpan(_length));
        foreach (var e in events) _events[_count++] = e with { Offset = e.Offset + _length };
        _length += bodies.Length;
    }

    public UsageAppend ToAppend(StreamMark? mark) => new(gateway.Id, _bodies.AsMemory(0, _length), _events[.._count], Batch) { Mark = mark };
}
