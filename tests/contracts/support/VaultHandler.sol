// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Proposal} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {HandlerMoneyIn} from "./HandlerMoneyIn.sol";
import {HandlerMoneyOut} from "./HandlerMoneyOut.sol";
import {RefusingToken, ShortToken} from "./HandlerTokens.sol";
import {HandlerWorld, World} from "./HandlerWorld.sol";

/// @title Everything that can happen to a vault, in any order
/// @notice In parts: HandlerMoneyIn, HandlerEpochs, HandlerGovernance, HandlerMoneyOut, over the books of HandlerWorld. Calls
/// that have to succeed, and do not, revert here, which fails the run; so do those that must not, and do.
contract VaultHandler is HandlerMoneyIn, HandlerMoneyOut {
    constructor(World memory world) HandlerWorld(world) {}

    function selectors() external pure returns (bytes4[] memory all) {
        all = new bytes4[](26);
        bytes4[26] memory each = [
            this.pay.selector,
            this.send.selector,
            this.sweep.selector,
            this.sweepUnknown.selector,
            this.donate.selector,
            this.sendToVault.selector,
            this.refuse.selector,
            this.shorten.selector,
            this.take.selector,
            this.propose.selector,
            this.veto.selector,
            this.activate.selector,
            this.schedule.selector,
            this.scheduleBad.selector,
            this.cancel.selector,
            this.execute.selector,
            this.pause.selector,
            this.strangers.selector,
            this.claim.selector,
            this.replay.selector,
            this.claimMany.selector,
            this.claimBatch.selector,
            this.push.selector,
            this.takePush.selector,
            this.setRecipient.selector,
            this.arm.selector
        ];
        for (uint256 i = 0; i < each.length; ++i) all[i] = each[i];
    }

    /// @notice Ends an honest history: what is open becomes active, tokens behave again, and each account takes all that is
    /// its own.
    function settleAll() external {
        assertTrue(honest, "of an honest world only");
        RefusingToken(tokens[REFUSING]).setMood(RefusingToken.Mood.Plain);
        RefusingToken(tokens[REFUSING]).arm(address(0), "", false);
        ShortToken(tokens[SHORT]).setMood(0, false);
        for (uint256 a = 0; a < accounts.length; ++a) {
            for (uint256 home = 0; home < HOMES; ++home) {
                RefusingToken(tokens[REFUSING]).setBlocked(homeOf(a, home), false);
            }
        }
        if (_isOpen()) {
            vm.warp(block.timestamp + 60 days);
            vault.activate(abi.decode(openProposal, (Proposal)));
            _noteActivation();
        }
        for (uint256 i = 0; i < pushTrees.length; ++i) {
            if (!_isLive(_pushKey(pushTrees[i]))) continue;
            for (uint256 j = 0; j < pushTrees[i].entries.length; ++j) _settleEntry(pushTrees[i], j);
        }
        for (uint256 i = 0; i < claimTrees[activeClaims].amounts.length; ++i) _settleLeaf(i);
    }

    function _settleEntry(PushTree storage tree, uint256 i) private {
        if (tree.entries[i].token == TAKING || vault.isPushPaid(tree.epoch, tree.first + i)) return;
        _takePush(tree, i, 1);
        assertTrue(vault.isPushPaid(tree.epoch, tree.first + i), "each entry of an honest history can be had");
    }

    function _settleLeaf(uint256 i) private {
        Due memory due = _due(activeClaims, i);
        (address account, address token) = (accounts[due.account], tokens[due.token]);
        if (due.token == TAKING || vault.claimed(account, token) == due.cumulative) return;
        vm.prank(account);
        vault.claimTo(due.cumulative, token, due.proof, homeOf(due.account, 1));
    }
}
