using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>The vault: holds every listed token, takes an epoch's root by quorum and window, and pays by proof.</summary>
public static partial class RoyaltySplit
{
    private const string ProposalType =
        "(uint64,uint32,uint32,bytes32,bytes32,bytes32,bytes32,bytes32,uint64,bytes32,(address,uint128)[],bytes32[],string)";

    internal static readonly AbiFunction ProposeFunction = new($"propose({ProposalType},(address,bytes)[])");
    internal static readonly AbiFunction ProposalDigestFunction = new($"proposalDigest({ProposalType})");
    internal static readonly AbiFunction ActivateFunction = new($"activate({ProposalType})");
    internal static readonly AbiFunction VetoFunction = new("veto(uint64,uint32)");
    internal static readonly AbiFunction ClaimFunction = new("claim(uint256,address,address,bytes32[])");
    internal static readonly AbiFunction ClaimManyFunction = new("claimMany((address,address,uint256,bytes32[])[])");
    internal static readonly AbiFunction SweepFunction = new("sweep((address,bytes32[])[])");
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
    internal static readonly AbiFunction EpochHashFunction = new("epochHash(uint64)");
    internal static readonly AbiFunction LastBlockFunction = new("lastBlock()");
    internal static readonly AbiFunction AttestorSetFunction = new("attestorSet()");
    internal static readonly AbiFunction GovernorFunction = new("governor()");
    internal static readonly AbiFunction RecipientOfFunction = new("recipientOf(address)");

    /// <summary>Opens the window of a proposal. Signatures come in ascending order of their signers.</summary>
    public static ReadOnlyMemory<byte> ProposeCall(Proposal proposal, IReadOnlyList<AttestorSignature> signatures) =>
        ProposeFunction.Call(new AbiWriter()
            .DynamicTuple(proposal.Write)
            .Array(signatures, static (writer, signature) => writer.DynamicTuple(tuple => tuple.Account(signature.Signer).Bytes(signature.Data.Span))));

    /// <summary>Makes the open proposal claimable. It has to be brought whole.</summary>
    public static ReadOnlyMemory<byte> ActivateCall(Proposal proposal) => ActivateFunction.Call(new AbiWriter().DynamicTuple(proposal.Write));

    /// <summary>Deletes the open proposal, where it is that attempt of that epoch.</summary>
    public static ReadOnlyMemory<byte> VetoCall(ulong epoch, uint attempt) => VetoFunction.Call(new AbiWriter().UInt(epoch, 64).UInt(attempt, 32));

    public static ReadOnlyMemory<byte> ClaimCall(ClaimRequest request) => ClaimFunction.Call(new AbiWriter()
        .UInt(request.Cumulative).Account(request.Account).Account(request.Token).Array(request.Proof, static (item, node) => item.Word(node)));

    public static ReadOnlyMemory<byte> ClaimManyCall(IReadOnlyList<ClaimRequest> requests) =>
        ClaimManyFunction.Call(new AbiWriter().Array(
            requests, static (writer, request) => writer.DynamicTuple(tuple => Write(tuple, request))));

    public static ReadOnlyMemory<byte> SweepCall(params IReadOnlyList<SweepOrder> orders) =>
        SweepFunction.Call(new AbiWriter().Array(orders, static (writer, order) => writer.DynamicTuple(
            tuple => tuple.Account(order.Token).Array(order.ModelIds, static (item, modelId) => item.Word(modelId)))));

    /// <summary>The digest as the vault computes it; <see cref="ProposalTypedData"/> computes the same here.</summary>
    public static ViewCall<Hash32> ProposalDigest(Proposal proposal) =>
        ProposalDigestFunction.View(new AbiWriter().DynamicTuple(proposal.Write), Answers.Word);

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

    /// <summary>The hash of an activated epoch's <see cref="EpochRecord"/>, or zero.</summary>
    public static ViewCall<Hash32> EpochHash(ulong epoch) => EpochHashFunction.View(new AbiWriter().UInt(epoch, 64), Answers.Word);

    /// <summary>The last block of the last activated epoch.</summary>
    public static ViewCall<ulong> LastBlock() => LastBlockFunction.View(Answers.UInt64);

    /// <summary>The version of the set of attestors, from 1.</summary>
    public static ViewCall<uint> AttestorSet() => AttestorSetFunction.View(Answers.UInt32);

    public static ViewCall<Address> Governor() => GovernorFunction.View(Answers.Account);

    /// <summary>Where the account's claims go (zero: to itself), and the nonce that its signatures carry.</summary>
    public static ViewCall<(Address Recipient, UInt256 Nonce)> RecipientOf(Address account) => RecipientOfFunction.View(
        new AbiWriter().Account(account), static (ref AbiReader reader) => (reader.Account(), reader.UInt()));

    private static AbiWriter Write(AbiWriter writer, ClaimRequest request) =>
        writer
            .Account(request.Account)
            .Account(request.Token)
            .UInt(request.Cumulative)
            .Array(request.Proof, static (item, node) => item.Word(node));
}
