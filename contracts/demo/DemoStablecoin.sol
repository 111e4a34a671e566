// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title DemoStablecoin: FOR LOCAL DEMONSTRATIONS ONLY
/// @notice WORTHLESS BY DESIGN. ANYONE MAY MINT ANY AMOUNT TO ANYONE, AND BLOCK ANYONE. Never list it in a vault that settles
/// real money.
/// @dev What large dollar tokens can, this one can: permits (ERC-2612), authorisations (EIP-3009), and blocking an address.
/// {DemoDollar} is the plain one, by which gas is measured.
contract DemoStablecoin is ERC20Permit, ERC3009 {
    error Blocked(address account);

    mapping(address account => bool) public isBlocked;

    constructor() ERC20("Demo Dollar (worthless)", "dUSD") ERC20Permit("Demo Dollar (worthless)") {}

    /// @notice Mints to anyone, for anyone, without limit.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Blocks an address, or lets it go again, for anyone.
    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (isBlocked[from]) revert Blocked(from);
        if (isBlocked[to]) revert Blocked(to);
        super._update(from, to, value);
    }
}
