// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IModelRegistry, SplitRow, SplitTable, TableCommitment} from "../interfaces/IModelRegistry.sol";

/// @title Split tables: what makes one good, and how it is logged
library SplitTables {
    /// @dev A bound that keeps a registration, and whoever recomputes it, within a block's gas.
    uint256 internal constant MOST_ROWS = 64;

    function hash(SplitTable calldata table) internal pure returns (bytes32) {
        return keccak256(abi.encode(table));
    }

    /// @notice Reverts unless the table is good: whole, or committed and then without rows and pool.
    function check(SplitTable calldata table) internal pure {
        if (_isCommitted(table)) _checkCommitted(table);
        else _checkWhole(table);
    }

    /// @notice Logs a version whole, or what it is committed by.
    function log(SplitTable calldata table, bytes32 modelId, uint32 version, uint64 effectiveAt) internal {
        if (_isCommitted(table)) {
            TableCommitment calldata sum = table.committed;
            emit IModelRegistry.SplitCommitted(
                modelId, version, effectiveAt, sum.hash, sum.rows, sum.weight, sum.uri
            );
        } else {
            emit IModelRegistry.SplitSet(
                modelId, version, effectiveAt, table.rows, table.poolWeight, table.fallbackRows
            );
        }
    }

    function _isCommitted(SplitTable calldata table) private pure returns (bool) {
        return table.committed.hash != 0;
    }

    function _checkCommitted(SplitTable calldata table) private pure {
        TableCommitment calldata sum = table.committed;
        bool alone = table.rows.length == 0 && table.poolWeight == 0 && table.fallbackRows.length == 0;
        if (!alone || sum.rows == 0 || sum.weight == 0) {
            revert IModelRegistry.BadCommitment(sum.hash, sum.rows, sum.weight);
        }
    }

    function _checkWhole(SplitTable calldata table) private pure {
        uint256 rows = table.rows.length;
        uint256 fallbackRows = table.fallbackRows.length;
        uint96 poolWeight = table.poolWeight;
        if (rows == 0 && poolWeight == 0) revert IModelRegistry.EmptySplit();
        if ((fallbackRows == 0) != (poolWeight == 0)) {
            revert IModelRegistry.FallbackAndPoolDisagree(fallbackRows, poolWeight);
        }
        if (rows + fallbackRows > MOST_ROWS) revert IModelRegistry.TooManyRows(rows + fallbackRows, MOST_ROWS);
        _checkRows(table.rows, 0);
        _checkRows(table.fallbackRows, rows);
    }

    /// @param before How many rows stand before these, for the errors.
    function _checkRows(SplitRow[] calldata rows, uint256 before) private pure {
        for (uint256 i = 0; i < rows.length; ++i) {
            if (rows[i].weight == 0) revert IModelRegistry.ZeroWeight(before + i);
            if (rows[i].account == address(0)) revert IModelRegistry.ZeroAccount(before + i);
        }
    }
}
