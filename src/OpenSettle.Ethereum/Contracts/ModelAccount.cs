using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>A model's pay address.</summary>
public static class ModelAccount
{
    internal static readonly AbiEvent NativeReceivedEvent = new("NativeReceived(address,uint256)", indexed: 1);

    public static Hash32 NativeReceivedTopic => NativeReceivedEvent.Topic;

    /// <summary>The event that a log of a pay address tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log) =>
        log.EventTopic() == NativeReceivedEvent.Topic ? new NativeReceived(log.Indexed(NativeReceivedEvent).Account(), log.Plain().UInt()) : null;

    public sealed record NativeReceived(Address Payer, UInt256 Amount) : ContractEvent;
}
