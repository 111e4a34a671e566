using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace OpenSettle.Node.Queue;

/// <summary>A message as the broker gave it to us.</summary>
/// <param name="Tag">By which it is told that we have it.</param>
/// <param name="Offset">Where it stands in its stream.</param>
internal sealed record Delivery(ulong Tag, long Offset, IReadOnlyBasicProperties Properties, byte[] Body)
{
    /// <summary>When it was sent, as its sender says; null where it does not.</summary>
    public DateTimeOffset? Sent => Properties.IsTimestampPresent() && Properties.Timestamp.UnixTime is > 0 and < 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(Properties.Timestamp.UnixTime) : null;

    // The memory of what came is the client's, and is used again.
    public static Delivery Of(BasicDeliverEventArgs message) => new(message.DeliveryTag, StreamFounder.OffsetOf(message.BasicProperties), message.BasicProperties, message.Body.ToArray());
}
