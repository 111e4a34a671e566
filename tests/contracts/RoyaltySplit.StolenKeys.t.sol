// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    AccountAmount,
    ChangeKind,
    ClaimRequest,
    IRoyaltySplit,
    ListedToken,
    Proposal,
    PushBatch,
    PushEntry,
    PushRedirection,
    Signature,
    SweepOrder
} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";

/// @title Peers lost money by a stolen admin key, and stood still by a hostile guardian
contract RoyaltySplitStolenKeysTest is Payouts {
    uint128 private constant WAITING = 500;
    uint32 private constant LONGEST_PAUSE = 7 days;

    Leaf[] private leaves;
    PushLeaf[] private entries;
    Proposal private open;

    /// @dev Two leaves and two entries that are not paid yet, money that waits at the pay address, and an open proposal.
    function setUp() public override {
        super.setUp();
        Leaf[] memory claims = leavesOf(address(dollar), 2, 1);
        PushLeaf[] memory pushes = entriesOf(NATIVE, 0, 2, 2);
        (pushes[0].account, pushes[0].recipient) = (person(10), person(10));
        (pushes[1].account, pushes[1].recipient) = (person(11), person(12));
        settleLeaves(claims);
        settlePushes(pushes);
        for (uint256 i = 0; i < 2; ++i) {
            leaves.push(claims[i]);
            entries.push(pushes[i]);
        }
        vm.deal(payAddress, WAITING);
        dollar.mint(payAddress, WAITING);
        Leaf[] memory next = leafOf(alice, address(dollar), 1_000);
        uint128 total = uint128(vault.promised(address(dollar)) + 1_000);
        open = propose(Merkle.root(next), oneTotal(address(dollar), total));
    }

    // A stolen admin key

    /// @dev Every function that changes anything, by one role, in any order.
    function testFuzz_NoRoleMovesMoneyButToWhomALeafOrAnEntryNames(uint8 role, uint256 seed) external {
        address thief = roles()[role % 8];
        bytes[] memory calls = callsOf(thief);
        uint256 taken = 0;
        for (uint256 i = 0; i < calls.length; ++i) {
            uint256 at = uint256(keccak256(abi.encode(seed, i))) % (calls.length - i);
            (calls[at], calls[calls.length - 1 - i]) = (calls[calls.length - 1 - i], calls[at]);
            vm.prank(thief);
            (bool done,) = address(vault).call(calls[calls.length - 1 - i]);
            if (done) ++taken;
            checkMoney();
        }
        assertTrue(taken != 0, "what anyone may do was done");
        vm.deal(thief, 5);
        vm.prank(thief);
        (bool sent,) = address(vault).call{value: 5}("");
        assertTrue(!sent, "nor in");
    }

    /// @dev All roles together, each with whatever it likes; of the attestors one short of a quorum.
    function testFuzz_NorDoAllRolesTogetherWithoutAQuorum(uint256 seed) external {
        uint256 taken = 0;
        for (uint256 i = 0; i < 60; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            bytes[] memory calls = callsOf(roles()[random % 8]);
            vm.prank(roles()[(random >> 8) % 8]);
            (bool done,) = address(vault).call(calls[(random >> 16) % calls.length]);
            if (done) ++taken;
            checkMoney();
        }
        assertTrue(taken != 0, "what they may do was done");
    }

    /// @dev A function that is added later has to be tried too: the selectors of all functions make the interface's id.
    function test_EveryFunctionIsTried() external view {
        bytes[] memory calls = callsOf(bob);
        bytes4 id = viewsId();
        for (uint256 i = 0; i < calls.length; ++i) {
            bool isNew = true;
            for (uint256 j = 0; j < i; ++j) if (bytes4(calls[j]) == bytes4(calls[i])) isNew = false;
            if (isNew) id ^= bytes4(calls[i]);
        }
        assertEq(id, type(IRoyaltySplit).interfaceId, "all of them");
    }

    function test_AStolenGovernorKeyIsStoppedByTheGuardian() external {
        address[] memory own = new address[](1);
        own[0] = governor;
        bytes memory data = abi.encode(own, uint32(1));
        vm.prank(governor);
        vault.schedule(ChangeKind.Attestors, data);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplit.ChangeNotReady.selector, ChangeKind.Attestors, block.timestamp + 2 * WINDOW
            )
        );
        vault.execute(ChangeKind.Attestors, data);
        vm.prank(guardian);
        vault.cancel(ChangeKind.Attestors);
        vm.warp(block.timestamp + 2 * WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoChange.selector, ChangeKind.Attestors));
        vault.execute(ChangeKind.Attestors, data);
        assertTrue(!vault.isAttestor(governor), "no attestor");
    }

    // A hostile guardian

    function testFuzz_AGuardianWhoVetoesForEverIsReplaced(uint8 vetoes) external {
        uint256 most = 1 + vetoes % 10;
        for (uint256 i = 0; i < most; ++i) {
            vm.prank(guardian);
            vault.veto(open.epoch, open.attempt);
            open = propose(open.root, open.totals);
            assertEq(open.attempt, i + 1, "attempt");
        }

        bytes32 kind = keccak256("GuardianChange(address guardian,uint32 attestorSet,uint256 nonce)");
        bytes32 digest = digestOf(keccak256(abi.encode(kind, bob, vault.attestorSet(), vault.guardianNonce())));
        Signature[] memory signed = signaturesOf(digest, 2);
        vm.prank(governor);
        vault.scheduleGuardian(bob, signed);

        // Neither a cancellation, nor a pause, nor another veto keeps it off.
        vm.startPrank(guardian);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplit.NotCancellable.selector, ChangeKind.Guardian, guardian)
        );
        vault.cancel(ChangeKind.Guardian);
        vault.veto(open.epoch, open.attempt);
        vault.pause(LONGEST_PAUSE);
        vm.stopPrank();
        vm.warp(block.timestamp + 2 * WINDOW);
        vault.execute(ChangeKind.Guardian, abi.encode(bob));

        vm.prank(bob);
        vault.unpause();
        open = propose(open.root, open.totals);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyGuardian.selector, guardian));
        vm.prank(guardian);
        vault.veto(open.epoch, open.attempt);
        vm.warp(block.timestamp + WINDOW);
        vault.activate(open);
        vault.claim(1_000, alice, address(dollar), noProof());
        assertEq(dollar.balanceOf(alice), 1_000, "paid at last");
    }

    function test_AGuardianWhoVetoesForEverStopsNothingThatWasActivated() external {
        vm.startPrank(guardian);
        vault.veto(open.epoch, open.attempt);
        vault.pause(LONGEST_PAUSE);
        vm.stopPrank();
        claim(leaves, 0);
        vault.push(PushTrees.batch(2, entries));
        assertEq(dollar.balanceOf(leaves[0].account), leaves[0].cumulative, "claimed");
        assertEq(person(10).balance, entries[0].amount, "pushed");
    }

    /// @dev As long as it may, as often as it may, ended early or not: after each pause comes a rest as long, in which the
    /// window's clock runs. So all pauses but the last take no longer than the window, and the last one a week.
    function testFuzz_AGuardianWhoPausesAgainAndAgainDoesNotStopTheClock(uint256 seed, bool longest) external {
        // Not `block.timestamp`, which the compiler may read again after it changed.
        (,, uint256 time) = vault.openProposal();
        time -= WINDOW;
        uint256 latest = time + 2 * uint256(WINDOW) + LONGEST_PAUSE + 3 hours;
        uint256 pauses = 0;
        bool done = false;
        for (uint256 i = 0; !done; ++i) {
            assertTrue(time <= latest, "in time");
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint32 duration = longest ? LONGEST_PAUSE : uint32(1 + random % LONGEST_PAUSE);
            vm.prank(guardian);
            (bool paused,) = address(vault).call(abi.encodeCall(vault.pause, (duration)));
            if (paused) ++pauses;
            if (!longest && (random >> 8) % 4 == 0) {
                vm.prank(guardian);
                (paused,) = address(vault).call(abi.encodeCall(vault.unpause, ()));
            }
            (done,) = address(vault).call(abi.encodeCall(vault.activate, (open)));
            time += 3 hours;
            vm.warp(time);
        }
        assertTrue(pauses != 0, "though it tried");
    }

    // Inside

    /// @dev The model's owner, a gateway, an attestor, another one of the quorum, governor, guardian, operator, stranger.
    function roles() private view returns (address[8] memory) {
        return [
            creator, person(20), vm.addr(keys[0]), vm.addr(keys[1]), governor, guardian, person(21), person(22)
        ];
    }

    /// @dev What is claimable and pushable is paid to whom it names; all else is where it was.
    function checkMoney() private view {
        address[8] memory all_ = roles();
        for (uint256 i = 0; i < 8; ++i) {
            assertEq(dollar.balanceOf(all_[i]), 0, "no dollar to a role");
            assertEq(all_[i].balance, 0, "no coin to a role");
        }
        uint256 dollars = dollar.balanceOf(address(vault)) + dollar.balanceOf(payAddress);
        uint256 coins = address(vault).balance + payAddress.balance;
        for (uint256 i = 0; i < 2; ++i) {
            uint256 claimed = dollar.balanceOf(leaves[i].account);
            uint256 pushed = entries[i].recipient.balance;
            assertTrue(claimed == 0 || claimed == leaves[i].cumulative, "a leaf or nothing");
            assertTrue(pushed == 0 || pushed == entries[i].amount, "an entry or nothing");
            dollars += claimed;
            coins += pushed;
        }
        assertEq(dollars, FUNDS + WAITING, "all dollars");
        assertEq(coins, FUNDS + WAITING, "all coins");
        assertEq(vault.epoch(), 2, "no epoch without its window");
    }

    /// @dev Everything that a thief could try, each function at least once, each with the thief as the one who gains.
    function callsOf(address thief) private view returns (bytes[] memory calls) {
        calls = new bytes[](34);
        uint256 deadline = block.timestamp + 1;
        ClaimRequest[] memory requests = requestsOf(leaves);
        bytes memory junk = signature(keys[0], keccak256("anything"));
        calls[0] = abi.encodeCall(vault.claim, (requests[0].cumulative, thief, address(dollar), requests[0].proof));
        calls[1] = abi.encodeCall(
            vault.claim, (requests[0].cumulative, requests[0].account, address(dollar), requests[0].proof)
        );
        calls[2] = abi.encodeCall(
            vault.claimTo, (requests[0].cumulative, address(dollar), requests[0].proof, thief)
        );
        bytes memory signed = signature(keys[0], claimDigest(requests[0], thief, deadline));
        calls[3] = abi.encodeCall(vault.claimSigned, (requests[0], thief, deadline, signed));
        calls[4] = abi.encodeCall(vault.claimMany, (requests));
        requests[1].account = thief;
        calls[5] = abi.encodeCall(vault.claimMany, (requests));
        calls[6] = batchCall(leaves, all(2));
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(Merkle.hashes(leaves), all(2));
        AccountAmount[] memory amounts = amountsOf(leaves, all(2));
        amounts[1].account = thief;
        calls[7] = abi.encodeCall(vault.claimBatch, (address(dollar), amounts, proof, Merkle.runs(flags)));

        PushBatch memory batch = PushTrees.batch(2, entries);
        calls[8] = abi.encodeCall(vault.push, (batch));
        batch.redirections = new PushRedirection[](1);
        batch.redirections[0] = PushRedirection({at: 0, recipient: thief});
        calls[9] = abi.encodeCall(vault.push, (batch));
        PushEntry memory entry = PushTrees.entry(entries[0]);
        bytes32[] memory path = Merkle.proof(entries, 0);
        calls[10] = abi.encodeCall(vault.takePush, (2, entry, path, thief));
        signed = signature(keys[0], takeDigest(entry.account, 2, 0, thief, deadline));
        calls[11] = abi.encodeCall(vault.takePushSigned, (2, entry, path, thief, deadline, signed));
        entry.account = thief;
        calls[12] = abi.encodeCall(vault.takePush, (2, entry, path, thief));
        calls[13] = abi.encodeCall(vault.setRecipient, (thief));
        signed = signature(keys[0], recipientDigest(leaves[0].account, thief, deadline));
        calls[14] = abi.encodeCall(vault.setRecipientSigned, (leaves[0].account, thief, deadline, signed));

        SweepOrder[] memory orders = new SweepOrder[](2);
        orders[0] = SweepOrder({token: NATIVE, modelIds: one(model)});
        orders[1] = SweepOrder({token: address(dollar), modelIds: one(model)});
        calls[15] = abi.encodeCall(vault.sweep, (orders));
        calls[16] = abi.encodeCall(vault.credit, (address(dollar), FUNDS));
        fillEpochs(calls, thief);
        fillGovernance(calls, thief, junk);
    }

    function fillEpochs(bytes[] memory calls, address thief) private view {
        Leaf[] memory mine = leafOf(thief, address(dollar), FUNDS);
        Proposal memory proposal = proposalOf(Merkle.root(mine), oneTotal(address(dollar), FUNDS));
        Signature[] memory signed = signatures(proposal, 1);
        calls[17] = abi.encodeCall(vault.propose, (proposal, signed));
        Signature[] memory twice = new Signature[](2);
        (twice[0], twice[1]) = (signed[0], signed[0]);
        calls[18] = abi.encodeCall(vault.propose, (proposal, twice));
        calls[19] = abi.encodeCall(vault.activate, (proposal));
        calls[20] = abi.encodeCall(vault.activate, (open));
        calls[21] = abi.encodeCall(vault.veto, (open.epoch, open.attempt));
        calls[22] = abi.encodeCall(vault.claim, (FUNDS, thief, address(dollar), noProof()));
    }

    function fillGovernance(bytes[] memory calls, address thief, bytes memory junk) private view {
        address[] memory own = new address[](1);
        own[0] = thief;
        ListedToken[] memory tokens = new ListedToken[](1);
        tokens[0] = ListedToken({token: thief, smallestLeaf: 1});
        Signature[] memory signed = new Signature[](2);
        signed[0] = Signature({signer: vm.addr(keys[0]), data: junk});
        signed[1] = Signature({signer: vm.addr(keys[1]), data: junk});
        calls[23] = abi.encodeCall(vault.schedule, (ChangeKind.Attestors, abi.encode(own, uint32(1))));
        calls[24] = abi.encodeCall(vault.schedule, (ChangeKind.Window, abi.encode(WINDOW)));
        calls[25] = abi.encodeCall(vault.schedule, (ChangeKind.Tokens, abi.encode(tokens)));
        calls[26] = abi.encodeCall(vault.schedule, (ChangeKind.Guardian, abi.encode(thief)));
        calls[27] = abi.encodeCall(vault.schedule, (ChangeKind.Governor, abi.encode(thief)));
        calls[28] = abi.encodeCall(vault.scheduleGuardian, (thief, signed));
        calls[29] = abi.encodeCall(vault.cancel, (ChangeKind.Attestors));
        calls[30] = abi.encodeCall(vault.execute, (ChangeKind.Attestors, abi.encode(own, uint32(1))));
        calls[31] = abi.encodeCall(vault.execute, (ChangeKind.Governor, abi.encode(thief)));
        calls[32] = abi.encodeCall(vault.pause, (1 days));
        calls[33] = abi.encodeCall(vault.unpause, ());
    }

    function viewsId() private view returns (bytes4) {
        bytes4 first = vault.proposalDigest.selector ^ vault.registry.selector ^ vault.rail.selector
            ^ vault.guardian.selector ^ vault.governor.selector ^ vault.threshold.selector
            ^ vault.isAttestor.selector ^ vault.attestors.selector ^ vault.attestorSet.selector
            ^ vault.window.selector ^ vault.epoch.selector ^ vault.attempt.selector ^ vault.root.selector
            ^ vault.lastBlock.selector ^ vault.openProposal.selector;
        return first ^ vault.epochHash.selector ^ vault.rootStatus.selector ^ vault.isListed.selector
            ^ vault.listedTokens.selector ^ vault.credited.selector ^ vault.promised.selector
            ^ vault.paid.selector ^ vault.claimed.selector ^ vault.isPushPaid.selector
            ^ vault.recipientOf.selector ^ vault.scheduled.selector ^ vault.guardianNonce.selector
            ^ vault.pausedUntil.selector ^ vault.restUntil.selector ^ vault.uncounted.selector;
    }
}
