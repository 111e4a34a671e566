// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title DemoDollar: FOR LOCAL DEMONSTRATIONS ONLY
/// @notice WORTHLESS BY DESIGN. ANYONE MAY MINT ANY AMOUNT TO ANYONE. Never list it in a vault that settles real money.
contract DemoDollar is ERC20 {
    constructor() ERC20("Demo Dollar (worthless)", "dUSD") {}

    /// @notice Mints to anyone, for anyone, without limit.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
