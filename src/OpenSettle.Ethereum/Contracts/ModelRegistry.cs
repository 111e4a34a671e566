using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>One row of a split table.</summary>
/// <param name="Account">Who earns; <see cref="ModelRegistry.OwnerSentinel"/> stands for the token's owner.</param>
/// <param name="Weight">At most 96 bits.</param>
/// <param name="Role">Short ASCII text, left aligned.</param>
public sealed record SplitRow(Address Account, UInt256 Weight, Hash32 Role);

/// <summary>A model that another one derives from.</summary>
/// <param name="ModelId">The parent.</param>
/// <param name="Share">Millionths of what reaches the child that flow up.</param>
public sealed record Parent(Hash32 ModelId, uint Share);

/// <summary>All that is said of a model when it is registered.</summary>
public sealed record Registration(
    Hash32 Salt,
    uint NoticePeriod,
    Hash32 IdentityHash,
    Hash32 MetadataHash,
    string Uri,
    IReadOnlyList<SplitRow> Split,
    IReadOnlyList<Parent> Parents,
    IReadOnlyList<Address> Gateways);

/// <summary>Models, who shares their revenue, and what they derive from.</summary>
public static class ModelRegistry
{
    internal static readonly AbiFunction RegisterFunction =
        new("register((bytes32,uint32,bytes32,bytes32,string,(address,uint96,bytes32)[],(bytes32,uint32)[],address[]))");

    internal static readonly AbiFunction SetSplitFunction = new("setSplit(bytes32,(address,uint96,bytes32)[])");
    internal static readonly AbiFunction SetGatewayFunction = new("setGateway(bytes32,address,bool)");
    internal static readonly AbiFunction OwnerSentinelFunction = new("OWNER()");
    internal static readonly AbiFunction VaultFunction = new("vault()");
    internal static readonly AbiFunction ModelIdOfFunction = new("modelIdOf(address,bytes32)");
    internal static readonly AbiFunction PayAddressOfFunction = new("payAddressOf(bytes32)");
    internal static readonly AbiFunction NumberOfFunction = new("numberOf(bytes32)");
    internal static readonly AbiFunction ModelCountFunction = new("modelCount()");
    internal static readonly AbiFunction OwnerOfFunction = new("ownerOf(uint256)");
    internal static readonly AbiEvent ModelRegisteredEvent = new("ModelRegistered(bytes32,uint64,address,address,uint32,bytes32,bytes32,string)");
    internal static readonly AbiEvent SplitSetEvent = new("SplitSet(bytes32,uint32,uint64,(address,uint96,bytes32)[])");
    internal static readonly AbiEvent SplitCancelledEvent = new("SplitCancelled(bytes32,uint32)");
    internal static readonly AbiEvent LineageSetEvent = new("LineageSet(bytes32,uint32,uint64,(bytes32,uint32)[])");
    internal static readonly AbiEvent GatewaySetEvent = new("GatewaySet(bytes32,address,bool)");
    internal static readonly AbiEvent TransferEvent = new("Transfer(address,address,uint256)");

    public static Hash32 ModelRegisteredTopic => ModelRegisteredEvent.Topic;

    public static Hash32 SplitSetTopic => SplitSetEvent.Topic;

    public static Hash32 SplitCancelledTopic => SplitCancelledEvent.Topic;

    public static Hash32 LineageSetTopic => LineageSetEvent.Topic;

    public static Hash32 GatewaySetTopic => GatewaySetEvent.Topic;

    public static Hash32 TransferTopic => TransferEvent.Topic;

    public static ReadOnlyMemory<byte> RegisterCall(Registration registration) =>
        RegisterFunction.Call(new AbiWriter().DynamicTuple(tuple => tuple
            .Word(registration.Salt)
            .UInt(registration.NoticePeriod, 32)
            .Word(registration.IdentityHash)
            .Word(registration.MetadataHash)
            .Text(registration.Uri)
            .Array(registration.Split, WriteRow)
            .Array(registration.Parents, static (writer, parent) => writer.Word(parent.ModelId).UInt(parent.Share, 32))
            .Array(registration.Gateways, static (writer, gateway) => writer.Account(gateway))));

    public static ReadOnlyMemory<byte> SetSplitCall(Hash32 modelId, IReadOnlyList<SplitRow> rows) =>
        SetSplitFunction.Call(new AbiWriter().Word(modelId).Array(rows, WriteRow));

