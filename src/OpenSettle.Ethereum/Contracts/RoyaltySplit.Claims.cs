using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

public static partial class RoyaltySplit
{
    internal static readonly AbiFunction ClaimToFunction = new("claimTo(uint256,address,bytes32[],address)");
    internal static readonly AbiFunction ClaimSignedFunction = new("claimSigned((address,address,uint256,bytes32[]),address,uint256,bytes)");
    internal static readonly AbiFunction RootStatusFunction = new("rootStatus(bytes32)", "uint64,bool");

    /// <summary>The sender's own claim, to any address. The request's account is the sender: it is not part of the call.</summary>
    public sealed record ClaimToCall(ClaimRequest Request, Address To) : ContractCall(ClaimToFunction, new AbiWriter()
        .UInt(Request.Cumulative).Account(Request.Token).Array(Request.Proof, static (item, node) => item.Word(node)).Account(To));

    /// <summary>A claim that its account signed (<see cref="ClaimTypedData"/>), to the address that it signed for. Anybody sends it.</summary>
    public sealed record ClaimSignedCall(ClaimRequest Request, Address To, UInt256 Deadline, ReadOnlyMemory<byte> Signed) : ContractCall(ClaimSignedFunction, new AbiWriter()
        .DynamicTuple(tuple => Write(tuple, Request)).Account(To).UInt(Deadline).Bytes(Signed.Span));

    /// <summary>Whether anything can be claimed against a root: by which epoch it was activated (0: never), and whether it was revoked.</summary>
    public sealed record RootStatus(Hash32 Key) : ContractView<(ulong ActivatedBy, bool Revoked)>(
        RootStatusFunction, new AbiWriter().Word(Key), static (ref AbiReader reader) => (reader.UInt64(), reader.Bool()));
}
