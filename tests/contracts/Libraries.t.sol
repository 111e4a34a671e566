// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccountAmount, IRoyaltySplit} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Registration} from "../../contracts/interfaces/IModelRegistry.sol";
import {Deployed} from "./support/Deployed.sol";
import {HandlerTrees} from "./support/HandlerTrees.sol";
import {LibraryHarness} from "./support/LibraryHarness.sol";
import {Test} from "./support/Test.sol";

/// @title The assembly of trees, beside OpenZeppelin's and the plain encoding
contract MerkleTreesTest is Test {
    LibraryHarness private harness = new LibraryHarness();

    // Leaves

    /// @dev The upper bits of an address may hold anything.
    function testFuzz_AClaimLeafIsThePlainEncodingsHash(
        uint256 account,
        uint256 token,
        uint256 cumulative,
        bytes32 dirt
    ) external view {
        assertEq(
            harness.claimLeaf(account, token, cumulative, dirt),
            HandlerTrees.claimLeaf(address(uint160(account)), address(uint160(token)), cumulative),
            "leaf"
        );
    }

    function testFuzz_ManyClaimLeavesAreThoseOfOne(uint256 token, uint256 seed, uint8 size, bytes32 dirt)
        external
        view
    {
        AccountAmount[] memory claims = new AccountAmount[](bound(size, 0, 40));
        for (uint256 i = 0; i < claims.length; ++i) {
            uint256 random = uint256(_random(seed, i));
            claims[i] = AccountAmount({account: address(uint160(random)), cumulative: uint256(_random(random, 1))});
        }
        bytes32[] memory leaves = harness.claimLeaves(token, claims, dirt);
        assertEq(leaves.length, claims.length, "as many");
        for (uint256 i = 0; i < leaves.length; ++i) {
            bytes32 plain =
                HandlerTrees.claimLeaf(claims[i].account, address(uint160(token)), claims[i].cumulative);
            assertEq(leaves[i], plain, "leaf");
        }
    }

    function testFuzz_APushLeafIsThePlainEncodingsHash(
        uint256 index,
        uint256[3] calldata addresses,
        uint256 amount,
        bytes32 dirt
    ) external view {
        bytes32 plain = HandlerTrees.pushLeaf(
            index,
            address(uint160(addresses[0])),
            address(uint160(addresses[1])),
            address(uint160(addresses[2])),
            amount
        );
        assertEq(harness.pushLeaf(index, addresses, amount, dirt), plain, "leaf");
    }

    function testFuzz_ManyPushLeavesAndAmountsAreThoseOfOne(
        uint256 first,
        uint256 token,
        uint256 seed,
        uint8 size,
        bytes32 dirt
    ) external view {
        uint256 count = bound(size, 0, 40);
        first = bound(first, 0, type(uint256).max - count);
        bytes memory entries;
        for (uint256 i = 0; i < count; ++i) {
            entries = bytes.concat(entries, bytes20(_random(seed, i)), bytes16(_random(seed, ~i)));
        }
        (bytes32[] memory recipients, bytes32[] memory leaves, bytes32[] memory amounts, uint256 sum) =
            harness.pushLeaves(first, token, entries, dirt);
        assertEq(leaves.length, count, "as many");
        for (uint256 i = 0; i < count; ++i) {
            address account = address(bytes20(_random(seed, i)));
            uint256 amount = uint128(bytes16(_random(seed, ~i)));
            assertEq(recipients[i], bytes32(uint256(uint160(account))), "recipient");
            assertEq(uint256(amounts[i]), amount, "amount");
            bytes32 plain =
                HandlerTrees.pushLeaf(first + i, account, account, address(uint160(token)), amount);
            assertEq(leaves[i], plain, "leaf");
            sum -= amount;
        }
        assertEq(sum, 0, "the sum is the amounts'");
    }

    // One leaf's root

    /// @dev Any words at all, more than two turns of eight.
    function testFuzz_ARootIsOpenZeppelins(bytes32 leaf, uint256 seed, uint8 length, bytes32 dirt) external view {
        bytes32[] memory proof = _words(seed, bound(length, 0, 40));
        assertEq(harness.rootOf(leaf, proof, dirt), harness.openZeppelinRootOf(leaf, proof), "root");
    }

    function testFuzz_EveryLeafOfATreeLeadsToItsRoot(uint256 seed, uint8 size, bytes32 dirt) external view {
        bytes32[] memory nodes = HandlerTrees.build(_words(seed, bound(size, 1, 40)));
        for (uint256 i = 0; i < (nodes.length + 1) / 2; ++i) {
            bytes32 leaf = nodes[nodes.length - 1 - i];
            assertEq(harness.rootOf(leaf, HandlerTrees.proof(nodes, i), dirt), nodes[0], "root");
        }
    }

    // Many leaves' root

    function testFuzz_AnyLeavesOfATreeLeadToItsRoot(uint256 seed, uint8 size, uint256 which, bytes32 dirt)
        external
        view
    {
        bytes32[] memory words = _words(seed, bound(size, 1, 40));
        uint256[] memory picked = new uint256[](words.length);
        bytes32[] memory leaves = new bytes32[](words.length);
        uint256 count = 0;
        for (uint256 i = 0; i < words.length; ++i) {
            if ((which >> i) % 2 == 0 && i != which % words.length) continue;
            (picked[count], leaves[count]) = (i, words[i]);
            ++count;
        }
        assembly ("memory-safe") {
            mstore(picked, count)
            mstore(leaves, count)
        }
        bytes32[] memory nodes = HandlerTrees.build(words);
        (bytes32[] memory proof, bool[] memory flags) = HandlerTrees.multiProof(nodes, picked);
        assertEq(harness.openZeppelinRootOfMany(leaves, proof, flags), nodes[0], "OpenZeppelin's");
        assertEq(harness.rootOfMany(leaves, proof, HandlerTrees.runs(flags), dirt), nodes[0], "ours");
    }

    /// @dev Whatever the three hold: the same as OpenZeppelin's, and zero where that one refuses.
    function testFuzz_AnyWordsLeadWhereOpenZeppelinsLead(
        uint256 seed,
        uint8 leafCount,
        uint8 steps,
        uint256 flagBits,
        int8 proofMore,
        bytes32 dirt
    ) external view {
        bytes32[] memory leaves = _words(seed, bound(leafCount, 1, 12));
        // Mostly as many steps as there can be.
        bool[] memory flags = new bool[](bound(steps, 0, 24));
        uint256 trues = 0;
        for (uint256 i = 0; i < flags.length; ++i) {
            flags[i] = (flagBits >> i) % 2 == 0 && (trues + 1 < leaves.length || (flagBits >> 200) % 4 == 0);
            if (flags[i]) ++trues;
        }
        int256 proofLength = int256(flags.length - trues) + (proofMore % 4 == 0 ? proofMore / 32 : int8(0));
        bytes32[] memory proof = _words(~seed, proofLength < 0 ? 0 : uint256(proofLength));
        _compare(leaves, proof, flags, dirt);
    }

    /// @dev Garbage as runs: read as flags, and cut to what a plain reader can hold.
    function testFuzz_AnyRunsLeadWhereTheirFlagsLead(
        uint256 seed,
        uint8 leafCount,
        uint8[10] calldata lengths,
        uint8 runCount,
        uint8 proofLength,
        bytes32 dirt
    ) external view {
        bytes32[] memory leaves = _words(seed, bound(leafCount, 1, 12));
        bytes memory runs;
        bool[] memory flags = new bool[](80);
        (uint256 steps, uint256 ones) = (0, 0);
        for (uint256 r = 0; r < bound(runCount, 0, 10); ++r) {
            uint256 length = lengths[r] % 8;
            runs = bytes.concat(runs, bytes2(uint16(length)));
            if (r % 2 == 1) ones += length;
            for (uint256 i = 0; i < length; ++i) flags[steps++] = r % 2 == 0;
        }
        assembly ("memory-safe") {
            mstore(flags, steps)
        }
        bytes32[] memory proof = _words(~seed, proofLength % 3 == 0 ? bound(proofLength, 0, 40) : ones);
        bytes32 expected = _openZeppelins(leaves, proof, flags);
        assertEq(harness.rootOfMany(leaves, proof, runs, dirt), expected, "the same, or zero");
    }

    /// @dev Random bytes, lengths up to 65,535 among them: the memory they ask for costs too much, or they lead nowhere.
    function testFuzz_RandomRunsOfAnyLengthLeadNowhere(bytes calldata runs, uint256 seed, bytes32 dirt)
        external
        view
    {
        bytes32[] memory leaves = _words(seed, 3);
        bytes32[] memory proof = _words(~seed, 2);
        // Two proof words, three leaves: the honest ones are four steps, two of each.
        try harness.rootOfMany{gas: 30_000_000}(leaves, proof, runs, dirt) returns (bytes32 root) {
            if (root == 0) return;
            (bool[] memory flags, bool small) = _flagsOf(runs);
            assertTrue(small, "as few steps as there are words");
            assertEq(root, _openZeppelins(leaves, proof, flags), "the same");
        } catch {}
    }

    /// @dev What OpenZeppelin had to mend in 2023: a node that is taken from the queue before it was put there. The dirt behind
    /// the queue would be read as a node that the caller chose.
    function testFuzz_ANodeThatIsNotYetThereIsNotRead(bytes32 leaf, bytes32 other, bytes32 dirt) external view {
        bytes32[] memory none = new bytes32[](0);
        bytes32[] memory one = new bytes32[](1);
        one[0] = leaf;
        bytes32[] memory two = new bytes32[](2);
        (two[0], two[1]) = (leaf, other);
        // One leaf, and a step that takes two.
        assertEq(harness.rootOfMany(one, none, hex"0001", dirt), 0, "the second is not there");
        // Two leaves: the second step takes the pair and what is behind it.
        assertEq(harness.rootOfMany(two, none, hex"0002", dirt), 0, "nor after a first step");
        // With as many words as the counts ask for: two steps that take two, made up for by a proof word.
        assertEq(harness.rootOfMany(two, one, hex"00020001", dirt), 0, "nor with a proof word");
        // No leaf at all, and the dirt would be the root.
        assertEq(harness.rootOfMany(none, none, hex"", dirt), 0, "no leaf, no root");
        assertEq(harness.rootOfMany(none, one, hex"", dirt), 0, "a proof word is no root");
        assertEq(harness.rootOfMany(none, one, hex"00000001", dirt), 0, "nor hashed with what is not there");
        assertEq(harness.rootOfMany(none, two, hex"00000002", dirt), 0, "nor twice");
        // And one that is put there in the very step before is read.
        assertEq(
            harness.rootOfMany(two, one, hex"00010001", dirt),
            HandlerTrees.pair(HandlerTrees.pair(leaf, other), leaf),
            "the pair"
        );
    }

    /// @dev The queue grows beyond its end, over whatever stands there.
    function testFuzz_AQueueThatIsNotTheLastLeadsNowhere(uint256 seed, uint8 size) external view {
        bytes32[] memory words = _words(seed, bound(size, 2, 10));
        uint256[] memory picked = new uint256[](words.length);
        for (uint256 i = 0; i < words.length; ++i) picked[i] = i;
        (bytes32[] memory proof, bool[] memory flags) =
            HandlerTrees.multiProof(HandlerTrees.build(words), picked);
        (bytes32 root, bool kept) = harness.rootOfManyNotLast(words, proof, HandlerTrees.runs(flags));
        assertEq(root, 0, "no root");
        assertTrue(kept, "nothing was written over");
    }

    // Inside

    function _compare(bytes32[] memory leaves, bytes32[] memory proof, bool[] memory flags, bytes32 dirt)
        private
        view
    {
        bytes32 expected = _openZeppelins(leaves, proof, flags);
        assertEq(harness.rootOfMany(leaves, proof, HandlerTrees.runs(flags), dirt), expected, "the same, or zero");
    }

    function _openZeppelins(bytes32[] memory leaves, bytes32[] memory proof, bool[] memory flags)
        private
        view
        returns (bytes32)
    {
        try harness.openZeppelinRootOfMany(leaves, proof, flags) returns (bytes32 root) {
            return root;
        } catch {
            return 0;
        }
    }

    /// @dev An odd run at the end is followed by one of no length.
    function _flagsOf(bytes calldata runs) private pure returns (bool[] memory flags, bool small) {
        flags = new bool[](64);
        uint256 steps = 0;
        for (uint256 i = 0; i < runs.length; i += 2) {
            uint256 length = uint256(uint8(runs[i])) << 8;
            if (i + 1 < runs.length) length += uint8(runs[i + 1]);
            if (steps + length > 64) return (flags, false);
            for (uint256 j = 0; j < length; ++j) flags[steps++] = i % 4 == 0;
        }
        assembly ("memory-safe") {
            mstore(flags, steps)
        }
        small = true;
    }

    function _words(uint256 seed, uint256 count) private pure returns (bytes32[] memory words) {
        words = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) words[i] = _random(seed, i);
    }

    function _random(uint256 seed, uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode(seed, i));
    }
}

/// @title The vault's pay address is the registry's
contract PayAddressTest is Deployed {
    function testFuzz_ASweepFindsTheRegistrysPayAddress(address owner, bytes32 salt, uint64 amount) external {
        vm.assume(owner != address(0) && owner.code.length == 0);
        Registration memory all = registration(salt);
        bytes32 modelId = registry.modelIdOf(owner, salt);
        address payAddress = registry.payAddressOf(modelId);
        dollar.mint(payAddress, uint256(amount) + 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnknownModel.selector, modelId));
        sweep(address(dollar), one(modelId));

        vm.prank(owner);
        registry.register(all);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Swept(modelId, address(dollar), uint256(amount) + 1);
        sweep(address(dollar), one(modelId));
        assertEq(vault.credited(address(dollar)), uint256(amount) + 1, "credited");
        assertEq(dollar.balanceOf(payAddress), 0, "and nothing is left");
    }
}
