using System.Buffers.Binary;
using OpenSettle.Metering;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Queue;

/// <summary>Brings what a request has into the queue instead of the journal: read and checked already, consumers as hashes.</summary>
internal sealed class QueuedIntake(UsagePublisher publisher, QueueKeys keys, TimeProvider time)
{
    /// <summary>Beyond this a partition's part of a request is more than one message.</summary>
    private const int MostBytes = 256 * 1024;

    /// <summary>How long a request waits for the broker.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Whether so much waits for the broker that no more should.</summary>
    public bool IsFull => publisher.IsFull;

    /// <summary>Whether the broker confirmed all of it. Where it did not, it may have some of it all the same.</summary>
    /// <param name="statement">What the gateway signed; empty where nobody did.</param>
    public async Task<bool> SendAsync(GatewayRecord gateway, ReadOnlyMemory<byte> bodies, AppendedEvent[] events, string statement, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var messages = statement.Length > 0
            ? [(StreamNames.PartitionOf(gateway.Address, publisher.Partitions), Join(bodies.Span, events))]
            : Spread(bodies.Span, events, publisher.Partitions);
        try
        {
            await Task.WhenAll(messages.Select(message => publisher.PublishAsync(message.Partition, new UsageMessage(UsageMessage.Bodies, gateway.Name, statement, message.Body), keys.Nodes, both.Token)));
            return true;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static byte[] Join(ReadOnlySpan<byte> bodies, ReadOnlySpan<AppendedEvent> events)
    {
        var size = 0;
        foreach (var e in events) size += sizeof(int) + e.Length;
        var joined = new byte[size];
        var at = 0;
        foreach (var e in events) at += Put(joined.AsSpan(at), bodies.Slice(e.Offset, e.Length));
        return joined;
    }

    /// <summary>Each event to its model's partition, in the request's order.</summary>
    internal static List<(int Partition, ReadOnlyMemory<byte> Body)> Spread(ReadOnlySpan<byte> bodies, ReadOnlySpan<AppendedEvent> events, int partitions)
    {
        var messages = new List<(int Partition, ReadOnlyMemory<byte> Body)>();
        var open = new (byte[]? Bytes, int Length)[partitions];
        foreach (var e in events)
        {
            var body = bodies.Slice(e.Offset, e.Length);
            var partition = StreamNames.PartitionOf(new EventView(body).Model, partitions);
            ref var message = ref open[partition];
            if (message.Length > 0 && message.Length + sizeof(int) + e.Length > MostBytes)
            {
                messages.Add((partition, message.Bytes.AsMemory(0, message.Length)));
                message = default;
            }

            message.Bytes ??= new byte[Math.Max(4096, sizeof(int) + e.Length)];
            if (message.Bytes.Length - message.Length < sizeof(int) + e.Length) Array.Resize(ref message.Bytes, Math.Max(2 * message.Bytes.Length, message.Length + sizeof(int) + e.Length));
            message.Length += Put(message.Bytes.AsSpan(message.Length), body);
        }

        for (var partition = 0; partition < partitions; partition++)
        {
            if (open[partition] is { Length: > 0 } last) messages.Add((partition, last.Bytes.AsMemory(0, last.Length)));
        }

        return messages;
    }

    private static int Put(Span<byte> room, ReadOnlySpan<byte> body)
    {
        BinaryPrimitives.WriteInt32BigEndian(room, body.Length);
        body.CopyTo(room[sizeof(int)..]);
        return sizeof(int) + body.Length;
    }
}
