using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>The vault: holds every listed token, takes an epoch's root by quorum and window, and pays by proof.</summary>
public static partial class RoyaltySplit
{
    internal static readonly AbiFunction ProposeFunction =
        new("propose((uint64,uint32,bytes32,bytes32,bytes32,uint64,bytes32,(address,uint128)[],string),bytes[])");

    internal static readonly AbiFunction ProposalDigestFunction =
        new("proposalDigest((uint64,uint32,bytes32,bytes32,bytes32,uint64,bytes32,(address,uint128)[],string))");

    internal static readonly AbiFunction ActivateFunction = new("activate()");
    internal static readonly AbiFunction VetoFunction = new("veto()");
    internal static readonly AbiFunction ClaimFunction = new("claim(address,address,uint256,bytes32[])");
    internal static readonly AbiFunction ClaimManyFunction = new("claimMany((address,address,uint256,bytes32[])[])");
    internal static readonly AbiFunction SweepFunction = new("sweep(address,bytes32[])");
    internal static readonly AbiFunction EpochFunction = new("epoch()");
    internal static readonly AbiFunction AttemptFunction = new("attempt()");
    internal static readonly AbiFunction RootFunction = new("root()");
    internal static readonly AbiFunction OpenProposalFunction = new("openProposal()");
    internal static readonly AbiFunction WindowFunction = new("window()");
    internal static readonly AbiFunction ThresholdFunction = new("threshold()");
    internal static readonly AbiFunction GuardianFunction = new("guardian()");
    internal static readonly AbiFunction RegistryFunction = new("registry()");
    internal static readonly AbiFunction RailFunction = new("rail()");
    internal static readonly AbiFunction IsAttestorFunction = new("isAttestor(address)");
    internal static readonly AbiFunction IsListedFunction = new("isListed(address)");
    internal static readonly AbiFunction CreditedFunction = new("credited(address)");
    internal static readonly AbiFunction PromisedFunction = new("promised(address)");
    internal static readonly AbiFunction PaidFunction = new("paid(address)");
    internal static readonly AbiFunction ClaimedFunction = new("claimed(address,address)");
    internal static readonly AbiFunction ListedTokensFunction = new("listedTokens()");
    internal static readonly AbiFunction EpochRecordFunction = new("epochRecord(uint64)");

    /// <summary>Opens the window of a proposal. Signatures of 65 bytes, in ascending order of their signers.</summary>
    public static ReadOnlyMemory<byte> ProposeCall(Proposal proposal, IReadOnlyList<RecoverableSignature> signatures) =>
        ProposeFunction.Call(new AbiWriter()
            .DynamicTuple(tuple => Write(tuple, proposal))
            .Array(signatures, static (writer, signature) => writer.Bytes(signature.ToArray())));

    public static ReadOnlyMemory<byte> ActivateCall() => ActivateFunction.Call();

    public static ReadOnlyMemory<byte> VetoCall() => VetoFunction.Call();

    public static ReadOnlyMemory<byte> ClaimCall(ClaimRequest request) => ClaimFunction.Call(Write(new AbiWriter(), request));

    public static ReadOnlyMemory<byte> ClaimManyCall(IReadOnlyList<ClaimRequest> requests) =>
        ClaimManyFunction.Call(new AbiWriter().Array(
            requests, static (writer, request) => writer.DynamicTuple(tuple => Write(tuple, request))));

    public static ReadOnlyMemory<byte> SweepCall(Address token, IReadOnlyList<Hash32> modelIds) =>
        SweepFunction.Call(new AbiWriter().Account(token).Array(modelIds, static (writer, modelId) => writer.Word(modelId)));

    /// <summary>The digest as the vault computes it; <see cref="ProposalTypedData"/> computes the same here.</summary>
    public static ViewCall<Hash32> ProposalDigest(Proposal proposal) =>
        ProposalDigestFunction.View(new AbiWriter().DynamicTuple(tuple => Write(tuple, proposal)), Answers.Word);

    /// <summary>The last activated epoch; 0 before the first.</summary>
    public static ViewCall<ulong> Epoch() => EpochFunction.View(Answers.UInt64);

    /// <summary>The attempt that the next proposal has to carry.</summary>
    public static ViewCall<uint> Attempt() => AttemptFunction.View(Answers.UInt32);

    /// <summary>The last activated root.</summary>
    public static ViewCall<Hash32> Root() => RootFunction.View(Answers.Word);

    /// <summary>The open proposal, or null.</summary>
    public static ViewCall<OpenProposal?> OpenProposal() => OpenProposalFunction.View(static (ref AbiReader reader) =>
    {
        var open = new OpenProposal(reader.UInt64(), reader.Word(), reader.UInt64());
        return open.Epoch == 0 ? null : open;
    });

    /// <summary>Seconds between a proposal and its activation.</summary>
    public static ViewCall<uint> Window() => WindowFunction.View(Answers.UInt32);

    public static ViewCall<uint> Threshold() => ThresholdFunction.View(Answers.UInt32);

    public static ViewCall<Address> Guardian() => GuardianFunction.View(Answers.Account);

    public static ViewCall<Address> Registry() => RegistryFunction.View(Answers.Account);

    public static ViewCall<Address> Rail() => RailFunction.View(Answers.Account);

    public static ViewCall<bool> IsAttestor(Address account) => IsAttestorFunction.View(new AbiWriter().Account(account), Answers.Bool);

    public static ViewCall<bool> IsListed(Address token) => IsListedFunction.View(new AbiWriter().Account(token), Answers.Bool);

    public static ViewCall<UInt256> CreditedOf(Address token) => CreditedFunction.View(new AbiWriter().Account(token), Answers.UInt);

    public static ViewCall<UInt256> PromisedOf(Address token) => PromisedFunction.View(new AbiWriter().Account(token), Answers.UInt);

    public static ViewCall<UInt256> PaidOf(Address token) => PaidFunction.View(new AbiWriter().Account(token), Answers.UInt);

    public static ViewCall<UInt256> ClaimedOf(Address account, Address token) =>
        ClaimedFunction.View(new AbiWriter().Account(account).Account(token), Answers.UInt);

    public static ViewCall<IReadOnlyList<ListedToken>> ListedTokens() => ListedTokensFunction.View<IReadOnlyList<ListedToken>>(
        static (ref AbiReader reader) => reader.Array(2, static (ref AbiReader token) => new ListedToken(token.Account(), token.UInt(128))));

    public static ViewCall<EpochRecord> EpochRecordOf(ulong epoch) => EpochRecordFunction.View(
        new AbiWriter().UInt(epoch, 64),
        static (ref AbiReader reader) => new EpochRecord(reader.Word(), reader.Word(), reader.UInt64(), reader.UInt64()));

    private static void Write(AbiWriter writer, Proposal proposal) =>
        writer
            .UInt(proposal.Epoch, 64)
            .UInt(proposal.Attempt, 32)
            .Word(proposal.PreviousRoot)
            .Word(proposal.Root)
            .Word(proposal.BundleHash)
            .UInt(proposal.LastBlock, 64)
            .Word(proposal.LastBlockHash)
            .Array(proposal.Totals, static (item, total) => item.Account(total.Token).UInt(total.Total, 128))
            .Text(proposal.BundleUri);

    private static AbiWriter Write(AbiWriter writer, ClaimRequest request) =>
        writer
            .Account(request.Account)
            .Account(request.Token)
            .UInt(request.Cumulative)
            .Array(request.Proof, static (item, node) => item.Word(node));
}
