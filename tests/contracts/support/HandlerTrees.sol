// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Trees, proofs and multiproofs as OpenZeppelin's StandardMerkleTree with `sortLeaves: false` gives them, in plain
/// Solidity
library HandlerTrees {
    function claimLeaf(address account, address token, uint256 cumulative) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(account, token, cumulative))));
    }

    function pushLeaf(uint256 index, address account, address recipient, address token, uint256 amount)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(bytes.concat(keccak256(abi.encode(index, account, recipient, token, amount))));
    }

    /// @dev Node 0 is the root, 2i+1 and 2i+2 are the children of i, and the leaves fill the array from its end.
    function build(bytes32[] memory leaves) internal pure returns (bytes32[] memory nodes) {
        nodes = new bytes32[](2 * leaves.length - 1);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[nodes.length - 1 - i] = leaves[i];
        for (uint256 i = leaves.length - 1; i != 0; --i) nodes[i - 1] = pair(nodes[2 * i - 1], nodes[2 * i]);
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function proof(bytes32[] memory nodes, uint256 leaf) internal pure returns (bytes32[] memory path) {
        uint256 node = nodes.length - 1 - leaf;
        path = new bytes32[](256);
        uint256 length = 0;
        for (; node != 0; node = (node - 1) / 2) path[length++] = nodes[_sibling(node)];
        _cut(path, length);
    }

    /// @param picked Places of leaves, ascending.
    function multiProof(bytes32[] memory nodes, uint256[] memory picked)
        internal
        pure
        returns (bytes32[] memory path, bool[] memory flags)
    {
        uint256[] memory queue = new uint256[](picked.length + nodes.length);
        for (uint256 i = 0; i < picked.length; ++i) queue[i] = nodes.length - 1 - picked[i];
        path = new bytes32[](nodes.length);
        flags = new bool[](nodes.length);
        (uint256 head, uint256 tail, uint256 paths, uint256 steps) = (0, picked.length, 0, 0);
        while (queue[head] != 0) {
            uint256 node = queue[head++];
            bool both = head < tail && queue[head] == _sibling(node);
            if (both) ++head;
            else path[paths++] = nodes[_sibling(node)];
            flags[steps++] = both;
            queue[tail++] = (node - 1) / 2;
        }
        _cut(path, paths);
        assembly ("memory-safe") {
            mstore(flags, steps)
        }
    }

    /// @notice Flags as the vault takes them: lengths of runs, two bytes each, of those that are true first.
    function runs(bool[] memory flags) internal pure returns (bytes memory packed) {
        bool wanted = true;
        for (uint256 i = 0; i < flags.length; wanted = !wanted) {
            uint16 length = 0;
            for (; i < flags.length && flags[i] == wanted; ++i) ++length;
            packed = bytes.concat(packed, bytes2(length));
        }
    }

    function _sibling(uint256 node) private pure returns (uint256) {
        return node % 2 == 0 ? node - 1 : node + 1;
    }

    function _cut(bytes32[] memory words, uint256 length) private pure {
        assembly ("memory-safe") {
            mstore(words, length)
        }
    }
}
