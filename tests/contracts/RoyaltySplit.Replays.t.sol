// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    ChangeKind,
    ClaimRequest,
    IRoyaltySplit,
    Proposal,
    PushEntry,
    Signature
} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";

/// @title Peers took signatures that were made for another chain, epoch, contract or account
contract RoyaltySplitReplaysTest is Payouts {
    uint256 private constant KEY = uint256(keccak256("contributor"));

    address private signer;
    uint256 private deadline;

    function setUp() public override {
        super.setUp();
        signer = vm.addr(KEY);
        deadline = block.timestamp + 30 days;
    }

    // What an account signed

    function testFuzz_Replay_AClaimOnAnotherChain(uint64 chain) external {
        vm.assume(chain != 0 && chain != block.chainid);
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        bytes memory signed = signature(KEY, claimDigest(request, bob, deadline));
        bytes memory set = signature(KEY, recipientDigest(signer, bob, deadline));
        // Not `block.chainid`, which the compiler may read again after it changed.
        (,,, uint256 home,,,) = vault.eip712Domain();
        vm.chainId(chain);
        expectBadSignature(signer);
        vault.claimSigned(request, bob, deadline, signed);
        expectBadSignature(signer);
        vault.setRecipientSigned(signer, bob, deadline, set);
        vm.chainId(home);
        vault.claimSigned(request, bob, deadline, signed);
        assertEq(bob.balance, 10, "on its own");
    }

    function test_Replay_AClaimAtAnotherVault() external {
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        bytes memory signed = signature(KEY, claimDigest(request, bob, deadline));
        fundWith(address(dollar));
        settleOne(signer, NATIVE, 10);
        expectBadSignature(signer);
        vault.claimSigned(request, bob, deadline, signed);
    }

    function test_Replay_AClaimOfAnotherAccount() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 2, 1);
        (leaves[0].account, leaves[0].cumulative) = (signer, leaves[1].cumulative);
        settleLeaves(leaves);
        bytes memory signed = signature(KEY, claimDigest(requestOf(leaves, 0), bob, deadline));
        ClaimRequest memory other = requestOf(leaves, 1);
        expectBadSignature(other.account);
        vault.claimSigned(other, bob, deadline, signed);
    }

    function test_Replay_AClaimAfterARedirection() external {
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        bytes memory signed = signature(KEY, claimDigest(request, bob, deadline));
        vm.startPrank(signer);
        vault.setRecipient(alice);
        vault.setRecipient(address(0));
        vm.stopPrank();
        expectBadSignature(signer);
        vault.claimSigned(request, bob, deadline, signed);
    }

    function test_Replay_ATakeInAnotherEpoch() external {
        PushLeaf[] memory entries = entriesOf(NATIVE, 0, 2, 1);
        entries[0].account = signer;
        uint64 first = settlePushes(entries);
        uint64 second = settlePushes(entries);
        PushEntry memory entry = PushTrees.entry(entries[0]);
        bytes32[] memory proof = Merkle.proof(entries, 0);
        bytes memory signed = signature(KEY, takeDigest(signer, first, 0, bob, deadline));
        expectBadSignature(signer);
        vault.takePushSigned(second, entry, proof, bob, deadline, signed);
        vault.takePushSigned(first, entry, proof, bob, deadline, signed);
        assertEq(bob.balance, entry.amount, "once");
    }

    // What attestors signed

    function testFuzz_Replay_AProposalOnAnotherChain(uint64 chain) external {
        vm.assume(chain != 0 && chain != block.chainid);
        Proposal memory proposal = proposalOf("root", oneTotal(NATIVE, 10));
        Signature[] memory signed = signatures(proposal, 2);
        vm.chainId(chain);
        expectReplayRefused(proposal, signed);
    }

    function test_Replay_AProposalInAnotherEpoch() external {
        Proposal memory proposal = proposalOf("root", oneTotal(NATIVE, 10));
        Signature[] memory signed = signatures(proposal, 2);
        settle(proposal);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongEpoch.selector, 1, 2));
        vault.propose(proposal, signed);
        Proposal memory next = proposalOf("next", oneTotal(NATIVE, 20));
        expectReplayRefused(next, signed);
    }

    function test_Replay_AProposalInAnotherAttempt() external {
        Proposal memory proposal = propose("root", oneTotal(NATIVE, 10));
        Signature[] memory signed = signatures(proposal, 2);
        vm.prank(guardian);
        vault.veto(1, 0);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongAttempt.selector, 0, 1));
        vault.propose(proposal, signed);
        proposal.attempt = 1;
        expectReplayRefused(proposal, signed);
    }

    function test_Replay_AProposalOfAnotherSetOfAttestors() external {
        Proposal memory proposal = proposalOf("root", oneTotal(NATIVE, 10));
        Signature[] memory signed = signatures(proposal, 2);
        // The same attestors again, as another set.
        bytes memory data = abi.encode(attestors(), uint32(2));
        vm.prank(governor);
        vault.schedule(ChangeKind.Attestors, data);
        vm.warp(block.timestamp + 2 * WINDOW);
        vault.execute(ChangeKind.Attestors, data);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongAttestorSet.selector, 1, 2));
        vault.propose(proposal, signed);
        proposal.attestorSet = 2;
        expectReplayRefused(proposal, signed);
    }

    function test_Replay_AProposalAtAnotherVault() external {
        Proposal memory proposal = proposalOf("root", oneTotal(NATIVE, 10));
        Signature[] memory signed = signatures(proposal, 2);
        fundWith(address(dollar));
        expectReplayRefused(proposal, signed);
    }

    function test_Replay_AnAgreementToAnotherGuardian() external {
        bytes32 kind = keccak256("GuardianChange(address guardian,uint32 attestorSet,uint256 nonce)");
        Signature[] memory signed = signaturesOf(digestOf(keccak256(abi.encode(kind, bob, uint32(1), 0))), 2);
        vm.startPrank(governor);
        vault.scheduleGuardian(bob, signed);
        vault.cancel(ChangeKind.Guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.scheduleGuardian(bob, signed);
    }

    // Inside

    /// @dev Signatures that were made for something else are not those of the first signer.
    function expectReplayRefused(Proposal memory proposal, Signature[] memory signed) private {
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.propose(proposal, signed);
    }
}
