// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IInferencePayments} from "../../contracts/interfaces/IInferencePayments.sol";
import {IRoyaltySplit} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {RailTest} from "./InferencePayments.Setup.t.sol";
import {ShrinkingToken} from "./support/Tokens.sol";

contract InferencePaymentsTest is RailTest {
    function test_TheRailKnowsItsPeers() external view {
        assertEq(rail.registry(), address(registry), "registry");
        assertEq(rail.vault(), address(vault), "vault");
    }

    function testFuzz_ATokenGoesStraightToTheVault(uint128 amount, bytes32 usageRef) external {
        vm.assume(amount != 0);
        dollar.mint(payer, amount);
        approve(address(dollar), payer, amount);
        vm.expectEmit(address(rail));
        emit IInferencePayments.Paid(model, payer, address(dollar), amount, usageRef);
        vm.prank(payer);
        rail.pay(model, address(dollar), amount, usageRef);
        assertCounted(address(dollar), amount);
    }

    function testFuzz_NativeCoinIsForwarded(uint96 amount, bytes32 usageRef) external {
        vm.assume(amount != 0);
        vm.deal(payer, amount);
        vm.expectEmit(address(rail));
        emit IInferencePayments.Paid(model, payer, NATIVE, amount, usageRef);
        vm.prank(payer);
        rail.pay{value: amount}(model, NATIVE, amount, usageRef);

        assertEq(address(vault).balance, amount, "in the vault");
        assertEq(address(rail).balance, 0, "not in the rail");
        assertEq(vault.credited(NATIVE), amount, "credited");
    }

    function testFuzz_AnUnknownModelIsRefused(bytes32 unknown) external {
        vm.assume(registry.numberOf(unknown) == 0);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.UnknownModel.selector, unknown));
        rail.pay(unknown, address(dollar), 1, "");
    }

    function testFuzz_ATokenThatIsNotListedIsRefused(address token) external {
        vm.assume(token != address(dollar) && token != NATIVE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.TokenNotListed.selector, token));
        rail.pay(model, token, 1, "");
    }

    function testFuzz_AnotherNativeAmountThanStatedIsRefused(uint96 sent, uint96 stated) external {
        vm.assume(sent != stated);
        vm.deal(address(this), sent);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.WrongNativeAmount.selector, sent, stated));
        rail.pay{value: sent}(model, NATIVE, stated, "");
    }

    function testFuzz_NativeCoinWithATokenIsRefused(uint96 sent) external {
        vm.assume(sent != 0);
        vm.deal(address(this), sent);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.WrongNativeAmount.selector, sent, 0));
        rail.pay{value: sent}(model, address(dollar), 1, "");
    }

    function test_APaymentOfNothingIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, NATIVE));
        rail.pay(model, NATIVE, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, address(dollar)));
        rail.pay(model, address(dollar), 0, "");
    }

    function test_ATokenNeedsAnAllowance() external {
        dollar.mint(payer, 5);
        vm.prank(payer);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rail), 0, 5));
        rail.pay(model, address(dollar), 5, "");
    }

    /// @dev An allowance serves its owner's payments alone.
    function test_NobodyPaysFromAnothersAllowance() external {
        dollar.mint(payer, 5);
        approve(address(dollar), payer, 5);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rail), 0, 5));
        rail.pay(model, address(dollar), 5, "");
    }

    function testFuzz_WhatLayInTheVaultIsNobodysPayment(uint64 stray, uint64 amount) external {
        vm.assume(amount != 0);
        dollar.mint(address(vault), stray);
        payDollars(model, amount);
        assertEq(vault.credited(address(dollar)), amount, "credited");
        assertEq(vault.uncounted(address(dollar)), stray, "uncounted");
    }

    function testFuzz_WhatLiesInTheRailIsNobodysPayment(uint64 stray, uint64 amount) external {
        vm.assume(amount != 0);
        dollar.mint(address(rail), stray);
        vm.deal(address(rail), stray);
        payDollars(model, amount);
        payNative(model, amount);
        assertEq(vault.credited(address(dollar)), amount, "credited");
        assertEq(vault.credited(NATIVE), amount, "credited, native");
        assertEq(dollar.balanceOf(address(rail)), stray, "stays");
        assertEq(address(rail).balance, stray, "stays, native");
    }

    function test_TheRailTakesNoPlainNativeCoin() external {
        vm.deal(address(this), 2);
        (bool taken,) = address(rail).call{value: 1}("");
        assertTrue(!taken, "a plain send");
        (taken,) = address(rail).call{value: 1}(hex"12345678");
        assertTrue(!taken, "an unknown call");
    }

    function test_WhereTheVaultIsNotBackedNothingIsPaid() external {
        ShrinkingToken token = new ShrinkingToken();
        list(address(token));
        token.mint(payer, 200);
        approve(address(token), payer, 200);
        vm.prank(payer);
        rail.pay(model, address(token), 100, "");
        token.shrink(address(vault), 1);
        vm.prank(payer);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 99, 100));
        rail.pay(model, address(token), 100, "");
    }

    function test_MoreThanTheVaultCanCountIsRefused() external {
        uint256 amount = uint256(type(uint128).max) + 1;
        dollar.mint(payer, amount);
        approve(address(dollar), payer, amount);
        vm.prank(payer);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.AmountTooLarge.selector, amount));
        rail.pay(model, address(dollar), amount, "");
    }
}
