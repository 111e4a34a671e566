// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {PushBatch, PushEntry, PushRedirection} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {Merkle, PushLeaf} from "./Merkle.sol";

/// @title What goes into a push, from the leaves of its tree
library PushTrees {
    /// @notice Of `count` leaves from place `from` on: places are those in the list, whatever index the leaves carry.
    function batch(uint64 epoch, PushLeaf[] memory leaves, uint256 from, uint256 count)
        internal
        pure
        returns (PushBatch memory)
    {
        bool[] memory chosen = new bool[](leaves.length);
        for (uint256 i = 0; i < count; ++i) chosen[from + i] = true;
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(Merkle.hashes(leaves), chosen);
        return PushBatch({
            epoch: epoch,
            token: leaves[from].token,
            first: leaves[from].index,
            entries: packed(leaves, from, count),
            redirections: redirections(leaves, from, count),
            proof: proof,
            runs: Merkle.runs(flags)
        });
    }

    function batch(uint64 epoch, PushLeaf[] memory leaves) internal pure returns (PushBatch memory) {
        return batch(epoch, leaves, 0, leaves.length);
    }

    function packed(PushLeaf[] memory leaves, uint256 from, uint256 count) internal pure returns (bytes memory all) {
        for (uint256 i = from; i < from + count; ++i) {
            all = bytes.concat(all, bytes20(leaves[i].account), bytes16(uint128(leaves[i].amount)));
        }
    }

    function redirections(PushLeaf[] memory leaves, uint256 from, uint256 count)
        internal
        pure
        returns (PushRedirection[] memory all)
    {
        uint256 found = 0;
        for (uint256 i = 0; i < count; ++i) {
            if (leaves[from + i].recipient != leaves[from + i].account) ++found;
        }
        all = new PushRedirection[](found);
        found = 0;
        for (uint256 i = 0; i < count; ++i) {
            address recipient = leaves[from + i].recipient;
            if (recipient != leaves[from + i].account) all[found++] = PushRedirection({at: i, recipient: recipient});
        }
    }

    function entry(PushLeaf memory leaf) internal pure returns (PushEntry memory) {
        return PushEntry({
            index: leaf.index,
            account: leaf.account,
            recipient: leaf.recipient,
            token: leaf.token,
            amount: leaf.amount
        });
    }

    /// @notice What a push root is activated and revoked by.
    function key(uint64 epoch, bytes32 pushRoot) internal pure returns (bytes32) {
        return keccak256(abi.encode(epoch, pushRoot));
    }
}
