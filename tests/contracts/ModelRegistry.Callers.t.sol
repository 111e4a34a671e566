// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IModelRegistry, Registration, Term} from "../../contracts/interfaces/IModelRegistry.sol";
import {RegistryTest} from "./support/Registrations.sol";

/// @title Everything that only the owner may do, tried by everybody else
contract ModelRegistryCallersTest is RegistryTest {
    address private constant gateway = address(0x6A7E);

    bytes32 private modelId;

    /// @dev Sold once, with something that its owner can confirm.
    function setUp() public override {
        super.setUp();
        Registration memory all = registration("sold");
        all.gateways = new address[](1);
        all.gateways[0] = gateway;
        (modelId,) = register(all);
        for (uint8 term = 0; term < 3; ++term) set(creator, modelId, Term(term), 77);
        sell(modelId, creator, bob);
    }

    function refuseAll(address caller) private {
        bytes32 before = registry.getStateFingerprint(uint256(modelId));
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.NotOwner.selector, modelId, caller);
        bytes[] memory calls = ownerCalls(modelId);
        for (uint256 i = 0; i < calls.length; ++i) mustRefuse(caller, calls[i], reason);
        assertEq(registry.getStateFingerprint(uint256(modelId)), before, "changed");
    }

    function test_TheOwner_MayDoAllOfIt() external {
        bytes[] memory calls = ownerCalls(modelId);
        // Confirmed before something else is set, and frozen last.
        for (uint256 i = 3; i < 6; ++i) mustCall(bob, calls[i]);
        for (uint256 i = 0; i < 3; ++i) mustCall(bob, calls[i]);
        for (uint256 i = 7; i < calls.length; ++i) mustCall(bob, calls[i]);
        mustCall(bob, calls[6]);
        for (uint8 term = 0; term < 3; ++term) assertVersion(modelId, Term(term), 4, 0);
    }

    function testFuzz_AStranger_MayDoNothing(address stranger) external {
        vm.assume(stranger != bob);
        refuseAll(stranger);
    }

    function test_TheCreatorThatSold_MayDoNothing() external {
        refuseAll(creator);
    }

    function test_AnOwnerBetweenTwoSales_MayDoNothing() external {
        for (uint8 term = 0; term < 3; ++term) confirm(bob, modelId, Term(term), 77);
        sell(modelId, bob, alice);
        refuseAll(bob);
        refuseAll(creator);
        // What the transfer cancelled is the new owner's to confirm.
        for (uint8 term = 0; term < 3; ++term) confirm(alice, modelId, Term(term), 77);
    }

    function test_AnApprovedOperator_MayMoveTheTokenAndNothingElse() external {
        vm.prank(bob);
        registry.setApprovalForAll(alice, true);
        refuseAll(alice);
        vm.prank(alice);
        registry.transferFrom(bob, alice, uint256(modelId));
        assertEq(registry.modelOwner(modelId), alice, "moved");
    }

    function test_AnApprovedAddress_MayMoveTheTokenAndNothingElse() external {
        vm.prank(bob);
        registry.approve(alice, uint256(modelId));
        refuseAll(alice);
        vm.prank(alice);
        registry.transferFrom(bob, alice, uint256(modelId));
        assertEq(registry.modelOwner(modelId), alice, "moved");
    }

    function test_AGateway_MayDoNothing() external {
        refuseAll(gateway);
    }

    function test_TheVaultAndThePayAddress_MayDoNothing() external {
        refuseAll(vault);
        refuseAll(registry.payAddressOf(modelId));
        refuseAll(address(registry));
    }

    function test_TheOwnerOfAParent_MayDoNothing() external {
        vm.prank(bob);
        registry.setLineage(modelId, parentsOf(parent, 1_000_000));
        assertEq(registry.modelOwner(parent), creator, "owner of the parent");
        refuseAll(creator);
    }

    function testFuzz_AnUnknownModel_IsNobodys(bytes32 unknown, address caller) external {
        vm.assume(registry.numberOf(unknown) == 0);
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, unknown);
        bytes[] memory calls = ownerCalls(unknown);
        for (uint256 i = 0; i < calls.length; ++i) mustRefuse(caller, calls[i], reason);
    }

    function testFuzz_AStranger_CannotMoveTheToken(address stranger) external {
        vm.assume(stranger != bob);
        (bool success,) =
            call(stranger, abi.encodeCall(IERC721.transferFrom, (bob, stranger, uint256(modelId))));
        assertTrue(!success, "moved");
        assertEq(registry.modelOwner(modelId), bob, "owner");
    }
}
