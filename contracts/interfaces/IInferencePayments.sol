// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A payment that its payer signed and anyone may bring.
/// @param usageRef The payer's reference to what was used.
/// @param salt Makes orders with the same content different. An order is taken once.
/// @param deadline Block time in seconds after which it is refused.
struct PaymentOrder {
    address payer;
    bytes32 modelId;
    address token;
    uint256 amount;
    bytes32 usageRef;
    bytes32 salt;
    uint256 deadline;
}

/// @notice An ERC-2612 permit for the rail. Where it fails, because somebody brought it before, the allowance decides.
struct Permit {
    uint256 value;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @notice An EIP-3009 authorisation of a payment.
/// @param salt Makes authorisations with the same content different.
/// @param signature 65 bytes, or whatever the payer's own contract takes, where the token knows that form.
struct Authorization {
    address payer;
    bytes32 modelId;
    address token;
    uint256 amount;
    bytes32 usageRef;
    bytes32 salt;
    uint256 validAfter;
    uint256 validBefore;
    bytes signature;
}

/// @title The rail: pay for a model, with a reference to the use
interface IInferencePayments {
    /// @notice One payment. `amount` is what arrived in the vault, measured.
    event Paid(
        bytes32 indexed modelId, address indexed payer, address indexed token, uint256 amount, bytes32 usageRef
    );

    /// @notice An order that will never be taken, because its payer said so.
    event OrderCancelled(address indexed payer, bytes32 indexed digest);

    error UnknownModel(bytes32 modelId);
    error TokenNotListed(address token);
    error WrongNativeAmount(uint256 sent, uint256 stated);
    error NothingArrived(address token);
    /// @notice Orders, permits and authorisations are for ERC-20 tokens: native coin is sent by its owner.
    error NativeNotOrdered();
    error OrderExpired(uint256 deadline);
    /// @notice The order was taken before, or cancelled.
    error OrderUsed(bytes32 digest);
    error BadSignature(address payer);
    error NotYours(address payer, address caller);

    /// @notice Pays `amount` of `token` (the zero address: native coin, sent along) for a model. An ERC-20 goes from the
    /// caller straight to the vault.
    function pay(bytes32 modelId, address token, uint256 amount, bytes32 usageRef) external payable;

    /// @notice As `pay`, with the caller's permit for the rail.
    function payWithPermit(
        bytes32 modelId,
        address token,
        uint256 amount,
        bytes32 usageRef,
        Permit calldata permit
    ) external;

    /// @notice Pays what the payer signed: `PaymentOrder(address payer,bytes32 modelId,address token,uint256 amount,bytes32
    /// usageRef,bytes32 salt,uint256 deadline)` under the domain "OpenSettle Rail", version "1". Anyone may bring it; the
    /// payer has given the rail an allowance before.
    function payOrder(PaymentOrder calldata order, bytes calldata signature) external;

    /// @notice As `payOrder`, with the payer's permit for the rail.
    function payOrderWithPermit(PaymentOrder calldata order, bytes calldata signature, Permit calldata permit) external;

    /// @notice Makes an order useless. Its payer only.
    function cancelOrder(PaymentOrder calldata order) external;

    /// @notice Pays by an EIP-3009 authorisation `ReceiveWithAuthorization` to the rail, whose nonce is `authorizationNonce`:
    /// so it pays for that model and that use only. Anyone may bring it.
    function payWithAuthorization(Authorization calldata authorization) external;

    /// @notice keccak256(abi.encode(chain id, rail, modelId, usageRef, salt)).
    function authorizationNonce(bytes32 modelId, bytes32 usageRef, bytes32 salt) external view returns (bytes32);

    function orderDigest(PaymentOrder calldata order) external view returns (bytes32);

    /// @notice Whether an order was taken or cancelled, by its digest.
    function isOrderUsed(bytes32 digest) external view returns (bool);

    function registry() external view returns (address);

    function vault() external view returns (address);
}
