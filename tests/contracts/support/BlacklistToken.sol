// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MintableToken} from "./Tokens.sol";

/// @title Blocks addresses, as large stablecoins do
contract BlacklistToken is MintableToken {
    mapping(address account => bool) public isBlocked;

    error Blocked(address account);

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (isBlocked[to]) revert Blocked(to);
        super._update(from, to, value);
    }
}
