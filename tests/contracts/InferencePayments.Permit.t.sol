// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IInferencePayments, PaymentOrder, Permit} from "../../contracts/interfaces/IInferencePayments.sol";
import {RailTest} from "./InferencePayments.Setup.t.sol";
import {BadPermitToken, PermitToken, SwallowingToken} from "./support/PaymentTokens.sol";
import {MintableToken, ShrinkingToken} from "./support/Tokens.sol";

contract InferencePaymentsPermitTest is RailTest {
    PermitToken private token;

    function setUp() public override {
        super.setUp();
        token = new PermitToken();
        list(address(token));
    }

    function testFuzz_APermitPaysWithoutAnAllowanceBefore(uint128 amount, uint32 late) external {
        vm.assume(amount != 0);
        token.mint(holder, amount);
        Permit memory permit = permitOf(token, HOLDER_KEY, amount, block.timestamp + late);
        expectPaid(holder, address(token), amount);
        vm.prank(holder);
        rail.payWithPermit(model, address(token), amount, REF, permit);
        assertCounted(address(token), amount);
        assertEq(token.allowance(holder, address(rail)), 0, "allowance used up");
    }

    function test_AFrontRunPermitDoesNotFailThePayment() external {
        token.mint(holder, 100);
        Permit memory permit = permitOf(token, HOLDER_KEY, 100, block.timestamp);
        vm.prank(stranger);
        token.permit(holder, address(rail), 100, permit.deadline, permit.v, permit.r, permit.s);
        expectPaid(holder, address(token), 100);
        vm.prank(holder);
        rail.payWithPermit(model, address(token), 100, REF, permit);
        assertCounted(address(token), 100);
    }

    function test_AFrontRunPermitDoesNotFailAnOrder() external {
        token.mint(holder, 100);
        Permit memory permit = permitOf(token, HOLDER_KEY, 100, block.timestamp);
        token.permit(holder, address(rail), 100, permit.deadline, permit.v, permit.r, permit.s);
        PaymentOrder memory order = orderOf(address(token), 100);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        expectPaid(holder, address(token), 100);
        vm.prank(stranger);
        rail.payOrderWithPermit(order, signature_, permit);
        assertCounted(address(token), 100);
    }

    function testFuzz_AnOrderComesWithItsPayersPermit(uint128 amount) external {
        vm.assume(amount != 0);
        token.mint(holder, amount);
        Permit memory permit = permitOf(token, HOLDER_KEY, amount, block.timestamp);
        PaymentOrder memory order = orderOf(address(token), amount);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        expectPaid(holder, address(token), amount);
        vm.prank(stranger);
        rail.payOrderWithPermit(order, signature_, permit);
        assertCounted(address(token), amount);
    }

    /// @dev A permit sets the allowance, it does not add to it: the smaller one replaces the larger, and all is undone.
    function test_APermitForLessThanTheAmountReplacesAnEarlierAllowance() external {
        token.mint(holder, 100);
        approve(address(token), holder, 100);
        Permit memory permit = permitOf(token, HOLDER_KEY, 5, block.timestamp);
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rail), 5, 50));
        rail.payWithPermit(model, address(token), 50, REF, permit);
        assertEq(token.allowance(holder, address(rail)), 100, "the earlier one stands");
        assertEq(token.nonces(holder), 0, "the permit is unused");

        vm.prank(holder);
        rail.payWithPermit(model, address(token), 5, REF, permit);
        assertCounted(address(token), 5);
    }

    function test_AnOldPermitLeavesTheDecisionToTheAllowance() external {
        token.mint(holder, 100);
        Permit memory permit = permitOf(token, HOLDER_KEY, 100, block.timestamp - 1);
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rail), 0, 100));
        rail.payWithPermit(model, address(token), 100, REF, permit);

        approve(address(token), holder, 100);
        expectPaid(holder, address(token), 100);
        vm.prank(holder);
        rail.payWithPermit(model, address(token), 100, REF, permit);
        assertCounted(address(token), 100);
    }

    function test_AnothersPermitMovesNothingOfTheirs() external {
        token.mint(holder, 100);
        token.mint(stranger, 100);
        Permit memory permit = permitOf(token, HOLDER_KEY, 100, block.timestamp);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rail), 0, 100));
        rail.payWithPermit(model, address(token), 100, REF, permit);
        assertEq(token.allowance(holder, address(rail)), 0, "not even the allowance");
    }

    function test_AnothersAllowanceIsNotTaken() external {
        token.mint(holder, 100);
        approve(address(token), holder, 100);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rail), 0, 100));
        rail.payWithPermit(model, address(token), 100, REF, noPermit());
    }

    function test_NativeCoinTakesNoPermit() external {
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NativeNotOrdered.selector));
        rail.payWithPermit(model, NATIVE, 1, REF, noPermit());
    }

    function testFuzz_AnUnknownModelIsRefused(bytes32 unknown) external {
        vm.assume(registry.numberOf(unknown) == 0);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.UnknownModel.selector, unknown));
        rail.payWithPermit(unknown, address(token), 1, REF, noPermit());
    }

    /// @dev It takes any call and would say yes, were it asked.
    function test_ATokenThatIsNotListedIsRefused() external {
        address unlisted = address(new SwallowingToken());
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.TokenNotListed.selector, unlisted));
        rail.payWithPermit(model, unlisted, 1, REF, noPermit());
    }

    function test_APaymentOfNothingIsRefused() external {
        Permit memory permit = permitOf(token, HOLDER_KEY, 1, block.timestamp);
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, address(token)));
        rail.payWithPermit(model, address(token), 0, REF, permit);
    }

    // Tokens whose permit is none

    function test_ATokenWithoutPermitsIsPaidByItsAllowance() external {
        _paysByAllowance(new ShrinkingToken());
    }

    function test_ATokenThatSwallowsThePermitIsPaidByItsAllowanceAlone() external {
        SwallowingToken swallowing = new SwallowingToken();
        _refusesWithoutAllowance(swallowing);
        _paysByAllowance(swallowing);
        assertEq(swallowing.swallowed(), 1, "the permit was taken for nothing");
    }

    function test_ATokenWhosePermitOnlySaysYesIsPaidByItsAllowanceAlone() external {
        BadPermitToken saysYes = new BadPermitToken(BadPermitToken.Way.SaysYes);
        _refusesWithoutAllowance(saysYes);
        _paysByAllowance(saysYes);
    }

    /// @dev Without a bound for the permit's gas, a 64th of it would be left for the payment: here 31,000.
    function test_APermitThatBurnsAllItsGasLeavesEnoughForThePayment() external {
        BadPermitToken burning = new BadPermitToken(BadPermitToken.Way.BurnsGas);
        list(address(burning));
        burning.mint(holder, 100);
        approve(address(burning), holder, 100);
        vm.prank(holder);
        uint256 gas = gasleft();
        rail.payWithPermit{gas: 2_000_000}(model, address(burning), 100, REF, noPermit());
        gas -= gasleft();
        assertTrue(gas > 300_000 && gas < 500_000, "the permit burnt 300,000, and no more");
        assertCounted(address(burning), 100);
    }

    /// @dev The answer costs the token 28,000 to make; to copy it would cost the rail 38,000 more.
    function test_ALoudRefusalOfAPermitIsNotCopied() external {
        uint256 gas = _gasWithPermit(new BadPermitToken(BadPermitToken.Way.SaysYes));
        uint256 loudGas = _gasWithPermit(new BadPermitToken(BadPermitToken.Way.AnswersLoudly));
        assertTrue(loudGas < gas + 40_000, "not copied");
    }

    function _paysByAllowance(MintableToken listed) private {
        list(address(listed));
        listed.mint(holder, 100);
        approve(address(listed), holder, 100);
        expectPaid(holder, address(listed), 100);
        vm.prank(holder);
        rail.payWithPermit(model, address(listed), 100, REF, noPermit());
        assertCounted(address(listed), 100);
    }

    function _refusesWithoutAllowance(MintableToken listed) private {
        list(address(listed));
        listed.mint(holder, 100);
        vm.prank(holder);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rail), 0, 100));
        rail.payWithPermit(model, address(listed), 100, REF, noPermit());
    }

    function _gasWithPermit(BadPermitToken listed) private returns (uint256 gas) {
        list(address(listed));
        listed.mint(holder, 100);
        approve(address(listed), holder, 100);
        vm.prank(holder);
        gas = gasleft();
        rail.payWithPermit(model, address(listed), 100, REF, noPermit());
        gas -= gasleft();
    }
}
