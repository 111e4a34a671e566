// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IModelAccount} from "./interfaces/IModelAccount.sol";

/// @title ModelAccount
/// @notice See {IModelAccount}. A whole contract and not a proxy: taking and logging native coin within 2,300 gas leaves
/// no room for a delegated call.
contract ModelAccount is IModelAccount {
    address public immutable vault;

    constructor(address vault_) {
        vault = vault_;
    }

    receive() external payable {
        emit NativeReceived(msg.sender, msg.value);
    }

    /// @dev In assembly because there is one such contract per model: half the bytecode of the same by SafeERC20, with which
    /// the tests compare it.
    function release(address token) external returns (uint256) {
        address to = vault;
        uint32 onlyVault = uint32(OnlyVault.selector);
        uint32 nativeTransferFailed = uint32(NativeTransferFailed.selector);
        uint32 tokenTransferFailed = uint32(SafeERC20.SafeERC20FailedOperation.selector);
        uint32 balanceOf = uint32(IERC20.balanceOf.selector);
        uint32 transfer = uint32(IERC20.transfer.selector);
        assembly ("memory-safe") {
            // Every path ends in here, so the memory that Solidity keeps for itself can be used.
            function fail(reason, what) {
                mstore(0x00, reason)
                mstore(0x20, what)
                revert(0x1c, 0x24)
            }
            function failAsTheToken() {
                returndatacopy(0x00, 0x00, returndatasize())
                revert(0x00, returndatasize())
            }

            if iszero(eq(caller(), to)) { fail(onlyVault, caller()) }
            let amount := selfbalance()
            switch token
            case 0 {
                if amount {
                    if iszero(call(gas(), to, amount, 0x00, 0x00, 0x00, 0x00)) {
                        mstore(0x00, nativeTransferFailed)
                        revert(0x1c, 0x04)
                    }
                }
            }
            default {
                mstore(0x00, balanceOf)
                mstore(0x20, address())
                // The call comes first: arguments are evaluated from the right.
                if iszero(and(gt(returndatasize(), 0x1f), staticcall(gas(), token, 0x1c, 0x24, 0x00, 0x20))) {
                    failAsTheToken()
                }
                amount := mload(0x00)
                // Some tokens refuse a transfer of zero.
                if amount {
                    mstore(0x00, transfer)
                    mstore(0x20, to)
                    mstore(0x40, amount)
                    if iszero(call(gas(), token, 0, 0x1c, 0x44, 0x00, 0x20)) { failAsTheToken() }
                    // Some tokens answer nothing. An answer of less than a word leaves the selector's end in place.
                    if returndatasize() {
                        if iszero(eq(mload(0x00), 1)) { fail(tokenTransferFailed, token) }
                    }
                }
            }
            mstore(0x00, amount)
            return(0x00, 0x20)
        }
    }
}
