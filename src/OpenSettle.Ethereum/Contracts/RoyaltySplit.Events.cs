using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

public static partial class RoyaltySplit
{
    internal static readonly AbiEvent TokenListedEvent = new("TokenListed(address,uint128)", indexed: 1);
    internal static readonly AbiEvent SweptEvent = new("Swept(bytes32,address,uint256)", indexed: 2);
    internal static readonly AbiEvent EpochProposedEvent = new($"EpochProposed(uint64,uint32,bytes32,uint64,{ProposalType})", indexed: 3);
    internal static readonly AbiEvent EpochVetoedEvent = new("EpochVetoed(uint64,uint32)", indexed: 2);
    internal static readonly AbiEvent EpochActivatedEvent = new("EpochActivated(uint64,bytes32)", indexed: 2);
    internal static readonly AbiEvent RevokedEvent = new("Revoked(uint64,bytes32)", indexed: 2);
    internal static readonly AbiEvent ClaimedEvent = new("Claimed(address,address,uint256)", indexed: 2);
    internal static readonly AbiEvent ClaimRedirectedEvent = new("ClaimRedirected(address,address,address,uint256)", indexed: 3);
    internal static readonly AbiEvent ClaimRefusedEvent = new("ClaimRefused(address,address,address,uint256)", indexed: 3);
    internal static readonly AbiEvent PushedEvent = new("Pushed(uint64,address,uint256,uint256,uint256)", indexed: 2);
    internal static readonly AbiEvent PushRefusedEvent = new("PushRefused(uint64,uint256,address,uint256)", indexed: 3);
    internal static readonly AbiEvent PushTakenEvent = new("PushTaken(uint64,uint256,address,address,uint256)", indexed: 3);
    internal static readonly AbiEvent RecipientSetEvent = new("RecipientSet(address,address,uint256)", indexed: 2);
    internal static readonly AbiEvent ChangeScheduledEvent = new("ChangeScheduled(uint8,bytes,uint64)", indexed: 1);
    internal static readonly AbiEvent ChangeCancelledEvent = new("ChangeCancelled(uint8,address)", indexed: 2);
    internal static readonly AbiEvent ChangeExecutedEvent = new("ChangeExecuted(uint8,bytes)", indexed: 1);
    internal static readonly AbiEvent PausedEvent = new("Paused(uint64,uint64)", indexed: 0);
    internal static readonly AbiEvent UnpausedEvent = new("Unpaused(uint64)", indexed: 0);

    private static readonly EventTable Events = new EventTable()
        .Add(TokenListedEvent, static (indexed, plain) => new TokenListed(indexed.Account(), plain.UInt(128)))
        .Add(SweptEvent, static (indexed, plain) => new Swept(indexed.Word(), indexed.Account(), plain.UInt()))
        .Add(EpochProposedEvent, ReadEpochProposed)
        .Add(EpochVetoedEvent, static (indexed, _) => new EpochVetoed(indexed.UInt64(), indexed.UInt32()))
        .Add(EpochActivatedEvent, static (indexed, _) => new EpochActivated(indexed.UInt64(), indexed.Word()))
        .Add(RevokedEvent, static (indexed, _) => new Revoked(indexed.UInt64(), indexed.Word()))
        .Add(ClaimedEvent, static (indexed, plain) => new Claimed(indexed.Account(), indexed.Account(), plain.UInt()))
        .Add(ClaimRedirectedEvent, static (indexed, plain) => new ClaimRedirected(indexed.Account(), indexed.Account(), indexed.Account(), plain.UInt()))
        .Add(ClaimRefusedEvent, static (indexed, plain) => new ClaimRefused(indexed.Account(), indexed.Account(), indexed.Account(), plain.UInt()))
        .Add(PushedEvent, static (indexed, plain) => new Pushed(indexed.UInt64(), indexed.Account(), plain.UInt(), plain.UInt(), plain.UInt()))
        .Add(PushRefusedEvent, static (indexed, plain) => new PushRefused(indexed.UInt64(), indexed.UInt(), indexed.Account(), plain.UInt()))
        .Add(PushTakenEvent, static (indexed, plain) => new PushTaken(indexed.UInt64(), indexed.UInt(), indexed.Account(), plain.Account(), plain.UInt()))
        .Add(RecipientSetEvent, static (indexed, plain) => new RecipientSet(indexed.Account(), indexed.Account(), plain.UInt()))
        .Add(ChangeScheduledEvent, static (indexed, plain) => new ChangeScheduled((ChangeKind)indexed.UInt8(), plain.Bytes(), plain.UInt64()))
        .Add(ChangeCancelledEvent, static (indexed, _) => new ChangeCancelled((ChangeKind)indexed.UInt8(), indexed.Account()))
        .Add(ChangeExecutedEvent, static (indexed, plain) => new ChangeExecuted((ChangeKind)indexed.UInt8(), plain.Bytes()))
        .Add(PausedEvent, static (_, plain) => new Paused(plain.UInt64(), plain.UInt64()))
        .Add(UnpausedEvent, static (_, plain) => new Unpaused(plain.UInt64()));

