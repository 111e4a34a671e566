// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    IModelRegistry,
    Registration,
    SplitRow,
    SplitTable,
    TableCommitment,
    Term
} from "../../contracts/interfaces/IModelRegistry.sol";
import {RegistryTest} from "./support/Registrations.sol";
import {Log} from "./support/Vm.sol";

/// @dev What is refused is refused at registration and as a later version, for the same reason.
contract ModelRegistryTablesTest is RegistryTest {
    function refuse(SplitTable memory table, bytes memory reason) private {
        Registration memory all = registration("with a table");
        all.split = table;
        refuseRegistration(all, reason);
        mustRefuse(creator, abi.encodeCall(IModelRegistry.setSplit, (parent, table)), reason);
    }

    /// @dev Taken both times, and what is logged is what was given.
    function take(SplitTable memory table) private {
        Registration memory all = registration("with a table");
        all.split = table;
        vm.recordLogs();
        register(all);
        assertTable(vm.getRecordedLogs()[2], timeNow(), table);

        vm.recordLogs();
        mustCall(creator, abi.encodeCall(IModelRegistry.setSplit, (parent, table)));
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "one log");
        assertEq(uint256(logs[0].topics[2]), 2, "version");
        assertTable(logs[0], timeNow() + NOTICE, table);
    }

    function assertTable(Log memory log, uint64 effectiveAt, SplitTable memory table) private pure {
        TableCommitment memory sum = table.committed;
        bool isWhole = sum.hash == 0;
        assertEq(
            log.topics[0],
            isWhole ? IModelRegistry.SplitSet.selector : IModelRegistry.SplitCommitted.selector,
            "event"
        );
        bytes memory data = isWhole
            ? abi.encode(effectiveAt, table.rows, table.poolWeight, table.fallbackRows)
            : abi.encode(effectiveAt, sum.hash, sum.rows, sum.weight, sum.uri);
        assertEq(keccak256(log.data), keccak256(data), "content");
    }

    // Whole tables

    function testFuzz_AWholeTable_IsTakenWithRowsOrAPoolOrBoth(uint8 count, uint96 pool, uint8 fallbackCount) external {
        uint256 rowCount = bound(count, 0, 63);
        if (rowCount == 0 && pool == 0) pool = 1;
        if (pool == 0) take(pooled(rowCount, 0, 0));
        else take(pooled(rowCount, pool, bound(fallbackCount, 1, 64 - rowCount)));
    }

    function test_AWholeTable_TakesTheLargestWeights() external {
        SplitTable memory table = pooled(2, type(uint96).max, 2);
        for (uint256 i = 0; i < 2; ++i) {
            table.rows[i].weight = type(uint96).max;
            table.fallbackRows[i].weight = type(uint96).max;
        }
        take(table);
    }

    function test_AWholeTable_TakesTheOwnerSentinelInBothKindsOfRows() external {
        SplitTable memory table = pooled(2, 1, 2);
        table.rows[1].account = registry.OWNER();
        table.fallbackRows[0].account = registry.OWNER();
        take(table);
    }

    function test_AWholeTable_TakesAnAccountTwice() external {
        SplitTable memory table = whole(2);
        table.rows[1] = table.rows[0];
        table.rows[1].role = "data";
        take(table);
    }

    function test_AnEmptyTable_IsRefused() external {
        refuse(whole(0), abi.encodeWithSelector(IModelRegistry.EmptySplit.selector));
    }

    function test_ATableOfFallbackRowsAlone_IsRefused() external {
        refuse(pooled(0, 0, 1), abi.encodeWithSelector(IModelRegistry.EmptySplit.selector));
    }

    function testFuzz_FallbackRowsWithoutAPool_AreRefused(uint8 count) external {
        uint256 fallbackCount = bound(count, 1, 63);
        refuse(
            pooled(1, 0, fallbackCount),
            abi.encodeWithSelector(IModelRegistry.FallbackAndPoolDisagree.selector, fallbackCount, 0)
        );
    }

    function testFuzz_APoolWithoutFallbackRows_IsRefused(uint96 weight) external {
        vm.assume(weight != 0);
        refuse(
            pooled(1, weight, 0), abi.encodeWithSelector(IModelRegistry.FallbackAndPoolDisagree.selector, 0, weight)
        );
        refuse(
            pooled(0, weight, 0), abi.encodeWithSelector(IModelRegistry.FallbackAndPoolDisagree.selector, 0, weight)
        );
    }

    function test_SixtyFourRows_AreTakenAndNoMore() external {
        refuse(whole(65), abi.encodeWithSelector(IModelRegistry.TooManyRows.selector, 65, 64));
        take(whole(64));
    }

    function testFuzz_FallbackRows_CountToo(uint8 count) external {
        uint256 rowCount = bound(count, 0, 64);
        refuse(
            pooled(rowCount, 1, 65 - rowCount), abi.encodeWithSelector(IModelRegistry.TooManyRows.selector, 65, 64)
        );
        if (rowCount != 64) take(pooled(rowCount, 1, 64 - rowCount));
    }

    function testFuzz_ARowWithoutWeight_IsRefused(uint8 at, uint8 count) external {
        (SplitTable memory table, SplitRow memory row, uint256 index) = pick(at, count);
        row.weight = 0;
        refuse(table, abi.encodeWithSelector(IModelRegistry.ZeroWeight.selector, index));
    }

    function testFuzz_ARowWithoutAccount_IsRefused(uint8 at, uint8 count) external {
        (SplitTable memory table, SplitRow memory row, uint256 index) = pick(at, count);
        row.account = address(0);
        refuse(table, abi.encodeWithSelector(IModelRegistry.ZeroAccount.selector, index));
    }

    /// @dev A full table, and one of its rows, counted with the fallback rows after the others.
    function pick(uint8 at, uint8 count)
        private
        pure
        returns (SplitTable memory table, SplitRow memory row, uint256 index)
    {
        uint256 rowCount = bound(count, 0, 63);
        table = pooled(rowCount, 5, 64 - rowCount);
        index = at % 64;
        row = index < rowCount ? table.rows[index] : table.fallbackRows[index - rowCount];
    }

    // Committed tables

    function testFuzz_ACommittedTable_IsTaken(bytes32 hash, uint32 count, uint128 weight) external {
        vm.assume(hash != 0 && count != 0 && weight != 0);
        take(committed(hash, count, weight));
    }

    function testFuzz_ACommittedTable_NamesARowAndAWeight(bytes32 hash, uint32 count, uint128 weight) external {
        vm.assume(hash != 0);
        refuseCommitment(committed(hash, 0, weight));
        refuseCommitment(committed(hash, count, 0));
    }

    function testFuzz_ACommittedTable_ComesWithoutRowsAndPool(bytes32 hash, uint32 count, uint128 weight) external {
        vm.assume(hash != 0 && count != 0 && weight != 0);
        SplitTable memory table = committed(hash, count, weight);
        table.rows = rows(1);
        refuseCommitment(table);
        table = committed(hash, count, weight);
        table.poolWeight = 1;
        refuseCommitment(table);
        table = committed(hash, count, weight);
        table.fallbackRows = rows(1);
        refuseCommitment(table);
    }

    function refuseCommitment(SplitTable memory table) private {
        TableCommitment memory sum = table.committed;
        refuse(
            table, abi.encodeWithSelector(IModelRegistry.BadCommitment.selector, sum.hash, sum.rows, sum.weight)
        );
    }

    function test_ACommittedTable_CanBeConfirmedAndOnlyItself() external {
        SplitTable memory table = committed(keccak256("table"), 1_000, 5_000);
        mustCall(creator, abi.encodeCall(IModelRegistry.setSplit, (parent, table)));
        uint256 time = timeNow() + NOTICE;
        sell(parent, creator, bob);
        table.committed.weight = 5_001;
        vm.prank(bob);
        vm.expectRevert(nothingToConfirm(parent, Term.Split));
        registry.confirmSplit(parent, table);

        table.committed.weight = 5_000;
        vm.expectEmit(address(registry));
        emit IModelRegistry.SplitCommitted(
            parent, 3, uint64(time), keccak256("table"), 1_000, 5_000, "https://tables.example/1.json"
        );
        vm.prank(bob);
        assertEq(registry.confirmSplit(parent, table), 3, "version");
    }
}
