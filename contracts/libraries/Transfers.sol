// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Sending money, native coin (the zero address) or an ERC-20
library Transfers {
    address internal constant NATIVE = address(0);

    /// @dev Marks beside an address: not to be paid, and refused. Both have the highest bit.
    uint256 internal constant SKIP = 1 << 255;
    uint256 internal constant REFUSED = 3 << 254;

    function balanceOf(address token, address account) internal view returns (uint256) {
        return token == NATIVE ? account.balance : IERC20(token).balanceOf(account);
    }

    /// @notice Whether the transfer was made, with so much gas at most. What the other side answers is never copied beyond one
    /// word, and a token may answer nothing, as some old and large ones do.
    function trySend(address token, address to, uint256 amount, uint256 gasLimit) internal returns (bool done) {
        assembly ("memory-safe") {
            switch shl(96, token)
            case 0 { done := call(gasLimit, to, amount, 0x00, 0x00, 0x00, 0x00) }
            default {
                // transfer(address,uint256) reaches four bytes into the free memory pointer, which is put back.
                let free := mload(0x40)
                mstore(0x00, 0xa9059cbb00000000000000000000000000000000000000000000000000000000)
                mstore(0x04, shr(96, shl(96, to)))
                mstore(0x24, amount)
                done := call(gasLimit, token, 0, 0x00, 0x44, 0x00, 0x20)
                if done {
                    switch returndatasize()
                    case 0 { done := gt(extcodesize(token), 0) }
                    default { done := and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1)) }
                }
                mstore(0x40, free)
            }
        }
    }

    /// @notice Tries one transfer after another, each with `gasLimit`, and marks each recipient that was refused. Returns how many
    /// were. A recipient with the mark SKIP is passed over. Stops with what is left of the gas where that is below `floor`.
    function trySendMany(
        address token,
        bytes32[] memory recipients,
        bytes32[] memory amounts,
        uint256 gasLimit,
        uint256 floor
    ) internal returns (uint256 refused, uint256 starvedAt) {
        assembly ("memory-safe") {
            token := shr(96, shl(96, token))
            let call_ := mload(0x40)
            mstore(call_, 0xa9059cbb00000000000000000000000000000000000000000000000000000000)
            let at := add(recipients, 0x20)
            let end := add(at, shl(5, mload(recipients)))
            // From a recipient to its amount.
            let step := sub(amounts, recipients)
            for {} lt(at, end) { at := add(at, 0x20) } {
                let to := mload(at)
                if shr(255, to) { continue }
                if lt(gas(), floor) {
                    starvedAt := gas()
                    break
                }
                let amount := mload(add(at, step))
                let done := 0
                switch token
                case 0 { done := call(gasLimit, to, amount, 0x00, 0x00, 0x00, 0x00) }
                default {
                    mstore(add(call_, 0x04), to)
                    mstore(add(call_, 0x24), amount)
                    // With an answer of one word that says true, or without one.
                    done := call(gasLimit, token, 0, call_, 0x44, 0x00, 0x20)
                    if iszero(and(eq(mload(0x00), 1), gt(returndatasize(), 0x1f))) {
                        done := and(done, and(iszero(returndatasize()), gt(extcodesize(token), 0)))
                    }
                }
                if iszero(done) {
                    mstore(at, or(to, REFUSED))
                    refused := add(refused, 1)
                }
            }
        }
    }
}
