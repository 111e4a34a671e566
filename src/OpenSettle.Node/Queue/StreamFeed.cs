using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace OpenSettle.Node.Queue;

/// <summary>A stream's messages from an offset on, as the broker gives them: so many ahead, and more as they are taken.</summary>
internal sealed class StreamFeed : IAsyncDisposable
{
    private readonly IChannel _channel;
    private readonly TimeProvider _time;
    private readonly Channel<Delivery> _deliveries = Channel.CreateUnbounded<Delivery>();

    private StreamFeed(IChannel channel, TimeProvider time) => (_channel, _time) = (channel, time);

    /// <summary>Why there is no more.</summary>
    public string Why { get; private set; } = string.Empty;

    public static async Task<StreamFeed> OpenAsync(IConnection connection, string stream, long offset, ushort ahead, TimeProvider time, CancellationToken cancellation)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        var feed = new StreamFeed(channel, time);
        try
        {
            await channel.BasicQosAsync(0, ahead, global: false, cancellation);
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, message) =>
            {
                var delivery = Delivery.Of(message);
                // A chunk may begin before what was asked for.
                if (delivery.Offset >= offset) feed._deliveries.Writer.TryWrite(delivery);
                return Task.CompletedTask;
            };
            consumer.UnregisteredAsync += (_, _) => feed.EndAsync("the stream was deleted, or is not reachable");
            consumer.ShutdownAsync += (_, reason) => feed.EndAsync(reason.ReplyText.Split('\n')[0].Trim());
            await channel.BasicConsumeAsync(
                stream, autoAck: false, consumerTag: string.Empty, noLocal: false, exclusive: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-stream-offset"] = offset }, consumer, cancellation);
            return feed;
        }
        catch
        {
            await feed.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next message, where one is here.</summary>
    public Delivery? TryTake() => _deliveries.Reader.TryRead(out var delivery) ? delivery : null;

    /// <summary>Whether a message is here that nobody took out.</summary>
    public bool HasMore => _deliveries.Reader.TryPeek(out _);

    /// <summary>Waits for a message; false where there will be none.</summary>
    public Task<bool> WaitAsync(CancellationToken cancellation) => _deliveries.Reader.WaitToReadAsync(cancellation).AsTask();

    /// <summary>Waits for a message, so long; false where none came.</summary>
    public async Task<bool> WaitAsync(TimeSpan within, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(within, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await WaitAsync(both.Token) ? true : throw new QueueException($"The broker ended the reading: {Why}");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>All up to there is taken: the broker may give more.</summary>
    public ValueTask TakenAsync(ulong tag, CancellationToken cancellation) => _channel.BasicAckAsync(tag, multiple: true, cancellation);

    public async ValueTask DisposeAsync()
    {
        _deliveries.Writer.TryComplete();
        await QueueLink.CloseAsync(_channel, _time);
    }

    private Task EndAsync(string why)
    {
        if (Why.Length == 0) Why = why;
        _deliveries.Writer.TryComplete();
        return Task.CompletedTask;
    }
}
