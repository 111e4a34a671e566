using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>A proposal as EIP-712 data: what attestors sign, and what the vault recovers the signers from.</summary>
public static class ProposalTypedData
{
    private static readonly TypedStruct[] Types =
    [
        new("Proposal",
        [
            new("epoch", "uint64"),
            new("attempt", "uint32"),
            new("attestorSet", "uint32"),
            new("previousRoot", "bytes32"),
            new("root", "bytes32"),
            new("pushRoot", "bytes32"),
            new("recordRoot", "bytes32"),
            new("bundleHash", "bytes32"),
            new("lastBlock", "uint64"),
            new("lastBlockHash", "bytes32"),
            new("totals", "TokenTotal[]"),
            new("revoked", "bytes32[]"),
            new("bundleUri", "string"),
        ]),
        new("TokenTotal", [new("token", "address"), new("total", "uint128")]),
    ];

    public static TypedData Of(ulong chainId, Address vault, Proposal proposal) => new(
        new TypedDataDomain("OpenSettle", "1", chainId, vault),
        Types,
        new TypedValue.Struct(
            proposal.Epoch,
            (ulong)proposal.Attempt,
            (ulong)proposal.AttestorSet,
            proposal.PreviousRoot,
            proposal.Root,
            proposal.PushRoot,
            proposal.RecordRoot,
            proposal.BundleHash,
            proposal.LastBlock,
            proposal.LastBlockHash,
            new TypedValue.List([.. proposal.Totals.Select(total => new TypedValue.Struct(total.Token, total.Total))]),
            new TypedValue.List([.. proposal.Revoked.Select(key => (TypedValue)key)]),
            proposal.BundleUri));
}
