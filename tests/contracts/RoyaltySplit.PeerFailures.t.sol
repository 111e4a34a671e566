// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    ClaimRequest,
    IRoyaltySplit,
    Proposal,
    PushBatch,
    PushEntry,
    Signature
} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {BlacklistToken} from "./support/BlacklistToken.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";

/// @title How other projects' distributors failed, each failure by its name
contract RoyaltySplitPeerFailuresTest is Payouts {
    uint256 private constant KEY = uint256(keccak256("contributor"));

    address private signer;
    uint256 private deadline;

    function setUp() public override {
        super.setUp();
        signer = vm.addr(KEY);
        deadline = block.timestamp + 30 days;
    }

    // An over-promising root

    function testFuzz_OverPromising_AProposalPromisesNoMoreThanWasCredited(uint128 total, bool native) external {
        address token = native ? NATIVE : address(dollar);
        total = uint128(bound(total, uint256(FUNDS) + 1, type(uint128).max));
        Proposal memory proposal = proposalOf("root", oneTotal(token, total));
        expectRefused(
            proposal, abi.encodeWithSelector(IRoyaltySplit.PromisesMoreThanCredited.selector, token, total, FUNDS)
        );
    }

    /// @dev Leaves and entries that sum to more than the total, in any order and by any route.
    function testFuzz_OverPromising_TheFirstGetAtMostTheTotal(uint256 seed, uint16 promised) external {
        Leaf[] memory leaves = leavesOf(NATIVE, 6, seed);
        PushLeaf[] memory entries = entriesOf(NATIVE, 0, 6, seed);
        for (uint256 i = 0; i < 6; ++i) {
            if (seed >> i & 1 == 1) leaves[i].cumulative = uint256(keccak256(abi.encode(seed, "huge", i)));
        }
        promised = uint16(bound(promised, 1, 500));
        Proposal memory proposal = proposalOf(Merkle.root(leaves), oneTotal(NATIVE, promised));
        proposal.pushRoot = Merkle.root(entries);
        settle(proposal);
        for (uint256 i = 0; i < 24; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "route", i)));
            ClaimRequest memory request = requestOf(leaves, random % 6);
            bytes memory call = abi.encodeCall(
                vault.claim, (request.cumulative, request.account, request.token, request.proof)
            );
            if (random >> 8 & 1 == 1) call = abi.encodeCall(vault.push, (PushTrees.batch(1, entries, random % 6, 1)));
            uint256 paid = vault.paid(NATIVE);
            (bool done,) = address(vault).call(call);
            assertTrue(done || vault.paid(NATIVE) == paid, "a refusal pays nothing");
            assertTrue(vault.paid(NATIVE) <= promised, "no more than the total");
            assertEq(address(vault).balance, FUNDS - vault.paid(NATIVE), "the rest is there");
        }
        assertEq(dollar.balanceOf(address(vault)), FUNDS, "and nothing of another token");
    }

    // A blocked recipient

    function testFuzz_BlockedRecipient_StopsNobodyElse(uint8 which) external {
        BlacklistToken token = new BlacklistToken();
        fundWith(address(token));
        Leaf[] memory leaves = leavesOf(address(token), 5, 1);
        PushLeaf[] memory entries = entriesOf(address(token), 0, 5, 2);
        address blocked = leaves[which % 5].account;
        uint256 sum = sumOf(entries);
        for (uint256 i = 0; i < 5; ++i) sum += leaves[i].cumulative;
        Proposal memory proposal = proposalOf(Merkle.root(leaves), oneTotal(address(token), uint128(sum)));
        proposal.pushRoot = Merkle.root(entries);
        settle(proposal);
        token.setBlocked(blocked, true);

        vault.push(PushTrees.batch(1, entries));
        if (which % 2 == 0) claimAll(leaves);
        else vault.claimMany(requestsOf(leaves));
        for (uint256 i = 0; i < 5; ++i) {
            uint256 due = leaves[i].cumulative + entries[i].amount;
            assertEq(token.balanceOf(leaves[i].account), leaves[i].account == blocked ? 0 : due, "received");
        }
    }

    // A push without enough gas

    /// @dev Elsewhere the one who pushed chose the gas so that transfers failed, and the entries counted as paid.
    function testFuzz_GasStarvedPush_MarksNothingThatItDidNotPay(uint256 gasLimit) external {
        PushLeaf[] memory entries = entriesOf(address(dollar), 0, 5, 1);
        bytes memory call = abi.encodeCall(vault.push, (PushTrees.batch(settlePushes(entries), entries)));
        gasLimit = bound(gasLimit, 25_000, 700_000);
        (bool done,) = address(vault).call{gas: gasLimit}(call);
        for (uint256 i = 0; i < 5; ++i) {
            assertEq(vault.isPushPaid(1, i), done, "marked");
            assertEq(dollar.balanceOf(entries[i].account), done ? entries[i].amount : 0, "paid");
        }
    }

    // A second preimage

    /// @dev A leaf is the hash of a hash, of 32 bytes; a node is the hash of 64. So no words of a claim make a node.
    function test_SecondPreimage_ANodeIsNoLeafOfAClaim() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 4, 1);
        settleLeaves(leaves);
        (bytes32 low, bytes32 high) = sorted(Merkle.hash(leaves[0]), Merkle.hash(leaves[1]));
        bytes32[] memory above = new bytes32[](1);
        above[0] = Merkle.pair(Merkle.hash(leaves[2]), Merkle.hash(leaves[3]));
        assertEq(Merkle.pair(Merkle.pair(low, high), above[0]), vault.root(), "the node is one step below the root");

        (address account, address token) = (address(uint160(uint256(low))), address(uint160(uint256(high))));
        expectBadProof(account, token);
        vault.claim(uint256(high), account, token, above);
        expectBadProof(account, NATIVE);
        vault.claim(uint256(Merkle.pair(low, high)), account, NATIVE, above);
        // The node's 64 bytes as they are do not even pass for two addresses, whatever the third word is.
        bytes memory call = abi.encodePacked(vault.claim.selector, high, low, high, uint256(0x80), uint256(1), above[0]);
        (bool done,) = address(vault).call(call);
        assertTrue(!done, "no addresses");
        assertEq(vault.paid(NATIVE), 0, "nothing paid");
    }

    function test_SecondPreimage_ANodeIsNoLeafOfABatch() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 4, 1);
        settleLeaves(leaves);
        bytes32 node = Merkle.pair(Merkle.hash(leaves[0]), Merkle.hash(leaves[1]));
        bytes32 other = Merkle.pair(Merkle.hash(leaves[2]), Merkle.hash(leaves[3]));
        bytes32[] memory above = new bytes32[](1);
        above[0] = other;
        // The node in the place of an account, which takes more than an address: no compiler would write it down.
        (bool done,) = address(vault).call(batchOfOne(node, 10, above));
        assertTrue(!done, "refused");
        assertEq(vault.paid(NATIVE), 0, "nothing paid");

        Leaf memory leaf = leaves[0];
        bytes memory call = batchOfOne(bytes32(uint256(uint160(leaf.account))), leaf.cumulative, Merkle.proof(leaves, 0));
        (done,) = address(vault).call(call);
        assertTrue(done, "the leaf below it is paid in the same way");
    }

    function test_SecondPreimage_ANodeIsNoEntryOfAPush() external {
        PushLeaf[] memory entries = entriesOf(NATIVE, 0, 4, 1);
        uint64 number = settlePushes(entries);
        bytes32[] memory above = new bytes32[](1);
        above[0] = Merkle.pair(Merkle.hash(entries[2]), Merkle.hash(entries[3]));
        bytes32 node = Merkle.pair(Merkle.hash(entries[0]), Merkle.hash(entries[1]));
        PushBatch memory batch = PushTrees.batch(number, entries, 0, 1);
        (batch.first, batch.entries) = (uint256(node), abi.encodePacked(bytes32(node), bytes4(0)));
        (batch.proof, batch.runs) = (above, hex"00000001");
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadPushProof.selector, number));
        vault.push(batch);

        PushEntry memory entry = PushTrees.entry(entries[0]);
        (entry.index, entry.amount) = (uint256(node), 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadPushProof.selector, number));
        vm.prank(entry.account);
        vault.takePush(number, entry, above, bob);
    }

    /// @dev Nor does a leaf of the one tree pass for one of the other.
    function test_SecondPreimage_ALeafOfOneTreeIsNoneOfTheOther() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 2, 1);
        PushLeaf[] memory entries = entriesOf(NATIVE, 0, 2, 1);
        Proposal memory proposal = proposalOf(Merkle.root(leaves), oneTotal(NATIVE, 1_000));
        proposal.pushRoot = Merkle.root(entries);
        settle(proposal);
        bytes32[] memory path = Merkle.proof(entries, 0);
        expectBadProof(entries[0].account, NATIVE);
        vault.claim(entries[0].amount, entries[0].account, NATIVE, path);
        path = Merkle.proof(leaves, 0);
        PushEntry memory entry = PushTrees.entry(entries[0]);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadPushProof.selector, 1));
        vm.prank(entry.account);
        vault.takePush(1, entry, path, bob);
    }

    // A leaf twice in its tree

    function test_DuplicateLeaf_IsPaidOnce(uint8 route) external {
        Leaf[] memory leaves = leavesOf(NATIVE, 5, 1);
        leaves[3] = leaves[1];
        settleLeaves(leaves);
        if (route % 3 == 0) {
            claimAll(leaves);
        } else if (route % 3 == 1) {
            vault.claimMany(requestsOf(leaves));
        } else {
            claim(leaves, 1);
            bytes32[] memory proof = Merkle.proof(leaves, 3);
            expectNothingToClaim(leaves[3].account, NATIVE);
            vault.claim(leaves[3].cumulative, leaves[3].account, NATIVE, proof);
        }
        assertEq(leaves[1].account.balance, leaves[1].cumulative, "once");
    }

    function test_DuplicateLeaf_TwoEntriesOfOneIndexPayOne() external {
        PushLeaf[] memory entries = entriesOf(NATIVE, 0, 4, 1);
        entries[3].index = 1;
        uint64 number = settlePushes(entries);
        assertEq(vault.push(PushTrees.batch(number, entries, 3, 1)), entries[3].amount, "the one");
        assertEq(vault.push(PushTrees.batch(number, entries, 1, 1)), 0, "not the other");
        bytes32[] memory proof = Merkle.proof(entries, 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.AlreadyPaid.selector, number, 1));
        vm.prank(entries[1].account);
        vault.takePush(number, PushTrees.entry(entries[1]), proof, bob);
    }

    // One accrual by two routes

    function testFuzz_DoubleRoute_ALeafByEveryClaimInAnyOrder(uint256 seed) external {
        Leaf[] memory first = leavesOf(NATIVE, 3, 1);
        first[0].account = signer;
        Leaf[] memory second = leavesOf(NATIVE, 3, 1);
        second[0].account = signer;
        for (uint256 i = 0; i < 3; ++i) second[i].cumulative += 10;
        settleLeaves(first);
        settleLeaves(second);
        for (uint256 i = 0; i < 12; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            Leaf[] memory leaves = random % 2 == 0 ? first : second;
            ClaimRequest memory request = requestOf(leaves, 0);
            bytes memory call = batchCall(leaves, all(3));
            uint256 route = (random >> 8) % 5;
            if (route == 1) call = abi.encodeCall(vault.claimMany, (requestsOf(leaves)));
            if (route == 2) call = abi.encodeCall(vault.claimTo, (request.cumulative, NATIVE, request.proof, signer));
            if (route == 3) call = abi.encodeCall(vault.claim, (request.cumulative, signer, NATIVE, request.proof));
            if (route == 4) {
                bytes memory signed = signature(KEY, claimDigest(request, signer, deadline));
                call = abi.encodeCall(vault.claimSigned, (request, signer, deadline, signed));
            }
            vm.prank(signer);
            (bool done,) = address(vault).call(call);
            assertEq(signer.balance, vault.claimed(signer, NATIVE), "as the books say");
            assertTrue(!done || signer.balance >= leaves[0].cumulative, "paid where it was taken");
        }
        claimAll(second);
        assertEq(signer.balance, second[0].cumulative, "the highest leaf, once");
    }

    function testFuzz_DoubleRoute_AnEntryByPushAndByTaking(uint256 seed) external {
        PushLeaf[] memory entries = entriesOf(NATIVE, 0, 3, 1);
        (entries[1].account, entries[1].recipient) = (signer, bob);
        uint64 number = settlePushes(entries);
        for (uint256 i = 0; i < 6; ++i) {
            uint256 route = uint256(keccak256(abi.encode(seed, i))) % 4;
            PushEntry memory entry = PushTrees.entry(entries[1]);
            bytes32[] memory proof = Merkle.proof(entries, 1);
            bytes memory call = abi.encodeCall(vault.push, (PushTrees.batch(number, entries)));
            if (route == 1) call = abi.encodeCall(vault.push, (PushTrees.batch(number, entries, 1, 2)));
            if (route == 2) call = abi.encodeCall(vault.takePush, (number, entry, proof, bob));
            if (route == 3) {
                bytes memory signed = signature(KEY, takeDigest(signer, number, 1, bob, deadline));
                call = abi.encodeCall(vault.takePushSigned, (number, entry, proof, bob, deadline, signed));
            }
            vm.prank(signer);
            (bool done, bytes memory answer) = address(vault).call(call);
            assertTrue(done || isError(answer, IRoyaltySplit.AlreadyPaid.selector), "paid, or paid before");
            assertEq(bob.balance, entries[1].amount, "once");
        }
    }

    // Inside

    function expectRefused(Proposal memory proposal, bytes memory reason) private {
        Signature[] memory signed = signatures(proposal, 2);
        vm.expectRevert(reason);
        vault.propose(proposal, signed);
    }

    /// @dev The call of `claimBatch` for one leaf of native coin, word by word.
    function batchOfOne(bytes32 account, uint256 amount, bytes32[] memory proof) private view returns (bytes memory) {
        bytes memory head = abi.encodePacked(
            vault.claimBatch.selector, uint256(0), uint256(0x80), uint256(0xe0), 0x100 + 32 * proof.length
        );
        return abi.encodePacked(
            head, uint256(1), account, amount, proof.length, proof, uint256(4), uint32(proof.length), bytes28(0)
        );
    }

    function sorted(bytes32 a, bytes32 b) private pure returns (bytes32, bytes32) {
        return a < b ? (a, b) : (b, a);
    }
}
