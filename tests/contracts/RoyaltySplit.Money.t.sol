// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IRoyaltySplit} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {FeeToken, LyingToken, MintableToken, ReenteringToken, ShrinkingToken, SilentToken} from "./support/Tokens.sol";
import {Log} from "./support/Vm.sol";

/// @title How money comes into the vault
contract RoyaltySplitMoneyTest is Deployed {
    bytes32 private model;
    address private payAddress;

    function setUp() public override {
        super.setUp();
        (model, payAddress) = registerModel("model");
    }

    function list(address token) private {
        deploy(token);
        (model, payAddress) = registerModel("model");
    }

    // Credit

    function test_Credit_IsTheRailsOnly(address other, uint128 amount) external {
        vm.assume(other != address(rail));
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyRail.selector, other));
        vault.credit(address(dollar), amount);
    }

    function test_Credit_RefusesATokenThatIsNotListed(address token) external {
        vm.assume(token != address(dollar) && token != NATIVE);
        vm.prank(address(rail));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TokenNotListed.selector, token));
        vault.credit(token, 1);
    }

    function test_Credit_RefusesAnotherNativeAmountThanStated() external {
        vm.deal(address(rail), 10);
        vm.prank(address(rail));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongNativeAmount.selector, 4, 5));
        vault.credit{value: 4}(NATIVE, 5);
    }

    function test_Credit_RefusesNativeCoinWithAToken() external {
        dollar.mint(address(vault), 5);
        vm.deal(address(rail), 10);
        vm.prank(address(rail));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongNativeAmount.selector, 4, 0));
        vault.credit{value: 4}(address(dollar), 5);
    }

    function test_Credit_RefusesWhatDidNotArrive(uint64 arrived, uint64 stated) external {
        vm.assume(stated > arrived);
        dollar.mint(address(vault), arrived);
        vm.prank(address(rail));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(dollar), arrived, stated));
        vault.credit(address(dollar), stated);
    }

    function test_Credit_NeverPassesOneHundredTwentyEightBits(uint256 amount) external {
        dollar.mint(address(vault), type(uint128).max);
        vm.startPrank(address(rail));
        vault.credit(address(dollar), type(uint128).max - 5);
        amount = bound(amount, 6, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.AmountTooLarge.selector, amount));
        vault.credit(address(dollar), amount);
        vault.credit(address(dollar), 5);
        assertEq(vault.credited(address(dollar)), type(uint128).max, "all of it");
    }

    // Native coin that nobody announced

    function test_Receive_BouncesAPlainSend(address sender, uint96 amount) external {
        vm.assume(sender != address(vault));
        vm.deal(sender, amount);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnexpectedNative.selector, sender));
        vm.prank(sender);
        // The refusal is what is tested; the result belongs to it.
        (bool sent,) = address(vault).call{value: amount}("");
        sent;
    }

    function test_Receive_BouncesAPayAddressThatIsNotBeingSwept() external {
        vm.deal(payAddress, 1);
        vm.prank(payAddress);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnexpectedNative.selector, payAddress));
        (bool sent,) = address(vault).call{value: 1}("");
        sent;
    }

    function test_Receive_BouncesAPayAddressOnceItsSweepIsOver() external {
        vm.deal(payAddress, 1);
        vault.sweep(NATIVE, one(model));
        vm.deal(payAddress, 1);
        vm.prank(payAddress);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnexpectedNative.selector, payAddress));
        (bool sent,) = address(vault).call{value: 1}("");
        sent;
    }

    function test_ForcedCoin_IsNotCounted(uint96 forced, uint96 amount) external {
        vm.assume(amount != 0);
        vm.deal(address(vault), forced);
        payNative(model, amount);
        assertEq(vault.credited(NATIVE), amount, "credited");
        assertEq(vault.uncounted(NATIVE), forced, "uncounted");
    }

    // Sweep

    function test_Sweep_BringsTokensIn(uint128 amount) external {
        vm.assume(amount != 0);
        dollar.mint(payAddress, amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Swept(model, address(dollar), amount);
        vault.sweep(address(dollar), one(model));
        assertEq(vault.credited(address(dollar)), amount, "credited");
        assertEq(dollar.balanceOf(address(vault)), amount, "balance");
        assertEq(dollar.balanceOf(payAddress), 0, "left");
    }

    function test_Sweep_BringsNativeCoinIn(uint96 amount) external {
        vm.assume(amount != 0);
        vm.deal(payAddress, amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Swept(model, NATIVE, amount);
        vault.sweep(NATIVE, one(model));
        assertEq(vault.credited(NATIVE), amount, "credited");
        assertEq(address(vault).balance, amount, "balance");
    }

    function test_Sweep_TakesManyModelsAndPassesEmptyOnesOver(uint64[8] calldata amounts, bool native) external {
        address token = native ? NATIVE : address(dollar);
        bytes32[] memory ids = new bytes32[](9);
        uint256 sum = 0;
        uint256 filled = 0;
        for (uint256 i = 0; i < 8; ++i) {
            address at;
            (ids[i], at) = registerModel(bytes32(i + 1));
            if (native) vm.deal(at, amounts[i]);
            else dollar.mint(at, amounts[i]);
            sum += amounts[i];
            if (amounts[i] != 0) ++filled;
        }
        ids[8] = ids[0];

        vm.recordLogs();
        vault.sweep(token, ids);
        assertEq(vault.credited(token), sum, "credited");
        assertEq(_sweptLogs(), filled, "one log for each that held something");
    }

    function test_Sweep_FindsMoneySentBeforeTheRegistration(uint64 amount) external {
        vm.assume(amount != 0);
        bytes32 later = registry.modelIdOf(creator, "later");
        dollar.mint(registry.payAddressOf(later), amount);
        registerModel("later");
        vault.sweep(address(dollar), one(later));
        assertEq(vault.credited(address(dollar)), amount, "credited");
    }

    function test_Sweep_RefusesAnUnknownModel(bytes32 unknown) external {
        // The fuzzer draws from storage too, and so finds the model that there is.
        vm.assume(registry.numberOf(unknown) == 0);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnknownModel.selector, unknown));
        vault.sweep(address(dollar), one(unknown));
    }

    function test_Sweep_RefusesATokenThatIsNotListed() external {
        FeeToken token = new FeeToken();
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TokenNotListed.selector, address(token)));
        vault.sweep(address(token), one(model));
    }

    function test_Sweep_NeverPassesOneHundredTwentyEightBits() external {
        dollar.mint(payAddress, uint256(type(uint128).max) + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplit.AmountTooLarge.selector, uint256(type(uint128).max) + 1)
        );
        vault.sweep(address(dollar), one(model));
    }

    function test_Sweep_CountsWhatArrivesOfATokenThatCharges(uint96 amount) external {
        vm.assume(amount != 0);
        FeeToken token = new FeeToken();
        list(address(token));
        token.mint(payAddress, amount);
        vault.sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), amount - uint256(amount) * 3 / 100, "credited");
    }

    function test_Sweep_TakesATokenThatReturnsNothing(uint128 amount) external {
        SilentToken token = new SilentToken();
        list(address(token));
        token.mint(payAddress, amount);
        vault.sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), amount, "credited");
    }

    function test_Sweep_FailsWhereATokenReturnsFalse() external {
        LyingToken token = new LyingToken();
        list(address(token));
        token.mint(payAddress, 5);
        token.lie(false, true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        vault.sweep(address(token), one(model));
    }

    function test_Sweep_PassesOverATokenThatOnlySaysThatItMoved() external {
        LyingToken token = new LyingToken();
        list(address(token));
        token.mint(payAddress, 5);
        token.lie(true, false);
        vm.recordLogs();
        vault.sweep(address(token), one(model));
        assertEq(vm.getRecordedLogs().length, 0, "no log");
        assertEq(vault.credited(address(token)), 0, "nothing credited");
    }

    function test_Sweep_IsRefusedWhereTheVaultIsNotBacked() external {
        ShrinkingToken token = new ShrinkingToken();
        list(address(token));
        token.mint(payAddress, 100);
        vault.sweep(address(token), one(model));
        token.shrink(address(vault), 30);
        token.mint(payAddress, 20);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 90, 120));
        vault.sweep(address(token), one(model));
    }

    function test_Sweep_IsRefusedWhereTheBalanceFallsMeanwhile() external {
        ReenteringToken token = new ReenteringToken();
        list(address(token));
        Burner burner = new Burner(token);
        token.mint(address(vault), 50);
        token.mint(payAddress, 10);
        token.approveFrom(address(vault), address(burner), 50);
        token.arm(address(burner), abi.encodeCall(burner.burn, (address(vault), 30)), false);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 30, 50));
        vault.sweep(address(token), one(model));
    }

    function test_Sweep_CannotBeReenteredByTheToken(bool before) external {
        bytes memory guard = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        ReenteringToken token = new ReenteringToken();
        list(address(token));
        token.mint(payAddress, 10);
        token.arm(address(vault), abi.encodeCall(vault.sweep, (address(token), one(model))), before);
        vault.sweep(address(token), one(model));
        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(keccak256(token.answer()), keccak256(guard), "by the guard");
        assertEq(vault.credited(address(token)), 10, "counted once");
    }

    function test_Sweep_LetsNoPaymentInMeanwhile(bool before) external {
        bytes memory guard = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        ReenteringToken token = new ReenteringToken();
        list(address(token));
        token.mint(payAddress, 10);
        token.mint(address(token), 7);
        token.approveFrom(address(token), address(rail), 7);
        token.arm(address(rail), abi.encodeCall(rail.pay, (model, address(token), 7, "")), before);
        vault.sweep(address(token), one(model));
        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(keccak256(token.answer()), keccak256(guard), "by the vault's guard");
        assertEq(vault.credited(address(token)), 10, "counted once");
    }

    function test_Uncounted_IsRefusedWhereTheVaultIsNotBacked() external {
        ShrinkingToken token = new ShrinkingToken();
        list(address(token));
        token.mint(payAddress, 100);
        vault.sweep(address(token), one(model));
        token.shrink(address(vault), 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 99, 100));
        vault.uncounted(address(token));
    }

    function _sweptLogs() private returns (uint256 count) {
        Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == IRoyaltySplit.Swept.selector) ++count;
        }
    }
}

/// @title Burns what it was allowed to take
contract Burner {
    MintableToken private immutable _token;

    constructor(MintableToken token) {
        _token = token;
    }

    function burn(address from, uint256 amount) external {
        _token.transferFrom(from, address(0xdead), amount);
    }
}
