// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {MerkleTrees} from "../../contracts/libraries/MerkleTrees.sol";
import {Merkle} from "./support/Merkle.sol";
import {Test} from "./support/Test.sol";

/// @title The library, and OpenZeppelin's, each callable from a test
contract MerkleCalls {
    function rootOf(bytes32 leaf, bytes32[] calldata proof) external pure returns (bytes32) {
        return MerkleTrees.rootOf(leaf, proof);
    }

    function rootOfMany(bytes32[] calldata leaves, bytes32[] calldata proof, bytes calldata runs)
        external
        pure
        returns (bytes32)
    {
        bytes32[] memory queue = leaves;
        return MerkleTrees.rootOfMany(queue, proof, runs);
    }

    function openZeppelinRootOfMany(bytes32[] calldata leaves, bytes32[] calldata proof, bool[] calldata flags)
        external
        pure
        returns (bytes32)
    {
        return MerkleProof.processMultiProof(proof, flags, leaves);
    }
}

/// @title Roots, held to OpenZeppelin's
contract MerkleTreesTest is Test {
    MerkleCalls private calls = new MerkleCalls();

    function testFuzz_AProofLeadsWhereOpenZeppelinsDoes(bytes32 leaf, uint8 depth, bytes32 seed) external view {
        bytes32[] memory proof = words(seed, depth % 70);
        assertEq(calls.rootOf(leaf, proof), MerkleProof.processProof(proof, leaf), "root");
    }

    function testFuzz_AMultiproofOfAnyPartOfATreeLeadsToItsRoot(uint8 size, bytes32 seed, uint256 which) external view {
        bytes32[] memory leaves = words(seed, 1 + size % 100);
        (bytes32[] memory some, bytes32[] memory proof, bool[] memory flags) = multiproof(leaves, which);
        bytes32 root = Merkle.root(leaves);
        assertTrue(MerkleProof.multiProofVerify(proof, flags, root, some), "OpenZeppelin's takes it");
        assertEq(calls.rootOfMany(some, proof, Merkle.runs(flags)), root, "root");
    }

    /// @dev Any steps that have enough to take from, not only those of a real tree.
    function testFuzz_AnyStepsThatFitLeadWhereOpenZeppelinsDo(uint8 count, uint8 steps, bytes32 seed) external view {
        bytes32[] memory leaves = words(seed, 1 + count % 20);
        bool[] memory wished = new bool[](steps % 60);
        bool[] memory flags = new bool[](wished.length + 20);
        (uint256 queued, uint256 proofs, uint256 done) = (leaves.length, 0, 0);
        for (uint256 i = 0; i < wished.length; ++i) {
            flags[done] = queued > 1 && uint256(keccak256(abi.encode(seed, "step", i))) % 2 == 0;
            if (flags[done++]) --queued;
            else ++proofs;
        }
        for (; queued > 1; --queued) flags[done++] = true;
        assembly ("memory-safe") {
            mstore(flags, done)
        }
        bytes32[] memory proof = words(keccak256(abi.encode(seed)), proofs);
        assertEq(
            calls.rootOfMany(leaves, proof, Merkle.runs(flags)),
            calls.openZeppelinRootOfMany(leaves, proof, flags),
            "root"
        );
    }

    /// @dev It may refuse what OpenZeppelin's takes (steps that read a node before it was made), and never the other way.
    function testFuzz_AnyStepsAtAllLeadToNothingOrWhereOpenZeppelinsDo(
        uint8 count,
        uint8 proofs,
        uint256 bits,
        int8 extra,
        bytes32 seed
    ) external view {
        bytes32[] memory leaves = words(seed, count % 8);
        bytes32[] memory proof = words(keccak256(abi.encode(seed)), proofs % 8);
        int256 steps = int256(leaves.length + proof.length) - 1 + (extra % 8 == 0 ? extra / 8 % 3 : int256(0));
        bool[] memory flags = new bool[](steps < 0 ? 0 : uint256(steps));
        for (uint256 i = 0; i < flags.length; ++i) flags[i] = bits >> i & 1 == 1;

        bytes32 root = calls.rootOfMany(leaves, proof, Merkle.runs(flags));
        if (root == 0) return;
        assertEq(root, calls.openZeppelinRootOfMany(leaves, proof, flags), "root");
    }

    function testFuzz_AnotherProofLeadsElsewhere(uint8 size, bytes32 seed, uint256 which, uint256 at, bytes32 other)
        external
        view
    {
        bytes32[] memory leaves = words(seed, 2 + size % 40);
        (bytes32[] memory some, bytes32[] memory proof, bool[] memory flags) = multiproof(leaves, which);
        bytes memory runs = Merkle.runs(flags);
        if (proof.length != 0 && at % 3 == 0) {
            at = at / 3 % proof.length;
            vm.assume(proof[at] != other);
            proof[at] = other;
        } else if (at % 3 == 1) {
            at = at / 3 % some.length;
            vm.assume(some[at] != other);
            some[at] = other;
        } else {
            runs[at / 3 % runs.length] ^= bytes1(uint8(1 + uint256(other) % 255));
        }
        assertTrue(calls.rootOfMany(some, proof, runs) != Merkle.root(leaves), "elsewhere, or nowhere");
    }

    function test_WhatDoesNotFitTogetherLeadsNowhere() external view {
        bytes32[] memory two = words("two", 2);
        bytes32[] memory none = new bytes32[](0);
        assertEq(calls.rootOfMany(none, none, ""), 0, "no leaf");
        assertEq(calls.rootOfMany(none, two, hex"00000001"), 0, "no leaf, only a proof");
        assertEq(calls.rootOfMany(two, none, ""), 0, "two nodes left");
        assertEq(calls.rootOfMany(two, none, hex"0002"), 0, "more than there is");
        assertEq(calls.rootOfMany(two, two, hex"0001"), 0, "proof left over");
        assertEq(calls.rootOfMany(two, none, hex"00010001"), 0, "proof missing");
        assertEq(calls.rootOfMany(two, none, hex"ffffffff"), 0, "far too many");
        assertEq(calls.rootOfMany(two, none, hex"0001"), Merkle.pair(two[0], two[1]), "and what fits");
    }

    /// @dev A node that no step made yet is memory that a caller might have filled before.
    function test_ANodeIsNotReadBeforeItWasMade() external view {
        bytes32[] memory one = words("one", 1);
        bytes32[] memory proof = words("proof", 1);
        assertEq(calls.rootOfMany(one, proof, hex"00010001"), 0, "one leaf is not two");
        assertEq(calls.rootOfMany(words("two", 2), proof, hex"000000000002"), 0, "two leaves are not four");
    }

    function test_ARunMayBeLongerThanTwoBytesCanSay() external view {
        bool[] memory flags = new bool[](70_000);
        bytes memory runs = Merkle.runs(flags);
        assertEq(keccak256(runs), keccak256(hex"0000ffff00001171"), "in two runs");
        bytes32[] memory leaf = words("leaf", 1);
        bytes32[] memory proof = words("long", 70_000);
        assertEq(calls.rootOfMany(leaf, proof, runs), MerkleProof.processProof(proof, leaf[0]), "root");
    }

    // Inside

    function words(bytes32 seed, uint256 count) private pure returns (bytes32[] memory all) {
        all = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) all[i] = keccak256(abi.encode(seed, i));
    }

    function multiproof(bytes32[] memory leaves, uint256 which)
        private
        pure
        returns (bytes32[] memory some, bytes32[] memory proof, bool[] memory flags)
    {
        bool[] memory chosen = new bool[](leaves.length);
        uint256 count = 0;
        for (uint256 i = 0; i < leaves.length; ++i) {
            chosen[i] = which >> i & 1 == 1 || (i == leaves.length - 1 && count == 0);
            if (chosen[i]) ++count;
        }
        some = new bytes32[](count);
        for (uint256 i = leaves.length; i != 0; --i) {
            if (chosen[i - 1]) some[--count] = leaves[i - 1];
        }
        (proof, flags) = Merkle.multiproof(leaves, chosen);
    }
}
