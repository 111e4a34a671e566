// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IModelRegistry, Parent} from "../interfaces/IModelRegistry.sol";

/// @title What makes a lineage good
library Lineages {
    uint256 private constant MOST_PARENTS = 16;
    uint256 private constant MILLIONTHS = 1_000_000;

    /// @notice Reverts unless the parents are good for a child of that number: theirs are lower, so lineage has no cycles.
    function check(
        Parent[] calldata parents,
        uint64 child,
        function(bytes32) view returns (uint64) numberOf
    ) internal view {
        if (parents.length > MOST_PARENTS) revert IModelRegistry.TooManyParents(parents.length, MOST_PARENTS);
        uint256 sum = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            bytes32 parentId = parents[i].modelId;
            uint64 number = numberOf(parentId);
            if (number == 0 || number >= child) revert IModelRegistry.BadParent(parentId);
            if (parents[i].share == 0) revert IModelRegistry.ZeroShare(parentId);
            for (uint256 j = 0; j < i; ++j) {
                if (parents[j].modelId == parentId) revert IModelRegistry.DuplicateParent(parentId);
            }
            sum += parents[i].share;
        }
        if (sum > MILLIONTHS) revert IModelRegistry.SharesExceedWhole(sum);
    }
}