    public static ReadOnlyMemory<byte> SetGatewayCall(Hash32 modelId, Address gateway, bool listed) =>
        SetGatewayFunction.Call(new AbiWriter().Word(modelId).Account(gateway).Bool(listed));

    /// <summary>The account in a split row that stands for "whoever owns the model's token".</summary>
    public static ViewCall<Address> OwnerSentinel() => OwnerSentinelFunction.View(Answers.Account);

    public static ViewCall<Address> Vault() => VaultFunction.View(Answers.Account);

    public static ViewCall<Hash32> ModelIdOf(Address creator, Hash32 salt) =>
        ModelIdOfFunction.View(new AbiWriter().Account(creator).Word(salt), Answers.Word);

    public static ViewCall<Address> PayAddressOf(Hash32 modelId) => PayAddressOfFunction.View(new AbiWriter().Word(modelId), Answers.Account);

    /// <summary>The model's number from 1; 0 for an unknown model.</summary>
    public static ViewCall<ulong> NumberOf(Hash32 modelId) => NumberOfFunction.View(new AbiWriter().Word(modelId), Answers.UInt64);

    public static ViewCall<ulong> ModelCount() => ModelCountFunction.View(Answers.UInt64);

    /// <summary>Who owns the model's token. Reverts for an unknown model.</summary>
    public static ViewCall<Address> OwnerOf(Hash32 modelId) => OwnerOfFunction.View(new AbiWriter().Word(modelId), Answers.Account);

    /// <summary>The event that a log of the registry tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log)
    {
        var topic = log.EventTopic();
        if (topic == ModelRegisteredEvent.Topic) return ReadModelRegistered(log.Indexed(3), log.Plain());
        if (topic == SplitSetEvent.Topic) return ReadSplitSet(log.Indexed(2), log.Plain());
        if (topic == LineageSetEvent.Topic) return ReadLineageSet(log.Indexed(2), log.Plain());
        if (topic == SplitCancelledEvent.Topic)
        {
            var indexed = log.Indexed(2);
            return new SplitCancelled(indexed.Word(), indexed.UInt32());
        }

        if (topic == GatewaySetEvent.Topic)
        {
            var indexed = log.Indexed(2);
            return new GatewaySet(indexed.Word(), indexed.Account(), log.Plain().Bool());
        }

        if (topic == TransferEvent.Topic)
        {
            var indexed = log.Indexed(3);
            return new Transfer(indexed.Account(), indexed.Account(), indexed.Word());
        }

        return null;
    }

    private static ModelRegistered ReadModelRegistered(AbiReader indexed, AbiReader plain) =>
        new(indexed.Word(), indexed.UInt64(), indexed.Account(), plain.Account(), plain.UInt32(), plain.Word(), plain.Word(), plain.Text());

    private static SplitSet ReadSplitSet(AbiReader indexed, AbiReader plain) =>
        new(
            indexed.Word(),
            indexed.UInt32(),
            plain.UInt64(),
            plain.Array(3, static (ref AbiReader row) => new SplitRow(row.Account(), row.UInt(96), row.Word())));

    private static LineageSet ReadLineageSet(AbiReader indexed, AbiReader plain) =>
        new(
            indexed.Word(),
            indexed.UInt32(),
            plain.UInt64(),
            plain.Array(2, static (ref AbiReader parent) => new Parent(parent.Word(), parent.UInt32())));

    private static void WriteRow(AbiWriter writer, SplitRow row) => writer.Account(row.Account).UInt(row.Weight, 96).Word(row.Role);

    public sealed record ModelRegistered(
        Hash32 ModelId,
        ulong Number,
        Address Creator,
        Address PayAddress,
        uint NoticePeriod,
        Hash32 IdentityHash,
        Hash32 MetadataHash,
        string Uri) : ContractEvent;

    public sealed record SplitSet(Hash32 ModelId, uint Version, ulong EffectiveAt, IReadOnlyList<SplitRow> Rows) : ContractEvent;

    public sealed record SplitCancelled(Hash32 ModelId, uint Version) : ContractEvent;

    public sealed record LineageSet(Hash32 ModelId, uint Version, ulong EffectiveAt, IReadOnlyList<Parent> Parents) : ContractEvent;

    public sealed record GatewaySet(Hash32 ModelId, Address Gateway, bool Listed) : ContractEvent;

    /// <summary>The model changed hands: its token id is the model id. From the zero address: it was registered.</summary>
    public sealed record Transfer(Address From, Address To, Hash32 ModelId) : ContractEvent;
}
