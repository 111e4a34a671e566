// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {
    ClaimRequest,
    IRoyaltySplit,
    Proposal,
    SweepOrder
} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";
import {NestingRecipient} from "./support/Recipients.sol";
import {ReenteringToken} from "./support/Tokens.sol";

/// @title Recipients and tokens that call back in the middle of a payment
/// @notice A single claim holds no lock, so it can be nested into everything; what counts is that nobody is paid more than the
/// highest leaf says, and that the books agree with what left.
contract RoyaltySplitReentrancyTest is Payouts {
    uint256 private constant ROUTES = 8;

    NestingRecipient private nesting;
    /// @dev The recipient's leaves under an older and a newer root, two more people's in the newer, and its push entry.
    Leaf[] private older;
    Leaf[] private newer;
    PushLeaf[] private entries;
    uint64 private pushedIn;

    function setUp() public override {
        super.setUp();
        nesting = new NestingRecipient();
        Leaf[] memory first = leavesOf(NATIVE, 3, 1);
        first[0].account = address(nesting);
        Leaf[] memory second = leavesOf(NATIVE, 3, 1);
        second[0].account = address(nesting);
        for (uint256 i = 0; i < 3; ++i) second[i].cumulative += 100 * (i + 1);
        PushLeaf[] memory pushes = entriesOf(NATIVE, 0, 3, 2);
        (pushes[0].account, pushes[0].recipient) = (address(nesting), address(nesting));
        // The same people by both routes, so that what each holds is what both gave.
        settleLeaves(first);
        uint256 sum = sumOf(pushes);
        for (uint256 i = 0; i < 3; ++i) {
            sum += second[i].cumulative;
            older.push(first[i]);
            newer.push(second[i]);
            entries.push(pushes[i]);
        }
        Proposal memory proposal = proposalOf(Merkle.root(second), oneTotal(NATIVE, uint128(sum)));
        proposal.pushRoot = Merkle.root(pushes);
        settle(proposal);
        pushedIn = proposal.epoch;
    }

    function test_WhatHoldsTheLockCannotBeReentered() external {
        // During a batch and a push: all that holds the lock too.
        for (uint256 outer = 2; outer < 5; ++outer) {
            for (uint256 inner = 2; inner < ROUTES; ++inner) {
                NestingRecipient fresh = restart();
                fresh.arm(address(vault), list(route(inner)), false);
                (bool done,) = address(vault).call(route(outer));
                assertTrue(done, "the outer call goes through");
                assertEq(fresh.done(), 1, "called back");
                assertTrue(!fresh.succeeded(0), "refused inside");
                assertEq(keccak256(fresh.answers(0)), guardError(), "by the lock");
            }
        }
    }

    function test_ASingleClaimInsideABatchIsPaidOnce() external {
        for (uint256 outer = 2; outer < 5; ++outer) {
            for (uint256 inner = 0; inner < 2; ++inner) {
                NestingRecipient fresh = restart();
                fresh.arm(address(vault), list(route(inner)), false);
                (bool done,) = address(vault).call(route(outer));
                assertTrue(done, "the outer call goes through");
                checkBooks();
            }
        }
    }

    function test_ARecipientMaySetAnotherInTheMiddle() external {
        for (uint256 outer = 0; outer < 5; ++outer) {
            NestingRecipient fresh = restart();
            fresh.arm(address(vault), list(abi.encodeCall(vault.setRecipient, (bob))), false);
            (bool done,) = address(vault).call(route(outer));
            assertTrue(done && fresh.succeeded(0), "it may");
            checkBooks();
            assertEq(bob.balance, 0, "for later claims only");
        }
    }

    /// @dev A claim under the older root, a nested one under the newer, and the other way round.
    function testFuzz_ClaimsNestedInClaimsPayTheHighestLeafOnce(uint256 seed, uint8 depth, bool refuses) external {
        bytes[] memory calls = new bytes[](1 + depth % 6);
        for (uint256 i = 0; i < calls.length; ++i) {
            calls[i] = route(uint256(keccak256(abi.encode(seed, i))) % ROUTES);
        }
        nesting.arm(address(vault), calls, refuses);
        for (uint256 i = 0; i < 3; ++i) {
            (bool done,) = address(vault).call(route(uint256(keccak256(abi.encode(seed, "outer", i))) % 5));
            checkBooks();
            if (refuses && done) assertEq(address(nesting).balance, 0, "a refusal is passed over");
        }
        // Whatever came before: in the end everybody has exactly what is due.
        nesting.arm(address(vault), new bytes[](0), false);
        for (uint256 i = 2; i < 5; ++i) {
            (bool done,) = address(vault).call(route(i));
            assertTrue(done, "the rest is paid");
            checkBooks();
        }
        checkAllPaid();
    }

    /// @dev The first in a batch claims for the second before its turn comes, and the second refuses the batch's payment.
    function testFuzz_AClaimForTheNextInABatchIsPaidOnce(bool nextRefuses, bool underNewer, bool byMany) external {
        NestingRecipient next = new NestingRecipient();
        Leaf[] memory first = leavesOf(NATIVE, 2, 5);
        Leaf[] memory second = leavesOf(NATIVE, 2, 5);
        (first[0].account, first[1].account) = (address(nesting), address(next));
        (second[0].account, second[1].account) = (address(nesting), address(next));
        for (uint256 i = 0; i < 2; ++i) {
            first[i].cumulative += 2_000;
            second[i].cumulative += 3_000;
        }
        uint128 promised = uint128(vault.promised(NATIVE));
        settle(Merkle.root(first), oneTotal(NATIVE, promised + 8_000));
        settle(Merkle.root(second), oneTotal(NATIVE, promised + 9_000));

        ClaimRequest memory request = requestOf(underNewer ? second : first, 1);
        bytes memory inner = abi.encodeCall(vault.claim, (request.cumulative, request.account, NATIVE, request.proof));
        nesting.arm(address(vault), list(inner), false);
        if (nextRefuses) next.arm(address(vault), new bytes[](0), true);
        if (byMany) vault.claimMany(requestsOf(first));
        else claimAll(first);
        assertEq(address(next).balance, vault.claimed(address(next), NATIVE), "as the books say");
        assertEq(address(nesting).balance, first[0].cumulative, "the first is paid");

        next.arm(address(vault), new bytes[](0), false);
        if (byMany) vault.claimMany(requestsOf(second));
        else claimAll(second);
        assertEq(address(next).balance, second[1].cumulative, "once");
        assertEq(address(vault).balance + vault.paid(NATIVE), FUNDS, "the books agree");
    }

    /// @dev A recipient that is paid for many accounts nests a claim for each of them.
    function testFuzz_OneRecipientOfManyAccountsIsPaidOnceForEach(uint256 seed, uint8 size) external {
        uint256 count = 2 + size % 6;
        Leaf[] memory first = leavesOf(NATIVE, count, seed);
        Leaf[] memory second = leavesOf(NATIVE, count, seed);
        uint256 sum = 0;
        bytes[] memory calls = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            (first[i].account, second[i].account) = (person(100 + i), person(100 + i));
            second[i].cumulative += i;
            sum += second[i].cumulative;
            vm.prank(person(100 + i));
            vault.setRecipient(address(nesting));
        }
        uint128 promised = uint128(vault.promised(NATIVE));
        settle(Merkle.root(first), oneTotal(NATIVE, promised + 1));
        settle(Merkle.root(second), oneTotal(NATIVE, promised + 2_000));
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "nested", i)));
            ClaimRequest memory request = requestOf(random % 2 == 0 ? first : second, (random >> 8) % count);
            calls[i] = abi.encodeCall(vault.claim, (request.cumulative, request.account, NATIVE, request.proof));
        }
        nesting.arm(address(vault), calls, false);
        claimAll(first);
        claimAll(second);
        // Nested too deep, all of it runs out of gas and is passed over.
        nesting.arm(address(vault), new bytes[](0), false);
        claimAll(second);
        assertEq(address(nesting).balance, sum, "once for each");
        for (uint256 i = 0; i < count; ++i) {
            assertEq(vault.claimed(person(100 + i), NATIVE), second[i].cumulative, "claimed");
        }
        assertEq(vault.paid(NATIVE), sum, "paid");
    }

    /// @dev A token's callback sits in the middle of its own transfer, before or after the money moved.
    function testFuzz_ATokenThatCallsBackPaysOnce(uint8 outer, uint8 inner, bool before, bool newerFirst) external {
        ReenteringToken token = new ReenteringToken();
        fundWith(address(token));
        Leaf[] memory first = leavesOf(address(token), 3, 1);
        Leaf[] memory second = leavesOf(address(token), 3, 1);
        for (uint256 i = 0; i < 3; ++i) second[i].cumulative += 50;
        settleLeaves(first);
        uint256 sum = settleLeaves(second);
        ClaimRequest memory mine = requestOf(newerFirst ? second : first, 0);
        ClaimRequest memory other = requestOf(newerFirst ? first : second, inner % 3);
        token.mint(payAddress, 77);
        SweepOrder[] memory orders = new SweepOrder[](1);
        orders[0] = SweepOrder({token: address(token), modelIds: one(model)});

        bytes[4] memory calls = [
            abi.encodeCall(vault.claim, (other.cumulative, other.account, other.token, other.proof)),
            abi.encodeCall(vault.claimMany, (requestsOf(second))),
            batchCall(second, all(3)),
            abi.encodeCall(vault.sweep, (orders))
        ];
        token.arm(address(vault), calls[inner % 4], before);
        bytes memory call = outer % 4 == 0
            ? abi.encodeCall(vault.claim, (mine.cumulative, mine.account, mine.token, mine.proof))
            : calls[outer % 4];
        (bool done,) = address(vault).call(call);
        assertTrue(done && token.called(), "goes through");
        checkToken(address(token), second);

        vault.claimMany(requestsOf(second));
        assertEq(vault.paid(address(token)), sum, "all of it in the end");
        checkToken(address(token), second);
        vault.sweep(orders);
        assertEq(vault.credited(address(token)), FUNDS + 77, "swept once");
        assertEq(vault.uncounted(address(token)), 0, "nothing left over");
    }

    // Inside

    /// @dev A claim under the newer and the older root, a batch and several claims under the older and the newer, a push; then
    /// what a recipient can only try inside.
    function route(uint256 which) private view returns (bytes memory) {
        (Leaf[] memory first, Leaf[] memory second) = (older, newer);
        if (which < 2) {
            ClaimRequest memory request = requestOf(which == 0 ? second : first, 0);
            return abi.encodeCall(vault.claim, (request.cumulative, request.account, NATIVE, request.proof));
        }
        if (which == 2) return batchCall(second, all(3));
        if (which == 3) return abi.encodeCall(vault.push, (PushTrees.batch(pushedIn, entries)));
        if (which == 4) return abi.encodeCall(vault.claimMany, (requestsOf(second)));
        if (which == 5) return batchCall(first, all(3));
        if (which == 6) {
            return abi.encodeCall(
                vault.takePush,
                (pushedIn, PushTrees.entry(entries[0]), Merkle.proof(entries, 0), entries[0].account)
            );
        }
        SweepOrder[] memory orders = new SweepOrder[](1);
        orders[0] = SweepOrder({token: NATIVE, modelIds: one(model)});
        return abi.encodeCall(vault.sweep, (orders));
    }

    /// @dev Everything as it was before, for a recipient that was never called.
    function restart() private returns (NestingRecipient) {
        delete older;
        delete newer;
        delete entries;
        for (uint256 i = 0; i < 3; ++i) vm.deal(person(i), 0);
        this.setUp();
        return nesting;
    }

    function checkBooks() private view {
        assertEq(address(vault).balance + vault.paid(NATIVE), vault.credited(NATIVE), "what left is what was paid");
        uint256 paid = 0;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 claimed = vault.claimed(newer[i].account, NATIVE);
            uint256 pushed = vault.isPushPaid(pushedIn, i) ? entries[i].amount : 0;
            assertTrue(claimed <= newer[i].cumulative, "no more than the highest leaf");
            assertEq(newer[i].account.balance, claimed + pushed, "each has what the books say");
            paid += claimed + pushed;
        }
        assertEq(vault.paid(NATIVE), paid, "and together");
    }

    function checkAllPaid() private view {
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(newer[i].account.balance, newer[i].cumulative + entries[i].amount, "all that is due");
        }
    }

    function checkToken(address token, Leaf[] memory leaves) private view {
        uint256 paid = 0;
        for (uint256 i = 0; i < leaves.length; ++i) {
            uint256 claimed = vault.claimed(leaves[i].account, token);
            assertEq(holding(leaves[i].account, token), claimed, "as the books say");
            assertTrue(claimed <= leaves[i].cumulative, "no more than the highest leaf");
            paid += claimed;
        }
        assertEq(vault.paid(token), paid, "paid");
        assertEq(holding(address(vault), token), vault.credited(token) - paid, "held");
    }

    function list(bytes memory call) private pure returns (bytes[] memory calls) {
        calls = new bytes[](1);
        calls[0] = call;
    }


    function guardError() private pure returns (bytes32) {
        return
            keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector));
    }
}
