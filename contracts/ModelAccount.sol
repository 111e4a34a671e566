// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IModelAccount} from "./interfaces/IModelAccount.sol";

/// @title ModelAccount
/// @notice See {IModelAccount}. A whole contract and not a proxy: taking and logging native coin within 2,300 gas leaves
/// no room for a delegated call.
contract ModelAccount is IModelAccount {
    using SafeERC20 for IERC20;

    address public immutable vault;

    constructor(address vault_) {
        vault = vault_;
    }

    receive() external payable {
        emit NativeReceived(msg.sender, msg.value);
    }

    function release(address token) external {
        if (msg.sender != vault) revert OnlyVault(msg.sender);
        if (token == address(0)) {
            if (!LowLevelCall.callNoReturn(vault, address(this).balance, "")) revert NativeTransferFailed();
        } else {
            IERC20(token).safeTransfer(vault, IERC20(token).balanceOf(address(this)));
        }
    }
}
