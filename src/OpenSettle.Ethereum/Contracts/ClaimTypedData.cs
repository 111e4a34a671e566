using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>What an account signs so that somebody else brings its claim.</summary>
/// <param name="To">Where the money goes.</param>
/// <param name="Cumulative">All that the account ever earned of the token, as its leaf has it.</param>
/// <param name="Nonce">The account's, from the vault's recipientOf: a change of its recipient voids what it signed before.</param>
/// <param name="Deadline">Block time in seconds after which it counts no more.</param>
public sealed record ClaimOrder(Address Account, Address Token, Address To, UInt256 Cumulative, UInt256 Nonce, UInt256 Deadline);

/// <summary>A claim as EIP-712 data: what the vault's claimSigned checks the account's signature against.</summary>
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

    public static TypedData Of(ulong chainId, Address vault, ClaimOrder order) => new(
        new TypedDataDomain("OpenSettle", "1", chainId, vault),
        Types,
        new TypedValue.Struct(order.Account, order.Token, order.To, order.Cumulative, order.Nonce, order.Deadline));
}
