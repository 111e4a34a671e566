using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Usage;

/// <summary>Holds a request against the statement that its gateway signed.</summary>
internal sealed class BatchCheck(NodeOptions options)
{
    /// <summary>Name of the header that carries the statement.</summary>
    public const string Header = "OpenSettle-Batch";

    /// <summary>The checked statement, or what is wrong with it.</summary>
    /// <param name="header">The header's text.</param>
    /// <param name="bodies">The bytes of the request's events.</param>
    /// <param name="events">The events, in the request's order.</param>
    public (SignedStatement? Signed, string? Problem) Check(string header, ReadOnlyMemory<byte> bodies, IReadOnlyList<AppendedEvent> events) =>
        (null, $"{Header}: signed batches are not taken yet on chain {options.Deployment.Watched.Id.ChainId} ({header.Length} characters, {bodies.Length} bytes, {events.Count} events)");
}
