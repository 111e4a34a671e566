// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    IRoyaltySplit,
    Proposal,
    PushBatch,
    PushRedirection
} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {BlacklistToken} from "./support/BlacklistToken.sol";
import {Merkle, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";
import {MoodyRecipient} from "./support/Recipients.sol";
import {SurchargeToken} from "./support/Tokens.sol";

/// @title Pushes, and entries that their accounts take
contract RoyaltySplitPushesTest is Payouts {
    // What is paid

    function testFuzz_AnyoneCanPushAWholeTree(address sender, uint8 size, uint256 seed, bool native) external {
        PushLeaf[] memory leaves = entriesOf(native ? NATIVE : address(dollar), 0, 1 + size % 40, seed);
        uint64 number = settlePushes(leaves);
        PushBatch memory batch = PushTrees.batch(number, leaves);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Pushed(number, batch.token, 0, leaves.length, sumOf(leaves));
        vm.prank(sender);
        assertEq(vault.push(batch), sumOf(leaves), "returned");
        checkPaid(number, leaves, type(uint256).max);
        assertEq(vault.paid(batch.token), sumOf(leaves), "paid");
    }

    function testFuzz_ARangeOfATreeIsPaidAlone(uint8 size, uint8 from, uint8 count, uint256 seed) external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 1 + size % 40, seed);
        uint64 number = settlePushes(leaves);
        (uint256 least, uint256 many) = range(leaves.length, from, count);
        vault.push(PushTrees.batch(number, leaves, least, many));
        checkPaid(number, leaves, ((1 << many) - 1) << least);
    }

    /// @dev Bits stand 256 to a word; a batch may begin and end anywhere, in the first word and in the last.
    function testFuzz_RangesReachOverTheBordersOfWords(uint8 word, uint8 before, uint8 size, uint8 from, uint8 count)
        external
    {
        uint256 first = uint256(word) * 256 + 256 - before % 20;
        PushLeaf[] memory leaves = entriesOf(NATIVE, first, 1 + size % 40, word);
        uint64 number = settlePushes(leaves);
        (uint256 least, uint256 many) = range(leaves.length, from, count);
        vault.push(PushTrees.batch(number, leaves, least, many));
        checkPaid(number, leaves, ((1 << many) - 1) << least);
        vault.push(PushTrees.batch(number, leaves));
        checkPaid(number, leaves, type(uint256).max);
        assertEq(vault.paid(NATIVE), sumOf(leaves), "each once");
    }

    function test_TheHighestIndicesArePaidToo() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, type(uint256).max - 300, 300, 1);
        uint64 number = settlePushes(leaves);
        vault.push(PushTrees.batch(number, leaves));
        checkPaid(number, leaves, type(uint256).max);
    }

    function test_ABatchOverThreeWordsIsPaid() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 200, 400, 1);
        uint64 number = settlePushes(leaves);
        vault.push(PushTrees.batch(number, leaves, 60, 5));
        uint256 rest = sumOf(leaves) - vault.paid(NATIVE);
        assertEq(vault.push(PushTrees.batch(number, leaves)), rest, "the rest");
        checkPaid(number, leaves, type(uint256).max);
        assertTrue(!vault.isPushPaid(number, 199) && !vault.isPushPaid(number, 600), "and no other bit");
    }

    function testFuzz_BatchesInAnyOrderAndOverlapPayEachOnce(uint256 seed) external {
        PushLeaf[] memory leaves = entriesOf(address(dollar), 240, 30, seed);
        uint64 number = settlePushes(leaves);
        uint256 pushed = 0;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "batch", i)));
            (uint256 least, uint256 many) = range(30, uint8(random), uint8(random >> 8));
            uint256 mask = ((1 << many) - 1) << least;
            uint256 due = 0;
            for (uint256 j = 0; j < 30; ++j) if ((mask & ~pushed) >> j & 1 == 1) due += leaves[j].amount;
            vm.expectEmit(address(vault));
            emit IRoyaltySplit.Pushed(number, address(dollar), leaves[least].index, many, due);
            assertEq(vault.push(PushTrees.batch(number, leaves, least, many)), due, "what was not paid yet");
            pushed |= mask;
        }
        checkPaid(number, leaves, pushed);
    }

    function testFuzz_RedirectedEntriesPayTheirRecipients(uint8 size, uint256 redirected, uint256 seed) external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 1 + size % 30, seed);
        for (uint256 i = 0; i < leaves.length; ++i) {
            if (redirected >> i & 1 == 1) leaves[i].recipient = person(1_000 + i);
        }
        uint64 number = settlePushes(leaves);
        vault.push(PushTrees.batch(number, leaves));
        checkPaid(number, leaves, type(uint256).max);
        for (uint256 i = 0; i < leaves.length; ++i) {
            if (redirected >> i & 1 == 1) assertEq(leaves[i].account.balance, 0, "nothing to the account");
        }
    }

    function test_ARecipientThatWasSetDoesNotChangeAPush() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 2, 1);
        uint64 number = settlePushes(leaves);
        vm.prank(leaves[0].account);
        vault.setRecipient(bob);
        vault.push(PushTrees.batch(number, leaves));
        checkPaid(number, leaves, type(uint256).max);
    }

    function test_OneEntryNeedsNoProof() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 1, 1);
        uint64 number = settlePushes(leaves);
        PushBatch memory batch = PushTrees.batch(number, leaves);
        assertEq(batch.proof.length + batch.runs.length, 0, "none");
        vault.push(batch);
        checkPaid(number, leaves, 1);
    }

    /// @dev The very same tree, activated twice, is due twice.
    function test_EachEpochHasItsOwnBits() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 4, 1);
        uint64 first = settlePushes(leaves);
        uint64 second = settlePushes(leaves);
        vault.push(PushTrees.batch(first, leaves));
        assertTrue(!vault.isPushPaid(second, 0), "not paid in the second");
        vault.push(PushTrees.batch(second, leaves));
        assertEq(leaves[0].account.balance, 2 * leaves[0].amount, "twice");
        assertEq(vault.push(PushTrees.batch(first, leaves)) + vault.push(PushTrees.batch(second, leaves)), 0, "no more");
    }

    // Refusals

    function test_ARefusedEntryStaysReserved() external {
        MoodyRecipient moody = new MoodyRecipient();
        PushLeaf[] memory leaves = entriesOf(NATIVE, 254, 5, 1);
        leaves[1].recipient = address(moody);
        uint64 number = settlePushes(leaves);
        uint256 others = sumOf(leaves) - leaves[1].amount;
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.PushRefused(number, 255, address(moody), leaves[1].amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Pushed(number, NATIVE, 254, 5, others);
        assertEq(vault.push(PushTrees.batch(number, leaves)), others, "returned");
        checkPaid(number, leaves, ~uint256(2));
        assertEq(vault.paid(NATIVE), others, "paid");

        moody.take();
        assertEq(vault.push(PushTrees.batch(number, leaves)), leaves[1].amount, "pushed again");
        checkPaid(number, leaves, type(uint256).max);
    }

    function testFuzz_BlockedRecipientsArePassedOver(uint256 blocked, uint256 seed) external {
        BlacklistToken token = new BlacklistToken();
        fundWith(address(token));
        PushLeaf[] memory leaves = entriesOf(address(token), 250, 12, seed);
        uint64 number = settlePushes(leaves);
        for (uint256 i = 0; i < 12; ++i) token.setBlocked(leaves[i].account, blocked >> i & 1 == 1);
        vault.push(PushTrees.batch(number, leaves));
        checkPaid(number, leaves, ~blocked);
        for (uint256 i = 0; i < 12; ++i) {
            if (blocked >> i & 1 == 0) continue;
            vm.prank(leaves[i].account);
            vault.takePush(number, PushTrees.entry(leaves[i]), Merkle.proof(leaves, i), person(500 + i));
            assertEq(token.balanceOf(person(500 + i)), leaves[i].amount, "taken elsewhere");
        }
        assertEq(vault.paid(address(token)), sumOf(leaves), "all paid");
    }

    function test_ATokenThatTakesMoreThanWasSentIsRefused() external {
        SurchargeToken token = new SurchargeToken();
        fundWith(address(token));
        PushLeaf[] memory leaves = entriesOf(address(token), 0, 3, 1);
        PushBatch memory batch = PushTrees.batch(settlePushes(leaves), leaves);
        token.setSurcharge(2);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), FUNDS - 6, FUNDS)
        );
        vault.push(batch);
    }

    // What refuses a batch

    function testFuzz_AnAlteredBatchIsRefused(uint8 size, uint256 seed, uint256 at, uint8 by) external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 2 + size % 30, seed);
        uint64 number = settlePushes(leaves);
        PushBatch memory batch = PushTrees.batch(number, leaves, 0, 1 + seed % leaves.length);
        uint256 place = at / 6;
        bytes1 change = bytes1(uint8(uint256(by) % 255 + 1));
        if (at % 6 == 0) batch.first += uint8(change);
        else if (at % 6 == 1) batch.epoch += uint8(change);
        else if (at % 6 == 2) batch.token = address(dollar);
        else if (at % 6 == 3 && batch.proof.length != 0) batch.proof[place % batch.proof.length] ^= change;
        else if (at % 6 == 4) batch.runs[place % batch.runs.length] ^= change;
        else batch.entries[place % batch.entries.length] ^= change;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadPushProof.selector, batch.epoch));
        vault.push(batch);
        checkPaid(number, leaves, 0);
    }

    function test_SwappedAmountsAreRefused() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 4, 1);
        uint64 number = settlePushes(leaves);
        PushBatch memory batch = PushTrees.batch(number, leaves);
        (leaves[1].amount, leaves[2].amount) = (leaves[2].amount, leaves[1].amount);
        batch.entries = PushTrees.packed(leaves, 0, 4);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadPushProof.selector, number));
        vault.push(batch);
    }

    function test_ARedirectionThatTheTreeDoesNotSayIsRefused() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 4, 1);
        leaves[1].recipient = alice;
        uint64 number = settlePushes(leaves);
        PushBatch memory batch = PushTrees.batch(number, leaves);
        PushRedirection[] memory good = batch.redirections;
        batch.redirections = new PushRedirection[](0);
        expectBadPushProof(number);
        vault.push(batch);
        batch.redirections = good;
        good[0].recipient = bob;
        expectBadPushProof(number);
        vault.push(batch);
        (good[0].recipient, good[0].at) = (alice, 2);
        expectBadPushProof(number);
        vault.push(batch);
    }

    function test_RedirectionsComeInOrder_EachOnce_AndWithinTheBatch() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 4, 1);
        (leaves[1].recipient, leaves[2].recipient) = (alice, bob);
        PushBatch memory batch = PushTrees.batch(settlePushes(leaves), leaves);
        PushRedirection[] memory both = batch.redirections;
        (both[0], both[1]) = (both[1], both[0]);
        expectBadPushBatch();
        vault.push(batch);
        both[1] = both[0];
        expectBadPushBatch();
        vault.push(batch);
        (both[0], both[1]) = (PushRedirection({at: 1, recipient: alice}), PushRedirection({at: 4, recipient: bob}));
        expectBadPushBatch();
        vault.push(batch);
        both[1].at = type(uint256).max;
        expectBadPushBatch();
        vault.push(batch);
        both[1].at = 2;
        vault.push(batch);
        checkPaid(batch.epoch, leaves, 15);
    }

    function testFuzz_EntriesOfAnotherLengthAreRefused(uint16 length) external {
        vm.assume(length == 0 || length % 36 != 0);
        PushBatch memory batch = PushTrees.batch(1, entriesOf(NATIVE, 0, 4, 1));
        batch.entries = new bytes(length);
        expectBadPushBatch();
        vault.push(batch);
    }

    function testFuzz_IndicesBeyondTheLastNumberAreRefused(uint8 beyond) external {
        PushBatch memory batch = PushTrees.batch(1, entriesOf(NATIVE, 0, 4, 1));
        batch.first = type(uint256).max - beyond % 4;
        expectBadPushBatch();
        vault.push(batch);
    }

    function test_AClaimRootIsNoPushRoot() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 4, 1);
        settle(Merkle.root(leaves), oneTotal(NATIVE, uint128(sumOf(leaves))));
        PushBatch memory batch = PushTrees.batch(1, leaves);
        expectBadPushProof(1);
        vault.push(batch);
    }

    function test_ARevokedPushRootPaysNobody() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 4, 1);
        uint64 number = settlePushes(leaves);
        uint64 next = settlePushes(leaves);
        bytes32 key = PushTrees.key(number, Merkle.root(leaves));
        vault.push(PushTrees.batch(number, leaves, 0, 2));
        revoke(key);
        PushBatch memory batch = PushTrees.batch(number, leaves);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RootRevoked.selector, key));
        vault.push(batch);
        bytes32[] memory proof = Merkle.proof(leaves, 3);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RootRevoked.selector, key));
        vm.prank(leaves[3].account);
        vault.takePush(number, PushTrees.entry(leaves[3]), proof, bob);
        checkPaid(number, leaves, 3);
        assertEq(vault.push(PushTrees.batch(next, leaves)), sumOf(leaves), "the same root of another epoch is its own");
    }

    function testFuzz_PushesBeyondThePromiseAreRefused(uint256 promised) external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 4, 1);
        uint256 sum = sumOf(leaves);
        promised = bound(promised, 1, sum - 1);
        Proposal memory proposal = proposalOf(0, oneTotal(NATIVE, uint128(promised)));
        proposal.pushRoot = Merkle.root(leaves);
        settle(proposal);
        PushBatch memory batch = PushTrees.batch(1, leaves);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.ExceedsPromised.selector, NATIVE, sum, promised));
        vault.push(batch);
        checkPaid(1, leaves, 0);
    }

    // Inside

    function range(uint256 length, uint8 from, uint8 count) private pure returns (uint256, uint256) {
        uint256 least = from % length;
        return (least, 1 + count % (length - least));
    }

    function expectBadPushBatch() private {
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadPushBatch.selector));
    }
}
