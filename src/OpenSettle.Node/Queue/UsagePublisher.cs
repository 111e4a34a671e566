using OpenSettle.Node.Configuration;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace OpenSettle.Node.Queue;

/// <summary>
/// Brings messages into the streams. What the broker did not confirm is sent again, for as long as the caller waits: whether it came twice
/// does not matter, because events have ids.
/// </summary>
internal sealed class UsagePublisher : IAsyncDisposable
{
    /// <summary>Most that may wait for the broker at once; who sends beyond is told to come again.</summary>
    public const long MostInFlight = 64L * 1024 * 1024;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly StreamNames _names;
    private readonly TimeProvider _time;
    private readonly StreamFounder _founder;
    private readonly QueueLink _link;
    private readonly bool _mayMake;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Lane> _lanes = [];
    private long _inFlight;
    private long _published;
    private long _confirmed;
    private long _again;

    /// <param name="mayMake">Whether streams that are not there are made.</param>
    public UsagePublisher(StreamNames names, QueueOptions options, TimeProvider time, string name, bool mayMake)
    {
        (_names, _time, _mayMake) = (names, time, mayMake);
        _founder = new StreamFounder(names, options, time);
        _link = new QueueLink(options, name, time);
        Partitions = options.Partitions;
    }

    public int Partitions { get; private set; }

    /// <summary>Messages that were handed to the broker, that it confirmed, and that had to be handed to it again.</summary>
    public (long Published, long Confirmed, long Again) Counts => (Interlocked.Read(ref _published), Interlocked.Read(ref _confirmed), Interlocked.Read(ref _again));

    /// <summary>Whether so much waits for the broker that no more should.</summary>
    public bool IsFull => Interlocked.Read(ref _inFlight) >= MostInFlight;

    /// <summary>Spreads over as many streams as there are, and not over as many as a setting says.</summary>
    /// <exception cref="StreamMissingException">There is none.</exception>
    public async Task FindPartitionsAsync(CancellationToken cancellation)
    {
        var count = await _founder.CountAsync(await _link.ConnectAsync(cancellation), 0, cancellation);
        if (count == 0) throw new StreamMissingException(_names.Of(0));
        Partitions = count;
    }

    /// <summary>Ends once the broker has confirmed the message, or with the caller's patience.</summary>
    /// <param name="key">By which the message's code is made.</param>
    /// <exception cref="OperationCanceledException">It was not confirmed. It may have come all the same.</exception>
    /// <exception cref="StreamMissingException">There is no such stream, and none is made.</exception>
    public async Task PublishAsync(int partition, UsageMessage message, byte[] key, CancellationToken cancellation)
    {
        var code = message.CodeBy(key, _names.Prefix);
        var lane = LaneOf(partition);
        var pause = FirstPause;
        Interlocked.Add(ref _inFlight, message.Body.Length);
        try
        {
            while (true)
            {
                IChannel? channel = null;
                try
                {
                    (channel, var stream) = await OpenAsync(lane, partition, cancellation);
                    Interlocked.Increment(ref _published);
                    await channel.BasicPublishAsync(string.Empty, _names.Of(partition), mandatory: true, message.ToProperties(code, stream, _time.GetUtcNow()), message.Body, cancellation);
                    Interlocked.Increment(ref _confirmed);
                    return;
                }
                catch (Exception e) when (QueueLink.IsTransient(e) && !cancellation.IsCancellationRequested)
                {
                    LastTrouble = e.Message.Split('\n')[0].Trim();
                    Interlocked.Increment(ref _again);
                    // A broker that says no for now keeps its channel; a stream that is gone, or a connection, is looked for anew.
                    if (channel is not null && (e is not PublishException { IsReturn: false } || !channel.IsOpen)) await RetireAsync(lane, channel);
                }

                await Task.Delay(pause, _time, cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        finally
        {
            Interlocked.Add(ref _inFlight, -message.Body.Length);
        }
    }

    /// <summary>What the broker said when it last took something not.</summary>
    public string? LastTrouble { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        foreach (var lane in _lanes.Values) lane.Gate.Dispose();
    }

    private Lane LaneOf(int partition)
    {
        lock (_gate)
        {
            if (!_lanes.TryGetValue(partition, out var lane)) _lanes.Add(partition, lane = new Lane());
            return lane;
        }
    }

    /// <summary>A channel of the partition's own, and which stream it leads to.</summary>
    private async Task<(IChannel Channel, string Stream)> OpenAsync(Lane lane, int partition, CancellationToken cancellation)
    {
        if (lane.Open is { Channel.IsOpen: true } open) return open;
        await lane.Gate.WaitAsync(cancellation);
        try
        {
            if (lane.Open is { Channel.IsOpen: true } other) return other;
            var connection = await _link.ConnectAsync(cancellation);
            var start = await _founder.OpenAsync(connection, partition, _mayMake, cancellation);
            var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellation);
            var made = new OpenLane(channel, start.Identity);
            lane.Open = made;
            return made;
        }
        finally
        {
            lane.Gate.Release();
        }
    }

    /// <summary>By the first who finds it useless: many wait on one channel.</summary>
    private async Task RetireAsync(Lane lane, IChannel channel)
    {
        if (lane.Open is { } open && ReferenceEquals(open.Channel, channel) && lane.TryForget(open)) await QueueLink.CloseAsync(channel, _time);
    }

    private sealed class Lane
    {
        private OpenLane? _open;

        public SemaphoreSlim Gate { get; } = new(1, 1);

        public OpenLane? Open
        {
            get => Volatile.Read(ref _open);
            set => Volatile.Write(ref _open, value);
        }

        public bool TryForget(OpenLane lane) => ReferenceEquals(Interlocked.CompareExchange(ref _open, null, lane), lane);
    }

    private sealed record OpenLane(IChannel Channel, string Stream)
    {
        public static implicit operator (IChannel Channel, string Stream)(OpenLane lane) => (lane.Channel, lane.Stream);
    }
}
