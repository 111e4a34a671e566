// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice The newest version of one kind of a model's terms. All zero for version 1, so that a registration stores nothing
/// of it.
/// @param later How many versions followed the first.
/// @param isConfirmable Whether the last transfer cancelled it, so that its content can be given again.
/// @param contentHash To know that content by.
struct Newest {
    uint32 later;
    uint64 effectiveAt;
    uint64 setInBlock;
    bool isCancelled;
    bool isConfirmable;
    bytes32 contentHash;
}

/// @title Which version is pending, and which one is in force
library Versions {
    function number(Newest storage newest) internal view returns (uint32) {
        return newest.later + 1;
    }

    /// @dev A version set in this very block is pending even where its time has come: it is in force in later blocks only.
    function isPending(Newest storage newest) internal view returns (bool) {
        if (newest.isCancelled) return false;
        return newest.setInBlock == block.number || newest.effectiveAt > block.timestamp;
    }

    function isInForce(Newest storage newest) internal view returns (bool) {
        return !newest.isCancelled && !isPending(newest);
    }

    /// @dev Whoever calls this cancelled what was pending.
    function set(Newest storage newest, bytes32 contentHash, uint64 effectiveAt) internal returns (uint32) {
        ++newest.later;
        newest.effectiveAt = effectiveAt;
        newest.setInBlock = uint64(block.number);
        newest.isCancelled = false;
        newest.isConfirmable = false;
        newest.contentHash = contentHash;
        return number(newest);
    }

    /// @notice Ends what is pending, and what could still be confirmed from before. What it ends can be confirmed after a
    /// transfer; after anything else another version follows at once, or none ever.
    function cancel(Newest storage newest) internal returns (bool cancelled) {
        cancelled = isPending(newest);
        if (cancelled) newest.isCancelled = true;
        newest.isConfirmable = cancelled;
    }
}
