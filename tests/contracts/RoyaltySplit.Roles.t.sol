// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ChangeKind, IRoyaltySplit, Proposal, Signature} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {RoyaltySplit} from "../../contracts/RoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";

/// @title What each role may do alone, and what it may not: cancelling, replacing the guardian, and others' functions
contract RoyaltySplitRolesTest is Deployed {
    bytes32 private constant ROOT = keccak256("root");
    address private constant other = address(0x0DD);

    function notCancellable(ChangeKind kind, address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRoyaltySplit.NotCancellable.selector, kind, who);
    }

    function dataOf(ChangeKind kind) private view returns (bytes memory) {
        if (kind == ChangeKind.Attestors) return abi.encode(attestors(), uint32(1));
        if (kind == ChangeKind.Window) return abi.encode(uint32(2 days));
        if (kind == ChangeKind.Tokens) return abi.encode(uint256(0x20), uint256(0));
        return abi.encode(other);
    }

    function scheduleAll() private {
        for (uint8 i = 0; i < 5; ++i) {
            if (ChangeKind(i) == ChangeKind.Guardian) {
                scheduleGuardian(other);
            } else {
                bytes memory data = dataOf(ChangeKind(i));
                vm.prank(governor);
                vault.schedule(ChangeKind(i), data);
            }
        }
    }

    function isScheduled(ChangeKind kind) private view returns (bool) {
        (bytes32 dataHash, uint64 readyAt) = vault.scheduled(kind);
        assertEq(dataHash != 0, readyAt != 0, "both or none");
        return dataHash != 0;
    }

    // Cancel

    function testFuzz_Guardian_CancelsAllButItsOwnReplacement(uint32 after_) external {
        scheduleAll();
        // Also when it is ready, as long as nobody has carried it out.
        wait(after_);
        for (uint8 i = 0; i < 5; ++i) {
            ChangeKind kind = ChangeKind(i);
            if (kind == ChangeKind.Guardian) {
                vm.expectRevert(notCancellable(kind, guardian));
            } else {
                vm.expectEmit(address(vault));
                emit IRoyaltySplit.ChangeCancelled(kind, guardian);
            }
            vm.prank(guardian);
            vault.cancel(kind);
            assertEq(isScheduled(kind), kind == ChangeKind.Guardian, "what is left");
        }
        wait(2 * WINDOW);
        vault.execute(ChangeKind.Guardian, abi.encode(other));
        assertEq(vault.guardian(), other, "guardian");
    }

    function test_Governor_CancelsEverythingOfItsOwn() external {
        scheduleAll();
        for (uint8 i = 0; i < 5; ++i) {
            ChangeKind kind = ChangeKind(i);
            bytes memory data = dataOf(kind);
            vm.expectEmit(address(vault));
            emit IRoyaltySplit.ChangeCancelled(kind, governor);
            vm.prank(governor);
            vault.cancel(kind);
            assertTrue(!isScheduled(kind), "nothing");
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoChange.selector, kind));
            vault.execute(kind, data);
            vm.prank(governor);
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoChange.selector, kind));
            vault.cancel(kind);
        }
    }

    function testFuzz_Cancel_IsNobodyElses(address who, uint8 which) external {
        vm.assume(who != guardian && who != governor);
        scheduleAll();
        ChangeKind kind = ChangeKind(which % 5);
        vm.prank(who);
        vm.expectRevert(notCancellable(kind, who));
        vault.cancel(kind);
    }

    function test_Guardian_CancelsNothingWhereNothingIsScheduled() external {
        for (uint8 i = 0; i < 5; ++i) {
            ChangeKind kind = ChangeKind(i);
            vm.prank(guardian);
            if (kind == ChangeKind.Guardian) vm.expectRevert(notCancellable(kind, guardian));
            else vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoChange.selector, kind));
            vault.cancel(kind);
        }
    }

    /// @dev A stolen governor's key: whatever it schedules, a guardian that watches takes back.
    function test_StolenGovernorKey_ChangesNothingThatTheGuardianDoesNotLetPass() external {
        address[] memory thief = new address[](1);
        thief[0] = other;
        for (uint256 i = 0; i < 5; ++i) {
            vm.startPrank(governor);
            vault.schedule(ChangeKind.Attestors, abi.encode(thief, uint32(1)));
            vault.schedule(ChangeKind.Governor, abi.encode(other));
            vm.stopPrank();
            wait(2 * WINDOW - 1);
            vm.startPrank(guardian);
            vault.cancel(ChangeKind.Attestors);
            vault.cancel(ChangeKind.Governor);
            vm.stopPrank();
            wait(1);
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoChange.selector, ChangeKind.Attestors));
            vault.execute(ChangeKind.Attestors, abi.encode(thief, uint32(1)));
        }
        assertTrue(!vault.isAttestor(other), "no attestor");
        assertEq(vault.governor(), governor, "governor");
    }

    /// @dev A hostile guardian vetoes and pauses as long as it is the guardian, and cannot hold its place.
    function test_HostileGuardian_IsReplacedWhateverItDoes() external {
        (bytes32 model,) = registerModel("model");
        payDollars(model, 1_000);
        scheduleGuardian(other);
        veto(propose(ROOT, oneTotal(address(dollar), 10)));
        vm.startPrank(guardian);
        vault.pause(7 days);
        vm.expectRevert(notCancellable(ChangeKind.Guardian, guardian));
        vault.cancel(ChangeKind.Guardian);
        vm.stopPrank();
        wait(2 * WINDOW);
        vault.execute(ChangeKind.Guardian, abi.encode(other));
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyGuardian.selector, guardian));
        vault.veto(1, 1);
        vm.prank(other);
        vault.unpause();
        settle(ROOT, oneTotal(address(dollar), 10));
    }

    function test_Guardian_ThatIsTheGovernorTooCancelsItsOwnReplacement() external {
        govern(ChangeKind.Governor, abi.encode(guardian));
        Signature[] memory signed = signaturesOf(guardianDigest(other), 2);
        vm.startPrank(guardian);
        vault.scheduleGuardian(other, signed);
        vault.cancel(ChangeKind.Guardian);
        assertTrue(!isScheduled(ChangeKind.Guardian), "nothing");
    }

    // Another guardian

    function test_ScheduleGuardian_NeedsTheQuorum() external {
        bytes32 digest = guardianDigest(other);
        Signature[] memory signed = signaturesOf(digest, 1);
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotEnoughSignatures.selector, 1, 2));
        vault.scheduleGuardian(other, signed);
        signed = signaturesOf(digest, 2);
        signed[1] = signed[0];
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.scheduleGuardian(other, signed);
        // Signed for another than is named.
        signed = signaturesOf(digest, 2);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.scheduleGuardian(alice, signed);
        assertEq(vault.guardianNonce(), 0, "nothing used up");
        vault.scheduleGuardian(other, signed);
        assertEq(vault.guardianNonce(), 1, "nonce");
    }

    function test_ScheduleGuardian_IsNotForNobody() external {
        Signature[] memory signed = signaturesOf(guardianDigest(address(0)), 2);
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoGuardian.selector));
        vault.scheduleGuardian(address(0), signed);
    }

    /// @dev Nor once the change was cancelled, replaced, or carried out.
    function testFuzz_ScheduleGuardian_TakesTheSameSignaturesOnce(uint8 what) external {
        Signature[] memory signed = signaturesOf(guardianDigest(other), 2);
        vm.prank(governor);
        vault.scheduleGuardian(other, signed);
        if (what % 3 == 0) {
            vm.prank(governor);
            vault.cancel(ChangeKind.Guardian);
        } else if (what % 3 == 1) {
            scheduleGuardian(alice);
        } else {
            wait(2 * WINDOW);
            vault.execute(ChangeKind.Guardian, abi.encode(other));
        }
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.scheduleGuardian(other, signed);
    }

    function test_ScheduleGuardian_TakesNoSignaturesOfAnEarlierSet() external {
        Signature[] memory signed = signaturesOf(guardianDigest(other), 2);
        // The same keys, as another version of the set.
        govern(ChangeKind.Attestors, abi.encode(attestors(), uint32(2)));
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.scheduleGuardian(other, signed);
        scheduleGuardian(other);
    }

    function testFuzz_ScheduleGuardian_TakesNoSignaturesForAnotherChain(uint32 chain) external {
        (,,, uint256 chainId,,,) = vault.eip712Domain();
        vm.assume(chain != 0 && chain != chainId);
        Signature[] memory signed = signaturesOf(guardianDigest(other), 2);
        vm.chainId(chain);
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.scheduleGuardian(other, signed);
    }

    function test_ScheduleGuardian_TakesNoSignaturesForAnotherVault() external {
        RoyaltySplit first = vault;
        Signature[] memory signed = signaturesOf(guardianDigest(other), 2);
        deploy(address(dollar));
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.scheduleGuardian(other, signed);
        first.scheduleGuardian(other, signed);
    }

    /// @dev A proposal's signatures are of another type, and consent to nothing else.
    function test_ScheduleGuardian_TakesNoSignaturesOfAProposal() external {
        Proposal memory proposal = proposalOf(ROOT, oneTotal(address(dollar), 10));
        Signature[] memory signed = signatures(proposal, 2);
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.scheduleGuardian(other, signed);
    }

    /// @dev The attestors' consent to a guardian outlives a change of attestors once it is scheduled.
    function test_ScheduleGuardian_StaysGoodWhenTheAttestorsChange() external {
        scheduleGuardian(other);
        govern(ChangeKind.Attestors, abi.encode(attestors(), uint32(3)));
        vault.execute(ChangeKind.Guardian, abi.encode(other));
        assertEq(vault.guardian(), other, "guardian");
    }

    // Every privileged function, called by every other role

    function test_Privileges_BelongToOneRoleEach() external {
        (bytes32 model, address payAddress) = registerModel("model");
        payDollars(model, 1_000);
        propose(ROOT, oneTotal(address(dollar), 10));
        scheduleAll();
        address[10] memory roles = [
            guardian,
            governor,
            vm.addr(keys[0]),
            creator,
            payer,
            alice,
            address(registry),
            address(rail),
            payAddress,
            address(vault)
        ];
        Signature[] memory signed = signaturesOf(guardianDigest(alice), 2);
        for (uint256 i = 0; i < roles.length; ++i) {
            address who = roles[i];
            bytes memory notGuardian = abi.encodeWithSelector(IRoyaltySplit.OnlyGuardian.selector, who);
            bytes memory notGovernor = abi.encodeWithSelector(IRoyaltySplit.OnlyGovernor.selector, who);
            vm.startPrank(who);
            if (who != guardian) {
                vm.expectRevert(notGuardian);
                vault.veto(1, 0);
                vm.expectRevert(notGuardian);
                vault.pause(1);
                vm.expectRevert(notGuardian);
                vault.unpause();
            }
            if (who != governor) {
                for (uint8 kind = 0; kind < 5; ++kind) {
                    vm.expectRevert(notGovernor);
                    vault.schedule(ChangeKind(kind), abi.encode(who));
                    if (who == guardian && ChangeKind(kind) != ChangeKind.Guardian) continue;
                    vm.expectRevert(notCancellable(ChangeKind(kind), who));
                    vault.cancel(ChangeKind(kind));
                }
                vm.expectRevert(notGovernor);
                vault.scheduleGuardian(alice, signed);
            }
            if (who != address(rail)) {
                vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyRail.selector, who));
                vault.credit(address(dollar), 1);
            }
            vm.stopPrank();
        }
        // And nobody's place gave any of the rest away.
        (uint64 open,,) = vault.openProposal();
        assertEq(open, 1, "the proposal is open");
        for (uint8 kind = 0; kind < 5; ++kind) assertTrue(isScheduled(ChangeKind(kind)), "scheduled");
        assertEq(vault.pausedUntil(), 0, "not paused");
        assertEq(vault.credited(address(dollar)), 1_000, "credited");
    }

    /// @dev A role that was handed on is gone at once, and the new one's whole.
    function test_Privileges_GoWithTheRole() external {
        govern(ChangeKind.Governor, abi.encode(other));
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyGovernor.selector, governor));
        vault.schedule(ChangeKind.Window, abi.encode(WINDOW));
        vm.prank(other);
        vault.schedule(ChangeKind.Window, abi.encode(WINDOW));
        vm.prank(governor);
        vm.expectRevert(notCancellable(ChangeKind.Window, governor));
        vault.cancel(ChangeKind.Window);
        vm.prank(other);
        vault.cancel(ChangeKind.Window);
    }
}
