// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IRoyaltySplit, Proposal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {BlacklistToken} from "./support/BlacklistToken.sol";
import {Leaf, Merkle} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {LoudRecipient, MoodyRecipient, RefusingRecipient} from "./support/Recipients.sol";
import {LyingToken, ShrinkingToken, SilentToken} from "./support/Tokens.sol";
import {Log} from "./support/Vm.sol";

/// @title One claim at a time, and where its money goes
contract RoyaltySplitClaimsTest is Payouts {
    // What is paid

    function testFuzz_AnyoneCanBringAClaim_AndTheAccountIsPaid(address sender, uint128 amount) external {
        amount = uint128(bound(amount, 1, FUNDS));
        settleOne(alice, address(dollar), amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(alice, address(dollar), amount);
        vm.expectEmit(address(dollar));
        emit IERC20.Transfer(address(vault), alice, amount);
        vm.prank(sender);
        assertEq(vault.claim(amount, alice, address(dollar), noProof()), amount, "returned");

        assertEq(dollar.balanceOf(alice), amount, "received");
        assertEq(vault.paid(address(dollar)), amount, "paid");
        assertEq(vault.claimed(alice, address(dollar)), amount, "claimed");
        assertEq(vault.claimed(alice, NATIVE), 0, "of that token alone");
    }

    function testFuzz_NativeCoinIsPaidAlike(uint128 amount) external {
        amount = uint128(bound(amount, 1, FUNDS));
        settleOne(alice, NATIVE, amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(alice, NATIVE, amount);
        assertEq(vault.claim(amount, alice, NATIVE, noProof()), amount, "returned");
        assertEq(alice.balance, amount, "received");
        assertEq(vault.paid(NATIVE), amount, "paid");
    }

    function testFuzz_ALaterLeafPaysTheDifference(uint128 first, uint128 second) external {
        first = uint128(bound(first, 1, FUNDS - 1));
        second = uint128(bound(second, first + 1, FUNDS));
        claim(settleOne(alice, address(dollar), first), 0);
        Leaf[] memory leaves = settleOne(alice, address(dollar), second);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(alice, address(dollar), second - first);
        assertEq(claim(leaves, 0), second - first, "difference");
        assertEq(dollar.balanceOf(alice), second, "all");
    }

    function testFuzz_AnOlderRootPaysUntilItIsRevoked(uint128 first, uint128 second) external {
        first = uint128(bound(first, 1, FUNDS - 1));
        second = uint128(bound(second, first + 1, FUNDS));
        Leaf[] memory older = settleOne(alice, address(dollar), first);
        Leaf[] memory newer = settleOne(alice, address(dollar), second);
        assertEq(claim(older, 0), first, "by the older");
        assertEq(claim(newer, 0), second - first, "the rest by the newer");
    }

    function testFuzz_TheOlderRootPaysNothingMoreAfterTheNewer(uint128 first, uint128 second) external {
        first = uint128(bound(first, 1, FUNDS - 1));
        second = uint128(bound(second, first + 1, FUNDS));
        settleOne(alice, address(dollar), first);
        claim(settleOne(alice, address(dollar), second), 0);
        expectNothingToClaim(alice, address(dollar));
        vault.claim(first, alice, address(dollar), noProof());
    }

    function testFuzz_EveryLeafOfATreeIsPaid(uint8 size, uint256 seed) external {
        Leaf[] memory leaves = leavesOf(address(dollar), 1 + size % 40, seed);
        uint256 sum = settleLeaves(leaves);
        for (uint256 i = 0; i < leaves.length; ++i) {
            claim(leaves, i);
            assertEq(dollar.balanceOf(leaves[i].account), leaves[i].cumulative, "received");
        }
        assertEq(vault.paid(address(dollar)), sum, "all paid");
        assertEq(dollar.balanceOf(address(vault)), FUNDS - sum, "the rest stays");
    }

    function testFuzz_AProofOfAnyLengthIsTaken(uint8 depth, uint256 seed) external {
        bytes32[] memory proof = new bytes32[](depth % 50);
        for (uint256 i = 0; i < proof.length; ++i) proof[i] = keccak256(abi.encode(seed, i));
        bytes32 leaf = Merkle.hash(leafOf(alice, address(dollar), 10)[0]);
        settle(MerkleProof.processProof(proof, leaf), oneTotal(address(dollar), 10));
        vault.claim(10, alice, address(dollar), proof);
        assertEq(dollar.balanceOf(alice), 10, "received");
    }

    function test_ATokenThatAnswersNothingIsPaid() external {
        SilentToken token = new SilentToken();
        fundWith(address(token));
        claim(settleOne(alice, address(token), 10), 0);
        assertEq(token.balanceOf(alice), 10, "received");
    }

    // What is refused

    function testFuzz_ALeafThatSaysNoMoreThanWasPaidIsRefused(uint128 lower) external {
        claim(settleOne(alice, address(dollar), 10), 0);
        lower = uint128(bound(lower, 0, 10));
        expectNothingToClaim(alice, address(dollar));
        vault.claim(lower, alice, address(dollar), noProof());
    }

    function testFuzz_WhatTheLeafDoesNotSayIsRefused(address account, address token, uint256 cumulative) external {
        settleOne(alice, address(dollar), 10);
        vm.assume(account != alice || token != address(dollar) || cumulative != 10);
        vm.assume(cumulative != 0);
        expectBadProof(account, token);
        vault.claim(cumulative, account, token, noProof());
    }

    function testFuzz_AnAlteredProofIsRefused(uint8 at, bytes32 other) external {
        Leaf[] memory leaves = leavesOf(address(dollar), 5, 1);
        settleLeaves(leaves);
        bytes32[] memory proof = Merkle.proof(leaves, 0);
        vm.assume(proof[at % proof.length] != other);
        proof[at % proof.length] = other;
        expectBadProof(leaves[0].account, address(dollar));
        vault.claim(leaves[0].cumulative, leaves[0].account, address(dollar), proof);
    }

    function testFuzz_NothingCanBeClaimedBeforeTheFirstEpoch(address account, uint256 cumulative) external {
        vm.assume(cumulative != 0);
        expectBadProof(account, address(dollar));
        vault.claim(cumulative, account, address(dollar), noProof());
    }

    function test_AnOpenOrVetoedProposalPaysNobody() external {
        Proposal memory proposal =
            propose(Merkle.root(leafOf(alice, address(dollar), 10)), oneTotal(address(dollar), 10));
        expectBadProof(alice, address(dollar));
        vault.claim(10, alice, address(dollar), noProof());

        vm.prank(guardian);
        vault.veto(proposal.epoch, proposal.attempt);
        vm.warp(block.timestamp + WINDOW);
        expectBadProof(alice, address(dollar));
        vault.claim(10, alice, address(dollar), noProof());
    }

    function test_ARevokedRootPaysNobody_AndTheNextOnePaysTheSame() external {
        settleOne(alice, address(dollar), 10);
        bytes32 first = vault.root();
        Leaf[] memory leaves = leafOf(alice, address(dollar), 15);
        Proposal memory proposal = proposalOf(Merkle.root(leaves), oneTotal(address(dollar), 15));
        proposal.revoked = new bytes32[](1);
        proposal.revoked[0] = first;
        settle(proposal);

        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RootRevoked.selector, first));
        vault.claim(10, alice, address(dollar), noProof());
        assertEq(claim(leaves, 0), 15, "all of it by the next root");
    }

    function testFuzz_NoMoreIsPaidThanWasPromised(uint128 promised, uint256 cumulative) external {
        promised = uint128(bound(promised, 1, FUNDS));
        cumulative = bound(cumulative, uint256(promised) + 1, type(uint256).max);
        settle(Merkle.root(leafOf(alice, address(dollar), cumulative)), oneTotal(address(dollar), promised));
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplit.ExceedsPromised.selector, address(dollar), cumulative, promised)
        );
        vault.claim(cumulative, alice, address(dollar), noProof());
    }

    function test_WhatOthersTookCountsAgainstThePromise() external {
        Leaf[] memory leaves = leavesOf(address(dollar), 2, 1);
        (leaves[0].cumulative, leaves[1].cumulative) = (70, type(uint256).max);
        settle(Merkle.root(leaves), oneTotal(address(dollar), 100));
        claim(leaves, 0);
        bytes32[] memory proof = Merkle.proof(leaves, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplit.ExceedsPromised.selector, address(dollar), type(uint256).max, 100
            )
        );
        vault.claim(type(uint256).max, leaves[1].account, address(dollar), proof);
    }

    function test_ATokenThatIsNotListedIsNeverPaid() external {
        ShrinkingToken token = new ShrinkingToken();
        token.mint(address(vault), 100);
        settle(Merkle.root(leafOf(alice, address(token), 1)), oneTotal(address(dollar), 1));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.ExceedsPromised.selector, address(token), 1, 0));
        vault.claim(1, alice, address(token), noProof());
    }

    // Tokens and recipients that refuse

    function test_ARecipientThatRefusesCanClaimLater() external {
        MoodyRecipient moody = new MoodyRecipient();
        settleOne(address(moody), NATIVE, 10);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TransferFailed.selector, NATIVE, address(moody)));
        vault.claim(10, address(moody), NATIVE, noProof());
        assertEq(vault.paid(NATIVE), 0, "still owed");
        assertEq(vault.claimed(address(moody), NATIVE), 0, "not claimed");

        moody.take();
        vault.claim(10, address(moody), NATIVE, noProof());
        assertEq(address(moody).balance, 10, "received");
    }

    function test_ATokenThatAnswersFalseIsARefusal(bool moves) external {
        LyingToken token = new LyingToken();
        fundWith(address(token));
        settleOne(alice, address(token), 10);
        token.lie(false, moves);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TransferFailed.selector, address(token), alice));
        vault.claim(10, alice, address(token), noProof());
        assertEq(token.balanceOf(alice), 0, "not moved");
    }

    function test_ABlockedAccountKeepsItsClaim() external {
        BlacklistToken token = new BlacklistToken();
        fundWith(address(token));
        settleOne(alice, address(token), 10);
        token.setBlocked(alice, true);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TransferFailed.selector, address(token), alice));
        vault.claim(10, alice, address(token), noProof());

        vm.prank(alice);
        vault.claimTo(10, address(token), noProof(), bob);
        assertEq(token.balanceOf(bob), 10, "to an address that is not blocked");
    }

    function test_ALoudAnswerIsNotCopied() external {
        address loud = address(new LoudRecipient());
        settleOne(loud, NATIVE, 10);
        uint256 before = gasleft();
        vault.claim(10, loud, NATIVE, noProof());
        // A megabyte costs the recipient about 2.2 million gas to make; copying it would cost the vault as much again.
        assertTrue(before - gasleft() < 3_000_000, "not copied");
        assertEq(loud.balance, 10, "received");
    }

    // Where the account wants it

    function testFuzz_ClaimToPaysAnyAddress(address to, uint128 amount) external {
        to = address(uint160(bound(uint160(to), 0x10000, type(uint160).max)));
        vm.assume(to != address(vault) && to != alice);
        amount = uint128(bound(amount, 1, FUNDS));
        settleOne(alice, address(dollar), amount);
        uint256 before = dollar.balanceOf(to);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(alice, address(dollar), amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ClaimRedirected(alice, address(dollar), to, amount);
        vm.prank(alice);
        assertEq(vault.claimTo(amount, address(dollar), noProof(), to), amount, "returned");
        assertEq(dollar.balanceOf(to), before + amount, "received");
        assertEq(vault.claimed(alice, address(dollar)), amount, "counts as the account's");
    }

    function testFuzz_ClaimToTakesTheSendersLeafOnly(address sender) external {
        vm.assume(sender != alice && sender != address(0));
        settleOne(alice, NATIVE, 10);
        expectBadProof(sender, NATIVE);
        vm.prank(sender);
        vault.claimTo(10, NATIVE, noProof(), sender);
    }

    function test_ClaimToRefusesNoAddressAndTheVault() external {
        settleOne(alice, address(dollar), 10);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadRecipient.selector, address(0)));
        vault.claimTo(10, address(dollar), noProof(), address(0));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadRecipient.selector, address(vault)));
        vault.claimTo(10, address(dollar), noProof(), address(vault));
    }

    function test_ClaimToGoesBeforeTheRecipientThatWasSet() external {
        settleOne(alice, NATIVE, 10);
        vm.startPrank(alice);
        vault.setRecipient(bob);
        vault.claimTo(10, NATIVE, noProof(), person(1));
        assertEq(person(1).balance, 10, "received");
        assertEq(bob.balance, 0, "not by the other");
    }

    function testFuzz_ARecipientThatWasSetGetsWhatAnyoneClaims(address sender, uint128 amount) external {
        amount = uint128(bound(amount, 1, FUNDS));
        settleOne(alice, NATIVE, amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.RecipientSet(alice, bob, 1);
        vm.prank(alice);
        vault.setRecipient(bob);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(alice, NATIVE, amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ClaimRedirected(alice, NATIVE, bob, amount);
        vm.prank(sender);
        vault.claim(amount, alice, NATIVE, noProof());
        assertEq(bob.balance, amount, "received");
        assertEq(vault.claimed(alice, NATIVE), amount, "counts as the account's");
        assertEq(vault.claimed(bob, NATIVE), 0, "not as the recipient's");
    }

    function test_TheZeroAddressSendsClaimsBackToTheAccount() external {
        settleOne(alice, NATIVE, 10);
        vm.startPrank(alice);
        vault.setRecipient(bob);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.RecipientSet(alice, address(0), 2);
        vault.setRecipient(address(0));
        vm.stopPrank();
        (address recipient, uint256 nonce) = vault.recipientOf(alice);
        assertEq(recipient, address(0), "none");
        assertEq(nonce, 2, "nonce");
        vault.claim(10, alice, NATIVE, noProof());
        assertEq(alice.balance, 10, "received");
    }

    function test_TheVaultIsNoRecipient() external {
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadRecipient.selector, address(vault)));
        vm.prank(alice);
        vault.setRecipient(address(vault));
        assertEq(nonceOf(alice), 0, "nothing changed");
    }

    function test_ARecipientThatRefusesFailsTheClaim_AndCanBeChanged() external {
        address refusing = address(new RefusingRecipient());
        settleOne(alice, NATIVE, 10);
        vm.prank(alice);
        vault.setRecipient(refusing);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TransferFailed.selector, NATIVE, refusing));
        vault.claim(10, alice, NATIVE, noProof());
        vm.prank(alice);
        vault.setRecipient(address(0));
        vault.claim(10, alice, NATIVE, noProof());
        assertEq(alice.balance, 10, "received");
    }

    function test_NoRedirectionIsLoggedWhereTheAccountItselfIsPaid() external {
        settleOne(alice, NATIVE, 10);
        vm.recordLogs();
        vm.prank(alice);
        vault.claimTo(10, NATIVE, noProof(), alice);
        assertEq(vm.getRecordedLogs().length, 1, "claimTo");

        Leaf[] memory leaves = settleOne(alice, NATIVE, 20);
        vm.prank(alice);
        vault.setRecipient(alice);
        vm.recordLogs();
        claim(leaves, 0);
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "claim");
        assertEq(logs[0].topics[0], IRoyaltySplit.Claimed.selector, "the claim alone");
    }
}
