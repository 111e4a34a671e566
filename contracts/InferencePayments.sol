// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferencePayments} from "./interfaces/IInferencePayments.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IRoyaltySplit} from "./interfaces/IRoyaltySplit.sol";

/// @title InferencePayments
/// @notice See {IInferencePayments}. It never holds money: what comes goes to the vault in the same call.
contract InferencePayments is IInferencePayments, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    address public immutable registry;
    address public immutable vault;

    constructor(address registry_, address vault_) {
        registry = registry_;
        vault = vault_;
    }

    function pay(bytes32 modelId, address token, uint256 amount, bytes32 usageRef) external payable nonReentrant {
        if (IModelRegistry(registry).numberOf(modelId) == 0) revert UnknownModel(modelId);
        if (!IRoyaltySplit(vault).isListed(token)) revert TokenNotListed(token);

        uint256 native = token == address(0) ? amount : 0;
        if (msg.value != native) revert WrongNativeAmount(msg.value, native);
        uint256 arrived = token == address(0) ? amount : _transferToVault(token, amount);
        if (arrived == 0) revert NothingArrived(token);

        emit Paid(modelId, msg.sender, token, arrived, usageRef);
        IRoyaltySplit(vault).credit{value: native}(token, arrived);
    }

    /// @dev Measures the vault's uncounted money, not its balance: a sweep or a claim that a token's callback slips in
    /// during the transfer moves balance and debt alike, and so cannot be taken for this payment.
    function _transferToVault(address token, uint256 amount) private returns (uint256 arrived) {
        uint256 before = IRoyaltySplit(vault).uncounted(token);
        IERC20(token).safeTransferFrom(msg.sender, vault, amount);
        uint256 afterwards = IRoyaltySplit(vault).uncounted(token);
        return afterwards > before ? afterwards - before : 0;
    }
}
