// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IModelRegistry, Permission, Registration, Term} from "../../contracts/interfaces/IModelRegistry.sol";
import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {RegistryTest} from "./support/Registrations.sol";

/// @title ERC-5646
contract ModelRegistryFingerprintTest is RegistryTest {
    mapping(bytes32 fingerprint => bool) private seen;

    /// @dev A model with a parent to name.
    bytes32 private child;

    function setUp() public override {
        super.setUp();
        (child,) = registerModel("child");
    }

    function fingerprint(bytes32 modelId) private view returns (bytes32) {
        return registry.getStateFingerprint(uint256(modelId));
    }

    /// @dev Another value than any before.
    function assertNew(bytes32 modelId, string memory what) private {
        bytes32 now_ = fingerprint(modelId);
        assertTrue(!seen[now_], what);
        seen[now_] = true;
    }

    function testFuzz_Fingerprint_IsRefusedForAnUnknownModel(uint256 tokenId) external {
        vm.assume(registry.numberOf(bytes32(tokenId)) == 0);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, tokenId));
        registry.getStateFingerprint(tokenId);
    }

    function test_Fingerprint_ChangesWithEveryCallOfTheOwner() external {
        for (uint8 term = 0; term < 3; ++term) set(creator, child, Term(term), 77);
        sell(child, creator, bob);
        assertNew(child, "sold");
        bytes[] memory calls = ownerCallsThatWork();
        for (uint256 i = 0; i < calls.length; ++i) {
            mustCall(bob, calls[i]);
            assertNew(child, "called");
        }
    }

    /// @dev Even where they say what was said already.
    function test_Fingerprint_ChangesWithTheSameCallAgain() external {
        bytes[] memory calls = ownerCalls(child);
        assertNew(child, "at first");
        for (uint256 i = 7; i < 11; ++i) {
            for (uint256 j = 0; j < 2; ++j) {
                mustCall(creator, calls[i]);
                assertNew(child, "called");
            }
        }
        vm.startPrank(creator);
        for (uint256 i = 0; i < 2; ++i) {
            registry.setPermission(child, alice, "train", Permission.Allowed, 0, 0, "");
            assertNew(child, "set");
            registry.setPermission(child, alice, "train", Permission.Unset, 0, 0, "");
            assertNew(child, "unset");
        }
    }

    function ownerCallsThatWork() private view returns (bytes[] memory calls) {
        bytes[] memory all = ownerCalls(child);
        uint8[12] memory order = [3, 4, 5, 0, 1, 2, 7, 8, 9, 10, 11, 6];
        calls = new bytes[](12);
        for (uint256 i = 0; i < 12; ++i) calls[i] = all[order[i]];
    }

    function testFuzz_Fingerprint_ChangesWhenAPendingVersionComesIntoForce(uint8 which, uint32 notice, uint32 wait)
        external
    {
        notice = uint32(bound(notice, 1, 365 days));
        bytes32 modelId = registerWithNotice(notice);
        assertNew(modelId, "at first");
        set(creator, modelId, Term(which % 3), 1);
        bytes32 pending = fingerprint(modelId);
        assertNew(modelId, "set");
        pass(bound(wait, 0, notice - 1));
        assertEq(fingerprint(modelId), pending, "pending");
        vm.warp(1_800_000_000 + uint256(notice));
        bytes32 inForce = fingerprint(modelId);
        assertNew(modelId, "in force");
        pass(wait);
        assertEq(fingerprint(modelId), inForce, "still in force");
    }

    function testFuzz_Fingerprint_ChangesInTheNextBlockWhereThereIsNoNotice(uint8 which) external {
        bytes32 modelId = registerWithNotice(0);
        assertNew(modelId, "at first");
        set(creator, modelId, Term(which % 3), 1);
        assertNew(modelId, "set");
        pass(0);
        assertNew(modelId, "in force");
    }

    function test_Fingerprint_TellsWhichKindIsInForce() external {
        bytes32 modelId = registerWithNotice(7 days);
        for (uint8 term = 0; term < 3; ++term) {
            set(creator, modelId, Term(term), 1);
            pass(1 days);
        }
        assertNew(modelId, "all pending");
        vm.warp(1_800_000_000 + 7 days);
        for (uint8 term = 0; term < 3; ++term) {
            assertNew(modelId, "one more in force");
            pass(1 days);
        }
    }

    function testFuzz_Fingerprint_ChangesWhereATransferCancels(uint8 which) external {
        bytes32 modelId = registerWithNotice(NOTICE);
        assertNew(modelId, "at first");
        set(creator, modelId, Term(which % 3), 1);
        assertNew(modelId, "set");
        sell(modelId, creator, bob);
        assertNew(modelId, "cancelled");
    }

    function test_Fingerprint_IsTheSameAfterATransferThatCancelsNothing() external {
        bytes32 modelId = registerWithNotice(NOTICE);
        bytes32 before = fingerprint(modelId);
        sell(modelId, creator, bob);
        assertEq(fingerprint(modelId), before, "first versions");
        for (uint8 term = 0; term < 3; ++term) set(bob, modelId, Term(term), 1);
        pass(NOTICE);
        before = fingerprint(modelId);
        sell(modelId, bob, alice);
        assertEq(fingerprint(modelId), before, "versions in force");
    }

    /// @dev What a buyer looked at is what the buyer gets: a sale by itself changes nothing that the buyer saw.
    function test_Fingerprint_IsTheSameWhateverTimePasses() external {
        bytes32 before = fingerprint(parent);
        pass(1_000 days);
        assertEq(fingerprint(parent), before, "time");
        vm.prank(creator);
        registry.approve(alice, uint256(parent));
        assertEq(fingerprint(parent), before, "an approval");
    }

    function test_Fingerprint_IsTheSameWhateverHappensToAnotherModel() external {
        bytes32 modelId = registerWithNotice(NOTICE);
        bytes32 before = fingerprint(modelId);
        bytes[] memory calls = ownerCallsThatWork();
        for (uint256 i = 3; i < calls.length; ++i) mustCall(creator, calls[i]);
        sell(child, creator, bob);
        assertEq(fingerprint(modelId), before, "another model");
    }

    function test_Fingerprint_IsTheSameAfterARefusal() external {
        bytes32 before = fingerprint(parent);
        mustRefuse(creator, confirmCall(parent, Term.Split, 0), nothingToConfirm(parent, Term.Split));
        mustRefuse(
            creator,
            setCall(parent, Term.Lineage, 1),
            abi.encodeWithSelector(IModelRegistry.BadParent.selector, parent)
        );
        assertEq(fingerprint(parent), before, "refused");
    }

    /// @dev A reorganised chain may bring another registration under the same id.
    function test_Fingerprint_SaysWhatWasRegistered() external {
        for (uint256 i = 0; i < 4; ++i) {
            registry = ModelRegistry(Artifacts.create("ModelRegistry", abi.encode(vault)));
            Registration memory all = registration("same id");
            if (i == 1) all.royalty = 501;
            if (i == 2) all.split.rows[0].weight = 2;
            if (i == 3) all.uri = "https://models.example/2.json";
            (bytes32 modelId,) = register(all);
            assertNew(modelId, "registration");
        }
    }

    /// @dev The same up to there: in one history it came into force, in the other a transfer cancelled it.
    function testFuzz_Fingerprint_TellsACancelledVersionFromOneInForce(uint8 which) external {
        ModelRegistry other = ModelRegistry(Artifacts.create("ModelRegistry", abi.encode(vault)));
        ModelRegistry first = registry;
        bytes32 modelId;
        for (uint256 i = 0; i < 2; ++i) {
            registry = i == 0 ? first : other;
            if (i == 1) (parent,) = registerModel("parent");
            modelId = registerWithNotice(NOTICE);
            set(creator, modelId, Term(which % 3), 1);
        }
        assertEq(fingerprint(modelId), first.getStateFingerprint(uint256(modelId)), "the same so far");
        sell(modelId, creator, bob);
        pass(NOTICE);
        assertTrue(fingerprint(modelId) != first.getStateFingerprint(uint256(modelId)), "two states");
    }

    function test_Fingerprint_TellsWhenANoticePeriodBegan() external {
        ModelRegistry first = registry;
        ModelRegistry other = ModelRegistry(Artifacts.create("ModelRegistry", abi.encode(vault)));
        registerWithNotice(NOTICE);
        registry = other;
        bytes32 modelId = registerWithNotice(NOTICE);
        assertEq(fingerprint(modelId), first.getStateFingerprint(uint256(modelId)), "the same so far");
        set(creator, modelId, Term.Royalty, 1);
        pass(1 days);
        registry = first;
        set(creator, modelId, Term.Royalty, 1);
        assertTrue(fingerprint(modelId) != other.getStateFingerprint(uint256(modelId)), "two times");
    }

    function test_Fingerprint_OfTwoModelsDiffers() external {
        Registration memory all = registration("same salt");
        (bytes32 mine,) = register(all);
        vm.prank(bob);
        (bytes32 theirs,) = registry.register(all);
        assertTrue(fingerprint(mine) != fingerprint(theirs), "two models");
    }
}
