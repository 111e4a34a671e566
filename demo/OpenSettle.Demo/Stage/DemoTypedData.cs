using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Demo.Stage;

/// <summary>What payers and accounts sign with their wallets (EIP-712).</summary>
public static class DemoTypedData
{
    private static readonly TypedStruct[] PermitTypes =
        [new("Permit", [new("owner", "address"), new("spender", "address"), new("value", "uint256"), new("nonce", "uint256"), new("deadline", "uint256")])];

    private static readonly TypedStruct[] AuthorizationTypes =
    [
        new("ReceiveWithAuthorization",
            [new("from", "address"), new("to", "address"), new("value", "uint256"), new("validAfter", "uint256"), new("validBefore", "uint256"), new("nonce", "bytes32")]),
    ];

    private static readonly TypedStruct[] ClaimTypes =
    [
        new("Claim",
            [new("account", "address"), new("token", "address"), new("to", "address"), new("cumulative", "uint256"), new("nonce", "uint256"), new("deadline", "uint256")]),
    ];

    /// <summary>ERC-2612: the spender may take so much.</summary>
    public static TypedData Permit(ulong chainId, Address dollar, Address owner, Address spender, UInt256 value, ulong nonce, UInt256 deadline) =>
        new(Dollar(chainId, dollar), PermitTypes, new TypedValue.Struct(owner, spender, value, nonce, deadline));

    /// <summary>EIP-3009: the payee, and nobody else, may bring this payment once.</summary>
    public static TypedData Authorization(ulong chainId, Address dollar, Address from, Address to, UInt256 value, UInt256 validBefore, Hash32 nonce) =>
        new(Dollar(chainId, dollar), AuthorizationTypes, new TypedValue.Struct(from, to, value, UInt256.Zero, validBefore, nonce));

    /// <summary>The vault may pay the account's claim to that address.</summary>
    public static TypedData Claim(ulong chainId, Address vault, Address account, Address token, Address to, UInt256 cumulative, UInt256 nonce, UInt256 deadline) =>
        new(new TypedDataDomain("OpenSettle", "1", chainId, vault), ClaimTypes, new TypedValue.Struct(account, token, to, cumulative, nonce, deadline));

    private static TypedDataDomain Dollar(ulong chainId, Address dollar) => new("Demo Dollar (worthless)", "1", chainId, dollar);
}
