using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Demo.Stage;

/// <summary>What payers sign with their wallets (EIP-712).</summary>
public static class DemoTypedData
{
    private static readonly TypedStruct[] PermitTypes =
        [new("Permit", [new("owner", "address"), new("spender", "address"), new("value", "uint256"), new("nonce", "uint256"), new("deadline", "uint256")])];

    private static readonly TypedStruct[] AuthorizationTypes =
    [
        new("ReceiveWithAuthorization",
            [new("from", "address"), new("to", "address"), new("value", "uint256"), new("validAfter", "uint256"), new("validBefore", "uint256"), new("nonce", "bytes32")]),
    ];

    /// <summary>ERC-2612: the spender may take so much.</summary>
    public static TypedData Permit(ulong chainId, Address dollar, Address owner, Address spender, UInt256 value, ulong nonce, UInt256 deadline) =>
        new(Dollar(chainId, dollar), PermitTypes, new TypedValue.Struct(owner, spender, value, nonce, deadline));

    /// <summary>EIP-3009: the payee, and nobody else, may bring this payment once.</summary>
    public static TypedData Authorization(ulong chainId, Address dollar, Address from, Address to, UInt256 value, UInt256 validBefore, Hash32 nonce) =>
        new(Dollar(chainId, dollar), AuthorizationTypes, new TypedValue.Struct(from, to, value, UInt256.Zero, validBefore, nonce));

    private static TypedDataDomain Dollar(ulong chainId, Address dollar) => new("Demo Dollar (worthless)", "1", chainId, dollar);
}
