// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ClaimRequest, IRoyaltySplit, PushEntry} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {PushTrees} from "./support/PushTrees.sol";
import {KeyWallet, LoudRecipient, RefusingRecipient} from "./support/Recipients.sol";

/// @title What an account can sign for others to bring
contract RoyaltySplitSignaturesTest is Payouts {
    uint256 private constant KEY = uint256(keccak256("contributor"));
    uint256 private constant OTHER_KEY = uint256(keccak256("somebody else"));
    /// @dev Half of the order of secp256k1's group, beyond which `s` is refused.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    address private signer;
    uint256 private deadline;

    function setUp() public override {
        super.setUp();
        signer = vm.addr(KEY);
        deadline = block.timestamp + 30 days;
    }

    // Claims

    function testFuzz_ASignedClaimPaysWhomTheAccountNamed(address sender, uint128 amount, bool native) external {
        address token = native ? NATIVE : address(dollar);
        amount = uint128(bound(amount, 1, FUNDS));
        ClaimRequest memory request = requestOf(settleOne(signer, token, amount), 0);
        bytes memory signed = signature(KEY, claimDigest(request, bob, deadline));
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(signer, token, amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ClaimRedirected(signer, token, bob, amount);
        vm.prank(sender);
        assertEq(vault.claimSigned(request, bob, deadline, signed), amount, "returned");
        assertEq(holding(bob, token), amount, "received");
        assertEq(vault.claimed(signer, token), amount, "claimed");
    }

    function test_AContractAccountSignsByItsOwnRule() external {
        KeyWallet wallet = new KeyWallet(signer);
        ClaimRequest memory request = requestOf(settleOne(address(wallet), NATIVE, 10), 0);
        bytes32 digest = claimDigest(request, bob, deadline);
        bytes memory wrong = signature(OTHER_KEY, digest);
        expectBadSignature(address(wallet));
        vault.claimSigned(request, bob, deadline, wrong);
        vault.claimSigned(request, bob, deadline, signature(KEY, digest));
        assertEq(bob.balance, 10, "received");
    }

    function test_AContractThatHasNoRuleSignsNothing() external {
        address[2] memory accounts = [address(new RefusingRecipient()), address(new LoudRecipient())];
        for (uint256 i = 0; i < 2; ++i) {
            ClaimRequest memory request = requestOf(settleOne(accounts[i], NATIVE, uint128(10 + i)), 0);
            bytes memory signed = signature(KEY, claimDigest(request, bob, deadline));
            expectBadSignature(accounts[i]);
            vault.claimSigned(request, bob, deadline, signed);
        }
    }

    /// @dev Under EIP-7702 an address has a key and code. The key goes on signing, whatever the code says.
    function test_AKeySignsForItsAddressThoughThereIsCode() external {
        vm.etch(signer, address(new RefusingRecipient()).code);
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        vault.claimSigned(request, bob, deadline, signature(KEY, claimDigest(request, bob, deadline)));
        assertEq(bob.balance, 10, "received");
    }

    function test_TheCodeAtAKeysAddressSignsToo() external {
        vm.etch(signer, address(new KeyWallet(vm.addr(OTHER_KEY))).code);
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        vault.claimSigned(request, bob, deadline, signature(OTHER_KEY, claimDigest(request, bob, deadline)));
        assertEq(bob.balance, 10, "received");
    }

    function testFuzz_ASignatureEndsAfterItsDeadline(uint32 late) external {
        late = uint32(bound(late, 1, type(uint32).max));
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        bytes memory signed = signature(KEY, claimDigest(request, bob, deadline));
        vm.warp(deadline + late);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.SignatureExpired.selector, deadline));
        vault.claimSigned(request, bob, deadline, signed);
        vm.warp(deadline);
        vault.claimSigned(request, bob, deadline, signed);
        assertEq(bob.balance, 10, "in its last second");
    }

    function testFuzz_NothingOfASignedClaimCanBeAltered(uint8 which, uint256 change) external {
        change = bound(change, 1, type(uint64).max);
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        bytes memory signed = signature(KEY, claimDigest(request, bob, deadline));
        (address to, uint256 until) = (bob, deadline);
        if (which % 5 == 0) request.cumulative += change;
        else if (which % 5 == 1) request.token = address(uint160(change));
        else if (which % 5 == 2) request.account = address(uint160(change));
        else if (which % 5 == 3) to = address(uint160(bob) + uint160(change));
        else until += change;
        expectBadSignature(request.account);
        vault.claimSigned(request, to, until, signed);
    }

    function testFuzz_AnotherKeySignsNothing(uint256 key) external {
        key = bound(key, 1, ORDER - 1);
        vm.assume(key != KEY);
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        bytes memory signed = signature(key, claimDigest(request, bob, deadline));
        expectBadSignature(signer);
        vault.claimSigned(request, bob, deadline, signed);
    }

    function test_NoSignatureIsGoodForTheZeroAddress() external {
        ClaimRequest memory request = requestOf(settleOne(address(0), NATIVE, 10), 0);
        expectBadSignature(address(0));
        vault.claimSigned(request, bob, deadline, "");
        bytes memory zeros = new bytes(65);
        expectBadSignature(address(0));
        vault.claimSigned(request, bob, deadline, zeros);
    }

    function test_TheOtherFormOfASignatureIsRefused() external {
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, claimDigest(request, bob, deadline));
        bytes memory other = abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        expectBadSignature(signer);
        vault.claimSigned(request, bob, deadline, other);
    }

    function test_ASignedClaimNamesARecipient() external {
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        address[2] memory bad = [address(0), address(vault)];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory signed = signature(KEY, claimDigest(request, bad[i], deadline));
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadRecipient.selector, bad[i]));
            vault.claimSigned(request, bad[i], deadline, signed);
        }
    }

    function test_ASignedClaimBroughtAgainPaysNothing() external {
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        bytes memory signed = signature(KEY, claimDigest(request, bob, deadline));
        vault.claimSigned(request, bob, deadline, signed);
        expectNothingToClaim(signer, NATIVE);
        vault.claimSigned(request, bob, deadline, signed);

        // Nor does it reach what was earned later.
        Leaf[] memory later = settleOne(signer, NATIVE, 25);
        expectNothingToClaim(signer, NATIVE);
        vault.claimSigned(request, bob, deadline, signed);
        ClaimRequest memory more = requestOf(later, 0);
        expectBadSignature(signer);
        vault.claimSigned(more, bob, deadline, signed);
        assertEq(bob.balance, 10, "once");
    }

    function test_ChangingTheRecipientVoidsWhatWasSigned(address recipient) external {
        vm.assume(recipient != address(vault));
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        bytes memory signed = signature(KEY, claimDigest(request, bob, deadline));
        vm.prank(signer);
        vault.setRecipient(recipient);
        expectBadSignature(signer);
        vault.claimSigned(request, bob, deadline, signed);
        vault.claimSigned(request, bob, deadline, signature(KEY, claimDigest(request, bob, deadline)));
        assertEq(bob.balance, 10, "signed anew");
    }

    // Recipients

    function testFuzz_ASignedRecipientIsSetByAnyone(address sender, address recipient) external {
        vm.assume(recipient != address(vault));
        bytes memory signed = signature(KEY, recipientDigest(signer, recipient, deadline));
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.RecipientSet(signer, recipient, 1);
        vm.prank(sender);
        vault.setRecipientSigned(signer, recipient, deadline, signed);
        (address set, uint256 nonce) = vault.recipientOf(signer);
        assertEq(set, recipient, "recipient");
        assertEq(nonce, 1, "nonce");

        expectBadSignature(signer);
        vault.setRecipientSigned(signer, recipient, deadline, signed);
    }

    function test_ASignedRecipientVoidsWhatWasSignedBefore() external {
        ClaimRequest memory request = requestOf(settleOne(signer, NATIVE, 10), 0);
        bytes memory claimed = signature(KEY, claimDigest(request, bob, deadline));
        bytes memory second = signature(KEY, recipientDigest(signer, alice, deadline));
        vault.setRecipientSigned(signer, bob, deadline, signature(KEY, recipientDigest(signer, bob, deadline)));
        expectBadSignature(signer);
        vault.claimSigned(request, bob, deadline, claimed);
        expectBadSignature(signer);
        vault.setRecipientSigned(signer, alice, deadline, second);
        vault.claim(10, signer, NATIVE, noProof());
        assertEq(bob.balance, 10, "to the recipient that was set");
    }

    function testFuzz_NothingOfASignedRecipientCanBeAltered(uint8 which, uint160 change) external {
        change = uint160(bound(change, 1, type(uint64).max));
        bytes memory signed = signature(KEY, recipientDigest(signer, bob, deadline));
        (address account, address recipient, uint256 until) = (signer, bob, deadline);
        if (which % 3 == 0) account = address(change);
        else if (which % 3 == 1) recipient = address(uint160(bob) + change);
        else until += change;
        expectBadSignature(account);
        vault.setRecipientSigned(account, recipient, until, signed);
    }

    function test_ASignedRecipientHasADeadline_AndIsNotTheVault() external {
        bytes memory signed = signature(KEY, recipientDigest(signer, bob, deadline));
        bytes memory toVault = signature(KEY, recipientDigest(signer, address(vault), deadline));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadRecipient.selector, address(vault)));
        vault.setRecipientSigned(signer, address(vault), deadline, toVault);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.SignatureExpired.selector, deadline));
        vault.setRecipientSigned(signer, bob, deadline, signed);
    }

    function test_AContractAccountSetsItsRecipientBySignature() external {
        KeyWallet wallet = new KeyWallet(signer);
        bytes32 digest = recipientDigest(address(wallet), bob, deadline);
        vault.setRecipientSigned(address(wallet), bob, deadline, signature(KEY, digest));
        (address set,) = vault.recipientOf(address(wallet));
        assertEq(set, bob, "recipient");
    }

    // Pushes

    function testFuzz_ASignedTakePaysWhomTheAccountNamed(address sender, bool native, bool isContract) external {
        address account = isContract ? address(new KeyWallet(signer)) : signer;
        (PushEntry memory entry, bytes32[] memory proof, uint64 number) = reserve(account, native);
        bytes memory signed = signature(KEY, takeDigest(account, number, entry.index, bob, deadline));
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.PushTaken(number, entry.index, account, bob, entry.amount);
        vm.prank(sender);
        vault.takePushSigned(number, entry, proof, bob, deadline, signed);
        assertEq(holding(bob, entry.token), entry.amount, "received");
        assertTrue(vault.isPushPaid(number, entry.index), "marked");

        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.AlreadyPaid.selector, number, entry.index));
        vault.takePushSigned(number, entry, proof, bob, deadline, signed);
    }

    function testFuzz_NothingOfASignedTakeCanBeAltered(uint8 which, uint256 change) external {
        (PushEntry memory entry, bytes32[] memory proof, uint64 number) = reserve(signer, true);
        bytes memory signed = signature(KEY, takeDigest(signer, number, entry.index, bob, deadline));
        change = bound(change, 1, type(uint32).max);
        (uint64 epoch, address to, uint256 until) = (number, bob, deadline);
        if (which % 5 == 0) epoch += uint64(change);
        else if (which % 5 == 1) entry.index += change;
        else if (which % 5 == 2) entry.account = address(uint160(change));
        else if (which % 5 == 3) to = address(uint160(bob) + uint160(change));
        else until += change;
        expectBadSignature(entry.account);
        vault.takePushSigned(epoch, entry, proof, to, until, signed);
    }

    function testFuzz_WhatASignedTakeDoesNotNameIsHeldByTheProof(uint8 which, uint96 change) external {
        (PushEntry memory entry, bytes32[] memory proof, uint64 number) = reserve(signer, true);
        bytes memory signed = signature(KEY, takeDigest(signer, number, entry.index, bob, deadline));
        change = uint96(bound(change, 1, type(uint96).max));
        if (which % 3 == 0) entry.amount += change;
        else if (which % 3 == 1) entry.token = address(uint160(change));
        else entry.recipient = address(uint160(change));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadPushProof.selector, number));
        vault.takePushSigned(number, entry, proof, bob, deadline, signed);
    }

    function test_ASignedTakeHasADeadline_ARecipient_AndANonce() external {
        (PushEntry memory entry, bytes32[] memory proof, uint64 number) = reserve(signer, true);
        bytes memory toVault = signature(KEY, takeDigest(signer, number, entry.index, address(vault), deadline));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadRecipient.selector, address(vault)));
        vault.takePushSigned(number, entry, proof, address(vault), deadline, toVault);

        bytes memory signed = signature(KEY, takeDigest(signer, number, entry.index, bob, deadline));
        vm.prank(signer);
        vault.setRecipient(alice);
        expectBadSignature(signer);
        vault.takePushSigned(number, entry, proof, bob, deadline, signed);

        signed = signature(KEY, takeDigest(signer, number, entry.index, bob, deadline));
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.SignatureExpired.selector, deadline));
        vault.takePushSigned(number, entry, proof, bob, deadline, signed);
        vm.warp(deadline);
        vault.takePushSigned(number, entry, proof, bob, deadline, signed);
        assertEq(bob.balance, entry.amount, "received");
    }

    function test_ASignatureForOneThingIsNoneForAnother() external {
        (PushEntry memory entry, bytes32[] memory proof, uint64 number) = reserve(signer, true);
        bytes memory signed = signature(KEY, recipientDigest(signer, bob, deadline));
        expectBadSignature(signer);
        vault.takePushSigned(number, entry, proof, bob, deadline, signed);
        ClaimRequest memory request = requestOf(settleOne(signer, address(dollar), 10), 0);
        expectBadSignature(signer);
        vault.claimSigned(request, bob, deadline, signed);
    }

    // Inside

    /// @dev A push tree in which the third of five entries is the account's.
    function reserve(address account, bool native)
        private
        returns (PushEntry memory entry, bytes32[] memory proof, uint64 number)
    {
        PushLeaf[] memory leaves = entriesOf(native ? NATIVE : address(dollar), 0, 5, 1);
        (leaves[2].account, leaves[2].recipient) = (account, account);
        number = settlePushes(leaves);
        return (PushTrees.entry(leaves[2]), Merkle.proof(leaves, 2), number);
    }
}
