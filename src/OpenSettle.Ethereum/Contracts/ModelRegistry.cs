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
    internal static readonly AbiFunction SetMetadataFunction = new("setMetadata(bytes32,bytes32,string)");
    internal static readonly AbiFunction OwnerSentinelFunction = new("OWNER()", "address");
    internal static readonly AbiFunction VaultFunction = new("vault()", "address");
    internal static readonly AbiFunction ModelIdOfFunction = new("modelIdOf(address,bytes32)", "bytes32");
    internal static readonly AbiFunction PayAddressOfFunction = new("payAddressOf(bytes32)", "address");
    internal static readonly AbiFunction NumberOfFunction = new("numberOf(bytes32)", "uint64");
    internal static readonly AbiFunction ModelCountFunction = new("modelCount()", "uint64");
    internal static readonly AbiFunction NoticePeriodOfFunction = new("noticePeriodOf(bytes32)", "uint32");
    internal static readonly AbiFunction VersionOfFunction = new("versionOf(bytes32,uint8)", "uint32,uint64");
    internal static readonly AbiFunction OwnerOfFunction = new("ownerOf(uint256)", "address");

    public sealed record RegisterCall(Registration Registration) : ContractCall(RegisterFunction, new AbiWriter().DynamicTuple(tuple => tuple
        .Word(Registration.Salt)
            .UInt(Registration.NoticePeriod, 32)
            .Word(Registration.IdentityHash)
            .Word(Registration.MetadataHash)
            .Text(Registration.Uri)
            .UInt(Registration.Royalty, 16)
            .DynamicTuple(table => Write(table, Registration.Split))
            .Array(Registration.Parents, Write)
            .Array(Registration.Gateways, static (writer, gateway) => writer.Account(gateway))));

    /// <summary>Sets the next version of the split; it takes effect after the notice period.</summary>
    public sealed record SetSplitCall(Hash32 ModelId, SplitTable Table) : ContractCall(SetSplitFunction, Arguments(ModelId, Table));

    /// <summary>Sets what the last transfer of the model cancelled: the same, given again.</summary>
    public sealed record ConfirmSplitCall(Hash32 ModelId, SplitTable Table) : ContractCall(ConfirmSplitFunction, Arguments(ModelId, Table));

    public sealed record SetLineageCall(Hash32 ModelId, IReadOnlyList<Parent> Parents)
        : ContractCall(SetLineageFunction, new AbiWriter().Word(ModelId).Array(Parents, Write));

    /// <inheritdoc cref="ConfirmSplitCall"/>
    public sealed record ConfirmLineageCall(Hash32 ModelId, IReadOnlyList<Parent> Parents)
        : ContractCall(ConfirmLineageFunction, new AbiWriter().Word(ModelId).Array(Parents, Write));

    public sealed record SetGatewayCall(Hash32 ModelId, Address Gateway, bool Listed)
        : ContractCall(SetGatewayFunction, new AbiWriter().Word(ModelId).Account(Gateway).Bool(Listed));

    /// <summary>Names another document that says more of the model.</summary>
    public sealed record SetMetadataCall(Hash32 ModelId, Hash32 MetadataHash, string Uri)
        : ContractCall(SetMetadataFunction, new AbiWriter().Word(ModelId).Word(MetadataHash).Text(Uri));

    /// <summary>The account in a split row that stands for "whoever owns the model's token".</summary>
    public sealed record OwnerSentinel() : ContractView<Address>(OwnerSentinelFunction, Answers.Account);

    public sealed record Vault() : ContractView<Address>(VaultFunction, Answers.Account);

    public sealed record ModelIdOf(Address Creator, Hash32 Salt)
        : ContractView<Hash32>(ModelIdOfFunction, new AbiWriter().Account(Creator).Word(Salt), Answers.Word);

    public sealed record PayAddressOf(Hash32 ModelId) : ContractView<Address>(PayAddressOfFunction, new AbiWriter().Word(ModelId), Answers.Account);

    /// <summary>The model's number from 1; 0 for an unknown model.</summary>
    public sealed record NumberOf(Hash32 ModelId) : ContractView<ulong>(NumberOfFunction, new AbiWriter().Word(ModelId), Answers.UInt64);

    public sealed record ModelCount() : ContractView<ulong>(ModelCountFunction, Answers.UInt64);

    /// <summary>Who owns the model's token. Reverts for an unknown model.</summary>
    public sealed record OwnerOf(Hash32 ModelId) : ContractView<Address>(OwnerOfFunction, new AbiWriter().Word(ModelId), Answers.Account);

    /// <summary>Seconds before a change of split, lineage or royalty takes effect.</summary>
    public sealed record NoticePeriodOf(Hash32 ModelId) : ContractView<uint>(NoticePeriodOfFunction, new AbiWriter().Word(ModelId), Answers.UInt32);

    /// <summary>The newest version of a kind, and when it takes effect where it is pending (else 0).</summary>
    public sealed record VersionOf(Hash32 ModelId, ModelTerm Term) : ContractView<(uint Version, ulong PendingUntil)>(
        VersionOfFunction, new AbiWriter().Word(ModelId).UInt((ulong)Term, 8), static (ref AbiReader reader) => (reader.UInt32(), reader.UInt64()));

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
