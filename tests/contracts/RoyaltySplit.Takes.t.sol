// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRoyaltySplit} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Merkle, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";
import {RefusingRecipient} from "./support/Recipients.sol";

/// @title Entries of pushes that their accounts take
contract RoyaltySplitTakesTest is Payouts {
    function testFuzz_TheAccountTakesItsEntryToAnyAddress(uint8 size, uint8 which, address to, bool native) external {
        to = address(uint160(bound(uint160(to), 0x10000, type(uint160).max)));
        PushLeaf[] memory leaves = entriesOf(native ? NATIVE : address(dollar), 0, 1 + size % 20, which);
        PushLeaf memory leaf = leaves[which % leaves.length];
        vm.assume(to != address(vault) && to.code.length == 0 && to != leaf.account);
        uint64 number = settlePushes(leaves);
        bytes32[] memory proof = Merkle.proof(leaves, leaf.index);
        uint256 before = holding(to, leaf.token);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.PushTaken(number, leaf.index, leaf.account, to, leaf.amount);
        vm.prank(leaf.account);
        vault.takePush(number, PushTrees.entry(leaf), proof, to);
        assertEq(holding(to, leaf.token), before + leaf.amount, "received");
        assertEq(vault.paid(leaf.token), leaf.amount, "paid");

        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.AlreadyPaid.selector, number, leaf.index));
        vm.prank(leaf.account);
        vault.takePush(number, PushTrees.entry(leaf), proof, to);
        assertEq(vault.push(PushTrees.batch(number, leaves)), sumOf(leaves) - leaf.amount, "the push passes it over");
        assertEq(leaf.account.balance + dollar.balanceOf(leaf.account), 0, "once");
    }

    function testFuzz_NobodyElseTakesAnEntry(address sender) external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 3, 1);
        leaves[1].recipient = bob;
        uint64 number = settlePushes(leaves);
        if (uint160(sender) % 2 == 0) sender = bob;
        vm.assume(sender != leaves[1].account);
        bytes32[] memory proof = Merkle.proof(leaves, 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotYours.selector, leaves[1].account, sender));
        vm.prank(sender);
        vault.takePush(number, PushTrees.entry(leaves[1]), proof, sender);
        // Nor by calling it his own.
        leaves[1].account = sender;
        expectBadPushProof(number);
        vm.prank(sender);
        vault.takePush(number, PushTrees.entry(leaves[1]), proof, sender);
    }

    function test_APushedEntryCannotBeTaken() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 3, 1);
        uint64 number = settlePushes(leaves);
        vault.push(PushTrees.batch(number, leaves, 1, 1));
        bytes32[] memory proof = Merkle.proof(leaves, 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.AlreadyPaid.selector, number, 1));
        vm.prank(leaves[1].account);
        vault.takePush(number, PushTrees.entry(leaves[1]), proof, bob);
    }

    function test_AnEntryIsTakenAfterARefusedPush() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 3, 1);
        leaves[1].recipient = address(new RefusingRecipient());
        uint64 number = settlePushes(leaves);
        vault.push(PushTrees.batch(number, leaves));
        vm.prank(leaves[1].account);
        vault.takePush(number, PushTrees.entry(leaves[1]), Merkle.proof(leaves, 1), bob);
        assertEq(bob.balance, leaves[1].amount, "received");
        assertEq(vault.push(PushTrees.batch(number, leaves)), 0, "nothing left to push");
    }

    function test_TakingIsRefusedWhereTheMoneyWouldGoNowhere() external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 3, 1);
        uint64 number = settlePushes(leaves);
        bytes32[] memory proof = Merkle.proof(leaves, 0);
        address refusing = address(new RefusingRecipient());
        vm.startPrank(leaves[0].account);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadRecipient.selector, address(0)));
        vault.takePush(number, PushTrees.entry(leaves[0]), proof, address(0));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadRecipient.selector, address(vault)));
        vault.takePush(number, PushTrees.entry(leaves[0]), proof, address(vault));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TransferFailed.selector, NATIVE, refusing));
        vault.takePush(number, PushTrees.entry(leaves[0]), proof, refusing);
        assertTrue(!vault.isPushPaid(number, 0), "still reserved");
    }

    function testFuzz_AnEntryOfAnotherEpochCannotBeTaken(uint64 epoch) external {
        PushLeaf[] memory leaves = entriesOf(NATIVE, 0, 3, 1);
        uint64 number = settlePushes(leaves);
        vm.assume(epoch != number);
        bytes32[] memory proof = Merkle.proof(leaves, 0);
        expectBadPushProof(epoch);
        vm.prank(leaves[0].account);
        vault.takePush(epoch, PushTrees.entry(leaves[0]), proof, bob);
    }
}
