// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IRoyaltySplit, ListedToken, SweepOrder} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {
    ClawingToken,
    DecimalsToken,
    GasBurningToken,
    PausingToken,
    RebasingToken,
    UpgradableToken,
    ZeroRefusingToken
} from "./support/HostileTokens.sol";
import {
    FeeToken,
    LyingToken,
    ShrinkingToken,
    SilentToken,
    SurchargeToken
} from "./support/Tokens.sol";

/// @title Hostile tokens on their way in: measured, not believed, and no token stands in the way of another
contract RoyaltySplitHostileTokensTest is Deployed {
    bytes32 private model;
    address private payAddress;

    /// @dev A vault that lists the token beside the dollar.
    function list(address token) private {
        ListedToken[] memory tokens = new ListedToken[](2);
        tokens[0] = ListedToken({token: address(dollar), smallestLeaf: 10_000});
        tokens[1] = ListedToken({token: token, smallestLeaf: 1});
        deploy(tokens);
        (model, payAddress) = registerModel("model");
    }

    function orderOf(address token) private view returns (SweepOrder[] memory orders) {
        orders = new SweepOrder[](1);
        orders[0] = SweepOrder({token: token, modelIds: one(model)});
    }

    /// @dev The dollar first, so that what refuses the other undoes it too.
    function both(address token) private view returns (SweepOrder[] memory orders) {
        orders = new SweepOrder[](2);
        orders[0] = orderOf(address(dollar))[0];
        orders[1] = orderOf(token)[0];
    }

    function checkDollarsComeInAlone(uint256 amount) private {
        assertEq(vault.credited(address(dollar)), 0, "the call was undone");
        sweep(address(dollar), one(model));
        assertEq(vault.credited(address(dollar)), amount, "dollars alone");
    }

    // Fees, and tokens that answer oddly

    function testFuzz_FeeToken_CountsWhatArrives(uint96 amount) external {
        vm.assume(amount != 0);
        FeeToken token = new FeeToken();
        list(address(token));
        token.mint(payAddress, amount);
        uint256 arrives = amount - uint256(amount) * 3 / 100;
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Swept(model, address(token), arrives);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), arrives, "credited");
        assertEq(vault.uncounted(address(token)), 0, "uncounted");
    }

    function test_SurchargeToken_IsRefusedUntilItChargesNoMore() external {
        SurchargeToken token = new SurchargeToken();
        list(address(token));
        token.mint(payAddress, 100);
        token.setSurcharge(1);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, payAddress, 0, 1)
        );
        sweep(address(token), one(model));
        token.setSurcharge(0);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), 100, "credited");
    }

    function testFuzz_SilentToken_IsTaken(uint128 amount) external {
        SilentToken token = new SilentToken();
        list(address(token));
        token.mint(payAddress, amount);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), amount, "credited");
    }

    function testFuzz_LyingToken_ThatAnswersFalseIsRefused(bool moves) external {
        LyingToken token = new LyingToken();
        list(address(token));
        token.mint(payAddress, 5);
        token.lie(false, moves);
        dollar.mint(payAddress, 7);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        vault.sweep(both(address(token)));
        assertEq(token.balanceOf(payAddress), 5, "it waits");
        checkDollarsComeInAlone(7);
    }

    function test_LyingToken_ThatOnlySaysThatItMovedIsPassedOver() external {
        LyingToken token = new LyingToken();
        list(address(token));
        token.mint(payAddress, 5);
        token.lie(true, false);
        vm.recordLogs();
        sweep(address(token), one(model));
        assertEq(vm.getRecordedLogs().length, 0, "no log");
        assertEq(vault.credited(address(token)), 0, "nothing credited");
    }

    function test_ZeroRefusingToken_IsNotAskedToMoveNothing() external {
        ZeroRefusingToken token = new ZeroRefusingToken();
        list(address(token));
        sweep(address(token), one(model));
        token.mint(payAddress, 5);
        sweep(address(token), one(model));
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), 5, "credited");
    }

    /// @dev Amounts are whole numbers of the token's smallest unit, whatever it calls them.
    function testFuzz_DecimalsToken_IsCountedInItsSmallestUnit(uint128 amount, uint8 decimals) external {
        DecimalsToken token = new DecimalsToken(decimals % 3 == 0 ? 0 : decimals % 3 == 1 ? 36 : decimals);
        list(address(token));
        token.mint(payAddress, amount);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), amount, "credited");
    }

    // Tokens that stop

    function test_PausingToken_HoldsUpItselfOnly() external {
        PausingToken token = new PausingToken();
        list(address(token));
        token.mint(payAddress, 5);
        dollar.mint(payAddress, 7);
        token.halt(true);
        vm.expectRevert(abi.encodeWithSelector(PausingToken.Halted.selector));
        vault.sweep(both(address(token)));
        checkDollarsComeInAlone(7);
        token.halt(false);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), 5, "credited");
    }

    function test_GasBurningToken_HoldsUpItselfOnly() external {
        GasBurningToken token = new GasBurningToken();
        list(address(token));
        token.mint(payAddress, 5);
        dollar.mint(payAddress, 7);
        token.burn(true);
        (bool done,) = address(vault).call{gas: 5_000_000}(abi.encodeCall(vault.sweep, (both(address(token)))));
        assertTrue(!done, "refused");
        checkDollarsComeInAlone(7);
        token.burn(false);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), 5, "credited");
    }

    // Tokens whose balances move by themselves

    function test_ShrinkingToken_IsRefusedWhileTheVaultIsNotBacked() external {
        ShrinkingToken token = new ShrinkingToken();
        list(address(token));
        token.mint(payAddress, 100);
        sweep(address(token), one(model));
        token.shrink(address(vault), 30);
        token.mint(payAddress, 20);
        dollar.mint(payAddress, 7);
        bytes memory reason = abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 90, 120);
        vm.expectRevert(reason);
        vault.sweep(both(address(token)));
        checkDollarsComeInAlone(7);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 70, 100));
        vault.uncounted(address(token));

        token.mint(address(this), 5);
        token.approve(address(rail), 5);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 70, 100));
        rail.pay(model, address(token), 5, "");
        // Whoever makes the loss good lets it go on.
        token.mint(address(vault), 30);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), 120, "credited");
    }

    function testFuzz_RebasingToken_GivesWhatItGrowsByToNobody(uint64 amount, uint16 percent) external {
        percent = uint16(bound(percent, 100, 10_000));
        RebasingToken token = new RebasingToken();
        list(address(token));
        token.mint(payAddress, amount);
        sweep(address(token), one(model));
        token.rebase(percent);
        assertEq(vault.credited(address(token)), amount, "credited as it was");
        assertEq(vault.uncounted(address(token)), uint256(amount) * percent / 100 - amount, "uncounted");
        // Another sweep does not find it.
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), amount, "credited as it was");
    }

    function testFuzz_RebasingToken_CountsWhatThePayAddressHoldsAtItsSweep(uint64 amount, uint16 percent) external {
        percent = uint16(bound(percent, 1, 10_000));
        RebasingToken token = new RebasingToken();
        list(address(token));
        token.mint(payAddress, amount);
        token.rebase(percent);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), token.balanceOf(address(vault)), "what arrived");
        assertEq(vault.uncounted(address(token)), 0, "uncounted");
    }

    function testFuzz_RebasingToken_ThatFellIsRefused(uint64 amount, uint8 percent) external {
        vm.assume(amount > 100);
        percent = uint8(bound(percent, 1, 99));
        RebasingToken token = new RebasingToken();
        list(address(token));
        token.mint(payAddress, amount);
        sweep(address(token), one(model));
        token.rebase(percent);
        uint256 held = token.balanceOf(address(vault));
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), held, amount)
        );
        vault.uncounted(address(token));
    }

    function test_ClawingToken_IsRefusedWhereTheBalanceFallsMeanwhile() external {
        ClawingToken token = new ClawingToken();
        list(address(token));
        token.mint(address(vault), 50);
        token.mint(payAddress, 10);
        token.claw(address(vault));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 35, 50));
        sweep(address(token), one(model));
    }

    // A token that turns

    function testFuzz_LyingBalances_ThatStandStillBringNothing(uint96 lie) external {
        UpgradableToken token = new UpgradableToken();
        list(address(token));
        token.mint(payAddress, 5);
        sweep(address(token), one(model));
        token.lieAbout(address(vault), lie);
        token.mint(payAddress, 5);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), 5, "credited as it was");
        if (lie < 5) {
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), lie, 5));
            vault.uncounted(address(token));
        } else {
            assertEq(vault.uncounted(address(token)), lie - 5, "uncounted");
        }
    }

    /// @dev Nothing on chain can measure a token that lies about what arrived. It harms those alone who are owed that
    /// token: the other tokens' books and money are what they were.
    function testFuzz_LyingBalances_StayWithinTheirToken(uint96 lie) external {
        lie = uint96(bound(lie, 11, type(uint96).max));
        UpgradableToken token = new UpgradableToken();
        list(address(token));
        dollar.mint(payAddress, 70);
        token.mint(payAddress, 10);
        token.lieOnceMoved(address(vault), lie);
        vault.sweep(both(address(token)));
        assertEq(vault.credited(address(token)), lie, "believed: there is nobody else to ask");
        settleOne(bob, address(token), lie);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TransferFailed.selector, address(token), bob));
        vault.claim(lie, bob, address(token), noProof());
        settleOne(alice, address(dollar), 70);
        vault.claim(70, alice, address(dollar), noProof());
        assertEq(dollar.balanceOf(alice), 70, "dollars are paid in full");
    }

    function test_LyingBalances_AtThePayAddress() external {
        UpgradableToken token = new UpgradableToken();
        list(address(token));
        token.mint(payAddress, 5);
        token.lieAbout(payAddress, 0);
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), 0, "passed over as empty");
        token.lieAbout(payAddress, 6);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, payAddress, 5, 6)
        );
        sweep(address(token), one(model));
    }

    function test_SilentBalances_AreRefused() external {
        UpgradableToken token = new UpgradableToken();
        list(address(token));
        token.mint(payAddress, 5);
        dollar.mint(payAddress, 7);
        address[2] memory of_ = [payAddress, address(vault)];
        for (uint256 i = 0; i < 2; ++i) {
            token.failFor(of_[i]);
            vm.expectRevert(abi.encodeWithSelector(UpgradableToken.Silent.selector, of_[i]));
            vault.sweep(both(address(token)));
        }
        checkDollarsComeInAlone(7);
    }

    function test_EndlessBalances_AreRefused() external {
        UpgradableToken token = new UpgradableToken();
        list(address(token));
        token.mint(payAddress, 5);
        sweep(address(token), one(model));
        settleOne(alice, address(token), 5);
        vault.claim(5, alice, address(token), noProof());
        token.lieAbout(address(vault), type(uint256).max);
        token.mint(payAddress, 5);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        sweep(address(token), one(model));
    }

    function test_TokenWithoutCode_IsRefused() external {
        list(address(0xE0A));
        dollar.mint(payAddress, 7);
        (bool done, bytes memory answer) = address(vault).call(abi.encodeCall(vault.sweep, (both(address(0xE0A)))));
        assertTrue(!done && answer.length == 0, "refused");
        checkDollarsComeInAlone(7);
    }
}
