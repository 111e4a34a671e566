// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ClaimRequest, IRoyaltySplit, PushBatch} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Leaf, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";
import {GreedyRecipient, NeedyRecipient} from "./support/Recipients.sol";

/// @title Many payments in one call, and what each may use of its gas
contract RoyaltySplitGasLimitsTest is Payouts {
    uint256 private constant TRANSFER_GAS = 250_000;

    // Claims

    function testFuzz_WithLittleGasABatchIsRefusedWhole_OrPaidWhole(uint256 gasLimit) external {
        Leaf[] memory leaves = leavesOf(NATIVE, 6, 1);
        uint256 sum = settleLeaves(leaves);
        gasLimit = bound(gasLimit, 30_000, 900_000);
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory call = i == 0
                ? abi.encodeCall(vault.claimMany, (requestsOf(leaves)))
                : batchCall(leaves, all(6));
            (bool done, bytes memory answer) = address(vault).call{gas: gasLimit}(call);
            assertEq(vault.paid(NATIVE), done ? sum : 0, "all or nothing");
            if (done) return;
            checkStarved(answer);
        }
    }

    function test_TooLittleGasForTheNextClaimIsSaid() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 6, 1);
        settleLeaves(leaves);
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory call = i == 0
                ? abi.encodeCall(vault.claimMany, (requestsOf(leaves)))
                : batchCall(leaves, all(6));
            (bool done, bytes memory answer) = address(vault).call{gas: 350_000}(call);
            assertTrue(!done, "refused");
            assertTrue(isError(answer, IRoyaltySplit.MoreGasNeeded.selector), "said");
            checkStarved(answer);
        }
        assertEq(vault.paid(NATIVE), 0, "nothing paid");
    }

    function test_AGreedyRecipientDoesNotBlockABatch() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 6, 1);
        leaves[0].account = address(new GreedyRecipient());
        leaves[3].account = address(new GreedyRecipient());
        uint256 sum = settleLeaves(leaves);
        uint256 before = gasleft();
        assertEq(claimAll(leaves), sum - leaves[0].cumulative - leaves[3].cumulative, "the others are paid");
        assertTrue(before - gasleft() < 1_200_000, "at a bounded price");
    }

    /// @dev Whoever brings the batch chooses the gas: a recipient that needs what each may use gets it, or nothing is done.
    function test_EveryClaimGetsAllTheGasItMayUse() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 2, 1);
        for (uint256 i = 0; i < 2; ++i) leaves[i].account = address(new NeedyRecipient(TRANSFER_GAS));
        settleLeaves(leaves);
        ClaimRequest[] memory requests = new ClaimRequest[](1);
        requests[0] = requestOf(leaves, 0);
        bool[] memory second = new bool[](2);
        second[1] = true;
        callWithEverMoreGas(abi.encodeCall(vault.claimMany, (requests)));
        assertEq(leaves[0].account.balance, leaves[0].cumulative, "received by claimMany");
        callWithEverMoreGas(batchCall(leaves, second));
        assertEq(leaves[1].account.balance, leaves[1].cumulative, "received by claimBatch");
    }

    // Pushes

    function test_AGreedyRecipientDoesNotBlockTheOthers() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 8, 1);
        leaves[2].recipient = address(new GreedyRecipient());
        leaves[5].recipient = address(new GreedyRecipient());
        uint64 number = settlePushes(leaves);
        PushBatch memory batch = PushTrees.batch(number, leaves);
        uint256 before = gasleft();
        vault.push(batch);
        assertTrue(before - gasleft() < 1_500_000, "at a bounded price");
        checkPaid(number, leaves, ~uint256(0x24));
    }

    function testFuzz_WithLittleGasAPushDoesAllOrNothing(uint256 gasLimit) external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 6, 1);
        uint64 number = settlePushes(leaves);
        PushBatch memory batch = PushTrees.batch(number, leaves);
        gasLimit = bound(gasLimit, 30_000, 900_000);
        bytes memory call = abi.encodeCall(vault.push, (batch));
        (bool done, bytes memory answer) = address(vault).call{gas: gasLimit}(call);
        checkPaid(number, leaves, done ? type(uint256).max : 0);
        if (!done) checkStarved(answer);
    }

    function test_TooLittleGasForTheNextPushIsSaid_AndNothingIsMarked() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 6, 1);
        uint64 number = settlePushes(leaves);
        bytes memory call = abi.encodeCall(vault.push, (PushTrees.batch(number, leaves)));
        (bool done, bytes memory answer) = address(vault).call{gas: 350_000}(call);
        assertTrue(!done, "refused");
        assertTrue(isError(answer, IRoyaltySplit.MoreGasNeeded.selector), "said");
        checkStarved(answer);
        checkPaid(number, leaves, 0);
        assertEq(vault.paid(NATIVE), 0, "nothing paid");
    }

    /// @dev Whoever pushes chooses the gas: a recipient that needs what each may use gets it, or nothing is done.
    function test_EveryPushGetsAllTheGasItMayUse() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 1, 1);
        leaves[0].recipient = address(new NeedyRecipient(TRANSFER_GAS));
        uint64 number = settlePushes(leaves);
        bytes memory call = abi.encodeCall(vault.push, (PushTrees.batch(number, leaves)));
        callWithEverMoreGas(call);
        checkPaid(number, leaves, 1);
    }

    // Inside

    /// @dev Until it is done for the first time.
    function callWithEverMoreGas(bytes memory call) private {
        bool done = false;
        for (uint256 gasLimit = 270_000; !done; gasLimit += 500) {
            (done,) = address(vault).call{gas: gasLimit}(call);
        }
    }

    function checkStarved(bytes memory answer) private pure {
        // Out of gas outside the transfers has no reason to give.
        if (answer.length == 0) return;
        assertTrue(isError(answer, IRoyaltySplit.MoreGasNeeded.selector), "for want of gas");
        uint256 left;
        uint256 needed;
        assembly ("memory-safe") {
            left := mload(add(answer, 0x24))
            needed := mload(add(answer, 0x44))
        }
        assertTrue(left < needed, "less than needed");
        // The EVM keeps a 64th back.
        assertTrue(needed - needed / 64 >= TRANSFER_GAS, "enough for a whole transfer");
    }
}
