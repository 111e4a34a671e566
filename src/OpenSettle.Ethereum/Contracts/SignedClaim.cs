using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>A claim as its account signed it (<see cref="ClaimTypedData"/>), for anybody to bring.</summary>
/// <param name="To">Where the money goes.</param>
/// <param name="Deadline">The last second, by block time, in which the signature counts.</param>
/// <param name="Signature">65 bytes of a key, or whatever the account's own contract takes.</param>
public sealed record SignedClaim(ClaimRequest Request, Address To, UInt256 Deadline, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The call that brings it alone.</summary>
    public RoyaltySplit.ClaimSignedCall Call => new(Request, To, Deadline, Signature);

    /// <summary>What it would be paid, out of the answer to that call, simulated.</summary>
    /// <exception cref="AbiException">It is not what the function returns.</exception>
    public static UInt256 ReadPaid(ReadOnlySpan<byte> answer) => new AbiReader(answer).UInt();

    internal AbiWriter Write(AbiWriter writer) => writer
        .DynamicTuple(tuple => RoyaltySplit.Write(tuple, Request)).Account(To).UInt(Deadline).Bytes(Signature.Span);
}
