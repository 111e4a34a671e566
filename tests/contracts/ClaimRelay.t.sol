// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimRelay, SignedClaim} from "../../contracts/interfaces/IClaimRelay.sol";
import {ClaimRequest, IRoyaltySplit} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {BlacklistToken} from "./support/BlacklistToken.sol";
import {Leaf} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {GreedyRecipient, KeyWallet, NeedyRecipient, ReenteringRecipient} from "./support/Recipients.sol";
import {GreedyWallet, NeedyWallet} from "./support/RelayWallets.sol";

/// @title Many signed claims, brought to the vault in one transaction
contract ClaimRelayTest is Payouts {
    uint256 private constant CLAIM_GAS = 500_000;
    uint256 private constant TRANSFER_GAS = 250_000;
    uint256 private constant WALLET_GAS = 150_000;
    uint256 private constant COUNT = 5;

    IClaimRelay private relay;
    uint256 private deadline;

    function setUp() public override {
        super.setUp();
        relay = launch(address(vault));
        deadline = block.timestamp + 1 days;
    }

    // What is paid

    function testFuzz_AllAreWhatTheirAccountsSigned(address sender, uint256 seed) external {
        SignedClaim[] memory claims = claimsOf(leavesOfKeys(seed));
        for (uint256 i = 0; i < COUNT; ++i) {
            vm.expectEmit(address(relay));
            emit IClaimRelay.Relayed(
                claims[i].request.account, claims[i].request.token, claims[i].to, claims[i].request.cumulative
            );
        }
        vm.prank(sender);
        uint256[] memory amounts = relay.claimSignedMany(claims);
        for (uint256 i = 0; i < COUNT; ++i) {
            assertEq(amounts[i], claims[i].request.cumulative, "returned");
            assertEq(claims[i].to.balance, amounts[i], "received by whom the account named");
            assertEq(vault.claimed(claims[i].request.account, NATIVE), amounts[i], "claimed");
        }
        assertEq(address(relay).balance, 0, "the relay holds nothing");
    }

    function test_AContractsAccountAndAnotherTokenGoAlong() external {
        Leaf[] memory leaves = new Leaf[](2);
        leaves[0] = Leaf(address(new KeyWallet(vm.addr(keyOf(0)))), address(dollar), 7);
        leaves[1] = Leaf(vm.addr(keyOf(1)), address(dollar), 5);
        settleLeaves(leaves);
        SignedClaim[] memory claims = claimsOf(leaves);
        uint256[] memory amounts = relay.claimSignedMany(claims);
        assertEq(amounts[0] + amounts[1], 12, "returned");
        assertEq(dollar.balanceOf(claims[0].to), 7, "for the wallet");
        assertEq(dollar.balanceOf(claims[1].to), 5, "for the key");
    }

    function test_NoClaims_NothingHappens() external {
        assertEq(relay.claimSignedMany(new SignedClaim[](0)).length, 0, "amounts");
    }

    // What is refused

    /// @dev Any of them spoilt in any way: those alone are passed over, each with the vault's own reason.
    function testFuzz_OneThatIsRefusedStopsNoOther(uint256 seed, uint256 spoilt) external {
        SignedClaim[] memory claims = claimsOf(leavesOfKeys(seed));
        bytes[] memory reasons = new bytes[](COUNT);
        for (uint256 i = 0; i < COUNT; ++i) reasons[i] = spoil(claims[i], (spoilt >> (3 * i)) & 7);
        for (uint256 i = 0; i < COUNT; ++i) {
            ClaimRequest memory request = claims[i].request;
            vm.expectEmit(address(relay));
            if (reasons[i].length == 0) emit IClaimRelay.Relayed(request.account, NATIVE, claims[i].to, request.cumulative);
            else emit IClaimRelay.NotRelayed(request.account, NATIVE, reasons[i]);
        }
        uint256[] memory amounts = relay.claimSignedMany(claims);
        uint256 sum = 0;
        for (uint256 i = 0; i < COUNT; ++i) {
            assertEq(amounts[i], reasons[i].length == 0 ? claims[i].request.cumulative : 0, "returned");
            sum += amounts[i];
        }
        assertEq(vault.paid(NATIVE), sum, "paid");
    }

    function test_BroughtTwice_ItIsPaidOnce() external {
        SignedClaim[] memory claims = claimsOf(leavesOfKeys(1));
        SignedClaim[] memory twice = new SignedClaim[](2);
        (twice[0], twice[1]) = (claims[0], claims[0]);
        uint256[] memory amounts = relay.claimSignedMany(twice);
        assertEq(amounts[0], claims[0].request.cumulative, "the first");
        assertEq(amounts[1], 0, "the second");
        assertEq(claims[0].to.balance, amounts[0], "received");
    }

    function test_ATokenThatBlocksARecipient_TheOthersArePaid() external {
        BlacklistToken token = new BlacklistToken();
        fundWith(address(token));
        relay = launch(address(vault));
        Leaf[] memory leaves = leavesOfKeys(2, address(token));
        settleLeaves(leaves);
        SignedClaim[] memory claims = claimsOf(leaves);
        token.setBlocked(claims[2].to, true);
        vm.expectEmit(address(relay));
        emit IClaimRelay.Relayed(claims[0].request.account, address(token), claims[0].to, leaves[0].cumulative);
        uint256[] memory amounts = relay.claimSignedMany(claims);
        for (uint256 i = 0; i < COUNT; ++i) assertEq(amounts[i], i == 2 ? 0 : leaves[i].cumulative, "returned");
    }

    function test_WhatTheVaultAnswersIsCutShort() external {
        relay = launch(address(new LoudVault()));
        vm.recordLogs();
        uint256 before = gasleft();
        relay.claimSignedMany(new SignedClaim[](1));
        assertTrue(before - gasleft() < CLAIM_GAS + 20_000, "at a bounded price");
        bytes memory reason = abi.decode(vm.getRecordedLogs()[0].data, (bytes));
        assertEq(reason.length, 100, "bytes of the reason");
    }

    // Gas

    function test_ARecipientAndAWalletThatBurnGas_TheOthersArePaid() external {
        Leaf[] memory leaves = leavesOfKeys(3, NATIVE);
        leaves[1].account = address(new GreedyWallet());
        settleLeaves(leaves);
        SignedClaim[] memory claims = claimsOf(leaves);
        claims[3] = signed(leaves, 3, address(new GreedyRecipient()));
        uint256 before = gasleft();
        uint256[] memory amounts = relay.claimSignedMany(claims);
        assertTrue(before - gasleft() < 2 * CLAIM_GAS + 500_000, "at a bounded price");
        for (uint256 i = 0; i < COUNT; ++i) assertEq(amounts[i], i == 1 || i == 3 ? 0 : leaves[i].cumulative, "returned");
    }

    function testFuzz_WithLittleGasAllAreBrought_OrNone(uint256 gasLimit) external {
        SignedClaim[] memory claims = claimsOf(leavesOfKeys(4));
        uint256 sum = 0;
        for (uint256 i = 0; i < COUNT; ++i) sum += claims[i].request.cumulative;
        gasLimit = bound(gasLimit, 30_000, 1_500_000);
        (bool done, bytes memory answer) =
            address(relay).call{gas: gasLimit}(abi.encodeCall(relay.claimSignedMany, (claims)));
        assertEq(vault.paid(NATIVE), done ? sum : 0, "all or nothing");
        // Out of gas outside the claims has no reason to give.
        if (done || answer.length == 0) return;
        assertTrue(isError(answer, IClaimRelay.MoreGasNeeded.selector), "said");
    }

    /// @dev Whoever brings a claim chooses the gas: a wallet and a recipient that need what they may use get it, or nothing is
    /// done.
    function test_EveryClaimGetsAllTheGasItMayUse() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 1, 5);
        leaves[0].account = address(new NeedyWallet(WALLET_GAS));
        settleLeaves(leaves);
        SignedClaim[] memory claims = new SignedClaim[](1);
        claims[0] = signed(leaves, 0, address(new NeedyRecipient(TRANSFER_GAS)));
        bytes memory call = abi.encodeCall(relay.claimSignedMany, (claims));
        bool done = false;
        for (uint256 gasLimit = 400_000; !done; gasLimit += 1_000) (done,) = address(relay).call{gas: gasLimit}(call);
        assertEq(claims[0].to.balance, leaves[0].cumulative, "received at the first that was done");
    }

    // What it is

    function test_ARecipientThatBringsAnotherClaimMeanwhile_EachIsPaidOnce() external {
        Leaf[] memory leaves = leavesOfKeys(6, NATIVE);
        settleLeaves(leaves);
        SignedClaim[] memory claims = claimsOf(leaves);
        ReenteringRecipient recipient = new ReenteringRecipient();
        SignedClaim memory other = claims[1];
        recipient.arm(
            address(vault), abi.encodeCall(vault.claimSigned, (other.request, other.to, other.deadline, other.signature))
        );
        claims[0] = signed(leaves, 0, address(recipient));
        uint256[] memory amounts = relay.claimSignedMany(claims);
        assertTrue(recipient.succeeded(), "it brought the other claim");
        assertEq(amounts[1], 0, "which was paid then");
        for (uint256 i = 0; i < COUNT; ++i) {
            assertEq(vault.claimed(leaves[i].account, NATIVE), leaves[i].cumulative, "claimed");
            assertEq(claims[i].to.balance, leaves[i].cumulative, "received once");
        }
    }

    /// @dev What one claim may use is less than what the relay wants to have left before it tries one.
    function test_TheRelayIsNotEnteredFromWithinAClaim() external {
        Leaf[] memory leaves = leavesOfKeys(7, NATIVE);
        settleLeaves(leaves);
        SignedClaim[] memory claims = claimsOf(leaves);
        ReenteringRecipient recipient = new ReenteringRecipient();
        recipient.arm(address(relay), abi.encodeCall(relay.claimSignedMany, (claims)));
        claims[0] = signed(leaves, 0, address(recipient));
        uint256[] memory amounts = relay.claimSignedMany(claims);
        assertTrue(recipient.called() && !recipient.succeeded(), "refused");
        assertTrue(isError(recipient.answer(), IClaimRelay.MoreGasNeeded.selector), "for want of gas");
        for (uint256 i = 0; i < COUNT; ++i) assertEq(amounts[i], leaves[i].cumulative, "all are paid");
    }

    function test_ItTakesNoMoney() external {
        vm.deal(address(this), 1);
        (bool done,) = address(relay).call{value: 1}("");
        assertTrue(!done, "refused");
    }

    function test_ItIsOfOneVault() external {
        assertEq(relay.vault(), address(vault), "vault");
        vm.expectRevert(abi.encodeWithSelector(IClaimRelay.NotAVault.selector, bob));
        this.launch(bob);
    }

    // Inside

    function launch(address of_) public returns (IClaimRelay) {
        return IClaimRelay(Artifacts.create("ClaimRelay", abi.encode(of_)));
    }

    function keyOf(uint256 number) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("contributor", number)));
    }

    function targetOf(uint256 number) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("target", number)))));
    }

    /// @dev Of native coin, claimable.
    function leavesOfKeys(uint256 seed) private returns (Leaf[] memory leaves) {
        leaves = leavesOfKeys(seed, NATIVE);
        settleLeaves(leaves);
    }

    function leavesOfKeys(uint256 seed, address token) private pure returns (Leaf[] memory leaves) {
        leaves = leavesOf(token, COUNT, seed);
        for (uint256 i = 0; i < COUNT; ++i) leaves[i].account = vm.addr(keyOf(i));
    }

    function claimsOf(Leaf[] memory leaves) private view returns (SignedClaim[] memory claims) {
        claims = new SignedClaim[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) claims[i] = signed(leaves, i, targetOf(i));
    }

    function signed(Leaf[] memory leaves, uint256 index, address to) private view returns (SignedClaim memory one) {
        ClaimRequest memory request = requestOf(leaves, index);
        one = SignedClaim(request, to, deadline, signature(keyOf(index), claimDigest(request, to, deadline)));
    }

    /// @dev Makes a claim bad in one of some ways, and says what the vault answers to it; nothing: it is left good.
    function spoil(SignedClaim memory one, uint256 how) private view returns (bytes memory reason) {
        address account = one.request.account;
        if (how == 1) one.signature = signature(keyOf(99), claimDigest(one.request, one.to, one.deadline));
        else if (how == 2) one.to = bob;
        else if (how == 3) one.request.cumulative += 1;
        else if (how == 4) one.signature = new bytes(300);
        if (how != 0 && how < 5) return abi.encodeWithSelector(IRoyaltySplit.BadSignature.selector, account);
        if (how == 5) {
            one.to = address(vault);
            return abi.encodeWithSelector(IRoyaltySplit.BadRecipient.selector, one.to);
        }
        if (how == 6) {
            one.deadline = block.timestamp - 1;
            return abi.encodeWithSelector(IRoyaltySplit.SignatureExpired.selector, one.deadline);
        }
        if (how == 7) {
            one.request.proof = noProof();
            return abi.encodeWithSelector(IRoyaltySplit.BadProof.selector, account, NATIVE);
        }
    }
}

/// @title Answers whatever it is asked with ten thousand bytes
contract LoudVault {
    fallback() external {
        assembly ("memory-safe") {
            revert(0, 10000)
        }
    }
}
