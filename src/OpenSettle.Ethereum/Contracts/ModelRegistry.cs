using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>Models, who shares their revenue, and what they derive from.</summary>
public static partial class ModelRegistry
{
    private const string TableType = "((address,uint96,bytes32)[],uint96,(address,uint96,bytes32)[],(bytes32,uint32,uint128,string))";

    internal static readonly AbiFunction RegisterFunction =
        new($"register((bytes32,uint32,bytes32,bytes32,string,uint16,{TableType},(bytes32,uint32)[],address[]))");

    internal static readonly AbiFunction SetSplitFunction = new($"setSplit(bytes32,{TableType})");
    internal static readonly AbiFunction ConfirmSplitFunction = new($"confirmSplit(bytes32,{TableType})");
    internal static readonly AbiFunction SetLineageFunction = new("setLineage(bytes32,(bytes32,uint32)[])");
    internal static readonly AbiFunction ConfirmLineageFunction = new("confirmLineage(bytes32,(bytes32,uint32)[])");
    internal static readonly AbiFunction SetGatewayFunction = new("setGateway(bytes32,address,bool)");
    internal static readonly AbiFunction OwnerSentinelFunction = new("OWNER()");
    internal static readonly AbiFunction VaultFunction = new("vault()");
    internal static readonly AbiFunction ModelIdOfFunction = new("modelIdOf(address,bytes32)");
    internal static readonly AbiFunction PayAddressOfFunction = new("payAddressOf(bytes32)");
    internal static readonly AbiFunction NumberOfFunction = new("numberOf(bytes32)");
    internal static readonly AbiFunction ModelCountFunction = new("modelCount()");
    internal static readonly AbiFunction OwnerOfFunction = new("ownerOf(uint256)");

    public static ReadOnlyMemory<byte> RegisterCall(Registration registration) =>
        RegisterFunction.Call(new AbiWriter().DynamicTuple(tuple => tuple
            .Word(registration.Salt)
            .UInt(registration.NoticePeriod, 32)
            .Word(registration.IdentityHash)
            .Word(registration.MetadataHash)
            .Text(registration.Uri)
            .UInt(registration.Royalty, 16)
            .DynamicTuple(table => Write(table, registration.Split))
            .Array(registration.Parents, Write)
            .Array(registration.Gateways, static (writer, gateway) => writer.Account(gateway))));

    /// <summary>Sets the next version of the split; it takes effect after the notice period.</summary>
    public static ReadOnlyMemory<byte> SetSplitCall(Hash32 modelId, SplitTable table) => SetSplitFunction.Call(Arguments(modelId, table));

    /// <summary>Sets what the last transfer of the model cancelled: the same, given again.</summary>
    public static ReadOnlyMemory<byte> ConfirmSplitCall(Hash32 modelId, SplitTable table) => ConfirmSplitFunction.Call(Arguments(modelId, table));

    public static ReadOnlyMemory<byte> SetLineageCall(Hash32 modelId, IReadOnlyList<Parent> parents) =>
        SetLineageFunction.Call(new AbiWriter().Word(modelId).Array(parents, Write));

    /// <inheritdoc cref="ConfirmSplitCall"/>
    public static ReadOnlyMemory<byte> ConfirmLineageCall(Hash32 modelId, IReadOnlyList<Parent> parents) =>
        ConfirmLineageFunction.Call(new AbiWriter().Word(modelId).Array(parents, Write));

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

    private static AbiWriter Arguments(Hash32 modelId, SplitTable table) => new AbiWriter().Word(modelId).DynamicTuple(tuple => Write(tuple, table));

    private static void Write(AbiWriter writer, SplitTable table) =>
        writer
            .Array(table.Rows, Write)
            .UInt(table.PoolWeight, 96)
            .Array(table.FallbackRows, Write)
            .DynamicTuple(committed => committed
                .Word(table.Committed.Hash).UInt(table.Committed.Rows, 32).UInt(table.Committed.Weight, 128).Text(table.Committed.Uri));

    private static void Write(AbiWriter writer, SplitRow row) => writer.Account(row.Account).UInt(row.Weight, 96).Word(row.Role);

    private static void Write(AbiWriter writer, Parent parent) => writer.Word(parent.ModelId).UInt(parent.Share, 32);
}
