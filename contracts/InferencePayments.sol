// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Authorization, IInferencePayments, PaymentOrder, Permit} from "./interfaces/IInferencePayments.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IRoyaltySplit} from "./interfaces/IRoyaltySplit.sol";

/// @dev The form of EIP-3009 for signatures of any length, which the standard lacks and the tokens in use have.
interface IReceiveWithBytes {
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}

/// @title InferencePayments
/// @notice See {IInferencePayments}. What a payment brings goes to the vault in the same call. Tokens that somebody sends
/// here without a payment belong to no payment, and stay.
contract InferencePayments is IInferencePayments, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    address private constant NATIVE = address(0);

    bytes32 private constant ORDER_TYPE = keccak256(
        "PaymentOrder(address payer,bytes32 modelId,address token,uint256 amount,bytes32 usageRef,bytes32 salt,uint256 deadline)"
    );

    /// @dev A permit takes some 60,000. Without a bound a token whose permit burns all it gets would leave a 64th of the gas
    /// for the payment, which has to go on.
    uint256 private constant PERMIT_GAS = 300_000;

    address public immutable registry;
    address public immutable vault;

    mapping(bytes32 digest => bool) public isOrderUsed;

    constructor(address registry_, address vault_) EIP712("OpenSettle Rail", "1") {
        registry = registry_;
        vault = vault_;
    }

    function pay(bytes32 modelId, address token, uint256 amount, bytes32 usageRef) external payable nonReentrant {
        _checkListed(modelId, token);
        uint256 native = token == NATIVE ? amount : 0;
        if (msg.value != native) revert WrongNativeAmount(msg.value, native);

        uint256 arrived = token == NATIVE ? amount : _payToVault(token, msg.sender, amount);
        _count(modelId, msg.sender, token, arrived, usageRef);
    }

    function payWithPermit(
        bytes32 modelId,
        address token,
        uint256 amount,
        bytes32 usageRef,
        Permit calldata permit
    ) external nonReentrant {
        _checkListedToken(modelId, token);
        _permit(token, msg.sender, permit);
        _count(modelId, msg.sender, token, _payToVault(token, msg.sender, amount), usageRef);
    }

    function payOrder(PaymentOrder calldata order, bytes calldata signature) external nonReentrant {
        _takeOrder(order, signature);
        _payOrder(order);
    }

    function payOrderWithPermit(PaymentOrder calldata order, bytes calldata signature, Permit calldata permit)
        external
        nonReentrant
    {
        _takeOrder(order, signature);
        _permit(order.token, order.payer, permit);
        _payOrder(order);
    }

    function cancelOrder(PaymentOrder calldata order) external {
        if (msg.sender != order.payer) revert NotYours(order.payer, msg.sender);
        bytes32 digest = orderDigest(order);
        _use(digest);
        emit OrderCancelled(order.payer, digest);
    }

    /// @dev Only the payee can bring a `ReceiveWithAuthorization`, so what it moves can reach the rail in this call alone.
    function payWithAuthorization(Authorization calldata authorization) external nonReentrant {
        address token = authorization.token;
        _checkListedToken(authorization.modelId, token);

        uint256 before = IERC20(token).balanceOf(address(this));
        _receive(authorization);
        uint256 received = Math.saturatingSub(IERC20(token).balanceOf(address(this)), before);
        // Some tokens refuse a transfer of zero with a reason of their own.
        if (received == 0) revert NothingArrived(token);

        uint256 arrived = _forwardToVault(token, received, authorization.amount);
        _count(authorization.modelId, authorization.payer, token, arrived, authorization.usageRef);
    }

    // Views

    function authorizationNonce(bytes32 modelId, bytes32 usageRef, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), modelId, usageRef, salt));
    }

    function orderDigest(PaymentOrder calldata order) public view returns (bytes32) {
        // All fields are words, so the struct's own encoding is that of EIP-712.
        return _hashTypedDataV4(keccak256(abi.encode(ORDER_TYPE, order)));
    }

    // Inside

    function _checkListed(bytes32 modelId, address token) private view {
        if (IModelRegistry(registry).numberOf(modelId) == 0) revert UnknownModel(modelId);
        if (!IRoyaltySplit(vault).isListed(token)) revert TokenNotListed(token);
    }

    function _checkListedToken(bytes32 modelId, address token) private view {
        if (token == NATIVE) revert NativeNotOrdered();
        _checkListed(modelId, token);
    }

    function _takeOrder(PaymentOrder calldata order, bytes calldata signature) private {
        _checkListedToken(order.modelId, order.token);
        if (block.timestamp > order.deadline) revert OrderExpired(order.deadline);
        bytes32 digest = orderDigest(order);
        if (!_isSigned(order.payer, digest, signature)) revert BadSignature(order.payer);
        _use(digest);
    }

    function _use(bytes32 digest) private {
        if (isOrderUsed[digest]) revert OrderUsed(digest);
        isOrderUsed[digest] = true;
    }

    /// @dev A key that signs for its own address is asked first, code or not: under EIP-7702 an address has both.
    function _isSigned(address payer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && signer == payer) return true;
        return payer.code.length != 0
            && SignatureChecker.isValidERC1271SignatureNowCalldata(payer, digest, signature);
    }

    /// @dev A permit that somebody else brought before has failed here, and has given the allowance all the same.
    function _permit(address token, address payer, Permit calldata permit) private {
        try IERC20Permit(token).permit{gas: PERMIT_GAS}(
            payer, address(this), permit.value, permit.deadline, permit.v, permit.r, permit.s
        ) {} catch {}
    }

    function _receive(Authorization calldata authorization) private {
        bytes32 nonce = authorizationNonce(authorization.modelId, authorization.usageRef, authorization.salt);
        bytes calldata signature = authorization.signature;
        if (signature.length == 65) {
            IERC3009(authorization.token).receiveWithAuthorization(
                authorization.payer,
                address(this),
                authorization.amount,
                authorization.validAfter,
                authorization.validBefore,
                nonce,
                uint8(signature[64]),
                bytes32(signature[:32]),
                bytes32(signature[32:64])
            );
        } else {
            IReceiveWithBytes(authorization.token).receiveWithAuthorization(
                authorization.payer,
                address(this),
                authorization.amount,
                authorization.validAfter,
                authorization.validBefore,
                nonce,
                signature
            );
        }
    }

    function _payOrder(PaymentOrder calldata order) private {
        uint256 arrived = _payToVault(order.token, order.payer, order.amount);
        _count(order.modelId, order.payer, order.token, arrived, order.usageRef);
    }

    function _payToVault(address token, address payer, uint256 amount) private returns (uint256) {
        uint256 before = IRoyaltySplit(vault).uncounted(token);
        IERC20(token).safeTransferFrom(payer, vault, amount);
        return _arrived(token, before, amount);
    }

    function _forwardToVault(address token, uint256 received, uint256 amount) private returns (uint256) {
        uint256 before = IRoyaltySplit(vault).uncounted(token);
        IERC20(token).safeTransfer(vault, received);
        return _arrived(token, before, amount);
    }

    /// @dev Measures the vault's uncounted money, not its balance: a sweep or a claim that a token's callback slips in
    /// during the transfer moves balance and debt alike, and so cannot be taken for this payment. What others send
    /// meanwhile cannot either, beyond what the payer agreed to.
    function _arrived(address token, uint256 before, uint256 amount) private view returns (uint256) {
        return Math.min(amount, Math.saturatingSub(IRoyaltySplit(vault).uncounted(token), before));
    }

    function _count(bytes32 modelId, address payer, address token, uint256 arrived, bytes32 usageRef) private {
        if (arrived == 0) revert NothingArrived(token);
        emit Paid(modelId, payer, token, arrived, usageRef);
        IRoyaltySplit(vault).credit{value: token == NATIVE ? arrived : 0}(token, arrived);
    }
}
