using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>A claim as its account signed it (<see cref="ClaimTypedData"/>), for anybody to bring.</summary>
/// <param name="To">Where the money goes.</param>
/// <param name="Deadline">The last second, by block time, in which the signature counts.</param>
/// <param name="Signature">65 bytes of a key, or whatever the account's own contract takes.</param>
public sealed record SignedClaim(ClaimRequest Request, Address To, UInt256 Deadline, ReadOnlyMemory<byte> Signature)
{
    internal AbiWriter Write(AbiWriter writer) => writer
        .DynamicTuple(tuple => RoyaltySplit.Write(tuple, Request)).Account(To).UInt(Deadline).Bytes(Signature.Span);
}

/// <summary>A signed claim as EIP-712 data: what its account signs, and what the vault checks.</summary>
public static class ClaimTypedData
{
    private static readonly TypedStruct[] Types =
    [
        new("Claim",
        [
            new("account", "address"),
            new("token", "address"),
            new("to", "address"),
            new("cumulative", "uint256"),
            new("nonce", "uint256"),
            new("deadline", "uint256"),
        ]),
    ];

    /// <param name="nonce">The account's, as the vault's <c>recipientOf</c> tells it.</param>
    public static TypedData Of(ulong chainId, Address vault, Address account, Address token, Address to, UInt256 cumulative, UInt256 nonce, UInt256 deadline) => new(
        new TypedDataDomain("OpenSettle", "1", chainId, vault), Types, new TypedValue.Struct(account, token, to, cumulative, nonce, deadline));
}
