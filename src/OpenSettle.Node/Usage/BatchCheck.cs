using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Usage;

/// <summary>Holds a request against the statement that its gateway signed. What it finds does not depend on what is stored.</summary>
internal sealed class BatchCheck(NodeOptions options, IChainProvider provider)
{
    /// <summary>Name of the header that carries the statement.</summary>
    public const string Header = BatchHeader.Name;

    /// <summary>The checked statement, or what is wrong with it.</summary>
    /// <param name="header">The header's text.</param>
    /// <param name="bodies">The bytes of the request's events.</param>
    /// <param name="events">The events, in the request's order.</param>
    public (SignedStatement? Signed, string? Problem) Check(string header, ReadOnlyMemory<byte> bodies, IReadOnlyList<AppendedEvent> events)
    {
        if (!BatchHeader.TryParse(header, out var statement, out var signature, out var malformed)) return Refused(malformed);
        if (statement.Number == 0) return Refused("number: batches are numbered from 1");
        if (events.Count == 0) return Refused("count: a batch has at least one event");
        if (statement.Count != (ulong)events.Count) return Refused($"count: {statement.Count} events are signed, and {events.Count} were sent");
        if (Differs(statement, bodies.Span, events) is { } differs) return Refused(differs);
        var id = options.Deployment.Watched.Id;
        var (digest, problem) = BatchSignature.Check(id.ChainId, id.Registry, statement, signature, provider.Recover);
        return problem is null ? (new SignedStatement(statement, digest, signature), null) : Refused(problem);
    }

    private static (SignedStatement? Signed, string? Problem) Refused(string problem) => (null, $"{Header}: {problem}");

    /// <summary>What the events contradict; null where nothing is.</summary>
    private static string? Differs(BatchStatement statement, ReadOnlySpan<byte> bodies, IReadOnlyList<AppendedEvent> events)
    {
        var (first, last) = (ulong.MaxValue, ulong.MinValue);
        var hashes = new byte[events.Count * Hash32.Size];
        var writer = new CanonicalWriter();
        for (var i = 0; i < events.Count; i++)
        {
            // Whether such an event is new is not known for ever, and a batch decides money.
            if (events[i].Hold is Hold.BeyondHorizon or Hold.AheadOfTime)
                return $"event {i}: its time lies {(events[i].Hold == Hold.AheadOfTime ? "ahead" : "before what is known of ids")}, so no batch can have it. Sign the others without it";
            var e = new EventView(bodies.Slice(events[i].Offset, events[i].Length));
            (first, last) = (Math.Min(first, e.Time), Math.Max(last, e.Time));
            writer.Clear();
            try
            {
                EventLine.Write(writer, e);
            }
            catch (FormatException wrong)
            {
                return $"event {i}: {wrong.Message}";
            }

            Keccak256.Hash(writer.Written, hashes.AsSpan(i * Hash32.Size, Hash32.Size));
        }

        if (statement.FirstTime != first) return $"first: the earliest event is of {first}, and {statement.FirstTime} is signed";
        if (statement.LastTime != last) return $"last: the latest event is of {last}, and {statement.LastTime} is signed";
        var root = BatchTree.OfLineHashes(hashes).Root;
        return root == statement.Root ? null : $"root: the events give {root}, and {statement.Root} is signed. {FirstLine(bodies, events[0])}";
    }

    /// <summary>What a gateway compares with its own line to find the difference.</summary>
    private static string FirstLine(ReadOnlySpan<byte> bodies, AppendedEvent e)
    {
        var writer = new CanonicalWriter();
        EventLine.Write(writer, new EventView(bodies.Slice(e.Offset, e.Length)));
        const int Most = 1000;
        return $"The first event's line is {System.Text.Encoding.UTF8.GetString(writer.Written[..Math.Min(writer.Written.Length, Most)])}";
    }
}
