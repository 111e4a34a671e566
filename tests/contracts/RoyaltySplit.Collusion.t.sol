// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ChangeKind, IRoyaltySplit, Proposal, TokenTotal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";

/// @title What a quorum of attestors and the guardian can take together: what docs/trust-model.md says, and no more
contract RoyaltySplitCollusionTest is Payouts {
    address private constant THIEF = address(0x7415F);

    Leaf[] private leaves;
    PushLeaf[] private entries;
    Proposal private lie;

    /// @dev Two leaves and two entries of an honest epoch each; then a proposal that gives all that can be given to the thief,
    /// and takes back what was there.
    function setUp() public override {
        super.setUp();
        Leaf[] memory claims = leavesOf(address(dollar), 2, 1);
        PushLeaf[] memory pushes = entriesOf(NATIVE, 0, 2, 2);
        for (uint256 i = 0; i < 2; ++i) {
            (pushes[i].account, pushes[i].recipient) = (person(10 + i), person(10 + i));
            leaves.push(claims[i]);
            entries.push(pushes[i]);
        }
        settleLeaves(claims);
        settlePushes(pushes);
    }

    /// @param left What is left for the thief of dollars, and of coin.
    function proposeLie(uint256[2] memory left) private {
        Leaf[] memory mine = new Leaf[](2);
        (mine[0], mine[1]) = (leafOf(THIEF, address(dollar), left[0])[0], leafOf(THIEF, NATIVE, left[1])[0]);
        TokenTotal[] memory totals = new TokenTotal[](2);
        totals[0] = TokenTotal({token: NATIVE, total: FUNDS});
        totals[1] = TokenTotal({token: address(dollar), total: FUNDS});
        lie = proposalOf(Merkle.root(mine), totals);
        lie.revoked = new bytes32[](2);
        lie.revoked[0] = vault.root();
        lie.revoked[1] = keccak256(abi.encode(uint64(2), Merkle.root(entries)));
        vault.propose(lie, signatures(lie, 2));
    }

    function takeAll(uint256[2] memory left) private {
        Leaf[] memory mine = new Leaf[](2);
        (mine[0], mine[1]) = (leafOf(THIEF, address(dollar), left[0])[0], leafOf(THIEF, NATIVE, left[1])[0]);
        claim(mine, 0);
        claim(mine, 1);
    }

    function test_NobodyClaims_AllThatIsCreditedAndNotPaidIsLost() external {
        claim(leaves, 0);
        uint256 before = leaves[0].cumulative;
        uint256[2] memory left = [FUNDS - before, uint256(FUNDS)];
        proposeLie(left);
        wait(WINDOW);
        vault.activate(lie);
        takeAll(left);
        assertEq(dollar.balanceOf(THIEF), FUNDS - before, "dollars, the other's leaf included");
        assertEq(THIEF.balance, FUNDS, "coin, open entries included");
        assertEq(dollar.balanceOf(leaves[0].account), before, "what was paid stays");

        bytes32 old = lie.revoked[0];
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RootRevoked.selector, old));
        this.claimOther();
        // What comes later is in no root yet: it needs another lie, and another window.
        payDollars(model, 100);
        assertEq(vault.promised(address(dollar)), FUNDS, "no more is promised");
        assertEq(vault.credited(address(dollar)) - vault.paid(address(dollar)), 100, "it waits");
    }

    function claimOther() external {
        claim(leaves, 1);
    }

    function test_AllClaimInTheWindow_WhatWasPromisedIsSafe() external {
        uint256 dollars = vault.promised(address(dollar));
        uint256 coins = vault.promised(NATIVE);
        uint256[2] memory left = [FUNDS - dollars, FUNDS - coins];
        proposeLie(left);
        // A pause stops no claim, and neither does the open proposal.
        vm.prank(guardian);
        vault.pause(1 days);
        claim(leaves, 0);
        claim(leaves, 1);
        vault.push(PushTrees.batch(2, entries));
        assertEq(dollar.balanceOf(leaves[0].account) + dollar.balanceOf(leaves[1].account), dollars, "leaves");
        assertEq(person(10).balance + person(11).balance, coins, "entries");
        wait(1 days + WINDOW);
        vault.activate(lie);
        takeAll(left);
        assertEq(dollar.balanceOf(THIEF), FUNDS - dollars, "what was in no root");
        assertEq(THIEF.balance, FUNDS - coins, "of coin too");
    }

    function test_ItTakesAWindow_AndNoMoreThanArrived() external {
        Leaf[] memory mine = leafOf(THIEF, address(dollar), FUNDS + 1);
        Proposal memory more = proposalOf(Merkle.root(mine), oneTotal(address(dollar), uint128(FUNDS) + 1));
        refuse(
            more,
            abi.encodeWithSelector(
                IRoyaltySplit.PromisesMoreThanCredited.selector, address(dollar), FUNDS + 1, FUNDS
            )
        );
        proposeLie([uint256(FUNDS), FUNDS]);
        wait(WINDOW - 1);
        (,, uint64 readyAt) = vault.openProposal();
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WindowOpen.selector, readyAt));
        vault.activate(lie);
    }

    /// @dev Without the guardian it can be done to them again and again: the governor names others, and nobody cancels that. With
    /// it the guardian cancels, and is itself replaced only with a quorum's signatures: who is left pays elsewhere.
    function test_TheGovernorAlone_DoesNotGetRidOfThem() external {
        address[] memory others = new address[](1);
        others[0] = bob;
        vm.prank(governor);
        vault.schedule(ChangeKind.Attestors, abi.encode(others, uint32(1)));
        vm.prank(guardian);
        vault.cancel(ChangeKind.Attestors);
        vm.prank(governor);
        vm.expectRevert(IRoyaltySplit.QuorumNeeded.selector);
        vault.schedule(ChangeKind.Guardian, abi.encode(bob));
    }
}
