// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IModelRegistry, Registration, Term} from "../../contracts/interfaces/IModelRegistry.sol";
import {RegistryTest} from "./support/Registrations.sol";

/// @title Royalty and notice
contract ModelRegistryRoyaltyTest is RegistryTest {
    function registerWith(uint32 notice, uint16 royalty) private returns (bytes32 modelId) {
        Registration memory all = registration("with a royalty");
        all.noticePeriod = notice;
        all.royalty = royalty;
        (modelId,) = register(all);
    }

    // What a resale pays

    function testFuzz_RoyaltyInfo_IsRoundedDownAndGoesToThePayAddress(uint16 royalty, uint128 price) external {
        uint16 part = uint16(bound(royalty, 0, 10_000));
        bytes32 modelId = registerWith(NOTICE, part);
        (address receiver, uint256 amount) = registry.royaltyInfo(uint256(modelId), price);
        assertEq(receiver, registry.payAddressOf(modelId), "receiver");
        assertEq(amount, uint256(price) * part / 10_000, "amount");
    }

    function testFuzz_RoyaltyInfo_HasAnAnswerForAnyPrice(uint16 royalty, uint256 price) external {
        uint16 part = uint16(bound(royalty, 0, 10_000));
        bytes32 modelId = registerWith(NOTICE, part);
        (, uint256 amount) = registry.royaltyInfo(uint256(modelId), price);
        // The same in two parts, neither of which overflows.
        assertEq(amount, price / 10_000 * part + price % 10_000 * part / 10_000, "amount");
    }

    function test_RoyaltyInfo_TakesThePriceWholeAtMost() external {
        bytes32 modelId = registerWith(NOTICE, 10_000);
        (, uint256 amount) = registry.royaltyInfo(uint256(modelId), type(uint256).max);
        assertEq(amount, type(uint256).max, "all of it");
    }

    function testFuzz_RoyaltyInfo_IsRefusedForAnUnknownModel(uint256 tokenId) external {
        vm.assume(registry.numberOf(bytes32(tokenId)) == 0);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, tokenId));
        registry.royaltyInfo(tokenId, 1);
    }

    // When a royalty is in force

    function testFuzz_SetRoyalty_IsInForceWhenItsTimeHasCome(uint32 notice, uint32 wait, uint16 royalty) external {
        notice = uint32(bound(notice, 1, 365 days));
        wait = uint32(bound(wait, 0, notice - 1));
        royalty = uint16(bound(royalty, 0, 10_000));
        bytes32 modelId = registerWith(notice, 500);
        pass(1);

        vm.expectEmit(address(registry));
        emit IModelRegistry.RoyaltySet(modelId, 2, timeNow() + notice, royalty);
        vm.prank(creator);
        assertEq(registry.setRoyalty(modelId, royalty), 2, "version");
        assertEq(royaltyOf(modelId), 500, "in the same block");
        pass(wait);
        assertEq(royaltyOf(modelId), 500, "within the notice period");
        pass(notice - wait);
        assertEq(royaltyOf(modelId), royalty, "after it");
    }

    function test_SetRoyalty_WithoutNoticeIsInForceFromTheNextBlockOn() external {
        bytes32 modelId = registerWith(0, 500);
        set(creator, modelId, Term.Royalty, 700);
        assertEq(royaltyOf(modelId), 500, "in the same block");
        // Some chains have several blocks in one second.
        pass(0);
        assertEq(royaltyOf(modelId), 700, "in the next one");
    }

    function test_TheFirstRoyalty_IsInForceInTheBlockOfTheRegistration() external {
        assertEq(royaltyOf(registerWith(NOTICE, 250)), 250, "at once");
    }

    function test_SetRoyalty_ThatReplacesAPendingOneLeavesTheOldInForce() external {
        bytes32 modelId = registerWith(NOTICE, 500);
        set(creator, modelId, Term.Royalty, 700);
        pass(NOTICE - 1);
        set(creator, modelId, Term.Royalty, 900);
        pass(1);
        assertEq(royaltyOf(modelId), 500, "700 was cancelled");
        pass(NOTICE - 1);
        assertEq(royaltyOf(modelId), 900, "the last one");
    }

    function test_SetRoyalty_AfterOneInForceKeepsThatOneUntilItsTime() external {
        bytes32 modelId = registerWith(NOTICE, 500);
        set(creator, modelId, Term.Royalty, 700);
        pass(NOTICE);
        set(creator, modelId, Term.Royalty, 900);
        assertEq(royaltyOf(modelId), 700, "still");
        pass(NOTICE);
        assertEq(royaltyOf(modelId), 900, "then");
    }

    function test_ACancelledRoyalty_IsNeverInForce() external {
        bytes32 modelId = registerWith(NOTICE, 500);
        set(creator, modelId, Term.Royalty, 700);
        sell(modelId, creator, bob);
        pass(NOTICE);
        assertEq(royaltyOf(modelId), 500, "not the seller's");
        set(bob, modelId, Term.Royalty, 900);
        assertEq(royaltyOf(modelId), 500, "until the buyer's");
        pass(NOTICE);
        assertEq(royaltyOf(modelId), 900, "the buyer's");
    }

    function test_AConfirmedRoyalty_IsInForceWhenItWouldHaveBeen() external {
        bytes32 modelId = registerWith(NOTICE, 500);
        set(creator, modelId, Term.Royalty, 700);
        sell(modelId, creator, bob);
        pass(1 days);
        confirm(bob, modelId, Term.Royalty, 700);
        pass(NOTICE - 1 days - 1);
        assertEq(royaltyOf(modelId), 500, "not yet");
        pass(1);
        assertEq(royaltyOf(modelId), 700, "now");
    }

    function testFuzz_SetRoyalty_RefusesMoreThanThePrice(uint16 royalty) external {
        royalty = uint16(bound(royalty, 10_001, type(uint16).max));
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.RoyaltyExceedsWhole.selector, royalty));
        registry.setRoyalty(parent, royalty);
    }

    // Notice

    function testFuzz_RaiseNotice_OnlyRaises(uint32 before, uint32 next) external {
        before = uint32(bound(before, 0, 365 days));
        bytes32 modelId = registerWith(before, 0);
        vm.startPrank(creator);
        if (next > 365 days) {
            vm.expectRevert(
                abi.encodeWithSelector(IModelRegistry.NoticeTooLong.selector, next, uint32(365 days))
            );
            registry.raiseNotice(modelId, next);
        } else if (next <= before) {
            vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NoticeNotRaised.selector, next, before));
            registry.raiseNotice(modelId, next);
        } else {
            vm.expectEmit(address(registry));
            emit IModelRegistry.NoticeRaised(modelId, next);
            registry.raiseNotice(modelId, next);
        }
        assertEq(
            registry.noticePeriodOf(modelId), next > 365 days ? before : Math.max(next, before), "notice"
        );
    }

    function test_RaiseNotice_UpToAYear() external {
        vm.startPrank(creator);
        registry.raiseNotice(parent, 365 days);
        assertEq(registry.noticePeriodOf(parent), 365 days, "notice");
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.NoticeNotRaised.selector, uint32(365 days), uint32(365 days))
        );
        registry.raiseNotice(parent, 365 days);
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.NoticeTooLong.selector, uint32(365 days + 1), uint32(365 days))
        );
        registry.raiseNotice(parent, 365 days + 1);
    }

    function test_RaiseNotice_CountsForLaterVersionsOnly() external {
        bytes32 modelId = registerWith(NOTICE, 500);
        uint256 time = timeNow() + NOTICE;
        for (uint8 term = 0; term < 3; ++term) set(creator, modelId, Term(term), 1);
        vm.prank(creator);
        registry.raiseNotice(modelId, 30 days);
        for (uint8 term = 0; term < 3; ++term) assertVersion(modelId, Term(term), 2, time);
        set(creator, modelId, Term.Royalty, 2);
        assertVersion(modelId, Term.Royalty, 3, timeNow() + 30 days);
    }
}
