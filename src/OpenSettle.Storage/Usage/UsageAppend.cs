using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Usage;

/// <summary>Why an event waits and is not counted yet.</summary>
public enum Hold
{
    None = 0,

    /// <summary>The registry has no such model.</summary>
    UnknownModel = 1,

    /// <summary>The model does not list the gateway that sent it.</summary>
    UnlistedGateway = 2,

    /// <summary>By its time it is older than what is known of ids, so that nobody can say whether it is new.</summary>
    BeyondHorizon = 3,

    /// <summary>Its time lies ahead, so that its id might be forgotten before its time is.</summary>
    AheadOfTime = 4,
}

/// <summary>What became of an event.</summary>
public enum Verdict
{
    Unknown = 0,

    /// <summary>New, and on disk.</summary>
    Accepted = 1,

    /// <summary>New and on disk; it waits, see <see cref="Hold"/>.</summary>
    Held = 2,

    /// <summary>Already there, the same.</summary>
    Duplicate = 3,

    /// <summary>Its source and id are there with another content. It is kept apart, and counted.</summary>
    Conflict = 4,
}

/// <summary>One event of a request: where its <see cref="EventBody"/> stands, and what is known of it before it is stored.</summary>
public record struct AppendedEvent(Hash32 Identity, int Offset, int Length, Hold Hold)
{
    /// <summary>Set by the journal.</summary>
    public Verdict Verdict { get; set; }
}

/// <summary>
/// The events of one request of one gateway. All that is new of it is committed together, in its order; a signed batch whole or not
/// at all.
/// </summary>
/// <param name="gateway">Number of the gateway whose key sent it.</param>
/// <param name="bodies">The events' bytes. Not touched before the journal has answered.</param>
/// <param name="events">The events, in the request's order. Their verdicts are set.</param>
/// <param name="batch">The statement that signs all of them; null for events that nobody signed.</param>
public sealed class UsageAppend(int gateway, ReadOnlyMemory<byte> bodies, AppendedEvent[] events, SignedStatement? batch = null)
{
    public int Gateway => gateway;

    public ReadOnlyMemory<byte> Bodies => bodies;

    public AppendedEvent[] Events => events;

    public SignedStatement? Batch => batch;

    /// <summary>Up to where a stream is taken with them: kept in the same commit. Null: they came by themselves.</summary>
    public StreamMark? Mark { get; init; }

    public ReadOnlySpan<byte> BodyOf(in AppendedEvent e) => bodies.Span.Slice(e.Offset, e.Length);
}

/// <summary>Up to where a stream is taken.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Identity">Which stream of that name: one that was made anew has another.</param>
/// <param name="Next">The first offset that is not taken.</param>
/// <param name="Lease">Under which it is taken: where another node has it by now, nothing is. Null: no other can.</param>
public sealed record StreamMark(string Stream, string Identity, long Next, Lease? Lease = null);

/// <summary>How a request ended.</summary>
public enum AppendStatus
{
    Unknown = 0,

    /// <summary>Committed; the events' verdicts say what became of each.</summary>
    Stored,

    /// <summary>Too much waits already: nothing of it was taken, and it can be sent again.</summary>
    Busy,

    /// <summary>The statement does not come after the gateway's last one. Nothing of it was taken.</summary>
    OutOfOrder,

    /// <summary>A signed batch has an event that is known already (see the verdicts). Nothing of it was taken.</summary>
    BatchNotNew,

    /// <summary>The very same batch is there already.</summary>
    BatchKnown,

    /// <summary>An epoch settled the batch of that number, and what it had was lost here. Nothing of it was taken.</summary>
    BatchSettled,

    /// <summary>Another node takes the stream now. Nothing of it was taken.</summary>
    LeaseLost,

    /// <summary>The stream was taken up to there before, by its mark. Nothing of it was taken again.</summary>
    StreamTaken,
}

/// <summary>What the journal answers.</summary>
/// <param name="LastBatch">Number of the gateway's last batch, where the order is wrong.</param>
/// <param name="LastDigest">Digest of it: what the next statement has to name. Zero where the last one was lost: then any will do.</param>
/// <param name="SettledBy">The epoch that settled the batch of this number, which was lost; where this one was stored, that of the one before it, with which it could not be compared. Else 0.</param>
public sealed record AppendResult(AppendStatus Status, ulong LastBatch = 0, Hash32 LastDigest = default, ulong SettledBy = 0);
