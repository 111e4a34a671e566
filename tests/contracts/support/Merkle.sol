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
        bytes32[] memory hashes = new bytes32[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) hashes[i] = hash(leaves[i]);
        return _tree(hashes)[0];
    }

    function root(Leaf[] memory leaves) internal pure returns (bytes32) {
        return _tree(leaves)[0];
    }

    function proof(Leaf[] memory leaves, uint256 index) internal pure returns (bytes32[] memory path) {
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

    function _tree(Leaf[] memory leaves) private pure returns (bytes32[] memory tree) {
        bytes32[] memory hashes = new bytes32[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) hashes[i] = hash(leaves[i]);
        return _tree(hashes);
    }

    /// @dev Node 0 is the root, 2i+1 and 2i+2 are the children of i, and the leaves fill the array from its end.
    function _tree(bytes32[] memory hashes) private pure returns (bytes32[] memory tree) {
        tree = new bytes32[](2 * hashes.length - 1);
        for (uint256 i = 0; i < hashes.length; ++i) {
            tree[tree.length - 1 - i] = hashes[i];
        }
        for (uint256 i = hashes.length - 1; i != 0; --i) {
            tree[i - 1] = pair(tree[2 * i - 1], tree[2 * i]);
        }
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }
}
