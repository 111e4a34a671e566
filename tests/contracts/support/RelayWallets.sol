// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title Burns all gas when it is asked for a signature
contract GreedyWallet is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @title Takes every signature, where it is given as much gas as it needs, and uses that up
contract NeedyWallet is IERC1271 {
    uint256 private immutable _needs;

    constructor(uint256 needs) {
        _needs = needs;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        uint256 begin = gasleft();
        if (begin < _needs) revert("more gas");
        while (begin - gasleft() < _needs - 1_000) {}
        return IERC1271.isValidSignature.selector;
    }
}
