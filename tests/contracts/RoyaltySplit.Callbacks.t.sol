// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IRoyaltySplit, SweepOrder} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {ReenteringToken} from "./support/Tokens.sol";

/// @title Tokens that call back while they are swept
contract RoyaltySplitCallbacksTest is Deployed {
    bytes32 private model;
    address private payAddress;

    function guard() private pure returns (bytes memory) {
        return abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    function list(address token) private {
        deploy(token);
        (model, payAddress) = registerModel("model");
    }

    function testFuzz_Reentering_SweepIsRefusedInside(bool before) external {
        ReenteringToken token = new ReenteringToken();
        list(address(token));
        token.mint(payAddress, 10);
        SweepOrder[] memory orders = new SweepOrder[](1);
        orders[0] = SweepOrder({token: address(token), modelIds: one(model)});
        token.arm(address(vault), abi.encodeCall(vault.sweep, (orders)), before);
        sweep(address(token), one(model));
        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(keccak256(token.answer()), keccak256(guard()), "by the guard");
        assertEq(vault.credited(address(token)), 10, "counted once");
    }

    function testFuzz_Reentering_PaymentIsRefusedInside(bool before) external {
        ReenteringToken token = new ReenteringToken();
        list(address(token));
        token.mint(payAddress, 10);
        token.mint(address(token), 7);
        token.approveFrom(address(token), address(rail), 7);
        token.arm(address(rail), abi.encodeCall(rail.pay, (model, address(token), 7, "")), before);
        sweep(address(token), one(model));
        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(keccak256(token.answer()), keccak256(guard()), "by the vault's guard");
        assertEq(vault.credited(address(token)), 10, "counted once");
    }

    function testFuzz_Reentering_ReleaseIsRefusedInside(bool before) external {
        ReenteringToken token = new ReenteringToken();
        list(address(token));
        token.mint(payAddress, 10);
        token.arm(payAddress, abi.encodeWithSignature("release(address)", address(token)), before);
        sweep(address(token), one(model));
        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(vault.credited(address(token)), 10, "counted once");
    }

    /// @dev A claim holds no lock. What it pays in the middle of a sweep is neither missed nor counted as arrived.
    function testFuzz_Reentering_ClaimDoesNotChangeWhatTheSweepCounts(bool before, uint64 paid, uint64 swept) external {
        paid = uint64(bound(paid, 1, type(uint64).max));
        swept = uint64(bound(swept, 1, type(uint64).max));
        ReenteringToken token = new ReenteringToken();
        list(address(token));
        token.mint(payAddress, paid);
        sweep(address(token), one(model));
        settleOne(alice, address(token), paid);

        token.mint(payAddress, swept);
        token.arm(
            address(vault), abi.encodeCall(vault.claim, (paid, alice, address(token), noProof())), before
        );
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Swept(model, address(token), swept);
        sweep(address(token), one(model));
        assertTrue(token.called() && token.succeeded(), "claimed inside");
        assertEq(token.balanceOf(alice), paid, "paid");
        assertEq(vault.paid(address(token)), paid, "books");
        assertEq(vault.credited(address(token)), uint256(paid) + swept, "credited");
        assertEq(token.balanceOf(address(vault)), swept, "balance");
        assertEq(vault.uncounted(address(token)), 0, "uncounted");
    }

    /// @dev Nor does one that the vault pays to itself break its books: a leaf that names the vault only frees money.
    function testFuzz_Reentering_ClaimOfTheVaultItselfLeavesItBacked(bool before) external {
        ReenteringToken token = new ReenteringToken();
        list(address(token));
        token.mint(payAddress, 100);
        sweep(address(token), one(model));
        settleOne(address(vault), address(token), 60);
        token.mint(payAddress, 10);
        token.arm(
            address(vault), abi.encodeCall(vault.claim, (60, address(vault), address(token), noProof())), before
        );
        sweep(address(token), one(model));
        assertTrue(token.called() && token.succeeded(), "claimed inside");
        assertEq(vault.paid(address(token)), 60, "paid");
        assertEq(vault.credited(address(token)), 170, "what was freed is counted with what arrived");
        assertEq(token.balanceOf(address(vault)), 110, "and is there");
        assertEq(vault.uncounted(address(token)), 0, "to the last unit");
    }
}
