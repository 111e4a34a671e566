using OpenSettle.Primitives;

namespace OpenSettle.Storage;

/// <summary>How far a signed claim has come that this node relays.</summary>
public enum RelayState
{
    Unknown = 0,

    /// <summary>Taken: it waits for a transaction.</summary>
    Queued = 1,

    /// <summary>In a transaction that is planned, or on its way.</summary>
    Batched = 2,

    /// <summary>A final block shows that it was paid.</summary>
    Paid = 3,

    /// <summary>It is not brought any more; why, it says.</summary>
    Declined = 4,
}

/// <summary>A claim as its account signed it, with what proves it.</summary>
/// <param name="Id">The digest that was signed: the same claim has one id, however often it is handed in.</param>
/// <param name="To">Where the money goes.</param>
/// <param name="Deadline">The last second, by block time, in which the signature counts.</param>
/// <param name="Proof">From the leaf to a root that was active when it was taken.</param>
/// <param name="Gas">What it takes by itself.</param>
public sealed record RelayClaim(
    Hash32 Id, DateTimeOffset Accepted, Address Account, Address Token, Address To, UInt256 Cumulative, ulong Deadline, ReadOnlyMemory<byte> Signature, IReadOnlyList<Hash32> Proof, ulong Gas)
{
    public RelayState State { get; init; } = RelayState.Queued;

    /// <summary>The transaction that it is or was in last; null before the first.</summary>
    public long? Batch { get; init; }

    /// <summary>In how many transactions it was.</summary>
    public int Tries { get; init; }

    public RelayOutcome? Outcome { get; init; }
}

/// <summary>What became of a signed claim.</summary>
/// <param name="Amount">What it was paid; null where it was not, or by somebody else's transaction.</param>
/// <param name="Block">The final block that shows it; null where none does.</param>
/// <param name="Code">Why it is not brought any more; null where it was paid.</param>
/// <param name="Words">The same for people.</param>
public sealed record RelayOutcome(UInt256? Amount, ulong? Block, Hash32? Transaction, string? Code, string? Words);

/// <summary>A transaction of relayed claims.</summary>
/// <param name="Planned">When, by this node's clock: its cost is of the 24 hours after.</param>
/// <param name="Reserve">What is set aside for it until its cost is known, in wei.</param>
public sealed record RelayBatch(long Number, DateTimeOffset Planned, UInt256 Reserve);
