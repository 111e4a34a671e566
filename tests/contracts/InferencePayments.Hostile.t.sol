// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {
    Authorization,
    IInferencePayments,
    PaymentOrder,
    Permit
} from "../../contracts/interfaces/IInferencePayments.sol";
import {IRoyaltySplit} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {RailTest} from "./InferencePayments.Setup.t.sol";
import {
    AuthorizationToken,
    BlockingToken,
    DecimalsToken,
    FeePaymentToken,
    LyingAnswerToken,
    LyingBalanceToken,
    RebasingToken,
    SilentPaymentToken,
    ZeroRefusingToken
} from "./support/PaymentTokens.sol";

/// @title Listed tokens that misbehave, by every way to pay: the vault's books stay true, or nothing happens
contract InferencePaymentsHostileTest is RailTest {
    enum Way {
        Plain,
        Permit,
        Order,
        OrderWithPermit,
        Authorization
    }

    function testFuzz_DecimalsDoNotMatter(uint8 way, uint128 amount, uint8 decimals) external {
        vm.assume(amount != 0);
        DecimalsToken token = new DecimalsToken(decimals % 3 == 0 ? 0 : decimals);
        _list(token, amount);
        _pays(way, token, amount, amount);
        assertCounted(address(token), amount);
    }

    /// @dev Handled: what arrived is what counts. By authorisation there are two transfers, and two fees.
    function testFuzz_OfATokenThatChargesWhatArrivedCounts(uint8 way, uint96 amount) external {
        vm.assume(amount != 0);
        FeePaymentToken token = new FeePaymentToken();
        _list(token, amount);
        uint256 arrives = _afterFee(amount);
        if (_wayOf(way) == Way.Authorization) arrives = _afterFee(arrives);
        _pays(way, token, amount, arrives);
        assertCounted(address(token), arrives);
    }

    /// @dev Handled.
    function testFuzz_ATokenThatReturnsNothingIsTaken(uint8 way, uint128 amount) external {
        vm.assume(amount != 0);
        SilentPaymentToken token = new SilentPaymentToken();
        _list(token, amount);
        _pays(way, token, amount, amount);
        assertCounted(address(token), amount);
    }

    /// @dev Refused, moved or not.
    function testFuzz_ATokenThatReturnsFalseIsRefused(uint8 way, uint128 amount, bool moves) external {
        vm.assume(amount != 0);
        LyingAnswerToken token = new LyingAnswerToken();
        _list(token, amount);
        token.lie(false, moves);
        _refuses(
            way, token, amount, abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token))
        );
    }

    /// @dev Refused.
    function testFuzz_ATokenThatOnlySaysThatItMovedIsRefused(uint8 way, uint128 amount) external {
        LyingAnswerToken token = new LyingAnswerToken();
        _list(token, amount);
        token.lie(true, false);
        _refuses(way, token, amount, abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, address(token)));
    }

    /// @dev Refused, by the token itself.
    function testFuzz_ATokenThatRefusesZeroIsNotPaidWithZero(uint8 way) external {
        ZeroRefusingToken token = new ZeroRefusingToken();
        _list(token, 1);
        _refuses(way, token, 0, abi.encodeWithSelector(ZeroRefusingToken.Zero.selector));
    }

    function testFuzz_ATokenThatRefusesZeroIsPaidWithMore(uint8 way, uint128 amount) external {
        vm.assume(amount != 0);
        ZeroRefusingToken token = new ZeroRefusingToken();
        _list(token, amount);
        _pays(way, token, amount, amount);
        assertCounted(address(token), amount);
    }

    /// @dev Refused whole: an authorisation stays good, and nothing is left in the rail.
    function testFuzz_WhereTheTokenBlocksSomebodyNothingMoves(uint8 way, uint128 amount, uint8 who) external {
        vm.assume(amount != 0);
        BlockingToken token = new BlockingToken();
        _list(token, amount);
        address blocked = [holder, address(vault), address(rail)][who % 3];
        // The rail holds tokens on the way of an authorisation only.
        if (blocked == address(rail)) way = uint8(Way.Authorization);
        token.setBlocked(blocked, true);
        _refuses(way, token, amount, abi.encodeWithSelector(BlockingToken.Blocked.selector, blocked));

        token.setBlocked(blocked, false);
        _pays(way, token, amount, amount);
        assertCounted(address(token), amount);
    }

    // Balances that change by themselves

    /// @dev Refused: the vault would hold less than it owes.
    function testFuzz_ATokenThatTakesFromTheVaultMeanwhileIsRefused(uint8 way, uint64 before, uint64 amount, uint64 taken)
        external
    {
        RebasingToken token = new RebasingToken();
        uint256 first = uint256(before) + 1;
        uint256 second = uint256(amount) + 1;
        uint256 loss = bound(taken, second + 1, second + first);
        _list(token, first + second);
        _pays(uint8(Way.Plain), token, first, first);
        token.rebaseWithEachTransfer(address(vault), -int256(loss));
        // By authorisation the first of two transfers takes from the vault already, and the second brings it to less.
        if (_wayOf(way) == Way.Authorization) way = uint8(Way.Order);
        bytes memory reason =
            abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), first + second - loss, first);
        _refuses(way, token, second, reason);
    }

    /// @dev Handled: what is left of it counts. The vault still holds all that it owes.
    function testFuzz_ATokenThatTakesAPartOfThePaymentCountsTheRest(uint8 way, uint64 amount, uint64 taken) external {
        RebasingToken token = new RebasingToken();
        uint256 whole = uint256(amount) + 2;
        uint256 loss = bound(taken, 1, whole - 1);
        _list(token, whole);
        if (_wayOf(way) == Way.Authorization) way = uint8(Way.Order);
        token.rebaseWithEachTransfer(address(vault), -int256(loss));
        _pays(way, token, whole, whole - loss);
        assertCounted(address(token), whole - loss);
    }

    /// @dev Refused, by authorisation too: the first of its two transfers finds the vault without a surplus.
    function test_ATokenThatTakesFromTheVaultOnTheWayThroughTheRailIsRefused() external {
        RebasingToken token = new RebasingToken();
        _list(token, 200);
        _pays(uint8(Way.Plain), token, 100, 100);
        token.rebaseWithEachTransfer(address(vault), -1);
        _refuses(
            uint8(Way.Authorization),
            token,
            100,
            abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 99, 100)
        );
    }

    /// @dev Handled: a payment never counts for more than its payer agreed to; what grew besides stays uncounted.
    function testFuzz_ATokenThatGrowsMeanwhileCountsAsWhatWasPaid(uint8 way, uint64 amount, uint64 growth, bool inRail)
        external
    {
        vm.assume(amount != 0);
        RebasingToken token = new RebasingToken();
        _list(token, amount);
        token.rebaseWithEachTransfer(inRail ? address(rail) : address(vault), int256(uint256(growth)));
        _pays(way, token, amount, amount);
        assertEq(vault.credited(address(token)), amount, "credited");
        uint256 all = token.balanceOf(address(vault)) + token.balanceOf(address(rail));
        uint256 times = _wayOf(way) == Way.Authorization ? 2 : 1;
        assertEq(all, amount + times * growth, "grew");
        assertEq(vault.uncounted(address(token)), token.balanceOf(address(vault)) - amount, "uncounted");
    }

    // Balances that are lies

    /// @dev Handled as far as it can be: the lie is counted up to the amount, in the books of this token, and of no other.
    function testFuzz_ATokenThatLiesUpwardsLiesAboutItselfAlone(uint8 way, uint64 amount, uint64 said) external {
        LyingBalanceToken token = new LyingBalanceToken();
        _list(token, amount);
        vm.assume(amount != 0 && said != 0);
        payNative(model, 1 ether);
        if (_wayOf(way) == Way.Authorization) way = uint8(Way.Order);
        token.lie(address(vault), 0, said);
        _pays(way, token, amount, amount < said ? amount : said);
        assertEq(vault.credited(NATIVE), 1 ether, "the other's books");
        assertEq(vault.uncounted(NATIVE), 0, "the other's money");
    }

    /// @dev Refused: the rail has nothing to send on, or the vault got nothing.
    function testFuzz_ATokenThatLiesOfTheRailIsRefused(uint64 amount, uint64 said, uint64 less) external {
        LyingBalanceToken token = new LyingBalanceToken();
        _list(token, amount);
        token.lie(address(rail), said, less % (uint256(said) + 1));
        bytes memory nothing = abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, address(token));
        _refuses(uint8(Way.Authorization), token, amount, nothing);
        token.lie(address(rail), said, uint256(said) + amount);
        _refuses(uint8(Way.Authorization), token, amount, nothing);
    }

    /// @dev Refused.
    function testFuzz_ATokenThatLiesDownwardsIsRefused(uint8 way, uint64 amount, uint64 said) external {
        LyingBalanceToken token = new LyingBalanceToken();
        _list(token, 10);
        _pays(uint8(Way.Plain), token, 10, 10);
        token.lie(address(vault), said, said % 10);
        if (_wayOf(way) == Way.Authorization) way = uint8(Way.Order);
        uint256 seen = said < 10 ? said : said % 10;
        _refuses(
            way, token, amount, abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), seen, 10)
        );
    }

    // Inside

    function _list(AuthorizationToken token, uint256 amount) private {
        list(address(token));
        token.mint(holder, amount);
    }

    function _afterFee(uint256 amount) private pure returns (uint256) {
        return amount - amount * 3 / 100;
    }

    function _wayOf(uint8 way) private pure returns (Way) {
        return Way(way % 5);
    }

    /// @dev The holder's payment, brought by whoever may: expects that `arrives` counts.
    function _pays(uint8 way, AuthorizationToken token, uint256 amount, uint256 arrives) private {
        bytes memory call_ = _callOf(_wayOf(way), token, amount);
        expectPaid(holder, address(token), arrives);
        vm.prank(_wayOf(way) <= Way.Permit ? holder : stranger);
        (bool done,) = address(rail).call(call_);
        assertTrue(done, "paid");
        assertTrue(vault.credited(address(token)) >= arrives, "credited");
    }

    /// @dev Expects that nothing changes but for the reason given.
    function _refuses(uint8 way, AuthorizationToken token, uint256 amount, bytes memory reason) private {
        bytes memory call_ = _callOf(_wayOf(way), token, amount);
        uint256 credited = vault.credited(address(token));
        uint256 held = token.balanceOf(holder);
        vm.prank(_wayOf(way) <= Way.Permit ? holder : stranger);
        (bool done, bytes memory answer) = address(rail).call(call_);
        assertTrue(!done, "refused");
        assertEq(keccak256(answer), keccak256(reason), "for this reason");
        assertEq(vault.credited(address(token)), credited, "credited as before");
        assertEq(token.balanceOf(holder), held, "held as before");
    }

    function _callOf(Way way, AuthorizationToken token, uint256 amount) private returns (bytes memory) {
        if (way == Way.Authorization) {
            Authorization memory all = signed(authorizationOf(address(token), amount), HOLDER_KEY);
            return abi.encodeCall(rail.payWithAuthorization, (all));
        }
        Permit memory permit = permitOf(token, HOLDER_KEY, amount, block.timestamp);
        if (way == Way.Permit) {
            return abi.encodeCall(rail.payWithPermit, (model, address(token), amount, REF, permit));
        }
        PaymentOrder memory order = orderOf(address(token), amount);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        if (way == Way.OrderWithPermit) {
            return abi.encodeCall(rail.payOrderWithPermit, (order, signature_, permit));
        }
        approve(address(token), holder, amount);
        if (way == Way.Order) return abi.encodeCall(rail.payOrder, (order, signature_));
        return abi.encodeCall(rail.pay, (model, address(token), amount, REF));
    }
}
