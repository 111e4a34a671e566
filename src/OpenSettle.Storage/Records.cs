using OpenSettle.Primitives;

namespace OpenSettle.Storage;

/// <summary>The last block whose facts are in the books.</summary>
public sealed record ChainCursor(ulong Block, Hash32 Hash, ulong Timestamp);

/// <summary>Money at a model's pay address.</summary>
/// <param name="Since">Block time of the oldest transfer that no sweep has brought in.</param>
public readonly record struct WaitingTotal(Address Token, Registry.ModelId Model, UInt256 Amount, ulong Since);

/// <summary>How far an epoch has come.</summary>
public enum EpochState
{
    Unknown = 0,

    /// <summary>Divided, and its bundle is written: it waits for the attestors.</summary>
    Built = 1,

    /// <summary>The vault has the proposal; its window runs.</summary>
    Proposed = 2,

    /// <summary>The root can be claimed against.</summary>
    Active = 3,

    /// <summary>Active, and attested on EAS.</summary>
    Attested = 4,

    /// <summary>The guardian deleted the proposal: settlement waits for a person.</summary>
    Vetoed = 5,

    /// <summary>Its last block is decided; usage comes in for the time that the settings grant it.</summary>
    Closed = 6,

    /// <summary>The attestors signed, and the proposal is planned.</summary>
    Signed = 7,

    /// <summary>Attested, and every push entry was tried.</summary>
    Pushed = 8,

    /// <summary>The vault has a proposal that these books did not make; its window runs.</summary>
    Foreign = 9,
}

/// <summary>An epoch as the node keeps it.</summary>
/// <param name="UsageEvents">Events that it saw, in batches or not.</param>
/// <param name="UsagePosition">The sealed position of the usage journal up to which it took usage.</param>
/// <param name="UsageChain">The seal's hash there.</param>
public sealed record SettledEpoch(
    ulong Number,
    uint Attempt,
    EpochState State,
    ulong FirstBlock,
    ulong LastBlock,
    Hash32 LastBlockHash,
    ulong LastBlockTime,
    Hash32 PreviousRoot,
    Hash32 Root,
    Hash32 BundleHash,
    string BundleUri,
    int Payments,
    long UsageEvents,
    ulong ReadyAt,
    long UsagePosition = 0,
    Hash32 UsageChain = default,
    Hash32 PushRoot = default,
    Hash32 RecordRoot = default)
{
    /// <summary>Whether its root can be claimed against.</summary>
    public bool IsActive => State is EpochState.Active or EpochState.Attested or EpochState.Pushed;
}

/// <summary>An attempt at an epoch that the guardian vetoed.</summary>
public sealed record VetoedAttempt(ulong Number, uint Attempt, ulong LastBlock, Hash32 Root, Hash32 BundleHash, string BundleUri, ulong Time);

/// <summary>How far an entry of a push root has come.</summary>
public enum PushState
{
    Unknown = 0,

    /// <summary>Not tried yet.</summary>
    Open = 1,

    /// <summary>Pushed to its recipient.</summary>
    Paid = 2,

    /// <summary>The recipient, or the token, refused it: it stays reserved, and its account can take it.</summary>
    Refused = 3,

    /// <summary>Its account took it.</summary>
    Taken = 4,
}

/// <summary>An entry of an epoch's push root.</summary>
public sealed record PushRow(ulong Epoch, ulong Index, Address Account, Address Recipient, Address Token, UInt256 Amount, PushState State);

/// <summary>How far a transaction has come.</summary>
public enum OutboxState
{
    Unknown = 0,

    /// <summary>Intended; no bytes yet.</summary>
    Planned = 1,

    /// <summary>Signed; bytes are stored and may have been sent.</summary>
    Signed = 2,

    /// <summary>Mined in a final block, and it did what it should.</summary>
    Done = 3,

    /// <summary>Mined in a final block, and it reverted.</summary>
    Reverted = 4,

    /// <summary>Nobody needs it any more: the chain shows its effect. Its nonce, where it had one, is used up.</summary>
    GivenUp = 5,
}

/// <summary>A transaction of this node, kept from intent to final receipt.</summary>
/// <param name="Purpose">What it is for; one purpose has its effect once, whatever happens in between.</param>
/// <param name="Epoch">Whose cost it is; null where it is nobody's.</param>
/// <param name="Nonce">The one under which it can be mined; null where it has none.</param>
/// <param name="Versions">What was signed with that nonce, oldest first.</param>
public sealed record OutboxRecord(
    long Id,
    string Purpose,
    OutboxState State,
    Address To,
    ReadOnlyMemory<byte> Data,
    ulong? Epoch,
    ulong? Nonce,
    IReadOnlyList<OutboxVersion> Versions)
{
    /// <summary>The version that was mined, once that is final.</summary>
    public OutboxVersion? Mined => Versions.FirstOrDefault(version => version.Outcome is not null);

    /// <summary>The hash to look for: of what was mined, or else of what was signed last. Zero where nothing was signed.</summary>
    public Hash32 Hash => (Mined ?? (Versions.Count > 0 ? Versions[^1] : null))?.Hash ?? Hash32.Zero;
}

/// <summary>Signed bytes: they never change, and any of an intent's may be the ones that are mined.</summary>
/// <param name="Number">Counts from 1 under its nonce.</param>
/// <param name="Fills">A transfer of nothing to ourselves, that only uses the nonce up.</param>
/// <param name="DataFee">What a rollup was expected to take on top of the gas, in wei.</param>
public sealed record OutboxVersion(
    ulong Nonce,
    uint Number,
    ReadOnlyMemory<byte> Raw,
    Hash32 Hash,
    bool Fills,
    UInt256 DataFee,
    DateTimeOffset SignedAt,
    DateTimeOffset? FirstSent = null,
    DateTimeOffset? LastSent = null,
    OutboxOutcome? Outcome = null);

/// <summary>What a mined transaction took.</summary>
/// <param name="DataPaid">What a rollup took on top of the gas, in wei.</param>
public sealed record OutboxOutcome(ulong GasUsed, UInt256 GasPrice, UInt256 DataPaid)
{
    public UInt256 Cost => GasUsed * GasPrice + DataPaid;
}
