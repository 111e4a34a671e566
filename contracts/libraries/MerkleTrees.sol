// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccountAmount} from "../interfaces/IRoyaltySplit.sol";

/// @title Leaves and roots of the trees that docs/protocol.md describes
/// @notice The same as OpenZeppelin's MerkleProof, in assembly: hashing proofs is most of what a claim or a push computes.
/// The tests hold each function to OpenZeppelin's on random trees, and to golden vectors.
library MerkleTrees {
    /// @dev Hashed twice, so that an inner node can never be read as a leaf.
    function claimLeaf(address account, address token, uint256 cumulative) internal pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, shr(96, shl(96, account)))
            mstore(add(free, 0x20), shr(96, shl(96, token)))
            mstore(add(free, 0x40), cumulative)
            mstore(0x00, keccak256(free, 0x60))
            leaf := keccak256(0x00, 0x20)
        }
    }

    /// @notice The leaves of many accounts of one token.
    function claimLeaves(address token, AccountAmount[] calldata claims, bytes32[] memory leaves) internal pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(add(free, 0x20), shr(96, shl(96, token)))
            let at := claims.offset
            let to := add(leaves, 0x20)
            let end := add(to, shl(5, claims.length))
            for {} lt(to, end) {} {
                mstore(free, calldataload(at))
                mstore(add(free, 0x40), calldataload(add(at, 0x20)))
                mstore(0x00, keccak256(free, 0x60))
                mstore(to, keccak256(0x00, 0x20))
                at := add(at, 0x40)
                to := add(to, 0x20)
            }
        }
    }

    function pushLeaf(uint256 index, address account, address recipient, address token, uint256 amount)
        internal
        pure
        returns (bytes32 leaf)
    {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, index)
            mstore(add(free, 0x20), shr(96, shl(96, account)))
            mstore(add(free, 0x40), shr(96, shl(96, recipient)))
            mstore(add(free, 0x60), shr(96, shl(96, token)))
            mstore(add(free, 0x80), amount)
            mstore(0x00, keccak256(free, 0xa0))
            leaf := keccak256(0x00, 0x20)
        }
    }

    /// @notice The leaves of consecutive entries that pay their accounts: each account is left in `recipients`, each leaf in
    /// `leaves`. An entry has 36 bytes: account, and amount in 16.
    function pushLeaves(
        uint256 first,
        address token,
        bytes calldata entries,
        bytes32[] memory recipients,
        bytes32[] memory leaves
    ) internal pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(add(free, 0x60), shr(96, shl(96, token)))
            let at := entries.offset
            let to := add(recipients, 0x20)
            let end := add(to, shl(5, mload(recipients)))
            let step := sub(leaves, recipients)
            for {} lt(to, end) {} {
                let account := shr(96, calldataload(at))
                mstore(to, account)
                mstore(free, first)
                mstore(add(free, 0x20), account)
                mstore(add(free, 0x40), account)
                mstore(add(free, 0x80), shr(128, calldataload(add(at, 20))))
                mstore(0x00, keccak256(free, 0xa0))
                mstore(add(to, step), keccak256(0x00, 0x20))
                first := add(first, 1)
                at := add(at, 36)
                to := add(to, 0x20)
            }
        }
    }

    /// @notice The amounts of the same entries, and their sum: fewer than 2^128 of less than 2^128 each.
    function pushAmounts(bytes calldata entries, bytes32[] memory amounts) internal pure returns (uint256 sum) {
        assembly ("memory-safe") {
            let at := add(entries.offset, 20)
            let to := add(amounts, 0x20)
            let end := add(to, shl(5, mload(amounts)))
            for {} lt(to, end) {} {
                let amount := shr(128, calldataload(at))
                sum := add(sum, amount)
                mstore(to, amount)
                at := add(at, 36)
                to := add(to, 0x20)
            }
        }
    }

    /// @notice The root that a leaf and its siblings lead to.
    /// @dev Eight siblings a turn: the turns themselves would cost a third of it.
    function rootOf(bytes32 leaf, bytes32[] calldata proof) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            root := leaf
            let next := proof.offset
            let end := add(next, shl(5, proof.length))
            // The smaller one of two goes first.
            for {} iszero(gt(add(next, 0x100), end)) { next := add(next, 0x100) } {
                let place := shl(5, gt(root, calldataload(next)))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(next))
                root := keccak256(0x00, 0x40)
                place := shl(5, gt(root, calldataload(add(next, 0x20))))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(add(next, 0x20)))
                root := keccak256(0x00, 0x40)
                place := shl(5, gt(root, calldataload(add(next, 0x40))))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(add(next, 0x40)))
                root := keccak256(0x00, 0x40)
                place := shl(5, gt(root, calldataload(add(next, 0x60))))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(add(next, 0x60)))
                root := keccak256(0x00, 0x40)
                place := shl(5, gt(root, calldataload(add(next, 0x80))))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(add(next, 0x80)))
                root := keccak256(0x00, 0x40)
                place := shl(5, gt(root, calldataload(add(next, 0xa0))))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(add(next, 0xa0)))
                root := keccak256(0x00, 0x40)
                place := shl(5, gt(root, calldataload(add(next, 0xc0))))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(add(next, 0xc0)))
                root := keccak256(0x00, 0x40)
                place := shl(5, gt(root, calldataload(add(next, 0xe0))))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(add(next, 0xe0)))
                root := keccak256(0x00, 0x40)
            }
            for {} lt(next, end) { next := add(next, 0x20) } {
                let place := shl(5, gt(root, calldataload(next)))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(next))
                root := keccak256(0x00, 0x40)
            }
        }
    }

    /// @notice The root that many leaves and a multiproof lead to: OpenZeppelin's algorithm, with its flags as lengths of runs.
    /// Zero where the three do not fit together.
    /// @param runs Two bytes for each run of equal flags, in turn so many steps that take both nodes from the queue (flag true),
    /// and so many that take the second one from the proof.
    /// @dev `queue` has to be the last that was allocated: it grows beyond its end. Nothing may be taken from it before it was
    /// put there: what would be put there later would be no part of the root. In a run the read end gains on the write end, or
    /// keeps its distance, so looking at the run's last step is enough.
    function rootOfMany(bytes32[] memory queue, bytes32[] calldata proof, bytes calldata runs)
        internal
        pure
        returns (bytes32 root)
    {
        assembly ("memory-safe") {
            let read := add(queue, 0x20)
            let write := add(read, shl(5, mload(queue)))
            let sibling := proof.offset
            let bad := or(xor(write, mload(0x40)), iszero(mload(queue)))
            let run := runs.offset
            let lastRun := add(run, runs.length)
            for {} lt(run, lastRun) { run := add(run, 4) } {
                // A run beyond the end of the calldata has no length.
                let both := shr(240, calldataload(run))
                let end := add(write, shl(5, both))
                bad := or(bad, gt(add(read, shl(6, both)), sub(end, shl(5, gt(both, 0)))))
                if bad { break }
                for {} lt(write, end) {} {
                    let place := shl(5, gt(mload(read), mload(add(read, 0x20))))
                    mstore(place, mload(read))
                    mstore(xor(place, 0x20), mload(add(read, 0x20)))
                    mstore(write, keccak256(0x00, 0x40))
                    read := add(read, 0x40)
                    write := add(write, 0x20)
                }

                let one := and(shr(224, calldataload(run)), 0xffff)
                end := add(write, shl(5, one))
                bad := gt(add(read, shl(5, gt(one, 0))), write)
                if bad { break }
                for {} lt(write, end) {} {
                    let place := shl(5, gt(mload(read), calldataload(sibling)))
                    mstore(place, mload(read))
                    mstore(xor(place, 0x20), calldataload(sibling))
                    mstore(write, keccak256(0x00, 0x40))
                    sibling := add(sibling, 0x20)
                    read := add(read, 0x20)
                    write := add(write, 0x20)
                }
            }
            // All of the proof, and all of the queue but the root itself.
            bad := or(bad, xor(sibling, add(proof.offset, shl(5, proof.length))))
            bad := or(bad, xor(add(read, 0x20), write))
            if iszero(bad) { root := mload(read) }
        }
    }
}
