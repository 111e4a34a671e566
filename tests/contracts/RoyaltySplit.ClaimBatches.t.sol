// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {AccountAmount, ClaimRequest, IRoyaltySplit, TokenTotal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {BlacklistToken} from "./support/BlacklistToken.sol";
import {Leaf, Merkle} from "./support/Merkle.sol";
import {Payouts} from "./support/Payouts.sol";
import {MoodyRecipient, RefusingRecipient} from "./support/Recipients.sol";
import {SurchargeToken} from "./support/Tokens.sol";

/// @title Many claims in one call
contract RoyaltySplitClaimBatchesTest is Payouts {
    // Each with its own proof

    function testFuzz_ClaimManyPaysWhateverTokensAreNamed(uint8 size, uint256 seed) external {
        Leaf[] memory leaves = leavesOf(address(dollar), 1 + size % 20, seed);
        uint256[2] memory sums;
        for (uint256 i = 0; i < leaves.length; ++i) {
            if (seed >> i & 1 == 1) leaves[i].token = NATIVE;
            sums[leaves[i].token == NATIVE ? 0 : 1] += leaves[i].cumulative;
        }
        settleTwo(leaves, sums, address(dollar));
        vault.claimMany(requestsOf(leaves));
        for (uint256 i = 0; i < leaves.length; ++i) {
            assertEq(holding(leaves[i].account, leaves[i].token), leaves[i].cumulative, "received");
            assertEq(vault.claimed(leaves[i].account, leaves[i].token), leaves[i].cumulative, "claimed");
        }
        assertEq(vault.paid(NATIVE), sums[0], "paid in native coin");
        assertEq(vault.paid(address(dollar)), sums[1], "paid in dollars");
    }

    function test_ClaimManyPassesOverWhatWasPaid_AndLogsWhatItPays() external {
        Leaf[] memory leaves = leavesOf(address(dollar), 3, 1);
        settleLeaves(leaves);
        claim(leaves, 0);
        vm.prank(leaves[2].account);
        vault.setRecipient(bob);
        ClaimRequest[] memory requests = new ClaimRequest[](4);
        (requests[0], requests[1]) = (requestOf(leaves, 0), requestOf(leaves, 1));
        (requests[2], requests[3]) = (requests[1], requestOf(leaves, 2));
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(leaves[1].account, address(dollar), leaves[1].cumulative);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(leaves[2].account, address(dollar), leaves[2].cumulative);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ClaimRedirected(leaves[2].account, address(dollar), bob, leaves[2].cumulative);
        vault.claimMany(requests);
        for (uint256 i = 0; i < 2; ++i) assertEq(dollar.balanceOf(leaves[i].account), leaves[i].cumulative, "once");
        assertEq(dollar.balanceOf(bob), leaves[2].cumulative, "redirected");

        uint256 paid = vault.paid(address(dollar));
        vault.claimMany(requests);
        assertEq(vault.paid(address(dollar)), paid, "nothing more");
    }

    function test_ClaimManyPassesOverARefusal_AndUndoesIt() external {
        MoodyRecipient moody = new MoodyRecipient();
        BlacklistToken token = new BlacklistToken();
        fundWith(address(token));
        Leaf[] memory leaves = leavesOf(NATIVE, 4, 1);
        leaves[0].account = address(moody);
        (leaves[1].token, leaves[2].token) = (address(token), address(token));
        token.setBlocked(leaves[1].account, true);
        uint256 coins = leaves[0].cumulative + leaves[3].cumulative;
        settleTwo(leaves, [coins, leaves[1].cumulative + leaves[2].cumulative], address(token));

        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ClaimRefused(address(moody), NATIVE, address(moody), leaves[0].cumulative);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ClaimRefused(
            leaves[1].account, address(token), leaves[1].account, leaves[1].cumulative
        );
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(leaves[2].account, address(token), leaves[2].cumulative);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(leaves[3].account, NATIVE, leaves[3].cumulative);
        vault.claimMany(requestsOf(leaves));
        for (uint256 i = 0; i < 2; ++i) assertEq(vault.claimed(leaves[i].account, leaves[i].token), 0, "undone");
        assertEq(vault.paid(NATIVE), leaves[3].cumulative, "the others are paid");
        assertEq(vault.paid(address(token)), leaves[2].cumulative, "in both");

        moody.take();
        token.setBlocked(leaves[1].account, false);
        vault.claimMany(requestsOf(leaves));
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(holding(leaves[i].account, leaves[i].token), leaves[i].cumulative, "later");
        }
    }

    function testFuzz_OneBadProofRefusesThemAll(uint8 which) external {
        Leaf[] memory leaves = leavesOf(address(dollar), 5, 1);
        settleLeaves(leaves);
        ClaimRequest[] memory requests = requestsOf(leaves);
        requests[which % 5].cumulative += 1;
        expectBadProof(leaves[which % 5].account, address(dollar));
        vault.claimMany(requests);
        assertEq(vault.paid(address(dollar)), 0, "nothing paid");
    }

    function test_OneRevokedRootRefusesThemAll() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 2, 1);
        settleLeaves(leaves);
        bytes32 root = vault.root();
        revoke(root);
        ClaimRequest[] memory requests = requestsOf(leaves);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RootRevoked.selector, root));
        vault.claimMany(requests);
    }

    // Under one multiproof

    function testFuzz_ABatchOfAnyPartOfATreeIsPaid(uint8 size, uint256 seed, uint256 which) external {
        Leaf[] memory leaves = leavesOf(address(dollar), 1 + size % 40, seed);
        settleLeaves(leaves);
        bool[] memory chosen = new bool[](leaves.length);
        uint256 sum = 0;
        for (uint256 i = 0; i < leaves.length; ++i) {
            chosen[i] = which >> i & 1 == 1 || (i == leaves.length - 1 && sum == 0);
            if (chosen[i]) sum += leaves[i].cumulative;
        }
        assertEq(claimSome(leaves, chosen), sum, "returned");
        for (uint256 i = 0; i < leaves.length; ++i) {
            uint256 due = chosen[i] ? leaves[i].cumulative : 0;
            assertEq(dollar.balanceOf(leaves[i].account), due, "received");
            assertEq(vault.claimed(leaves[i].account, address(dollar)), due, "claimed");
        }
        assertEq(vault.paid(address(dollar)), sum, "paid");
    }

    /// @dev The multiproof is the one that OpenZeppelin's own code takes.
    function testFuzz_OpenZeppelinTakesTheSameMultiproof(uint8 size, uint256 seed) external {
        Leaf[] memory leaves = leavesOf(NATIVE, 1 + size % 40, seed);
        settleLeaves(leaves);
        bytes32[] memory hashes = Merkle.hashes(leaves);
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(hashes, all(leaves.length));
        assertTrue(MerkleProof.multiProofVerify(proof, flags, vault.root(), hashes), "taken");
        vault.claimBatch(NATIVE, amountsOf(leaves, all(leaves.length)), proof, Merkle.runs(flags));
        assertEq(leaves[0].account.balance, leaves[0].cumulative, "received");
    }

    function testFuzz_ABatchPaysTheDifferenceToWhatEachWasPaid(uint256 paidBefore, uint256 seed) external {
        Leaf[] memory first = leavesOf(address(dollar), 8, seed);
        settleLeaves(first);
        for (uint256 i = 0; i < 8; ++i) if (paidBefore >> i & 1 == 1) claim(first, i);
        Leaf[] memory second = leavesOf(address(dollar), 8, seed);
        for (uint256 i = 0; i < 8; ++i) second[i].cumulative += i;
        uint256 sum = settleLeaves(second);
        uint256 due = sum - vault.paid(address(dollar));
        assertEq(claimAll(second), due, "returned");
        for (uint256 i = 0; i < 8; ++i) {
            assertEq(dollar.balanceOf(second[i].account), second[i].cumulative, "all of it");
        }
        assertEq(claimAll(second), 0, "nothing again");
        assertEq(claimAll(first), 0, "nor by the older root");
    }

    function test_ABatchLogsWhatItPays() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 3, 1);
        leaves[1].account = address(new RefusingRecipient());
        settleLeaves(leaves);
        vm.prank(leaves[2].account);
        vault.setRecipient(bob);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(leaves[0].account, NATIVE, leaves[0].cumulative);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ClaimRefused(leaves[1].account, NATIVE, leaves[1].account, leaves[1].cumulative);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Claimed(leaves[2].account, NATIVE, leaves[2].cumulative);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ClaimRedirected(leaves[2].account, NATIVE, bob, leaves[2].cumulative);
        assertEq(claimAll(leaves), leaves[0].cumulative + leaves[2].cumulative, "returned");
        assertEq(vault.paid(NATIVE), leaves[0].cumulative + leaves[2].cumulative, "paid");
        assertEq(bob.balance, leaves[2].cumulative, "redirected");
    }

    function testFuzz_ABatchPassesOverBlockedAccounts_WhoCanClaimLater(uint256 blocked, uint256 seed) external {
        BlacklistToken token = new BlacklistToken();
        fundWith(address(token));
        Leaf[] memory leaves = leavesOf(address(token), 10, seed);
        uint256 sum = settleLeaves(leaves);
        for (uint256 i = 0; i < 10; ++i) token.setBlocked(leaves[i].account, blocked >> i & 1 == 1);
        claimAll(leaves);
        uint256 paid = 0;
        for (uint256 i = 0; i < 10; ++i) {
            uint256 due = blocked >> i & 1 == 1 ? 0 : leaves[i].cumulative;
            assertEq(token.balanceOf(leaves[i].account), due, "received");
            assertEq(vault.claimed(leaves[i].account, address(token)), due, "claimed");
            paid += due;
            token.setBlocked(leaves[i].account, false);
        }
        assertEq(vault.paid(address(token)), paid, "paid");
        assertEq(claimAll(leaves), sum - paid, "the rest later");
    }

    function test_ARecipientThatWasSetRefuses_AndIsNamed() external {
        address refusing = address(new RefusingRecipient());
        Leaf[] memory leaves = leavesOf(NATIVE, 2, 1);
        settleLeaves(leaves);
        vm.prank(leaves[0].account);
        vault.setRecipient(refusing);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ClaimRefused(leaves[0].account, NATIVE, refusing, leaves[0].cumulative);
        assertEq(claimAll(leaves), leaves[1].cumulative, "the other is paid");
    }

    function test_OneAccountInTwoLeavesIsPaidTheHigherOne(bool higherFirst) external {
        Leaf[] memory leaves = leavesOf(NATIVE, 2, 1);
        leaves[1].account = leaves[0].account;
        (leaves[0].cumulative, leaves[1].cumulative) = higherFirst ? (30, 20) : (20, 30);
        settleLeaves(leaves);
        assertEq(claimAll(leaves), 30, "returned");
        assertEq(leaves[0].account.balance, 30, "received");
    }

    function testFuzz_TwoLeavesOfOneAccountThatRefusesAreBothUndone(uint8 first, uint8 second) external {
        MoodyRecipient moody = new MoodyRecipient();
        Leaf[] memory leaves = leavesOf(NATIVE, 2, 1);
        (leaves[0].account, leaves[1].account) = (address(moody), address(moody));
        (leaves[0].cumulative, leaves[1].cumulative) = (1 + uint256(first), 1 + uint256(second));
        settleLeaves(leaves);
        assertEq(claimAll(leaves), 0, "nothing paid");
        assertEq(vault.claimed(address(moody), NATIVE), 0, "undone");
        assertEq(vault.paid(NATIVE), 0, "in the books too");
        moody.take();
        uint256 most = first > second ? leaves[0].cumulative : leaves[1].cumulative;
        assertEq(claimAll(leaves), most, "all of it later");
    }

    // What refuses a batch

    function testFuzz_AnAlteredBatchIsRefused(uint8 size, uint256 seed, uint256 at, uint8 by) external {
        Leaf[] memory leaves = leavesOf(address(dollar), 2 + size % 30, seed);
        settleLeaves(leaves);
        bool[] memory chosen = new bool[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) chosen[i] = i == 0 || seed >> i & 1 == 1;
        AccountAmount[] memory some = amountsOf(leaves, chosen);
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(Merkle.hashes(leaves), chosen);
        bytes memory runs = Merkle.runs(flags);
        uint256 change = uint256(by) % 255 + 1;
        uint256 place = at / 4;
        if (at % 4 == 0) some[place % some.length].cumulative += change;
        else if (at % 4 == 1) some[place % some.length].account = person(999);
        else if (at % 4 == 2 && proof.length != 0) proof[place % proof.length] ^= bytes32(change);
        else runs[place % runs.length] ^= bytes1(uint8(change));
        expectBadProof(some[0].account, address(dollar));
        vault.claimBatch(address(dollar), some, proof, runs);
        assertEq(vault.paid(address(dollar)), 0, "nothing paid");
    }

    function test_LeavesOfAnotherTokenAreRefused() external {
        Leaf[] memory leaves = leavesOf(address(dollar), 4, 1);
        settleLeaves(leaves);
        for (uint256 i = 0; i < 4; ++i) leaves[i].token = NATIVE;
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(Merkle.hashes(leaves), all(4));
        AccountAmount[] memory some = amountsOf(leaves, all(4));
        expectBadProof(leaves[0].account, NATIVE);
        vault.claimBatch(NATIVE, some, proof, Merkle.runs(flags));
    }

    function test_LeavesInAnotherOrderAreRefused() external {
        Leaf[] memory leaves = leavesOf(address(dollar), 4, 1);
        settleLeaves(leaves);
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(Merkle.hashes(leaves), all(4));
        AccountAmount[] memory some = amountsOf(leaves, all(4));
        (some[1], some[2]) = (some[2], some[1]);
        expectBadProof(some[0].account, address(dollar));
        vault.claimBatch(address(dollar), some, proof, Merkle.runs(flags));
    }

    function test_ABatchOfNobodyIsRefused() external {
        Leaf[] memory leaves = settleOne(alice, address(dollar), 10);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = Merkle.root(leaves);
        AccountAmount[] memory nobody = new AccountAmount[](0);
        expectBadProof(address(0), address(dollar));
        vault.claimBatch(address(dollar), nobody, proof, "");
    }

    function test_ARevokedRootPaysNoBatch() external {
        Leaf[] memory leaves = leavesOf(NATIVE, 4, 1);
        settleLeaves(leaves);
        bytes32 root = vault.root();
        revoke(root);
        bytes memory call = batchCall(leaves, all(4));
        (bool done, bytes memory answer) = address(vault).call(call);
        assertTrue(!done, "refused");
        assertEq(keccak256(answer), keccak256(abi.encodeWithSelector(IRoyaltySplit.RootRevoked.selector, root)), "why");
    }

    function testFuzz_ABatchBeyondThePromiseIsRefused(uint8 missing) external {
        Leaf[] memory leaves = leavesOf(NATIVE, 5, 1);
        uint256 sum = 0;
        for (uint256 i = 0; i < 5; ++i) sum += leaves[i].cumulative;
        uint256 promised = bound(missing, 1, sum - 1);
        settle(Merkle.root(leaves), oneTotal(NATIVE, uint128(promised)));
        (bool done, bytes memory answer) = address(vault).call(batchCall(leaves, all(5)));
        assertTrue(!done, "refused");
        bytes memory reason = abi.encodeWithSelector(IRoyaltySplit.ExceedsPromised.selector, NATIVE, sum, promised);
        assertEq(keccak256(answer), keccak256(reason), "why");
        assertEq(vault.paid(NATIVE), 0, "nothing paid");
    }

    function testFuzz_ATokenThatTakesMoreThanWasSentIsRefused(uint64 surcharge) external {
        SurchargeToken token = new SurchargeToken();
        fundWith(address(token));
        Leaf[] memory leaves = leavesOf(address(token), 4, 1);
        uint256 sum = settleLeaves(leaves);
        surcharge = uint64(bound(surcharge, 1, 1_000));
        token.setSurcharge(surcharge);
        (bool done, bytes memory answer) = address(vault).call(batchCall(leaves, all(4)));
        assertTrue(!done, "refused");
        bytes memory reason = abi.encodeWithSelector(
            IRoyaltySplit.NotBacked.selector, address(token), FUNDS - 4 * uint256(surcharge), FUNDS
        );
        assertEq(keccak256(answer), keccak256(reason), "why");
        assertEq(token.balanceOf(address(vault)), FUNDS, "nothing lost");
        assertTrue(sum != 0, "though it was due");
    }

    // Inside

    /// @param sums Of native coin, and of the other token.
    function settleTwo(Leaf[] memory leaves, uint256[2] memory sums, address token) private {
        TokenTotal[] memory totals = new TokenTotal[](2);
        totals[0] = TokenTotal({token: NATIVE, total: uint128(sums[0])});
        totals[1] = TokenTotal({token: token, total: uint128(sums[1])});
        settle(Merkle.root(leaves), totals);
    }
}
