using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Usage;

/// <summary>Up to where the journal is complete and will never change.</summary>
/// <param name="Position">Position of the last event; 0 before the first.</param>
/// <param name="Received">When its commit was made, in milliseconds since 1970.</param>
/// <param name="Chain">SHA-256 over all rows up to there: see docs/protocol.md.</param>
public sealed record Seal(long Position, long Received, Hash32 Chain)
{
    public static Seal Start { get; } = new(0, 0, Hash32.Zero);
}

/// <summary>An event in the journal.</summary>
/// <param name="Position">From 1, without gaps.</param>
/// <param name="Gateway">Number of the gateway whose key sent it.</param>
/// <param name="Batch">Id of the signed batch that it came in; 0 where nobody signed it.</param>
public sealed record JournaledEvent(long Position, int Gateway, long Batch, MeteredEvent Event);

/// <summary>A signed batch in the journal.</summary>
/// <param name="FirstPosition">Its events have the positions from here on, one after another.</param>
public sealed record JournaledBatch(long Id, SignedStatement Signed, long FirstPosition);

/// <summary>What a gateway's key may do.</summary>
[Flags]
public enum GatewayScopes
{
    None = 0,

    /// <summary>Send events.</summary>
    Send = 1,

    /// <summary>Send events that no signature covers.</summary>
    SendUnsigned = 2,

    /// <summary>Read what waits, and why.</summary>
    Read = 4,

    /// <summary>Run the node: a key with it is an operator's, and no gateway's.</summary>
    Operate = 8,
}

/// <summary>Whoever may send usage.</summary>
/// <param name="Id">Its number, from 1. Never used again.</param>
/// <param name="KeyHash">SHA-256 of its key: the key itself is nowhere.</param>
/// <param name="Address">The account that signs its batches and that models list; zero where it has none.</param>
/// <param name="PerSecond">Events that it may send in a second; 0 for no limit.</param>
/// <param name="PerDay">Events that it may send in a day; 0 for no limit.</param>
/// <param name="Revoked">When its key was revoked, in milliseconds; null while it holds.</param>
public sealed record GatewayRecord(
    int Id, string Name, Hash32 KeyHash, Address Address, GatewayScopes Scopes, long PerSecond, long PerDay, long Created, long? Revoked = null);


/// <summary>Events that wait for one reason.</summary>
public sealed record HeldGroup(ModelId Model, int Gateway, Hold Hold, long Events, long FirstPosition, long LastPosition);
