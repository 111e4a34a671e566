// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice One leaf of the claim tree.
struct Leaf {
    address account;
    address token;
    uint256 cumulative;
}

/// @notice One entry of an epoch's pushes.
struct PushLeaf {
    uint256 index;
    address account;
    address recipient;
    address token;
    uint256 amount;
}

/// @title The tree that OpenZeppelin's StandardMerkleTree builds with `sortLeaves: false`, written a second time
library Merkle {
    function hash(Leaf memory leaf) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(leaf.account, leaf.token, leaf.cumulative))));
    }

    function hash(PushLeaf memory leaf) internal pure returns (bytes32) {
        return keccak256(
            bytes.concat(keccak256(abi.encode(leaf.index, leaf.account, leaf.recipient, leaf.token, leaf.amount)))
        );
    }

    function root(PushLeaf[] memory leaves) internal pure returns (bytes32) {
        return root(hashes(leaves));
    }

    function root(Leaf[] memory leaves) internal pure returns (bytes32) {
        return root(hashes(leaves));
    }

    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        return _tree(leaves)[0];
    }

    function hashes(Leaf[] memory leaves) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) all[i] = hash(leaves[i]);
    }

    function hashes(PushLeaf[] memory leaves) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) all[i] = hash(leaves[i]);
    }

    function proof(Leaf[] memory leaves, uint256 index) internal pure returns (bytes32[] memory) {
        return proof(hashes(leaves), index);
    }

    function proof(PushLeaf[] memory leaves, uint256 index) internal pure returns (bytes32[] memory) {
        return proof(hashes(leaves), index);
    }

    function proof(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory path) {
        bytes32[] memory tree = _tree(leaves);
        uint256 node = tree.length - 1 - index;
        uint256 length = 0;
        for (uint256 at = node; at != 0; at = (at - 1) / 2) ++length;
        path = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            path[i] = tree[node % 2 == 0 ? node - 1 : node + 1];
            node = (node - 1) / 2;
        }
    }

    /// @notice The multiproof of the chosen leaves, which come in their order: a queue of nodes, each joined with its sibling,
    /// which is the next of the queue (true) or comes from the proof (false).
    function multiproof(bytes32[] memory leaves, bool[] memory chosen)
        internal
        pure
        returns (bytes32[] memory path, bool[] memory flags)
    {
        bytes32[] memory tree = _tree(leaves);
        uint256[] memory queue = new uint256[](2 * tree.length);
        (uint256 read, uint256 write) = (0, 0);
        for (uint256 i = 0; i < leaves.length; ++i) {
            if (chosen[i]) queue[write++] = tree.length - 1 - i;
        }
        path = new bytes32[](tree.length);
        flags = new bool[](tree.length);
        (uint256 paths, uint256 steps) = (0, 0);
        while (queue[read] != 0) {
            uint256 node = queue[read++];
            uint256 sibling = node % 2 == 0 ? node - 1 : node + 1;
            if (read < write && queue[read] == sibling) {
                flags[steps++] = true;
                ++read;
            } else {
                flags[steps++] = false;
                path[paths++] = tree[sibling];
            }
            queue[write++] = (node - 1) / 2;
        }
        assembly ("memory-safe") {
            mstore(path, paths)
            mstore(flags, steps)
        }
    }

    /// @notice Flags as lengths of runs, two bytes each: so many true, so many false, and so on in turn.
    function runs(bool[] memory flags) internal pure returns (bytes memory all) {
        return _runs(flags, 0, true);
    }

    /// @dev Recursive, so that the compiler does not put it into tests that have no room for its variables.
    function _runs(bool[] memory flags, uint256 from, bool kind) private pure returns (bytes memory all) {
        if (from == flags.length) return all;
        uint256 to = from;
        while (to < flags.length && flags[to] == kind && to - from < type(uint16).max) ++to;
        return bytes.concat(bytes2(uint16(to - from)), _runs(flags, to, !kind));
    }

    /// @dev Node 0 is the root, 2i+1 and 2i+2 are the children of i, and the leaves fill the array from its end.
    function _tree(bytes32[] memory leaves) private pure returns (bytes32[] memory tree) {
        tree = new bytes32[](2 * leaves.length - 1);
        for (uint256 i = 0; i < leaves.length; ++i) {
            tree[tree.length - 1 - i] = leaves[i];
        }
        for (uint256 i = leaves.length - 1; i != 0; --i) {
            tree[i - 1] = pair(tree[2 * i - 1], tree[2 * i]);
        }
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }
}
