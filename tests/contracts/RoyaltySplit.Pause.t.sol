// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    ChangeKind,
    IRoyaltySplit,
    Proposal,
    PushBatch,
    PushEntry,
    PushRedirection
} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";

/// @title The pause: what it stops, for how long, and what goes on
contract RoyaltySplitPauseTest is Deployed {
    bytes32 private constant ROOT = keccak256("root");
    uint32 private constant LONGEST = 7 days;
    address private constant other = address(0x0DD);

    bytes32 private model;
    address private payAddress;

    function setUp() public override {
        super.setUp();
        (model, payAddress) = registerModel("model");
        payDollars(model, 1_000);
    }

    function open() private returns (Proposal memory) {
        return propose(ROOT, oneTotal(address(dollar), 10));
    }

    function pause(uint32 duration) private {
        vm.prank(guardian);
        vault.pause(duration);
    }

    function unpause() private {
        vm.prank(guardian);
        vault.unpause();
    }

    function readyAt() private view returns (uint64 at) {
        (,, at) = vault.openProposal();
    }

    function refuseActivation(Proposal memory proposal, bytes memory reason) private {
        vm.expectRevert(reason);
        vault.activate(proposal);
    }

    // Bounds

    function testFuzz_Pause_LastsASecondToSevenDays(uint32 duration) external {
        if (duration == 0 || duration > LONGEST) {
            vm.prank(guardian);
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.PauseTooLong.selector, duration, LONGEST));
            vault.pause(duration);
        }
        duration = uint32(bound(duration, 1, LONGEST));
        uint64 until = time() + duration;
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Paused(until, until + duration);
        pause(duration);
        assertEq(vault.pausedUntil(), until, "until");
        assertEq(vault.restUntil(), until + duration, "rest");
    }

    function testFuzz_Pause_IsFollowedByAnEqualRest(uint32 duration, uint32 after_, uint32 next) external {
        duration = uint32(bound(duration, 1, LONGEST));
        next = uint32(bound(next, 1, LONGEST));
        uint64 rest = time() + 2 * uint64(duration);
        pause(duration);
        vm.warp(bound(after_, rest - 2 * uint64(duration), rest - 1));
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RestingUntil.selector, rest));
        vault.pause(next);
        vm.warp(rest);
        pause(next);
        assertEq(vault.restUntil(), rest + 2 * uint64(next), "the next rest");
    }

    function testFuzz_Unpause_ShortensTheRest(uint32 duration, uint32 after_) external {
        duration = uint32(bound(duration, 1, LONGEST));
        uint64 begun = time();
        pause(duration);
        uint64 ended = uint64(bound(after_, begun, begun + duration - 1));
        vm.warp(ended);
        uint64 rest = ended + (ended - begun);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Unpaused(rest);
        unpause();
        assertEq(vault.pausedUntil(), ended, "until");
        assertEq(vault.restUntil(), rest, "rest");
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotPaused.selector));
        vault.unpause();
        open();
        if (rest > ended) {
            vm.warp(rest - 1);
            vm.prank(guardian);
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RestingUntil.selector, rest));
            vault.pause(1);
        }
        vm.warp(rest);
        pause(1);
    }

    function testFuzz_Unpause_NeedsAPause(uint32 duration, uint32 late) external {
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotPaused.selector));
        vault.unpause();
        duration = uint32(bound(duration, 1, LONGEST));
        pause(duration);
        wait(uint256(duration) + late);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotPaused.selector));
        vault.unpause();
    }

    function testFuzz_Pause_IsTheGuardiansOnly(address who) external {
        vm.assume(who != guardian);
        vm.prank(who);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyGuardian.selector, who));
        vault.pause(1);
        pause(1);
        vm.prank(who);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyGuardian.selector, who));
        vault.unpause();
    }

    /// @dev Whatever the guardian does, of any time the vault is paused for half at most, and one pause.
    function testFuzz_Pause_TakesHalfOfTheTimeAtMost(uint32[12] calldata steps) external {
        uint256 begun = time();
        uint256 paused = 0;
        for (uint256 i = 0; i < steps.length; ++i) {
            uint32 duration = uint32(bound(steps[i], 1, LONGEST));
            pause(duration);
            uint256 lasted = duration;
            if (steps[i] % 3 == 0) {
                lasted = (steps[i] >> 5) % duration;
                wait(lasted);
                unpause();
            }
            paused += lasted;
            vm.warp(vault.restUntil());
            assertEq(time() - begun, 2 * paused, "half of the time");
        }
    }

    // The window's clock

    function testFuzz_Pause_LeavesWhatIsLeftOfTheWindow(uint32 passed, uint32 duration, uint32 after_) external {
        passed = uint32(bound(passed, 0, WINDOW - 1));
        duration = uint32(bound(duration, 1, LONGEST));
        Proposal memory proposal = open();
        wait(passed);
        uint64 paused = time();
        pause(duration);
        uint64 ready = paused + duration + WINDOW - passed;
        assertEq(readyAt(), ready, "moved by the pause");
        vm.warp(bound(after_, paused, paused + duration - 1));
        refuseActivation(proposal, abi.encodeWithSelector(IRoyaltySplit.PausedUntil.selector, paused + duration));
        vm.warp(ready - 1);
        refuseActivation(proposal, abi.encodeWithSelector(IRoyaltySplit.WindowOpen.selector, ready));
        vm.warp(ready);
        vault.activate(proposal);
    }

    function testFuzz_Unpause_GivesTheWindowBackWhatWasNotUsed(uint32 passed, uint32 duration, uint32 used) external {
        passed = uint32(bound(passed, 0, WINDOW - 1));
        duration = uint32(bound(duration, 1, LONGEST));
        used = uint32(bound(used, 0, duration - 1));
        Proposal memory proposal = open();
        uint64 proposed = time();
        wait(passed);
        pause(duration);
        wait(used);
        unpause();
        uint64 ready = proposed + WINDOW + used;
        assertEq(readyAt(), ready, "moved by what was used");
        vm.warp(ready);
        vault.activate(proposal);
    }

    /// @dev A reference that only knows when the vault was paused: of the time between a proposal and its readiness,
    /// exactly one window was not.
    function testFuzz_Window_IsTheTimeThatWasNotPaused(uint256[16] calldata steps) external {
        Proposal memory proposal = open();
        uint256 begun = time();
        uint256 counted = 0;
        uint256 pauseEnds = begun;
        uint256 ready = 0;
        for (uint256 i = 0; i < steps.length; ++i) {
            uint256 now_ = time();
            uint256 number = steps[i] >> 8;
            if (steps[i] % 4 == 0) {
                // As long as may be, but for short ones now and then.
                uint32 duration = uint32(bound(number, 1, steps[i] & 16 == 0 ? LONGEST : 1 hours));
                if (now_ < vault.restUntil()) continue;
                pause(duration);
                pauseEnds = now_ + duration;
            } else if (steps[i] % 4 == 1) {
                if (now_ >= pauseEnds) continue;
                unpause();
                pauseEnds = now_;
            } else {
                uint256 next = now_ + number % (steps[i] & 16 == 0 ? 6 hours : 8 days);
                uint256 from = pauseEnds > now_ ? pauseEnds : now_;
                uint256 runs = next > from ? next - from : 0;
                if (counted < WINDOW && counted + runs >= WINDOW) ready = from + WINDOW - counted;
                counted += runs;
                vm.warp(next);
                now_ = next;
            }
            uint256 rest = pauseEnds > now_ ? pauseEnds - now_ : 0;
            assertEq(readyAt(), counted < WINDOW ? now_ + rest + WINDOW - counted : ready, "readiness");
        }
        uint256 ends = counted < WINDOW ? readyAt() : pauseEnds;
        if (ends > time()) {
            vm.warp(ends - 1);
            refuseActivation(
                proposal,
                counted < WINDOW
                    ? abi.encodeWithSelector(IRoyaltySplit.WindowOpen.selector, ends)
                    : abi.encodeWithSelector(IRoyaltySplit.PausedUntil.selector, ends)
            );
            vm.warp(ends);
        }
        vault.activate(proposal);
    }

    function testFuzz_Pause_DoesNotReopenAWindowThatIsOver(uint32 late, uint32 duration) external {
        duration = uint32(bound(duration, 1, LONGEST));
        Proposal memory proposal = open();
        uint64 ready = readyAt();
        vm.warp(uint256(ready) + late);
        pause(duration);
        uint64 until = vault.pausedUntil();
        assertEq(readyAt(), ready, "as it was");
        refuseActivation(proposal, abi.encodeWithSelector(IRoyaltySplit.PausedUntil.selector, until));
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WindowClosed.selector, ready));
        vault.veto(1, 0);
        if (late % 2 == 0) {
            unpause();
            assertEq(readyAt(), ready, "as it was");
        } else {
            vm.warp(until);
        }
        vault.activate(proposal);
    }

    // What it stops

    function testFuzz_Pause_StopsProposals(uint32 duration, uint32 after_) external {
        duration = uint32(bound(duration, 1, LONGEST));
        uint64 until = time() + duration;
        pause(duration);
        vm.warp(bound(after_, until - duration, until - 1));
        refuse(
            proposalOf(ROOT, oneTotal(address(dollar), 10)),
            abi.encodeWithSelector(IRoyaltySplit.PausedUntil.selector, until)
        );
        vm.warp(until);
        open();
        assertEq(readyAt(), until + WINDOW, "a whole window");
    }

    function testFuzz_Pause_LetsTheGuardianVeto(uint32 duration, uint32 after_) external {
        duration = uint32(bound(duration, 1, LONGEST));
        Proposal memory proposal = open();
        pause(duration);
        wait(bound(after_, 0, duration));
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.EpochVetoed(1, 0);
        veto(proposal);
        // With nothing open the end of the pause moves nothing.
        if (time() < vault.pausedUntil()) unpause();
        assertEq(readyAt(), 0, "nothing open");
        open();
        assertEq(readyAt(), time() + WINDOW, "a whole window");
    }

    // What goes on

    function test_Pause_StopsNoMoneyInAndNoMoneyOut() external {
        PushLeaf[] memory pushes = new PushLeaf[](2);
        pushes[0] = PushLeaf({index: 0, account: bob, recipient: bob, token: address(dollar), amount: 30});
        pushes[1] = PushLeaf({index: 1, account: other, recipient: other, token: address(dollar), amount: 10});
        Leaf[] memory leaves = new Leaf[](1);
        leaves[0] = Leaf({account: alice, token: address(dollar), cumulative: 60});
        Proposal memory proposal = proposalOf(Merkle.root(leaves), oneTotal(address(dollar), 100));
        proposal.pushRoot = Merkle.root(pushes);
        settle(proposal);
        pause(LONGEST);

        vault.claim(60, alice, address(dollar), noProof());
        PushBatch memory batch = PushBatch({
            epoch: 1,
            token: address(dollar),
            first: 0,
            entries: abi.encodePacked(bob, uint128(30)),
            redirections: new PushRedirection[](0),
            proof: new bytes32[](1),
            // No step that takes two from the queue, one that takes one from the proof.
            runs: hex"00000001"
        });
        batch.proof[0] = Merkle.hash(pushes[1]);
        vault.push(batch);
        PushEntry memory entry =
            PushEntry({index: 1, account: other, recipient: other, token: address(dollar), amount: 10});
        batch.proof[0] = Merkle.hash(pushes[0]);
        vm.prank(other);
        vault.takePush(1, entry, batch.proof, other);
        payDollars(model, 7);
        dollar.mint(payAddress, 5);
        sweep(address(dollar), one(model));
        assertEq(dollar.balanceOf(alice), 60, "claimed");
        assertEq(dollar.balanceOf(bob), 30, "pushed");
        assertEq(dollar.balanceOf(other), 10, "taken");
        assertEq(vault.credited(address(dollar)), 1_012, "paid in and swept");
    }

    function test_Pause_StopsNoChange() external {
        vm.prank(governor);
        vault.schedule(ChangeKind.Window, abi.encode(uint32(2 days)));
        pause(LONGEST);
        vm.prank(governor);
        vault.schedule(ChangeKind.Governor, abi.encode(other));
        wait(2 * WINDOW);
        vault.execute(ChangeKind.Window, abi.encode(uint32(2 days)));
        vault.execute(ChangeKind.Governor, abi.encode(other));
        assertTrue(time() < vault.pausedUntil(), "still paused");
        assertEq(vault.window(), 2 days, "window");
        assertEq(vault.governor(), other, "governor");
    }

    /// @dev The next guardian finds the pause, and the rest, as they are.
    function test_Pause_OutlivesItsGuardian() external {
        scheduleGuardian(other);
        Proposal memory proposal = open();
        uint64 begun = time();
        pause(LONGEST);
        wait(2 * WINDOW);
        vault.execute(ChangeKind.Guardian, abi.encode(other));
        assertEq(vault.pausedUntil(), begun + LONGEST, "as before");
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyGuardian.selector, guardian));
        vault.unpause();
        vm.startPrank(other);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RestingUntil.selector, begun + 2 * LONGEST));
        vault.pause(1);
        vault.unpause();
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RestingUntil.selector, begun + 4 * WINDOW));
        vault.pause(1);
        vm.stopPrank();
        wait(WINDOW);
        vault.activate(proposal);
        assertEq(vault.root(), ROOT, "root");
    }
}