    /// <summary>The event that a log of the vault tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log) => Events.Decode(log);

    private static EpochProposed ReadEpochProposed(AbiReader indexed, AbiReader plain)
    {
        var (epoch, attempt, root) = (indexed.UInt64(), indexed.UInt32(), indexed.Word());
        var proposed = new EpochProposed(ReadyAt: plain.UInt64(), Proposal: Proposal.Read(plain.Tuple()));
        return (proposed.Proposal.Epoch, proposed.Proposal.Attempt, proposed.Proposal.Root) == (epoch, attempt, root)
            ? proposed
            : throw new AbiException("A proposal is not the one that its log is indexed by.");
    }

    /// <summary>A token is settled by this vault from now on.</summary>
    public sealed record TokenListed(Address Token, UInt256 SmallestLeaf) : ContractEvent;

    /// <summary>Money of a pay address arrived; the amount is measured.</summary>
    public sealed record Swept(Hash32 ModelId, Address Token, UInt256 Amount) : ContractEvent;

    /// <param name="ReadyAt">Block time in seconds from which it can be activated, where nobody pauses.</param>
    /// <param name="Proposal">The proposal, whole.</param>
    public sealed record EpochProposed(ulong ReadyAt, Proposal Proposal) : ContractEvent;

    public sealed record EpochVetoed(ulong Epoch, uint Attempt) : ContractEvent;

    public sealed record EpochActivated(ulong Epoch, Hash32 Root) : ContractEvent;

    /// <summary>A root, or the key of an epoch's pushes, can no longer be claimed against.</summary>
    public sealed record Revoked(ulong Epoch, Hash32 Key) : ContractEvent;

    /// <param name="Account">Whose leaf was paid.</param>
    /// <param name="Token">The zero address: native coin.</param>
    /// <param name="Amount">Paid out now.</param>
    public sealed record Claimed(Address Account, Address Token, UInt256 Amount) : ContractEvent;

    /// <summary>Follows the claim's event where the money went to another address than the account.</summary>
    public sealed record ClaimRedirected(Address Account, Address Token, Address To, UInt256 Amount) : ContractEvent;

    /// <summary>One of many claims was passed over, because its token or its recipient refused.</summary>
    public sealed record ClaimRefused(Address Account, Address Token, Address To, UInt256 Amount) : ContractEvent;

    /// <summary>So many entries from the first on were tried, and so much was paid.</summary>
    public sealed record Pushed(ulong Epoch, Address Token, UInt256 First, UInt256 Count, UInt256 Amount) : ContractEvent;

    public sealed record PushRefused(ulong Epoch, UInt256 Index, Address Recipient, UInt256 Amount) : ContractEvent;

    public sealed record PushTaken(ulong Epoch, UInt256 Index, Address Account, Address To, UInt256 Amount) : ContractEvent;

    /// <summary>Later claims of the account go to the recipient; zero: to itself.</summary>
    public sealed record RecipientSet(Address Account, Address Recipient, UInt256 Nonce) : ContractEvent;

    public sealed record ChangeScheduled(ChangeKind Kind, ReadOnlyMemory<byte> Data, ulong ReadyAt) : ContractEvent;

    public sealed record ChangeCancelled(ChangeKind Kind, Address By) : ContractEvent;

    public sealed record ChangeExecuted(ChangeKind Kind, ReadOnlyMemory<byte> Data) : ContractEvent;

    public sealed record Paused(ulong Until, ulong RestUntil) : ContractEvent;

    public sealed record Unpaused(ulong RestUntil) : ContractEvent;
}
