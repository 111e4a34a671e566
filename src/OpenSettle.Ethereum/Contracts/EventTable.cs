using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>The events of one contract, by topic.</summary>
internal sealed class EventTable
{
    private readonly Dictionary<Hash32, (AbiEvent Event, EventReader Read)> _events = [];

    /// <summary>Reads one event from its indexed values and from the others.</summary>
    public delegate ContractEvent EventReader(AbiReader indexed, AbiReader plain);

    public EventTable Add(AbiEvent one, EventReader read)
    {
        _events.Add(one.Topic, (one, read));
        return this;
    }

    /// <summary>The event that a log tells of, or null where it is none of these.</summary>
    public ContractEvent? Decode(LogEntry log) =>
        log.EventTopic() is { } topic && _events.TryGetValue(topic, out var known) ? known.Read(log.Indexed(known.Event), log.Plain()) : null;
}
