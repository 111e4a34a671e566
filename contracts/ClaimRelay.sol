// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimRelay, SignedClaim} from "./interfaces/IClaimRelay.sol";
import {IRoyaltySplit} from "./interfaces/IRoyaltySplit.sol";

/// @title ClaimRelay
/// @notice See {IClaimRelay}.
contract ClaimRelay is IClaimRelay {
    /// @dev What one claim may use: 250,000 for the transfer, as much as the vault gives where it pays many, 150,000 for a wallet
    /// that checks its own signature, and 100,000 for the vault itself with a proof of any length that trees have.
    uint256 private constant CLAIM_GAS = 500_000;
    /// @dev Left before each of them, so that it gets all of CLAIM_GAS: the EVM keeps a 64th back (7,937), and the first call of
    /// a transaction to the vault takes 2,600.
    uint256 private constant GAS_FLOOR = 512_000;
    /// @dev A selector and three words: the longest error that the vault has.
    uint256 private constant LONGEST_REASON = 100;

    address public immutable vault;

    constructor(address vault_) {
        if (vault_.code.length == 0) revert NotAVault(vault_);
        vault = vault_;
    }

    function claimSignedMany(SignedClaim[] calldata claims) external returns (uint256[] memory amounts) {
        amounts = new uint256[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            SignedClaim calldata one = claims[i];
            (bool done, uint256 amount, bytes memory reason) =
                _try(abi.encodeCall(IRoyaltySplit.claimSigned, (one.request, one.to, one.deadline, one.signature)));
            if (done) {
                amounts[i] = amount;
                emit Relayed(one.request.account, one.request.token, one.to, amount);
            } else {
                emit NotRelayed(one.request.account, one.request.token, reason);
            }
        }
    }

    /// @dev The call is written before its gas is looked at, so that a long one is not paid for out of the claim's.
    function _try(bytes memory data) private returns (bool done, uint256 amount, bytes memory reason) {
        address target = vault;
        if (gasleft() < GAS_FLOOR) revert MoreGasNeeded(gasleft(), GAS_FLOOR);
        assembly ("memory-safe") {
            done := call(CLAIM_GAS, target, 0, add(data, 0x20), mload(data), 0x00, 0x20)
            switch done
            case 1 { amount := mload(0x00) }
            default {
                let size := returndatasize()
                if gt(size, LONGEST_REASON) { size := LONGEST_REASON }
                reason := mload(0x40)
                mstore(reason, size)
                returndatacopy(add(reason, 0x20), 0, size)
                mstore(0x40, add(reason, 0xa0))
            }
        }
    }
}
