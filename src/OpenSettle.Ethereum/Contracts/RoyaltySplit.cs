using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>The vault: holds every listed token, takes an epoch's root by quorum and window, and pays by proof.</summary>
public static partial class RoyaltySplit
{
    private const string ProposalType =
        "(uint64,uint32,uint32,bytes32,bytes32,bytes32,bytes32,bytes32,uint64,bytes32,(address,uint128)[],bytes32[],string)";

    internal static readonly AbiFunction ProposeFunction = new($"propose({ProposalType},(address,bytes)[])");
    internal static readonly AbiFunction ProposalDigestFunction = new($"proposalDigest({ProposalType})", "bytes32");
    internal static readonly AbiFunction ActivateFunction = new($"activate({ProposalType})");
    internal static readonly AbiFunction VetoFunction = new("veto(uint64,uint32)");
    internal static readonly AbiFunction ClaimFunction = new("claim(uint256,address,address,bytes32[])");
    internal static readonly AbiFunction ClaimManyFunction = new("claimMany((address,address,uint256,bytes32[])[])");
    internal static readonly AbiFunction SweepFunction = new("sweep((address,bytes32[])[])");
    internal static readonly AbiFunction EpochFunction = new("epoch()", "uint64");
    internal static readonly AbiFunction AttemptFunction = new("attempt()", "uint32");
    internal static readonly AbiFunction RootFunction = new("root()", "bytes32");
    internal static readonly AbiFunction OpenProposalFunction = new("openProposal()", "uint64,bytes32,uint64");
    internal static readonly AbiFunction WindowFunction = new("window()", "uint32");
    internal static readonly AbiFunction ThresholdFunction = new("threshold()", "uint32");
    internal static readonly AbiFunction GuardianFunction = new("guardian()", "address");
    internal static readonly AbiFunction RegistryFunction = new("registry()", "address");
    internal static readonly AbiFunction RailFunction = new("rail()", "address");
    internal static readonly AbiFunction AttestorsFunction = new("attestors()", "address[]");
    internal static readonly AbiFunction IsAttestorFunction = new("isAttestor(address)", "bool");
    internal static readonly AbiFunction IsListedFunction = new("isListed(address)", "bool");
    internal static readonly AbiFunction CreditedFunction = new("credited(address)", "uint256");
    internal static readonly AbiFunction PromisedFunction = new("promised(address)", "uint256");
    internal static readonly AbiFunction PaidFunction = new("paid(address)", "uint256");
    internal static readonly AbiFunction ClaimedFunction = new("claimed(address,address)", "uint256");
    internal static readonly AbiFunction ListedTokensFunction = new("listedTokens()", "(address,uint128)[]");
    internal static readonly AbiFunction EpochHashFunction = new("epochHash(uint64)", "bytes32");
    internal static readonly AbiFunction LastBlockFunction = new("lastBlock()", "uint64");
    internal static readonly AbiFunction AttestorSetFunction = new("attestorSet()", "uint32");
    internal static readonly AbiFunction GovernorFunction = new("governor()", "address");
    internal static readonly AbiFunction PausedUntilFunction = new("pausedUntil()", "uint64");
    internal static readonly AbiFunction RecipientOfFunction = new("recipientOf(address)", "address,uint256");

    /// <summary>Opens the window of a proposal. Signatures come in ascending order of their signers.</summary>
    public sealed record ProposeCall(Proposal Proposal, IReadOnlyList<AttestorSignature> Signatures) : ContractCall(ProposeFunction, new AbiWriter()
            .DynamicTuple(Proposal.Write)
            .Array(Signatures, static (writer, signature) => writer.DynamicTuple(tuple => tuple.Account(signature.Signer).Bytes(signature.Data.Span))));

    /// <summary>Makes the open proposal claimable. It has to be brought whole.</summary>
    public sealed record ActivateCall(Proposal Proposal) : ContractCall(ActivateFunction, new AbiWriter().DynamicTuple(Proposal.Write));

    /// <summary>Deletes the open proposal, where it is that attempt of that epoch.</summary>
    public sealed record VetoCall(ulong Epoch, uint Attempt) : ContractCall(VetoFunction, new AbiWriter().UInt(Epoch, 64).UInt(Attempt, 32));

    public sealed record ClaimCall(ClaimRequest Request) : ContractCall(ClaimFunction, new AbiWriter()
        .UInt(Request.Cumulative).Account(Request.Account).Account(Request.Token).Array(Request.Proof, static (item, node) => item.Word(node)));

    public sealed record ClaimManyCall(IReadOnlyList<ClaimRequest> Requests) : ContractCall(ClaimManyFunction, new AbiWriter().Array(
            Requests, static (writer, request) => writer.DynamicTuple(tuple => Write(tuple, request))));

