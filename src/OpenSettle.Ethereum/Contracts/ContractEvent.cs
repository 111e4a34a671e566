using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>An event of one of the contracts, decoded.</summary>
public abstract record ContractEvent;

/// <summary>Reads a log's indexed and plain values.</summary>
internal static class LogReading
{
    /// <summary>The topic that says which event it is, or null for an anonymous one.</summary>
    public static Hash32? EventTopic(this LogEntry log) => log.Topics.Count > 0 ? log.Topics[0] : null;

    /// <summary>A reader over the indexed values, of which there have to be exactly as many as the event has.</summary>
    public static AbiReader Indexed(this LogEntry log, AbiEvent one)
    {
        var count = one.Indexed;
        if (log.Topics.Count != count + 1) throw new AbiException($"The event has {count} indexed values, the log {log.Topics.Count - 1}.");
        var words = new byte[count * Hash32.Size];
        for (var i = 0; i < count; i++) log.Topics[i + 1].WriteTo(words.AsSpan(i * Hash32.Size));
        return new AbiReader(words);
    }

    public static AbiReader Plain(this LogEntry log) => new(log.Data.Span);
}
