// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {DemoDollar} from "../../contracts/demo/DemoDollar.sol";
import {Test} from "./support/Test.sol";

contract DemoDollarTest is Test {
    function test_DemoDollar_IsMintedByAnybody(address sender, address to, uint128 amount) external {
        vm.assume(to != address(0));
        DemoDollar dollar = new DemoDollar();
        vm.prank(sender);
        dollar.mint(to, amount);
        assertEq(dollar.balanceOf(to), amount, "minted");
        assertEq(dollar.symbol(), "dUSD", "symbol");
        assertEq(dollar.decimals(), 6, "decimals");
    }
}