    public sealed record SweepCall(IReadOnlyList<SweepOrder> Orders) : ContractCall(SweepFunction, new AbiWriter().Array(
        Orders, static (writer, order) => writer.DynamicTuple(tuple => tuple.Account(order.Token).Array(order.ModelIds, static (item, modelId) => item.Word(modelId)))));

    /// <summary>The digest as the vault computes it; <see cref="ProposalTypedData"/> computes the same here.</summary>
    public sealed record ProposalDigest(Proposal Proposal)
        : ContractView<Hash32>(ProposalDigestFunction, new AbiWriter().DynamicTuple(Proposal.Write), Answers.Word);

    /// <summary>The last activated epoch; 0 before the first.</summary>
    public sealed record Epoch() : ContractView<ulong>(EpochFunction, Answers.UInt64);

    /// <summary>The attempt that the next proposal has to carry.</summary>
    public sealed record Attempt() : ContractView<uint>(AttemptFunction, Answers.UInt32);

    /// <summary>The last activated root.</summary>
    public sealed record Root() : ContractView<Hash32>(RootFunction, Answers.Word);

    /// <summary>The open proposal, or null.</summary>
    public sealed record OpenProposal() : ContractView<Contracts.OpenProposal?>(OpenProposalFunction, static (ref AbiReader reader) =>
    {
        var open = new Contracts.OpenProposal(reader.UInt64(), reader.Word(), reader.UInt64());
        return open.Epoch == 0 ? null : open;
    });

    /// <summary>Seconds between a proposal and its activation.</summary>
    public sealed record Window() : ContractView<uint>(WindowFunction, Answers.UInt32);

    public sealed record Threshold() : ContractView<uint>(ThresholdFunction, Answers.UInt32);

    public sealed record Guardian() : ContractView<Address>(GuardianFunction, Answers.Account);

    public sealed record Registry() : ContractView<Address>(RegistryFunction, Answers.Account);

    public sealed record Rail() : ContractView<Address>(RailFunction, Answers.Account);

    /// <summary>The members of the current set.</summary>
    public sealed record AttestorList() : ContractView<IReadOnlyList<Address>>(AttestorsFunction, static (ref AbiReader reader) => reader.Array(1, static (ref AbiReader item) => item.Account()));

    public sealed record IsAttestor(Address Account) : ContractView<bool>(IsAttestorFunction, new AbiWriter().Account(Account), Answers.Bool);

    public sealed record IsListed(Address Token) : ContractView<bool>(IsListedFunction, new AbiWriter().Account(Token), Answers.Bool);

    public sealed record CreditedOf(Address Token) : ContractView<UInt256>(CreditedFunction, new AbiWriter().Account(Token), Answers.UInt);

    public sealed record PromisedOf(Address Token) : ContractView<UInt256>(PromisedFunction, new AbiWriter().Account(Token), Answers.UInt);

    public sealed record PaidOf(Address Token) : ContractView<UInt256>(PaidFunction, new AbiWriter().Account(Token), Answers.UInt);

    public sealed record ClaimedOf(Address Account, Address Token)
        : ContractView<UInt256>(ClaimedFunction, new AbiWriter().Account(Account).Account(Token), Answers.UInt);

    public sealed record ListedTokens() : ContractView<IReadOnlyList<ListedToken>>(
        ListedTokensFunction, static (ref AbiReader reader) => reader.Array(2, static (ref AbiReader token) => new ListedToken(token.Account(), token.UInt(128))));

    /// <summary>The hash of an activated epoch's <see cref="EpochRecord"/>, or zero.</summary>
    public sealed record EpochHash(ulong Epoch) : ContractView<Hash32>(EpochHashFunction, new AbiWriter().UInt(Epoch, 64), Answers.Word);

    /// <summary>The last block of the last activated epoch.</summary>
    public sealed record LastBlock() : ContractView<ulong>(LastBlockFunction, Answers.UInt64);

    /// <summary>The version of the set of attestors, from 1.</summary>
    public sealed record AttestorSet() : ContractView<uint>(AttestorSetFunction, Answers.UInt32);

    public sealed record Governor() : ContractView<Address>(GovernorFunction, Answers.Account);

    /// <summary>Block time in seconds until which the guardian's pause lasts; in the past, or zero, where there is none.</summary>
    public sealed record PausedUntil() : ContractView<ulong>(PausedUntilFunction, Answers.UInt64);

    /// <summary>Where the account's claims go (zero: to itself), and the nonce that its signatures carry.</summary>
    public sealed record RecipientOf(Address Account) : ContractView<(Address Recipient, UInt256 Nonce)>(
        RecipientOfFunction, new AbiWriter().Account(Account), static (ref AbiReader reader) => (reader.Account(), reader.UInt()));

    internal static AbiWriter Write(AbiWriter writer, ClaimRequest request) =>
        writer
            .Account(request.Account)
            .Account(request.Token)
            .UInt(request.Cumulative)
            .Array(request.Proof, static (item, node) => item.Word(node));
}
