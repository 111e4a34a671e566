using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

public static partial class ModelRegistry
{
    internal static readonly AbiEvent ModelRegisteredEvent = new("ModelRegistered(bytes32,uint64,address,address,uint32,bytes32,bytes32,string)", indexed: 3);
    internal static readonly AbiEvent SplitSetEvent = new("SplitSet(bytes32,uint32,uint64,(address,uint96,bytes32)[],uint96,(address,uint96,bytes32)[])", indexed: 2);
    internal static readonly AbiEvent SplitCommittedEvent = new("SplitCommitted(bytes32,uint32,uint64,bytes32,uint32,uint128,string)", indexed: 2);
    internal static readonly AbiEvent SplitCancelledEvent = new("SplitCancelled(bytes32,uint32)", indexed: 2);
    internal static readonly AbiEvent LineageSetEvent = new("LineageSet(bytes32,uint32,uint64,(bytes32,uint32)[])", indexed: 2);
    internal static readonly AbiEvent LineageCancelledEvent = new("LineageCancelled(bytes32,uint32)", indexed: 2);
    internal static readonly AbiEvent RoyaltySetEvent = new("RoyaltySet(bytes32,uint32,uint64,uint16)", indexed: 2);
    internal static readonly AbiEvent RoyaltyCancelledEvent = new("RoyaltyCancelled(bytes32,uint32)", indexed: 2);
    internal static readonly AbiEvent GatewaySetEvent = new("GatewaySet(bytes32,address,bool)", indexed: 2);
    internal static readonly AbiEvent MetadataSetEvent = new("MetadataSet(bytes32,bytes32,string)", indexed: 1);
    internal static readonly AbiEvent StatusSetEvent = new("StatusSet(bytes32,uint8)", indexed: 1);
    internal static readonly AbiEvent PermissionSetEvent = new("PermissionSet(bytes32,address,bytes32,uint8,uint64,bytes32,string)", indexed: 3);
    internal static readonly AbiEvent NoticeRaisedEvent = new("NoticeRaised(bytes32,uint32)", indexed: 1);
    internal static readonly AbiEvent FrozenEvent = new("Frozen(bytes32)", indexed: 1);
    internal static readonly AbiEvent TransferEvent = new("Transfer(address,address,uint256)", indexed: 3);

    private static readonly EventTable Events = new EventTable()
        .Add(ModelRegisteredEvent, static (indexed, plain) => new ModelRegistered(
            indexed.Word(), indexed.UInt64(), indexed.Account(), plain.Account(), plain.UInt32(), plain.Word(), plain.Word(), plain.Text()))
        .Add(SplitSetEvent, static (indexed, plain) => new SplitSet(
            indexed.Word(), indexed.UInt32(), plain.UInt64(), plain.Array(3, ReadRow), plain.UInt(96), plain.Array(3, ReadRow)))
        .Add(SplitCommittedEvent, static (indexed, plain) => new SplitCommitted(
            indexed.Word(), indexed.UInt32(), plain.UInt64(), new TableCommitment(plain.Word(), plain.UInt32(), plain.UInt(128), plain.Text())))
        .Add(SplitCancelledEvent, static (indexed, _) => new SplitCancelled(indexed.Word(), indexed.UInt32()))
        .Add(LineageSetEvent, static (indexed, plain) => new LineageSet(
            indexed.Word(), indexed.UInt32(), plain.UInt64(), plain.Array(2, static (ref AbiReader parent) => new Parent(parent.Word(), parent.UInt32()))))
        .Add(LineageCancelledEvent, static (indexed, _) => new LineageCancelled(indexed.Word(), indexed.UInt32()))
        .Add(RoyaltySetEvent, static (indexed, plain) => new RoyaltySet(indexed.Word(), indexed.UInt32(), plain.UInt64(), plain.UInt16()))
        .Add(RoyaltyCancelledEvent, static (indexed, _) => new RoyaltyCancelled(indexed.Word(), indexed.UInt32()))
        .Add(GatewaySetEvent, static (indexed, plain) => new GatewaySet(indexed.Word(), indexed.Account(), plain.Bool()))
        .Add(MetadataSetEvent, static (indexed, plain) => new MetadataSet(indexed.Word(), plain.Word(), plain.Text()))
        .Add(StatusSetEvent, static (indexed, plain) => new StatusSet(indexed.Word(), (ModelStatus)plain.UInt8()))
        .Add(PermissionSetEvent, static (indexed, plain) => new PermissionSet(
            indexed.Word(), indexed.Account(), indexed.Word(), (UsePermission)plain.UInt8(), plain.UInt64(), plain.Word(), plain.Text()))
        .Add(NoticeRaisedEvent, static (indexed, plain) => new NoticeRaised(indexed.Word(), plain.UInt32()))
        .Add(FrozenEvent, static (indexed, _) => new Frozen(indexed.Word()))
        .Add(TransferEvent, static (indexed, _) => new Transfer(indexed.Account(), indexed.Account(), indexed.Word()));

    /// <summary>The event that a log of the registry tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log) => Events.Decode(log);

    private static SplitRow ReadRow(ref AbiReader row) => new(row.Account(), row.UInt(96), row.Word());

    public sealed record ModelRegistered(
        Hash32 ModelId,
        ulong Number,
        Address Creator,
        Address PayAddress,
        uint NoticePeriod,
        Hash32 IdentityHash,
        Hash32 MetadataHash,
        string Uri) : ContractEvent;

    /// <summary>A split version, whole.</summary>
    public sealed record SplitSet(
        Hash32 ModelId, uint Version, ulong EffectiveAt, IReadOnlyList<SplitRow> Rows, UInt256 PoolWeight, IReadOnlyList<SplitRow> FallbackRows) : ContractEvent;

    /// <summary>A split version that the chain does not carry whole.</summary>
    public sealed record SplitCommitted(Hash32 ModelId, uint Version, ulong EffectiveAt, TableCommitment Table) : ContractEvent;

    public sealed record SplitCancelled(Hash32 ModelId, uint Version) : ContractEvent;

    public sealed record LineageSet(Hash32 ModelId, uint Version, ulong EffectiveAt, IReadOnlyList<Parent> Parents) : ContractEvent;

    public sealed record LineageCancelled(Hash32 ModelId, uint Version) : ContractEvent;

    /// <param name="Royalty">Hundredths of a percent of a resale's price.</param>
    public sealed record RoyaltySet(Hash32 ModelId, uint Version, ulong EffectiveAt, ushort Royalty) : ContractEvent;

    public sealed record RoyaltyCancelled(Hash32 ModelId, uint Version) : ContractEvent;

    public sealed record GatewaySet(Hash32 ModelId, Address Gateway, bool Listed) : ContractEvent;

    public sealed record MetadataSet(Hash32 ModelId, Hash32 MetadataHash, string Uri) : ContractEvent;

    public sealed record StatusSet(Hash32 ModelId, ModelStatus Status) : ContractEvent;

    /// <summary>What an account (zero: anybody) may do with the model.</summary>
    public sealed record PermissionSet(
        Hash32 ModelId, Address Account, Hash32 Use, UsePermission Permission, ulong Expires, Hash32 TermsHash, string Uri) : ContractEvent;

    public sealed record NoticeRaised(Hash32 ModelId, uint NoticePeriod) : ContractEvent;

    /// <summary>Split, lineage and royalty never change again.</summary>
    public sealed record Frozen(Hash32 ModelId) : ContractEvent;

    /// <summary>The model changed hands: its token id is the model id. From the zero address: it was registered.</summary>
    public sealed record Transfer(Address From, Address To, Hash32 ModelId) : ContractEvent;
}
