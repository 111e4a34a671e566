// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IModelRegistry, Permission, Status} from "../../contracts/interfaces/IModelRegistry.sol";
import {RegistryTest} from "./support/Registrations.sol";
import {Log} from "./support/Vm.sol";

/// @title What an owner says of a model: permissions, status, metadata, gateways
contract ModelRegistryPermissionsTest is RegistryTest {
    bytes32 private constant TRAIN = "train";
    bytes32 private constant TERMS = keccak256("terms");
    address private constant ANYBODY = address(0);

    function say(address account, Permission permission, uint64 expires, bytes32 termsHash) private {
        vm.expectEmit(address(registry));
        emit IModelRegistry.PermissionSet(parent, account, TRAIN, permission, expires, termsHash, "https://terms");
        vm.prank(creator);
        registry.setPermission(parent, account, TRAIN, permission, expires, termsHash, "https://terms");
    }

    function assertSays(address account, Permission permission, uint64 expires, bytes32 termsHash) private view {
        (Permission given, uint64 until, bytes32 terms) = registry.permissionOf(parent, account, TRAIN);
        assertEq(uint8(given), uint8(permission), "permission");
        assertEq(until, expires, "expires");
        assertEq(terms, termsHash, "terms");
    }

    function refuse(bytes32 use, Permission permission, uint64 expires, bytes32 termsHash) private {
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadPermission.selector, parent, use));
        registry.setPermission(parent, alice, use, permission, expires, termsHash, "");
    }

    // Permissions

    function testFuzz_APermission_IsWhatWasSaidLast(
        address account,
        uint8 first,
        uint8 second,
        uint32 wait,
        bytes32 termsHash
    ) external {
        vm.assume(termsHash != 0);
        uint64 expires = wait == 0 ? 0 : uint64(timeNow() + wait);
        say(account, Permission(first % 4), 0, TERMS);
        say(account, Permission(second % 4), expires, termsHash);
        if (second % 4 == 0) assertSays(account, Permission.Unset, 0, 0);
        else assertSays(account, Permission(second % 4), expires, termsHash);
    }

    function test_NothingWasSaid_IsUnset() external view {
        assertSays(alice, Permission.Unset, 0, 0);
        assertSays(ANYBODY, Permission.Unset, 0, 0);
    }

    function testFuzz_WhatIsSaidOfAnybody_HoldsForEveryAccount(address account) external {
        say(ANYBODY, Permission.Constrained, 0, TERMS);
        assertSays(account, Permission.Constrained, 0, TERMS);
        (Permission other,,) = registry.permissionOf(parent, account, "resell");
        assertEq(uint8(other), uint8(Permission.Unset), "another use");
        (Permission elsewhere,,) = registry.permissionOf(keccak256("another"), account, TRAIN);
        assertEq(uint8(elsewhere), uint8(Permission.Unset), "another model");
    }

    function test_WhatIsSaidOfTheAccount_CountsBeforeWhatIsSaidOfAnybody() external {
        say(ANYBODY, Permission.NotAllowed, 0, 0);
        say(alice, Permission.Allowed, 0, 0);
        assertSays(alice, Permission.Allowed, 0, 0);
        assertSays(bob, Permission.NotAllowed, 0, 0);
        say(alice, Permission.Unset, 0, 0);
        assertSays(alice, Permission.NotAllowed, 0, 0);
    }

    function testFuzz_APermission_SaysNothingFromItsTimeOn(uint32 wait) external {
        uint64 expires = uint64(timeNow() + bound(wait, 1, type(uint32).max));
        say(ANYBODY, Permission.NotAllowed, expires + 1, 0);
        say(alice, Permission.Allowed, expires, TERMS);
        vm.warp(expires - 1);
        assertSays(alice, Permission.Allowed, expires, TERMS);
        vm.warp(expires);
        assertSays(alice, Permission.NotAllowed, expires + 1, 0);
        vm.warp(expires + 1);
        assertSays(alice, Permission.Unset, 0, 0);
    }

    function test_APermission_WithoutEndHoldsForEver() external {
        say(alice, Permission.Allowed, 0, 0);
        vm.warp(type(uint64).max);
        assertSays(alice, Permission.Allowed, 0, 0);
    }

    function testFuzz_SetPermission_NamesAUse(uint8 permission) external {
        refuse(0, Permission(permission % 4), 0, TERMS);
    }

    function testFuzz_SetPermission_EndsInTheFuture(uint8 permission, uint64 expires) external {
        refuse(TRAIN, Permission(permission % 4), uint64(bound(expires, 1, timeNow())), TERMS);
    }

    function test_SetPermission_OfAConstrainedUseNamesItsTerms() external {
        refuse(TRAIN, Permission.Constrained, 0, 0);
        say(alice, Permission.Constrained, 0, TERMS);
    }

    // Status

    function testFuzz_Status_IsWhatWasSaidLast(uint8 first, uint8 second) external {
        uint8[2] memory said = [first % 4, second % 4];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectEmit(address(registry));
            emit IModelRegistry.StatusSet(parent, Status(said[i]));
            vm.prank(creator);
            registry.setStatus(parent, Status(said[i]));
            assertEq(uint8(registry.statusOf(parent)), said[i], "status");
        }
    }

    // Metadata

    function testFuzz_SetMetadata_ChangesHashAndUriAndTellsMarketplaces(bytes32 hash, string calldata uri) external {
        vm.recordLogs();
        vm.prank(creator);
        registry.setMetadata(parent, hash, uri);
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2, "logs");
        assertEq(logs[0].topics[0], IModelRegistry.MetadataSet.selector, "MetadataSet");
        assertEq(logs[0].topics[1], parent, "model");
        assertEq(keccak256(logs[0].data), keccak256(abi.encode(hash, uri)), "metadata");
        assertEq(logs[1].topics.length, 1, "topics");
        assertEq(logs[1].topics[0], keccak256("MetadataUpdate(uint256)"), "MetadataUpdate");
        assertEq(keccak256(logs[1].data), keccak256(abi.encode(uint256(parent))), "token");
        assertEq(registry.metadataHashOf(parent), hash, "hash");
        assertEq(registry.tokenURI(uint256(parent)), uri, "uri");
        assertEq(registry.identityOf(parent), keccak256("weights"), "the identity stays");
    }

    // Gateways

    function testFuzz_SetGateway_IsLoggedBothWays(address gateway) external {
        vm.assume(gateway != address(0));
        vm.startPrank(creator);
        vm.expectEmit(address(registry));
        emit IModelRegistry.GatewaySet(parent, gateway, true);
        registry.setGateway(parent, gateway, true);
        vm.expectEmit(address(registry));
        emit IModelRegistry.GatewaySet(parent, gateway, false);
        registry.setGateway(parent, gateway, false);
    }

    function test_SetGateway_RefusesTheZeroGateway() external {
        vm.startPrank(creator);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ZeroGateway.selector, parent));
        registry.setGateway(parent, address(0), true);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ZeroGateway.selector, parent));
        registry.setGateway(parent, address(0), false);
    }
}
