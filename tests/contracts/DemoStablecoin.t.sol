// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {DemoStablecoin} from "../../contracts/demo/DemoStablecoin.sol";
import {Test} from "./support/Test.sol";

contract DemoStablecoinTest is Test {
    bytes32 private constant PERMIT_TYPE =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 private constant RECEIVE_TYPE = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    uint256 private constant KEY = 0xA11CE;

    DemoStablecoin private dollar;

    function setUp() external {
        dollar = new DemoStablecoin();
    }

    function test_DemoStablecoin_IsMintedByAnybody(address sender, address to, uint128 amount) external {
        vm.assume(to != address(0));
        vm.prank(sender);
        dollar.mint(to, amount);
        assertEq(dollar.balanceOf(to), amount, "minted");
        assertEq(dollar.symbol(), "dUSD", "symbol");
        assertEq(dollar.decimals(), 6, "decimals");
    }

    function test_DemoStablecoin_WithABlockedAddress_RefusesBothWaysUntilItIsLetGo(address account, uint128 amount) external {
        vm.assume(account != address(0) && account != address(this));
        dollar.mint(account, amount);
        dollar.mint(address(this), amount);
        dollar.setBlocked(account, true);
        assertTrue(dollar.isBlocked(account), "blocked");

        vm.expectRevert(abi.encodeWithSelector(DemoStablecoin.Blocked.selector, account));
        dollar.transfer(account, amount);
        vm.prank(account);
        vm.expectRevert(abi.encodeWithSelector(DemoStablecoin.Blocked.selector, account));
        dollar.transfer(address(this), amount);

        dollar.setBlocked(account, false);
        dollar.transfer(account, amount);
        assertEq(dollar.balanceOf(account), uint256(amount) * 2, "let go");
    }

    function test_DemoStablecoin_ByPermit_GivesAnAllowance(address spender, uint128 amount) external {
        vm.assume(spender != address(0));
        bytes32 content = keccak256(abi.encode(PERMIT_TYPE, vm.addr(KEY), spender, amount, 0, block.timestamp));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, _digest(content));
        dollar.permit(vm.addr(KEY), spender, amount, block.timestamp, v, r, s);
        assertEq(dollar.allowance(vm.addr(KEY), spender), amount, "allowance");
    }

    function test_DemoStablecoin_ByAuthorization_PaysItsPayeeOnce(bytes32 nonce, uint128 amount) external {
        dollar.mint(vm.addr(KEY), amount);
        bytes32 content =
            keccak256(abi.encode(RECEIVE_TYPE, vm.addr(KEY), address(this), amount, 0, type(uint32).max, nonce));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, _digest(content));
        dollar.receiveWithAuthorization(vm.addr(KEY), address(this), amount, 0, type(uint32).max, nonce, v, r, s);
        assertEq(dollar.balanceOf(address(this)), amount, "paid");
        vm.expectRevert();
        dollar.receiveWithAuthorization(vm.addr(KEY), address(this), amount, 0, type(uint32).max, nonce, v, r, s);
    }

    function _digest(bytes32 content) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", dollar.DOMAIN_SEPARATOR(), content));
    }
}
