using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>The EIP-712 digest of a proposal: what attestors sign, and what the vault recovers the signers from.</summary>
public static class ProposalTypedData
{
    private const string TokenTotalType = "TokenTotal(address token,uint128 total)";

    private const string ProposalType =
        "Proposal(uint64 epoch,uint32 attempt,uint32 attestorSet,bytes32 previousRoot,bytes32 root,bytes32 pushRoot,bytes32 recordRoot,bytes32 bundleHash,"
        + "uint64 lastBlock,bytes32 lastBlockHash,TokenTotal[] totals,bytes32[] revoked,string bundleUri)" + TokenTotalType;

    private static readonly Hash32 TokenTotalTypeHash = Keccak256.HashText(TokenTotalType);
    private static readonly Hash32 ProposalTypeHash = Keccak256.HashText(ProposalType);

    private static readonly Hash32 DomainTypeHash =
        Keccak256.HashText("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    private static readonly Hash32 DomainName = Keccak256.HashText("OpenSettle");
    private static readonly Hash32 DomainVersion = Keccak256.HashText("1");

    public static Hash32 Digest(ulong chainId, Address vault, Proposal proposal)
    {
        var digest = new byte[2 + Hash32.Size * 2];
        // EIP-191's version for typed data.
        digest[0] = 0x19;
        digest[1] = 0x01;
        DomainSeparator(chainId, vault).WriteTo(digest.AsSpan(2));
        HashStruct(proposal).WriteTo(digest.AsSpan(2 + Hash32.Size));
        return Keccak256.Hash(digest);
    }

    private static Hash32 DomainSeparator(ulong chainId, Address vault) =>
        Keccak256.Hash(new AbiWriter().Word(DomainTypeHash).Word(DomainName).Word(DomainVersion).UInt(chainId).Account(vault).ToArray());

    private static Hash32 HashStruct(Proposal proposal)
    {
        // An array is the hash of its items' hashes, one after the other; a string is the hash of its bytes.
        var totals = new AbiWriter();
        foreach (var total in proposal.Totals)
            totals.Word(Keccak256.Hash(new AbiWriter().Word(TokenTotalTypeHash).Account(total.Token).UInt(total.Total, 128).ToArray()));
        var revoked = new AbiWriter();
        foreach (var key in proposal.Revoked) revoked.Word(key);
        return Keccak256.Hash(new AbiWriter()
            .Word(ProposalTypeHash)
            .UInt(proposal.Epoch, 64)
            .UInt(proposal.Attempt, 32)
            .UInt(proposal.AttestorSet, 32)
            .Word(proposal.PreviousRoot)
            .Word(proposal.Root)
            .Word(proposal.PushRoot)
            .Word(proposal.RecordRoot)
            .Word(proposal.BundleHash)
            .UInt(proposal.LastBlock, 64)
            .Word(proposal.LastBlockHash)
            .Word(Keccak256.Hash(totals.ToArray()))
            .Word(Keccak256.Hash(revoked.ToArray()))
            .Word(Keccak256.HashText(proposal.BundleUri))
            .ToArray());
    }
}
