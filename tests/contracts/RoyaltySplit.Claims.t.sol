// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ClaimRequest, IRoyaltySplit, TokenTotal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {Leaf, Merkle} from "./support/Merkle.sol";
import {LoudRecipient, ReenteringRecipient, RefusingRecipient} from "./support/Recipients.sol";
import {LyingToken, MintableToken, ReenteringToken, ShrinkingToken, SilentToken, SurchargeToken} from "./support/Tokens.sol";

/// @title Money out
contract RoyaltySplitClaimsTest is Deployed {
    bytes32 private model;
    address private payAddress;

    function setUp() public override {
        super.setUp();
        (model, payAddress) = registerModel("model");
        payDollars(model, 1_000);
        payNative(model, 1_000);
    }

    /// @dev Deploys anew with another token listed and a thousand of it swept in.
    function list(address token) private {
        deploy(token);
        (model, payAddress) = registerModel("model");
        MintableToken(token).mint(payAddress, 1_000);
        vault.sweep(token, one(model));
    }

    function claim(Leaf[] memory leaves, uint256 index) private returns (uint256) {
        return vault.claim(
            leaves[index].account, leaves[index].token, leaves[index].cumulative, Merkle.proof(leaves, index)
        );
    }

    function guardError() private pure returns (bytes32) {
        return
            keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector));
    }

    // What is paid

    function test_Claim_PaysTheAccountWhoeverSendsIt(address sender, uint128 amount) external {
        amount = uint128(bound(amount, 1, 1_000));
        Leaf[] memory leaves = settleOne(alice, address(dollar), amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(alice, address(dollar), amount, amount);
        vm.expectEmit(address(dollar));
        emit IERC20.Transfer(address(vault), alice, amount);
        vm.prank(sender);
        uint256 paid = vault.claim(alice, address(dollar), amount, Merkle.proof(leaves, 0));

        assertEq(paid, amount, "returned");
        assertEq(dollar.balanceOf(alice), amount, "received");
        assertEq(vault.paid(address(dollar)), amount, "paid");
        assertEq(vault.claimed(alice, address(dollar)), amount, "claimed");
    }

    function test_Claim_PaysNativeCoin(uint128 amount) external {
        amount = uint128(bound(amount, 1, 1_000));
        Leaf[] memory leaves = settleOne(alice, NATIVE, amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(alice, NATIVE, amount, amount);
        claim(leaves, 0);
        assertEq(alice.balance, amount, "received");
        assertEq(vault.paid(NATIVE), amount, "paid");
    }

    function test_Claim_PaysTheDifferenceToTheLastClaim(uint128 first, uint128 second) external {
        first = uint128(bound(first, 1, 999));
        second = uint128(bound(second, first + 1, 1_000));
        claim(settleOne(alice, address(dollar), first), 0);
        Leaf[] memory leaves = settleOne(alice, address(dollar), second);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(alice, address(dollar), second - first, second);
        assertEq(claim(leaves, 0), second - first, "difference");
        assertEq(dollar.balanceOf(alice), second, "all");
    }

    function test_Claim_PaysEveryLeafOfATree(uint8 size, uint256 seed) external {
        uint256 count = bound(size, 1, 40);
        Leaf[] memory leaves = new Leaf[](count);
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 amount = 1 + uint256(keccak256(abi.encode(seed, i))) % 25;
            leaves[i] = Leaf({account: address(uint160(0x1000 + i)), token: address(dollar), cumulative: amount});
            sum += amount;
        }
        settle(Merkle.root(leaves), oneTotal(address(dollar), uint128(sum)));
        for (uint256 i = 0; i < count; ++i) claim(leaves, i);
        assertEq(vault.paid(address(dollar)), sum, "all paid");
        assertEq(dollar.balanceOf(address(vault)), 1_000 - sum, "the rest stays");
    }

    // What is refused

    function test_Claim_RefusesTheSameLeafTwice() external {
        Leaf[] memory leaves = settleOne(alice, address(dollar), 10);
        claim(leaves, 0);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NothingToClaim.selector, alice, address(dollar)));
        vault.claim(alice, address(dollar), 10, noProof());
    }

    function test_Claim_RefusesALeafThatSaysLessThanWasPaid(uint128 lower) external {
        claim(settleOne(alice, address(dollar), 10), 0);
        lower = uint128(bound(lower, 0, 10));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NothingToClaim.selector, alice, address(dollar)));
        vault.claim(alice, address(dollar), lower, noProof());
    }

    function test_Claim_RefusesWhatTheLeafDoesNotSay(address account, address token, uint256 cumulative) external {
        settleOne(alice, address(dollar), 10);
        vm.assume(account != alice || token != address(dollar) || cumulative != 10);
        vm.assume(cumulative != 0);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadProof.selector, account, token));
        vault.claim(account, token, cumulative, noProof());
    }

    function test_Claim_RefusesAProofThatWasTamperedWith(uint8 at, bytes32 other) external {
        Leaf[] memory leaves = _fiveLeaves();
        bytes32[] memory proof = Merkle.proof(leaves, 0);
        uint256 index = at % proof.length;
        vm.assume(proof[index] != other);
        proof[index] = other;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadProof.selector, leaves[0].account, address(dollar)));
        vault.claim(leaves[0].account, address(dollar), leaves[0].cumulative, proof);
    }

    function test_Claim_RefusesEverythingBeforeTheFirstEpoch(address account, uint256 cumulative) external {
        vm.assume(cumulative != 0);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadProof.selector, account, address(dollar)));
        vault.claim(account, address(dollar), cumulative, noProof());
    }

    function test_Claim_RefusesAProposalThatIsStillOpen() external {
        Leaf[] memory leaves = new Leaf[](1);
        leaves[0] = Leaf({account: alice, token: address(dollar), cumulative: 10});
        propose(Merkle.root(leaves), oneTotal(address(dollar), 10));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadProof.selector, alice, address(dollar)));
        vault.claim(alice, address(dollar), 10, noProof());
    }

    /// @dev An inner node is the hash of 64 bytes, a leaf the hash of a hash: the bytes of the one never make the other.
    function test_Claim_RefusesAnInnerNodeAsALeaf() external {
        // Two leaves make the root; an attacker shows the 64 bytes under the root as (account, token) of a leaf whose
        // single hash, in a careless tree, would be the root itself.
        Leaf[] memory leaves = new Leaf[](2);
        leaves[0] = Leaf({account: alice, token: address(dollar), cumulative: 10});
        leaves[1] = Leaf({account: bob, token: address(dollar), cumulative: 10});
        settle(Merkle.root(leaves), oneTotal(address(dollar), 20));
        bytes32 a = Merkle.hash(leaves[0]);
        bytes32 b = Merkle.hash(leaves[1]);
        bytes32 root = vault.root();
        assertEq(Merkle.pair(a, b), root, "the root is the pair");

        // The words of the pair, as the fields of a leaf would have to hold them.
        (bytes32 low, bytes32 high) = a < b ? (a, b) : (b, a);
        address account = address(uint160(uint256(low)));
        address token = address(uint160(uint256(high)));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadProof.selector, account, token));
        vault.claim(account, token, uint256(high), noProof());
        // And a node that really is inside, with the rest of its path, is no leaf of anybody.
        bytes32[] memory path = new bytes32[](1);
        path[0] = a;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadProof.selector, bob, address(dollar)));
        vault.claim(bob, address(dollar), uint256(b), path);
    }

    function test_Claim_NeverPaysMoreThanWasPromised(uint128 promised, uint256 cumulative) external {
        promised = uint128(bound(promised, 1, 1_000));
        cumulative = bound(cumulative, promised + 1, type(uint256).max);
        Leaf[] memory leaves = new Leaf[](1);
        leaves[0] = Leaf({account: alice, token: address(dollar), cumulative: cumulative});
        settle(Merkle.root(leaves), oneTotal(address(dollar), promised));
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplit.ExceedsPromised.selector, address(dollar), cumulative, promised)
        );
        vault.claim(alice, address(dollar), cumulative, noProof());
    }

    function test_Claim_CountsWhatOthersTookAgainstThePromise() external {
        Leaf[] memory leaves = new Leaf[](2);
        leaves[0] = Leaf({account: alice, token: address(dollar), cumulative: 70});
        leaves[1] = Leaf({account: bob, token: address(dollar), cumulative: type(uint256).max});
        settle(Merkle.root(leaves), oneTotal(address(dollar), 100));
        claim(leaves, 0);
        bytes32[] memory proof = Merkle.proof(leaves, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplit.ExceedsPromised.selector, address(dollar), type(uint256).max, 100
            )
        );
        vault.claim(bob, address(dollar), type(uint256).max, proof);
    }

    function test_Claim_RefusesATokenThatIsNotListed() external {
        ShrinkingToken token = new ShrinkingToken();
        token.mint(address(vault), 100);
        Leaf[] memory leaves = new Leaf[](1);
        leaves[0] = Leaf({account: alice, token: address(token), cumulative: 1});
        settle(Merkle.root(leaves), oneTotal(address(dollar), 1));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.ExceedsPromised.selector, address(token), 1, 0));
        vault.claim(alice, address(token), 1, noProof());
    }

    // Many at once

    function test_ClaimMany_PaysAllAndPassesOverThoseWithNothing() external {
        Leaf[] memory leaves = _fiveLeaves();
        claim(leaves, 2);
        ClaimRequest[] memory requests = _requests(leaves);
        vault.claimMany(requests);
        for (uint256 i = 0; i < leaves.length; ++i) {
            assertEq(dollar.balanceOf(leaves[i].account), leaves[i].cumulative, "received");
        }
        assertEq(vault.paid(address(dollar)), 150, "paid");
        // All of it again: nothing to pay, nothing refused.
        vault.claimMany(requests);
        assertEq(vault.paid(address(dollar)), 150, "paid once");
    }

    function test_ClaimMany_PaysOneRequestOnceWhenItIsNamedTwice() external {
        Leaf[] memory leaves = settleOne(alice, address(dollar), 10);
        ClaimRequest[] memory requests = new ClaimRequest[](2);
        requests[0] = _requests(leaves)[0];
        requests[1] = requests[0];
        vault.claimMany(requests);
        assertEq(dollar.balanceOf(alice), 10, "once");
    }

    function test_ClaimMany_RefusesABadProof() external {
        Leaf[] memory leaves = _fiveLeaves();
        ClaimRequest[] memory requests = _requests(leaves);
        requests[4].cumulative += 1;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadProof.selector, leaves[4].account, address(dollar)));
        vault.claimMany(requests);
        assertEq(vault.paid(address(dollar)), 0, "nothing paid");
    }

    // Hostile tokens and recipients

    function test_Claim_FailsWhereTheRecipientRefusesNativeCoin() external {
        address refusing = address(new RefusingRecipient());
        settleOne(refusing, NATIVE, 10);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NativeTransferFailed.selector, refusing));
        vault.claim(refusing, NATIVE, 10, noProof());
        assertEq(vault.paid(NATIVE), 0, "still owed");
    }

    function test_Claim_DoesNotCopyWhatALoudRecipientAnswers() external {
        address loud = address(new LoudRecipient());
        settleOne(loud, NATIVE, 10);
        uint256 before = gasleft();
        vault.claim(loud, NATIVE, 10, noProof());
        // A megabyte costs the recipient about 2.2 million gas to make; copying it would cost the vault as much again.
        assertTrue(before - gasleft() < 3_000_000, "not copied");
        assertEq(loud.balance, 10, "paid");
    }

    function test_Claim_CannotBeReenteredByTheRecipient() external {
        ReenteringRecipient recipient = new ReenteringRecipient();
        settleOne(address(recipient), NATIVE, 10);
        recipient.arm(
            address(vault), abi.encodeCall(vault.claim, (address(recipient), NATIVE, 10, noProof()))
        );
        vault.claim(address(recipient), NATIVE, 10, noProof());
        assertTrue(recipient.called() && !recipient.succeeded(), "refused inside");
        assertEq(keccak256(recipient.answer()), guardError(), "by the guard");
        assertEq(address(recipient).balance, 10, "paid once");
    }

    function test_Claim_CannotBeReenteredByTheToken(bool before) external {
        ReenteringToken token = new ReenteringToken();
        list(address(token));
        Leaf[] memory leaves = settleOne(alice, address(token), 10);
        token.arm(address(vault), abi.encodeCall(vault.claimMany, (_requests(leaves))), before);
        claim(leaves, 0);
        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(keccak256(token.answer()), guardError(), "by the guard");
        assertEq(token.balanceOf(alice), 10, "paid once");
    }

    function test_Claim_FailsWhereATokenReturnsFalse() external {
        LyingToken token = new LyingToken();
        list(address(token));
        settleOne(alice, address(token), 10);
        token.lie(false, true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        vault.claim(alice, address(token), 10, noProof());
    }

    function test_Claim_TakesATokenThatReturnsNothing() external {
        SilentToken token = new SilentToken();
        list(address(token));
        claim(settleOne(alice, address(token), 10), 0);
        assertEq(token.balanceOf(alice), 10, "paid");
    }

    function test_Claim_RefusesATokenThatTakesMoreThanTheAmount(uint64 surcharge) external {
        SurchargeToken token = new SurchargeToken();
        list(address(token));
        settleOne(alice, address(token), 10);
        surcharge = uint64(bound(surcharge, 1, 990));
        token.setSurcharge(surcharge);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(token), 990 - surcharge, 990)
        );
        vault.claim(alice, address(token), 10, noProof());
    }

    /// @dev Where a token has taken from the vault, what is left is still paid out: nobody could ever lift a freeze.
    function test_Claim_StillPaysWhereATokenShrank() external {
        ShrinkingToken token = new ShrinkingToken();
        list(address(token));
        Leaf[] memory leaves = settleOne(alice, address(token), 10);
        token.shrink(address(vault), 500);
        claim(leaves, 0);
        assertEq(token.balanceOf(alice), 10, "paid");
    }

    function _fiveLeaves() private returns (Leaf[] memory leaves) {
        leaves = new Leaf[](5);
        for (uint256 i = 0; i < 5; ++i) {
            leaves[i] =
                Leaf({account: address(uint160(0x5000 + i)), token: address(dollar), cumulative: 10 * (i + 1)});
        }
        settle(Merkle.root(leaves), oneTotal(address(dollar), 150));
    }

    function _requests(Leaf[] memory leaves) private pure returns (ClaimRequest[] memory requests) {
        requests = new ClaimRequest[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            requests[i] = ClaimRequest({
                account: leaves[i].account,
                token: leaves[i].token,
                cumulative: leaves[i].cumulative,
                proof: Merkle.proof(leaves, i)
            });
        }
    }
}
