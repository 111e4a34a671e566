// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferencePayments} from "../../contracts/interfaces/IInferencePayments.sol";
import {IRoyaltySplit} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {FeeToken, LyingToken, MintableToken, ReenteringToken, ShrinkingToken, SilentToken} from "./support/Tokens.sol";

contract InferencePaymentsTest is Deployed {
    bytes32 private model;
    address private payAddress;

    function setUp() public override {
        super.setUp();
        (model, payAddress) = registerModel("model");
    }

    /// @dev Deploys anew with another token listed, and gives the payer some.
    function list(address token, uint256 amount) private {
        deploy(token);
        (model, payAddress) = registerModel("model");
        MintableToken(token).mint(payer, amount);
        vm.prank(payer);
        MintableToken(token).approve(address(rail), type(uint256).max);
    }

    function test_Rail_KnowsItsPeers() external view {
        assertEq(rail.registry(), address(registry), "registry");
        assertEq(rail.vault(), address(vault), "vault");
    }

    function test_Pay_MovesATokenStraightToTheVault(uint128 amount, bytes32 usageRef) external {
        vm.assume(amount != 0);
        dollar.mint(payer, amount);
        vm.startPrank(payer);
        dollar.approve(address(rail), amount);
        vm.expectEmit(address(rail));
        emit IInferencePayments.Paid(model, payer, address(dollar), amount, usageRef);
        rail.pay(model, address(dollar), amount, usageRef);

        assertEq(dollar.balanceOf(address(vault)), amount, "in the vault");
        assertEq(dollar.balanceOf(address(rail)), 0, "not in the rail");
        assertEq(vault.credited(address(dollar)), amount, "credited");
    }

    function test_Pay_ForwardsNativeCoin(uint96 amount, bytes32 usageRef) external {
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

    function test_Pay_RefusesAnUnknownModel(bytes32 unknown) external {
        vm.assume(registry.numberOf(unknown) == 0);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.UnknownModel.selector, unknown));
        rail.pay(unknown, address(dollar), 1, "");
    }

    function test_Pay_RefusesATokenThatIsNotListed(address token) external {
        vm.assume(token != address(dollar) && token != NATIVE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.TokenNotListed.selector, token));
        rail.pay(model, token, 1, "");
    }

    function test_Pay_RefusesAnotherNativeAmountThanStated(uint96 sent, uint96 stated) external {
        vm.assume(sent != stated);
        vm.deal(address(this), sent);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.WrongNativeAmount.selector, sent, stated));
        rail.pay{value: sent}(model, NATIVE, stated, "");
    }

    function test_Pay_RefusesNativeCoinWithAToken(uint96 sent) external {
        vm.assume(sent != 0);
        vm.deal(address(this), sent);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.WrongNativeAmount.selector, sent, 0));
        rail.pay{value: sent}(model, address(dollar), 1, "");
    }

    function test_Pay_RefusesAPaymentOfNothing() external {
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, NATIVE));
        rail.pay(model, NATIVE, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, address(dollar)));
        rail.pay(model, address(dollar), 0, "");
    }

    function test_Pay_NeedsTheTokensAllowance() external {
        dollar.mint(payer, 5);
        vm.prank(payer);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rail), 0, 5)
        );
        rail.pay(model, address(dollar), 5, "");
    }

    function test_Pay_CountsWhatArrivesOfATokenThatCharges(uint96 amount) external {
        vm.assume(amount != 0);
        FeeToken token = new FeeToken();
        list(address(token), amount);
        uint256 arrives = amount - uint256(amount) * 3 / 100;
        vm.expectEmit(address(rail));
        emit IInferencePayments.Paid(model, payer, address(token), arrives, "ref");
        vm.prank(payer);
        rail.pay(model, address(token), amount, "ref");
        assertEq(vault.credited(address(token)), arrives, "credited");
    }

    function test_Pay_TakesATokenThatReturnsNothing(uint128 amount) external {
        vm.assume(amount != 0);
        SilentToken token = new SilentToken();
        list(address(token), amount);
        vm.prank(payer);
        rail.pay(model, address(token), amount, "");
        assertEq(vault.credited(address(token)), amount, "credited");
    }

    function test_Pay_RefusesATokenThatReturnsFalse() external {
        LyingToken token = new LyingToken();
        list(address(token), 5);
        token.lie(false, true);
        vm.prank(payer);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        rail.pay(model, address(token), 5, "");
    }

    function test_Pay_RefusesATokenThatOnlySaysThatItMoved() external {
        LyingToken token = new LyingToken();
        list(address(token), 5);
        token.lie(true, false);
        vm.prank(payer);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, address(token)));
        rail.pay(model, address(token), 5, "");
    }

    function test_Pay_NeverCountsWhatLayInTheVaultAlready(uint64 stray, uint64 amount) external {
        vm.assume(amount != 0);
        dollar.mint(address(vault), stray);
        payDollars(model, amount);
        assertEq(vault.credited(address(dollar)), amount, "credited");
        assertEq(vault.uncounted(address(dollar)), stray, "uncounted");
    }

    function test_Pay_IsRefusedWhereTheVaultIsNotBacked() external {
        ShrinkingToken token = new ShrinkingToken();
        list(address(token), 200);
        vm.prank(payer);
        rail.pay(model, address(token), 100, "");
        token.shrink(address(vault), 1);
        vm.prank(payer);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 99, 100));
        rail.pay(model, address(token), 100, "");
    }

    function test_Pay_CannotBeReenteredByTheToken(bool before) external {
        ReenteringToken token = new ReenteringToken();
        list(address(token), 100);
        token.mint(address(token), 100);
        token.approveFrom(address(token), address(rail), 100);
        token.arm(address(rail), abi.encodeCall(rail.pay, (model, address(token), 50, "again")), before);
        vm.prank(payer);
        rail.pay(model, address(token), 100, "");

        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(
            keccak256(token.answer()),
            keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)),
            "by the guard"
        );
        assertEq(vault.credited(address(token)), 100, "counted once");
    }

    /// @dev The hard case: money lies uncounted in the vault, so that a sweep taken for the payment would be backed.
    function test_Pay_DoesNotCountASweepInsideTheTransferTwice(uint64 swept, uint64 amount, uint64 stray, bool before)
        external
    {
        vm.assume(swept != 0 && amount != 0);
        ReenteringToken token = new ReenteringToken();
        list(address(token), amount);
        token.mint(payAddress, swept);
        token.mint(address(vault), stray);
        token.arm(address(vault), abi.encodeCall(vault.sweep, (address(token), one(model))), before);

        vm.expectEmit(address(rail));
        emit IInferencePayments.Paid(model, payer, address(token), amount, "");
        vm.prank(payer);
        rail.pay(model, address(token), amount, "");

        assertTrue(token.succeeded(), "swept inside");
        assertEq(vault.credited(address(token)), uint256(swept) + amount, "each counted once");
        assertEq(vault.uncounted(address(token)), stray, "stray money stays uncounted");
    }

    function test_Pay_DoesNotLoseByAClaimInsideTheTransfer() external {
        ReenteringToken token = new ReenteringToken();
        list(address(token), 100);
        vm.prank(payer);
        rail.pay(model, address(token), 60, "");
        settleOne(alice, address(token), 50);
        token.arm(address(vault), abi.encodeCall(vault.claim, (alice, address(token), 50, noProof())), true);
        vm.prank(payer);
        rail.pay(model, address(token), 40, "");

        assertTrue(token.succeeded(), "claimed inside");
        assertEq(vault.credited(address(token)), 100, "the payment counts in full");
        assertEq(token.balanceOf(address(vault)), 50, "the claim was paid");
    }
}
