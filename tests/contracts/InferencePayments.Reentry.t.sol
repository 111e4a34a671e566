// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Authorization, IInferencePayments, PaymentOrder, Permit} from
    "../../contracts/interfaces/IInferencePayments.sol";
import {SweepOrder} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {RailTest} from "./InferencePayments.Setup.t.sol";
import {ContractWallet} from "./support/ContractWallets.sol";
import {ReenteringPaymentToken} from "./support/PaymentTokens.sol";

/// @title A listed token that calls back while it is paid with, at every place where it can
contract InferencePaymentsReentryTest is RailTest {
    ReenteringPaymentToken private token;

    function setUp() public override {
        super.setUp();
        token = new ReenteringPaymentToken();
        list(address(token));
    }

    /// @dev All that moves money is closed while a payment is under way.
    function testFuzz_NoPaymentBeginsInsideAnother(uint8 way, uint8 at, uint8 inside) external {
        token.mint(holder, 1_000);
        approve(address(token), holder, 1_000);
        _arm(way, at, address(rail), _anotherPayment(inside));
        _pay(way, 100);

        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(
            keccak256(token.answer()),
            keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)),
            "by the guard"
        );
        assertCounted(address(token), 100);
    }

    /// @dev The hard case: money lies uncounted in the vault, so that a sweep taken for the payment would be backed.
    function testFuzz_ASweepInsideIsNotThePayment(uint8 way, uint8 at, uint64 swept, uint64 amount, uint64 stray)
        external
    {
        vm.assume(swept != 0 && amount != 0);
        token.mint(holder, amount);
        approve(address(token), holder, amount);
        token.mint(payAddress, swept);
        token.mint(address(vault), stray);
        SweepOrder[] memory orders = new SweepOrder[](1);
        orders[0] = SweepOrder({token: address(token), modelIds: one(model)});
        _arm(way, at, address(vault), abi.encodeCall(vault.sweep, (orders)));
        _pay(way, amount);

        assertTrue(token.succeeded(), "swept inside");
        assertEq(vault.credited(address(token)), uint256(swept) + amount, "each counted once");
        assertEq(vault.uncounted(address(token)), stray, "stray money stays uncounted");
    }

    function testFuzz_AClaimInsideTakesNothingFromThePayment(uint8 way, uint8 at) external {
        token.mint(holder, 100);
        approve(address(token), holder, 100);
        vm.prank(holder);
        rail.pay(model, address(token), 60, "");
        settleOne(alice, address(token), 50);
        approve(address(token), holder, 40);
        _arm(way, at, address(vault), abi.encodeCall(vault.claim, (50, alice, address(token), noProof())));
        _pay(way, 40);

        assertTrue(token.succeeded(), "claimed inside");
        assertEq(vault.credited(address(token)), 100, "the payment counts in full");
        assertEq(token.balanceOf(alice), 50, "the claim was paid");
        assertEq(token.balanceOf(address(vault)), 50, "in the vault");
        assertEq(token.balanceOf(address(rail)), 0, "not in the rail");
    }

    /// @dev It goes to the vault with the rest, and stays uncounted there.
    function testFuzz_WhatOthersSendToTheRailMeanwhileIsNobodysPayment(uint8 at, uint64 amount, uint64 gift) external {
        vm.assume(amount != 0);
        token.mint(holder, amount);
        token.mint(address(token), gift);
        bytes memory give = abi.encodeCall(token.transfer, (address(rail), gift));
        _arm(4, at, address(token), give);
        _pay(4, amount);

        assertTrue(token.succeeded(), "given inside");
        assertEq(vault.credited(address(token)), amount, "credited");
        uint256 stray = vault.uncounted(address(token)) + token.balanceOf(address(rail));
        assertEq(stray, gift, "the gift is nobody's");
    }

    function testFuzz_AnOrderThatIsBeingTakenCannotBeCancelled(uint8 at) external {
        ContractWallet wallet = new ContractWallet(other);
        token.mint(address(wallet), 100);
        wallet.approve(token, address(rail), 100);
        PaymentOrder memory order = orderOf(address(token), 100);
        order.payer = address(wallet);
        bytes memory signature_ = signed(order, OTHER_KEY);
        bytes memory cancel = abi.encodeCall(rail.cancelOrder, (order));
        token.arm(address(wallet), abi.encodeCall(wallet.call, (address(rail), cancel)), at % 2);
        expectPaid(address(wallet), address(token), 100);
        rail.payOrder(order, signature_);

        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(
            keccak256(token.answer()),
            keccak256(abi.encodeWithSelector(IInferencePayments.OrderUsed.selector, rail.orderDigest(order))),
            "taken already"
        );
        assertCounted(address(token), 100);
    }

    // Inside

    /// @dev There is a chance to call before and after each transfer, and one before a permit.
    function _arm(uint8 way, uint8 at, address target, bytes memory call_) private {
        uint256 chances = way % 5 == 4 ? 4 : (way % 5) % 2 == 1 ? 3 : 2;
        token.arm(target, call_, at % chances);
    }

    function _pay(uint8 way, uint256 amount) private {
        way = way % 5;
        PaymentOrder memory order = orderOf(address(token), amount);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        Permit memory permit = permitOf(token, HOLDER_KEY, amount, block.timestamp);
        Authorization memory all = signed(authorizationOf(address(token), amount), HOLDER_KEY);
        expectPaid(holder, address(token), amount);
        vm.prank(way < 2 ? holder : stranger);
        if (way == 0) rail.pay(model, address(token), amount, REF);
        if (way == 1) rail.payWithPermit(model, address(token), amount, REF, permit);
        if (way == 2) rail.payOrder(order, signature_);
        if (way == 3) rail.payOrderWithPermit(order, signature_, permit);
        if (way == 4) rail.payWithAuthorization(all);
    }

    /// @dev Each would be paid, were it let in.
    function _anotherPayment(uint8 inside) private returns (bytes memory) {
        inside = inside % 5;
        if (inside < 2) {
            token.mint(address(token), 50);
            vm.prank(address(token));
            token.approve(address(rail), 50);
        }
        if (inside == 0) return abi.encodeCall(rail.pay, (model, address(token), 50, "again"));
        if (inside == 1) {
            return abi.encodeCall(rail.payWithPermit, (model, address(token), 50, "again", noPermit()));
        }
        PaymentOrder memory order = orderOf(address(token), 50);
        order.salt = "again";
        bytes memory signature_ = signed(order, HOLDER_KEY);
        if (inside == 2) return abi.encodeCall(rail.payOrder, (order, signature_));
        if (inside == 3) return abi.encodeCall(rail.payOrderWithPermit, (order, signature_, noPermit()));
        Authorization memory all = authorizationOf(address(token), 50);
        all.salt = "again";
        return abi.encodeCall(rail.payWithAuthorization, (signed(all, HOLDER_KEY)));
    }
}
