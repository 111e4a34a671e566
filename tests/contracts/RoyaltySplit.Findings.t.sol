// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRoyaltySplit, PushEntry} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";
import {LyingToken, SurchargeToken} from "./support/Tokens.sol";

/// @title Tokens that turned, and what they may not take from others
contract RoyaltySplitFindingsTest is Payouts {
    /// @dev But for the single claim, which does not look, for gas: what such a token takes on top of it is lost to others.
    function testFuzz_ATokenThatTakesMoreThanWasSentIsRefusedAmongMany(bool taken, uint64 surcharge) external {
        SurchargeToken token = new SurchargeToken();
        fundWith(address(token));
        surcharge = uint64(bound(surcharge, 1, 1_000));
        Leaf[] memory leaves = leavesOf(address(token), 2, 1);
        settleLeaves(leaves);
        PushLeaf[] memory entries = entriesOf(address(token), 0, 2, 1);
        uint64 number = settlePushes(entries);
        token.setSurcharge(surcharge);

        bytes memory call = abi.encodeCall(vault.claimMany, (requestsOf(leaves)));
        if (taken) {
            PushEntry memory entry = PushTrees.entry(entries[0]);
            call = abi.encodeCall(vault.takePush, (number, entry, Merkle.proof(entries, 0), bob));
        }
        vm.prank(entries[0].account);
        (bool done, bytes memory answer) = address(vault).call(call);
        assertTrue(!done && isError(answer, IRoyaltySplit.NotBacked.selector), "refused");
        assertEq(token.balanceOf(address(vault)), FUNDS, "nothing lost");
    }

    /// @dev A token that moves the money and answers false: what counts as refused is still owed, so it must not have left.
    function test_ATokenThatMovesAndAnswersFalseIsRefusedByClaimMany() external {
        LyingToken token = new LyingToken();
        fundWith(address(token));
        Leaf[] memory leaves = leavesOf(address(token), 2, 1);
        settleLeaves(leaves);
        token.lie(false, true);
        (bool done,) = address(vault).call(abi.encodeCall(vault.claimMany, (requestsOf(leaves))));
        uint256 owed = vault.credited(address(token)) - vault.paid(address(token));
        assertTrue(token.balanceOf(address(vault)) >= owed, "what is owed is there");
        assertTrue(!done, "refused");
    }
}
