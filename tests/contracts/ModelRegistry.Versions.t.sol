// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IModelRegistry, Term} from "../../contracts/interfaces/IModelRegistry.sol";
import {RegistryTest} from "./support/Registrations.sol";
import {Log} from "./support/Vm.sol";

/// @title Versions of a model's terms: the same for all three kinds
contract ModelRegistryVersionsTest is RegistryTest {
    function kind(uint8 number) private pure returns (Term) {
        return Term(number % 3);
    }

    function contentOf(uint16 number) private pure returns (uint256) {
        return bound(number, 0, MOST_CONTENT);
    }

    // Set

    function testFuzz_Set_TakesEffectAfterTheNoticePeriod(uint8 which, uint32 notice, uint32 wait, uint16 number)
        external
    {
        Term term = kind(which);
        notice = uint32(bound(notice, 1, 365 days));
        bytes32 modelId = registerWithNotice(notice);
        pass(5);
        uint256 time = timeNow() + notice;

        vm.recordLogs();
        assertEq(set(creator, modelId, term, contentOf(number)), 2, "version");
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "logs");
        assertSet(logs[0], modelId, term, 2, time, contentOf(number));
        assertVersion(modelId, term, 2, time);
        pass(bound(wait, 0, notice - 1));
        assertVersion(modelId, term, 2, time);
        vm.warp(time);
        assertVersion(modelId, term, 2, 0);
    }

    function testFuzz_Set_WithoutNoticeIsPendingInItsOwnBlockOnly(uint8 which) external {
        bytes32 modelId = registerWithNotice(0);
        set(creator, modelId, kind(which), 1);
        assertVersion(modelId, kind(which), 2, timeNow());
        pass(0);
        assertVersion(modelId, kind(which), 2, 0);
    }

    function testFuzz_Set_CancelsWhatIsPendingAndUsesTheNextNumber(uint8 which, uint32 wait) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, term, 1);
        pass(bound(wait, 0, NOTICE - 1));

        vm.recordLogs();
        assertEq(set(creator, modelId, term, 2), 3, "version");
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2, "logs");
        assertCancelled(logs[0], modelId, term, 2);
        assertSet(logs[1], modelId, term, 3, timeNow() + NOTICE, 2);
    }

    function testFuzz_Set_CancelsAVersionOfTheSameBlockEvenWithoutNotice(uint8 which) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(0);
        set(creator, modelId, term, 1);
        vm.recordLogs();
        set(creator, modelId, term, 1);
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2, "logs");
        assertCancelled(logs[0], modelId, term, 2);
        assertSet(logs[1], modelId, term, 3, timeNow(), 1);
    }

    function testFuzz_Set_LeavesAVersionInForceAlone(uint8 which, uint32 notice, uint32 wait) external {
        Term term = kind(which);
        notice = uint32(bound(notice, 0, 365 days));
        bytes32 modelId = registerWithNotice(notice);
        set(creator, modelId, term, 1);
        pass(uint256(notice) + wait);

        vm.recordLogs();
        set(creator, modelId, term, 2);
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "only the new one");
        assertSet(logs[0], modelId, term, 3, timeNow() + notice, 2);
    }

    function test_Set_NeverCancelsTheFirstVersion() external {
        // In the block of the registration, where a later version would still be pending.
        bytes32 modelId = registerWithNotice(0);
        for (uint8 term = 0; term < 3; ++term) {
            vm.recordLogs();
            set(creator, modelId, Term(term), 1);
            Log[] memory logs = vm.getRecordedLogs();
            assertEq(logs.length, 1, "only the new one");
            assertSet(logs[0], modelId, Term(term), 2, timeNow(), 1);
        }
    }

    function test_Set_OfOneKindLeavesTheOthersAlone() external {
        bytes32 modelId = registerWithNotice(NOTICE);
        uint256 time = timeNow() + NOTICE;
        set(creator, modelId, Term.Split, 1);
        assertVersion(modelId, Term.Lineage, 1, 0);
        set(creator, modelId, Term.Lineage, 1);
        assertVersion(modelId, Term.Royalty, 1, 0);
        pass(1 days);
        set(creator, modelId, Term.Royalty, 1);
        assertVersion(modelId, Term.Split, 2, time);
        assertVersion(modelId, Term.Lineage, 2, time);
        assertVersion(modelId, Term.Royalty, 2, time + 1 days);
    }

    function test_Set_OfOneModelLeavesTheOthersAlone() external {
        bytes32 modelId = registerWithNotice(NOTICE);
        (bytes32 other,) = registerModel("other");
        for (uint8 term = 0; term < 3; ++term) {
            set(creator, modelId, Term(term), 1);
            assertVersion(other, Term(term), 1, 0);
        }
    }

    // Confirm

    function testFuzz_Confirm_SetsTheSameAgainForTheTimeThatItHad(uint8 which, uint32 wait, uint16 number) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        uint256 time = timeNow() + NOTICE;
        set(creator, modelId, term, contentOf(number));
        sell(modelId, creator, bob);
        pass(bound(wait, 0, NOTICE));
        uint256 effectiveAt = time;

        vm.recordLogs();
        assertEq(confirm(bob, modelId, term, contentOf(number)), 3, "version");
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "logs");
        assertSet(logs[0], modelId, term, 3, effectiveAt, contentOf(number));
        assertVersion(modelId, term, 3, effectiveAt);
        vm.roll(blockNow() + 1);
        vm.warp(effectiveAt);
        assertVersion(modelId, term, 3, 0);
    }

    function testFuzz_Confirm_RefusesAnotherContent(uint8 which, uint16 number, uint16 other) external {
        Term term = kind(which);
        vm.assume(contentOf(number) != contentOf(other));
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, term, contentOf(number));
        sell(modelId, creator, bob);
        mustRefuse(bob, confirmCall(modelId, term, contentOf(other)), nothingToConfirm(modelId, term));
        confirm(bob, modelId, term, contentOf(number));
    }

    function testFuzz_Confirm_OfOneKindTakesNothingOfAnother(uint8 which) external {
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, kind(which), 1);
        sell(modelId, creator, bob);
        for (uint8 term = 0; term < 3; ++term) {
            if (Term(term) == kind(which)) continue;
            mustRefuse(bob, confirmCall(modelId, Term(term), 1), nothingToConfirm(modelId, Term(term)));
        }
        assertEq(confirm(bob, modelId, kind(which), 1), 3, "version");
    }

    function testFuzz_Confirm_NeedsATransfer(uint8 which) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        bytes memory nothing = nothingToConfirm(modelId, term);
        mustRefuse(creator, confirmCall(modelId, term, 0), nothing);
        // Pending, and not cancelled.
        set(creator, modelId, term, 1);
        mustRefuse(creator, confirmCall(modelId, term, 1), nothing);
        // Cancelled by the owner.
        set(creator, modelId, term, 2);
        mustRefuse(creator, confirmCall(modelId, term, 1), nothing);
        // In force.
        pass(NOTICE);
        mustRefuse(creator, confirmCall(modelId, term, 2), nothing);
        // In force when it was sold.
        sell(modelId, creator, bob);
        mustRefuse(bob, confirmCall(modelId, term, 2), nothing);
    }

    function testFuzz_Confirm_WorksOnce(uint8 which) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, term, 1);
        sell(modelId, creator, bob);
        confirm(bob, modelId, term, 1);
        mustRefuse(bob, confirmCall(modelId, term, 1), nothingToConfirm(modelId, term));
    }

    function testFuzz_Confirm_IsEndedByAnotherTransfer(uint8 which) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, term, 1);
        sell(modelId, creator, bob);
        vm.recordLogs();
        sell(modelId, bob, alice);
        assertEq(vm.getRecordedLogs().length, 1, "nothing to cancel twice");
        mustRefuse(alice, confirmCall(modelId, term, 1), nothingToConfirm(modelId, term));
        // Not even by those who could have before.
        sell(modelId, alice, bob);
        mustRefuse(bob, confirmCall(modelId, term, 1), nothingToConfirm(modelId, term));
        assertEq(set(bob, modelId, term, 1), 3, "the number is not used again");
    }

    function testFuzz_Confirm_IsEndedByANewVersion(uint8 which) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, term, 1);
        sell(modelId, creator, bob);
        vm.recordLogs();
        assertEq(set(bob, modelId, term, 2), 3, "version");
        assertEq(vm.getRecordedLogs().length, 1, "nothing to cancel twice");
        mustRefuse(bob, confirmCall(modelId, term, 1), nothingToConfirm(modelId, term));
        mustRefuse(bob, confirmCall(modelId, term, 2), nothingToConfirm(modelId, term));
    }

    function testFuzz_Confirm_IsNotEndedByAnotherKindOrModel(uint8 which) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        (bytes32 other,) = registerModel("other");
        set(creator, modelId, term, 1);
        set(creator, other, term, 1);
        sell(modelId, creator, bob);
        sell(other, creator, bob);
        sell(other, bob, alice);
        set(bob, modelId, kind(which % 3 + 1), 1);
        set(bob, modelId, kind(which % 3 + 2), 1);
        assertEq(confirm(bob, modelId, term, 1), 3, "version");
    }

    function testFuzz_AConfirmedVersion_IsPendingLikeAnyOther(uint8 which) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, term, 1);
        sell(modelId, creator, bob);
        confirm(bob, modelId, term, 1);
        vm.recordLogs();
        sell(modelId, bob, alice);
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2, "logs");
        assertCancelled(logs[1], modelId, term, 3);
        assertEq(confirm(alice, modelId, term, 1), 4, "and confirmed again");
    }

    function testFuzz_Confirm_IsTooLateAfterItsTime(uint8 which, uint32 wait) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, term, 1);
        sell(modelId, creator, bob);
        pass(bound(wait, NOTICE + 1, 1_000 * NOTICE));
        mustRefuse(bob, confirmCall(modelId, term, 1), nothingToConfirm(modelId, term));
    }

    function testFuzz_AVersionConfirmedAtItsTime_IsInForceFromTheNextBlockOn(uint8 which) external {
        Term term = kind(which);
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, term, 1);
        sell(modelId, creator, bob);
        pass(NOTICE);
        confirm(bob, modelId, term, 1);
        assertVersion(modelId, term, 3, timeNow());
        pass(0);
        assertVersion(modelId, term, 3, 0);
    }

    // Freeze

    function test_Freeze_CancelsEverythingThatIsPending() external {
        bytes32 modelId = registerWithNotice(NOTICE);
        for (uint8 term = 0; term < 3; ++term) set(creator, modelId, Term(term), 1);
        pass(1);
        vm.recordLogs();
        vm.prank(creator);
        registry.freeze(modelId);
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 4, "logs");
        for (uint8 term = 0; term < 3; ++term) {
            assertCancelled(logs[term], modelId, Term(term), 2);
            assertVersion(modelId, Term(term), 2, 0);
        }
        assertEq(logs[3].topics[0], IModelRegistry.Frozen.selector, "frozen");
        assertEq(logs[3].topics[1], modelId, "model");
        assertTrue(registry.isFrozen(modelId), "frozen");
        pass(NOTICE);
        assertEq(royaltyOf(modelId), 500, "royalty");
    }

    function test_Freeze_LeavesWhatIsInForceAlone() external {
        bytes32 modelId = registerWithNotice(NOTICE);
        set(creator, modelId, Term.Royalty, 700);
        pass(NOTICE);
        vm.recordLogs();
        vm.prank(creator);
        registry.freeze(modelId);
        assertEq(vm.getRecordedLogs().length, 1, "only Frozen");
        assertEq(royaltyOf(modelId), 700, "royalty");
        assertTrue(!registry.isFrozen(parent), "no other model");
    }

    function test_AFrozenModel_RefusesItsTermsAndNothingElse() external {
        bytes32 modelId = registerWithNotice(NOTICE);
        vm.prank(creator);
        registry.freeze(modelId);
        bytes[] memory calls = ownerCalls(modelId);
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.ModelFrozen.selector, modelId);
        for (uint256 i = 0; i < calls.length; ++i) {
            if (i < TERM_CALLS) mustRefuse(creator, calls[i], reason);
            else mustCall(creator, calls[i]);
        }
    }

    function test_AFrozenModel_CanBeSoldAndStaysFrozen() external {
        bytes32 modelId = registerWithNotice(NOTICE);
        for (uint8 term = 0; term < 3; ++term) set(creator, modelId, Term(term), 1);
        vm.prank(creator);
        registry.freeze(modelId);
        vm.recordLogs();
        sell(modelId, creator, bob);
        assertEq(vm.getRecordedLogs().length, 1, "only Transfer");
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.ModelFrozen.selector, modelId);
        for (uint8 term = 0; term < 3; ++term) {
            mustRefuse(bob, confirmCall(modelId, Term(term), 1), reason);
            mustRefuse(bob, setCall(modelId, Term(term), 1), reason);
        }
    }

    function test_Freeze_EndsWhatCouldBeConfirmed() external {
        bytes32 modelId = registerWithNotice(NOTICE);
        for (uint8 term = 0; term < 3; ++term) set(creator, modelId, Term(term), 1);
        sell(modelId, creator, bob);
        vm.recordLogs();
        vm.prank(bob);
        registry.freeze(modelId);
        assertEq(vm.getRecordedLogs().length, 1, "nothing to cancel twice");
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.ModelFrozen.selector, modelId);
        for (uint8 term = 0; term < 3; ++term) mustRefuse(bob, confirmCall(modelId, Term(term), 1), reason);
    }
}
