using System.Globalization;
using System.Security.Cryptography;
using System.Threading.Channels;
using OpenSettle.Node.Configuration;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace OpenSettle.Node.Queue;

/// <summary>The first message that a stream still has.</summary>
/// <param name="Identity">Which stream of its name it is.</param>
internal sealed record StreamStart(string Identity, long Offset);

/// <summary>
/// Makes streams, and says which is which. RabbitMQ gives a stream that was deleted and made anew the same name and offsets from 0, so the first
/// message of each is an identity: random, written by whoever finds it without one. Two who do so at once write two, and the first holds: there is
/// one message at offset 0. All later messages carry it, so that it is known when the first are gone.
/// </summary>
internal sealed class StreamFounder(StreamNames names, QueueOptions options, TimeProvider time)
{
    public const string IdentityKind = "application/vnd.opensettle.stream";

    private static readonly TimeSpan FirstWithin = TimeSpan.FromSeconds(2);
    private const int Tries = 5;

    /// <summary>The first message of a partition's stream, which is made where there is none.</summary>
    /// <param name="mayMake">Whether we make streams: nodes do, gateways do not.</param>
    /// <exception cref="StreamMissingException">There is none.</exception>
    public async Task<StreamStart> OpenAsync(IConnection connection, int partition, bool mayMake, CancellationToken cancellation)
    {
        var stream = names.Of(partition);
        if (!await ExistsAsync(connection, stream, cancellation))
        {
            if (!mayMake) throw new StreamMissingException(stream);
            await DeclareAsync(connection, stream, cancellation);
        }

        for (var tries = 0; tries < Tries; tries++)
        {
            if (await PeekAsync(connection, stream, "first", cancellation) is { } start) return start;
            await SignAsync(connection, stream, cancellation);
        }

        throw new QueueException($"The stream {stream} gives nothing of what was just written into it. Look at the broker.");
    }

    /// <summary>How many streams there are, counted from the first.</summary>
    public async Task<int> CountAsync(IConnection connection, int known, CancellationToken cancellation)
    {
        while (await ExistsAsync(connection, names.Of(known), cancellation)) known++;
        return known;
    }

    /// <summary>What stands at the beginning ("first"), or begins the last chunk ("last"); null where nothing comes.</summary>
    public async Task<StreamStart?> PeekAsync(IConnection connection, string stream, object place, CancellationToken cancellation)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        try
        {
            await channel.BasicQosAsync(0, 1, global: false, cancellation);
            var seen = Channel.CreateUnbounded<StreamStart>();
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, message) =>
            {
                seen.Writer.TryWrite(new StreamStart(IdentityOf(message), OffsetOf(message.BasicProperties)));
                return Task.CompletedTask;
            };
            consumer.UnregisteredAsync += (_, _) =>
            {
                seen.Writer.TryComplete(new QueueException($"The stream {stream} was deleted."));
                return Task.CompletedTask;
            };
            consumer.ShutdownAsync += (_, _) =>
            {
                seen.Writer.TryComplete(new QueueException("The broker ended the connection."));
                return Task.CompletedTask;
            };
            await channel.BasicConsumeAsync(stream, autoAck: false, consumerTag: string.Empty, noLocal: false, exclusive: false, Arguments("x-stream-offset", place), consumer, cancellation);
            using var limit = new CancellationTokenSource(FirstWithin, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            try
            {
                return await seen.Reader.ReadAsync(both.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                return null;
            }
            catch (ChannelClosedException e)
            {
                throw new QueueException(e.InnerException?.Message ?? "The broker ended the connection.", e);
            }
        }
        finally
        {
            await QueueLink.CloseAsync(channel, time);
        }
    }

    /// <summary>Where a message stands in its stream.</summary>
    public static long OffsetOf(IReadOnlyBasicProperties properties) => Convert.ToInt64(properties.Headers?["x-stream-offset"], CultureInfo.InvariantCulture);

    private static Dictionary<string, object?> Arguments(string name, object value) => new(StringComparer.Ordinal) { [name] = value };

    /// <summary>One that a stranger wrote first says nothing, and is told apart by its bytes.</summary>
    private static string IdentityOf(BasicDeliverEventArgs message) => UsageMessage.Header(message.BasicProperties, UsageMessage.StreamHeader) is { Length: > 0 and <= 64 } identity
        ? identity
        : "x" + Convert.ToHexStringLower(SHA256.HashData(message.Body.Span))[..31];

    private async Task<bool> ExistsAsync(IConnection connection, string stream, CancellationToken cancellation)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        try
        {
            await channel.QueueDeclarePassiveAsync(stream, cancellation);
            return true;
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.NotFound && !e.ShutdownReason.ReplyText.Contains("inaccessible", StringComparison.Ordinal))
        {
            return false;
        }
        finally
        {
            await QueueLink.CloseAsync(channel, time);
        }
    }

    private async Task DeclareAsync(IConnection connection, string stream, CancellationToken cancellation)
    {
        var arguments = Arguments("x-queue-type", "stream");
        arguments.Add("x-max-age", string.Create(CultureInfo.InvariantCulture, $"{(long)options.Keep.TotalHours}h"));
        if (options.KeepBytes > 0) arguments.Add("x-max-length-bytes", options.KeepBytes);
        if (options.SegmentBytes > 0) arguments.Add("x-stream-max-segment-size-bytes", options.SegmentBytes);
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        try
        {
            await channel.QueueDeclareAsync(stream, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellation);
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.PreconditionFailed)
        {
            // Somebody else made it a moment ago, with other bounds: it is there.
        }
        finally
        {
            await QueueLink.CloseAsync(channel, time);
        }
    }

    private async Task SignAsync(IConnection connection, string stream, CancellationToken cancellation)
    {
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellation);
        try
        {
            var identity = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            var properties = new BasicProperties
            {
                ContentType = IdentityKind,
                MessageId = identity,
                Timestamp = new AmqpTimestamp(time.GetUtcNow().ToUnixTimeSeconds()),
                Headers = Arguments(UsageMessage.StreamHeader, identity),
                Persistent = true,
            };
            await channel.BasicPublishAsync(string.Empty, stream, mandatory: true, properties, ReadOnlyMemory<byte>.Empty, cancellation);
        }
        finally
        {
            await QueueLink.CloseAsync(channel, time);
        }
    }
}

/// <summary>The broker has no such stream.</summary>
public sealed class StreamMissingException(string stream) : Exception($"The broker has no stream {stream}. A node with the setting queue makes it: start one, and see that --deployment is the node's.");
