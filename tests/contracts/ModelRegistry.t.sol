// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IModelAccount} from "../../contracts/interfaces/IModelAccount.sol";
import {IModelRegistry, Parent, Registration, SplitRow} from "../../contracts/interfaces/IModelRegistry.sol";
import {Deployed} from "./support/Deployed.sol";
import {Log} from "./support/Vm.sol";

contract ModelRegistryTest is Deployed {
    function register(Registration memory all) internal returns (bytes32 modelId, address payAddress) {
        vm.prank(creator);
        return registry.register(all);
    }

    function refuse(Registration memory all, bytes memory reason) internal {
        vm.prank(creator);
        vm.expectRevert(reason);
        registry.register(all);
    }

    function rows(uint256 count) internal pure returns (SplitRow[] memory table) {
        table = new SplitRow[](count);
        for (uint256 i = 0; i < count; ++i) {
            table[i] = SplitRow({account: address(uint160(i + 1)), weight: uint96(i + 1), role: "code"});
        }
    }

    function parentsOf(bytes32 first, uint32 share) internal pure returns (Parent[] memory parents) {
        parents = new Parent[](1);
        parents[0] = Parent({modelId: first, share: share});
    }

    // Names

    function test_Registry_HasTheNamesOfItsToken() external view {
        assertEq(registry.name(), "OpenSettle Model", "name");
        assertEq(registry.symbol(), "OSMODEL", "symbol");
        assertEq(registry.vault(), address(vault), "vault");
        assertEq(registry.OWNER(), address(uint160(uint256(keccak256("OpenSettle.OWNER")))), "OWNER");
        assertTrue(registry.supportsInterface(type(IERC721).interfaceId), "ERC-721");
    }

    function test_ModelId_IsTheHashOfCreatorAndSalt(address who, bytes32 salt) external view {
        assertEq(registry.modelIdOf(who, salt), keccak256(abi.encode(who, salt)), "modelId");
    }

    // Registration

    function test_Register_LogsInTheStatedOrder() external {
        (bytes32 parentId,) = registerModel("parent");
        Registration memory all = registration("child");
        all.split = rows(2);
        all.parents = parentsOf(parentId, 250_000);
        all.gateways = new address[](2);
        all.gateways[0] = address(0x11);
        all.gateways[1] = address(0x22);

        vm.recordLogs();
        (bytes32 modelId, address payAddress) = register(all);
        Log[] memory logs = vm.getRecordedLogs();

        assertEq(logs.length, 6, "logs");
        bytes32[6] memory expected = [
            IModelRegistry.ModelRegistered.selector,
            IERC721.Transfer.selector,
            IModelRegistry.SplitSet.selector,
            IModelRegistry.LineageSet.selector,
            IModelRegistry.GatewaySet.selector,
            IModelRegistry.GatewaySet.selector
        ];
        for (uint256 i = 0; i < 6; ++i) {
            assertEq(logs[i].emitter, address(registry), "emitter");
            assertEq(logs[i].topics[0], expected[i], "order");
        }
        assertEq(logs[0].topics[1], modelId, "modelId");
        assertEq(uint256(logs[0].topics[2]), 2, "number");
        assertEq(logs[0].topics[3], bytes32(uint256(uint160(creator))), "creator");
        assertEq(
            keccak256(logs[0].data),
            keccak256(abi.encode(payAddress, NOTICE, all.identityHash, all.metadataHash, all.uri)),
            "registered"
        );
        assertEq(uint256(logs[1].topics[1]), 0, "minted");
        assertEq(logs[1].topics[3], modelId, "token id");
        assertEq(uint256(logs[2].topics[2]), 1, "version");
        assertEq(keccak256(logs[2].data), keccak256(abi.encode(uint64(block.timestamp), all.split)), "rows");
        assertEq(uint256(logs[3].topics[2]), 1, "lineage version");
        assertEq(keccak256(logs[3].data), keccak256(abi.encode(uint64(block.timestamp), all.parents)), "parents");
        assertEq(logs[4].topics[2], bytes32(uint256(0x11)), "first gateway");
        assertEq(logs[5].topics[2], bytes32(uint256(0x22)), "second gateway");
        assertEq(keccak256(logs[5].data), keccak256(abi.encode(true)), "listed");
    }

    function test_Register_LogsAnEmptyLineage() external {
        bytes32 modelId = registry.modelIdOf(creator, "lone");
        vm.expectEmit(address(registry));
        emit IModelRegistry.LineageSet(modelId, 1, uint64(block.timestamp), new Parent[](0));
        registerModel("lone");
    }

    function test_Register_NumbersFromOneAndMintsToTheCreator(bytes32 salt) external {
        assertEq(registry.modelCount(), 0, "none yet");
        (bytes32 first,) = registerModel(salt);
        (bytes32 second,) = registerModel(~salt);
        assertEq(registry.numberOf(first), 1, "first");
        assertEq(registry.numberOf(second), 2, "second");
        assertEq(registry.numberOf(keccak256("unknown")), 0, "unknown");
        assertEq(registry.modelCount(), 2, "count");
        assertEq(registry.ownerOf(uint256(first)), creator, "owner");
        assertEq(registry.tokenURI(uint256(first)), "https://models.example/1.json", "uri");
    }

    function test_Register_DeploysThePayAddressWhereItWasForetold(address who, bytes32 salt) external {
        vm.assume(who != address(0));
        bytes32 modelId = registry.modelIdOf(who, salt);
        address foretold = registry.payAddressOf(modelId);
        assertEq(foretold.code.length, 0, "not there before");

        Registration memory all = registration(salt);
        vm.prank(who);
        (bytes32 given, address payAddress) = registry.register(all);

        assertEq(given, modelId, "modelId");
        assertEq(payAddress, foretold, "pay address");
        assertEq(registry.payAddressOf(modelId), foretold, "same for ever");
        assertEq(IModelAccount(payAddress).vault(), address(vault), "its vault");
    }

    function test_Register_MintsToAContractWithoutCallingIt() external {
        // This test contract has no onERC721Received.
        (bytes32 modelId,) = registry.register(registration("mine"));
        assertEq(registry.ownerOf(uint256(modelId)), address(this), "owner");
    }

    function test_Register_RefusesTheSameModelTwice() external {
        (bytes32 modelId,) = registerModel("same");
        refuse(registration("same"), abi.encodeWithSelector(IModelRegistry.ModelExists.selector, modelId));
    }

    function test_Register_TakesTheSameSaltOfAnotherCreator(address other, bytes32 salt) external {
        vm.assume(other != creator && other != address(0));
        (bytes32 mine,) = registerModel(salt);
        Registration memory all = registration(salt);
        vm.prank(other);
        (bytes32 theirs,) = registry.register(all);
        assertTrue(mine != theirs, "two models");
    }

    function test_Register_RefusesAnEmptySplit() external {
        Registration memory all = registration("a");
        all.split = rows(0);
        refuse(all, abi.encodeWithSelector(IModelRegistry.EmptySplit.selector));
    }

    function test_Register_TakesSixtyFourRowsAndNoMore() external {
        Registration memory all = registration("a");
        all.split = rows(65);
        refuse(all, abi.encodeWithSelector(IModelRegistry.TooManyRows.selector, 65, 64));
        all.split = rows(64);
        register(all);
    }

    function test_Register_RefusesARowWithoutWeight(uint8 at) external {
        Registration memory all = registration("a");
        all.split = rows(64);
        all.split[at % 64].weight = 0;
        refuse(all, abi.encodeWithSelector(IModelRegistry.ZeroWeight.selector, at % 64));
    }

    function test_Register_RefusesARowWithoutAccount(uint8 at) external {
        Registration memory all = registration("a");
        all.split = rows(64);
        all.split[at % 64].account = address(0);
        refuse(all, abi.encodeWithSelector(IModelRegistry.ZeroAccount.selector, at % 64));
    }

    function test_Register_TakesTheOwnerSentinelAsARow() external {
        Registration memory all = registration("a");
        all.split[0].account = registry.OWNER();
        register(all);
    }

    function test_Register_TakesSixteenParentsAndNoMore() external {
        Registration memory all = registration("child");
        all.parents = new Parent[](17);
        for (uint256 i = 0; i < 17; ++i) {
            (bytes32 parentId,) = registerModel(bytes32(i + 1));
            all.parents[i] = Parent({modelId: parentId, share: 1});
        }
        refuse(all, abi.encodeWithSelector(IModelRegistry.TooManyParents.selector, 17, 16));

        Parent[] memory most = new Parent[](16);
        for (uint256 i = 0; i < 16; ++i) most[i] = all.parents[i];
        all.parents = most;
        register(all);
    }

    function test_Register_RefusesAnUnknownParent(bytes32 parentId) external {
        Registration memory all = registration("child");
        all.parents = parentsOf(parentId, 1);
        refuse(all, abi.encodeWithSelector(IModelRegistry.BadParent.selector, parentId));
    }

    function test_Register_RefusesAModelAsItsOwnParent() external {
        bytes32 modelId = registry.modelIdOf(creator, "self");
        Registration memory all = registration("self");
        all.parents = parentsOf(modelId, 1);
        refuse(all, abi.encodeWithSelector(IModelRegistry.BadParent.selector, modelId));
    }

    function test_Register_RefusesAParentTwice() external {
        (bytes32 first,) = registerModel("first");
        (bytes32 second,) = registerModel("second");
        Registration memory all = registration("child");
        all.parents = new Parent[](3);
        all.parents[0] = Parent({modelId: first, share: 1});
        all.parents[1] = Parent({modelId: second, share: 2});
        all.parents[2] = Parent({modelId: first, share: 3});
        refuse(all, abi.encodeWithSelector(IModelRegistry.DuplicateParent.selector, first));
    }

    function test_Register_RefusesAParentWithoutShare() external {
        (bytes32 parentId,) = registerModel("parent");
        Registration memory all = registration("child");
        all.parents = parentsOf(parentId, 0);
        refuse(all, abi.encodeWithSelector(IModelRegistry.ZeroShare.selector, parentId));
    }

    function test_Register_TakesAWholeOfSharesAndNoMore(uint32 first, uint32 second) external {
        (bytes32 a,) = registerModel("a");
        (bytes32 b,) = registerModel("b");
        Registration memory all = registration("child");
        all.parents = new Parent[](2);
        all.parents[0] = Parent({modelId: a, share: uint32(bound(first, 1, 1_000_000))});
        all.parents[1] = Parent({modelId: b, share: uint32(bound(second, 1, type(uint32).max))});
        uint256 sum = uint256(all.parents[0].share) + all.parents[1].share;
        if (sum > 1_000_000) {
            refuse(all, abi.encodeWithSelector(IModelRegistry.SharesExceedWhole.selector, sum));
            all.parents[1].share = 1;
            all.parents[0].share = 999_999;
        }
        register(all);
    }

    function test_Register_RefusesTheZeroGateway() external {
        Registration memory all = registration("a");
        all.gateways = new address[](1);
        refuse(
            all,
            abi.encodeWithSelector(IModelRegistry.ZeroGateway.selector, registry.modelIdOf(creator, "a"))
        );
    }

    // Split versions

    function test_SetSplit_TakesEffectAfterTheNoticePeriod(uint32 notice, uint8 count) external {
        Registration memory all = registration("a");
        all.noticePeriod = notice;
        (bytes32 modelId,) = register(all);
        vm.roll(block.number + 1);
        SplitRow[] memory next = rows(bound(count, 1, 64));

        vm.expectEmit(address(registry));
        emit IModelRegistry.SplitSet(modelId, 2, uint64(block.timestamp) + notice, next);
        vm.prank(creator);
        assertEq(registry.setSplit(modelId, next), 2, "version");
    }

    function test_SetSplit_IsTheOwnersOnly(address other) external {
        vm.assume(other != creator);
        (bytes32 modelId,) = registerModel("a");
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotOwner.selector, modelId, other));
        registry.setSplit(modelId, rows(1));
    }

    function test_SetSplit_RefusesAnUnknownModel(bytes32 modelId) external {
        vm.assume(registry.numberOf(modelId) == 0);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, modelId));
        registry.setSplit(modelId, rows(1));
    }

    function test_SetSplit_ChecksTheRowsAsRegistrationDoes() external {
        (bytes32 modelId,) = registerModel("a");
        vm.startPrank(creator);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.EmptySplit.selector));
        registry.setSplit(modelId, rows(0));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.TooManyRows.selector, 65, 64));
        registry.setSplit(modelId, rows(65));
        SplitRow[] memory bad = rows(2);
        bad[1].weight = 0;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ZeroWeight.selector, 1));
        registry.setSplit(modelId, bad);
        bad[1] = SplitRow({account: address(0), weight: 1, role: ""});
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ZeroAccount.selector, 1));
        registry.setSplit(modelId, bad);
    }

    function test_SetSplit_CancelsAPendingVersionAndUsesTheNextNumber() external {
        (bytes32 modelId,) = registerModel("a");
        vm.startPrank(creator);
        registry.setSplit(modelId, rows(2));
        vm.roll(block.number + 5);
        vm.warp(block.timestamp + NOTICE - 1);

        vm.recordLogs();
        assertEq(registry.setSplit(modelId, rows(3)), 3, "version");
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2, "logs");
        assertEq(logs[0].topics[0], IModelRegistry.SplitCancelled.selector, "cancelled first");
        assertEq(uint256(logs[0].topics[2]), 2, "the pending one");
        assertEq(logs[1].topics[0], IModelRegistry.SplitSet.selector, "then set");
    }

    function test_SetSplit_LeavesAVersionInForceAlone() external {
        (bytes32 modelId,) = registerModel("a");
        vm.startPrank(creator);
        registry.setSplit(modelId, rows(2));
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + NOTICE);

        vm.recordLogs();
        registry.setSplit(modelId, rows(3));
        assertEq(vm.getRecordedLogs().length, 1, "only SplitSet");
    }

    function test_SetSplit_CancelsAVersionOfTheSameBlockEvenWithoutNotice() external {
        Registration memory all = registration("a");
        all.noticePeriod = 0;
        (bytes32 modelId,) = register(all);
        vm.startPrank(creator);
        registry.setSplit(modelId, rows(2));
        vm.expectEmit(address(registry));
        emit IModelRegistry.SplitCancelled(modelId, 2);
        registry.setSplit(modelId, rows(3));
    }

    function test_SetSplit_NeverCancelsTheFirstVersion() external {
        // In the block of the registration, where a later version would still be pending.
        (bytes32 modelId,) = registerModel("a");
        vm.recordLogs();
        vm.prank(creator);
        registry.setSplit(modelId, rows(2));
        assertEq(vm.getRecordedLogs().length, 1, "only SplitSet");
    }

    // Change of hands

    function test_Transfer_CancelsWhatThePreviousOwnerHadAnnounced(uint32 notice, uint32 wait) external {
        Registration memory all = registration("a");
        all.noticePeriod = uint32(bound(notice, 1, type(uint32).max));
        (bytes32 modelId,) = register(all);
        vm.prank(creator);
        registry.setSplit(modelId, rows(2));
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + bound(wait, 0, all.noticePeriod - 1));

        vm.expectEmit(address(registry));
        emit IERC721.Transfer(creator, bob, uint256(modelId));
        vm.expectEmit(address(registry));
        emit IModelRegistry.SplitCancelled(modelId, 2);
        vm.prank(creator);
        registry.transferFrom(creator, bob, uint256(modelId));
    }

    function test_Transfer_CancelsAVersionOfTheSameBlock() external {
        Registration memory all = registration("a");
        all.noticePeriod = 0;
        (bytes32 modelId,) = register(all);
        vm.startPrank(creator);
        registry.setSplit(modelId, rows(2));
        vm.expectEmit(address(registry));
        emit IModelRegistry.SplitCancelled(modelId, 2);
        registry.transferFrom(creator, bob, uint256(modelId));
    }

    function test_Transfer_LeavesAVersionInForceAlone(uint32 notice, uint32 wait) external {
        Registration memory all = registration("a");
        all.noticePeriod = notice;
        (bytes32 modelId,) = register(all);
        vm.prank(creator);
        registry.setSplit(modelId, rows(2));
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + notice + wait);

        vm.recordLogs();
        vm.prank(creator);
        registry.transferFrom(creator, bob, uint256(modelId));
        assertEq(vm.getRecordedLogs().length, 1, "only Transfer");
    }

    function test_Transfer_LeavesTheFirstVersionAlone() external {
        (bytes32 modelId,) = registerModel("a");
        vm.recordLogs();
        vm.prank(creator);
        registry.transferFrom(creator, bob, uint256(modelId));
        assertEq(vm.getRecordedLogs().length, 1, "only Transfer");
    }

    function test_Transfer_CancelsOnceAndTheNumberIsNotUsedAgain() external {
        (bytes32 modelId,) = registerModel("a");
        vm.startPrank(creator);
        registry.setSplit(modelId, rows(2));
        registry.transferFrom(creator, bob, uint256(modelId));
        vm.stopPrank();

        vm.recordLogs();
        vm.startPrank(bob);
        registry.transferFrom(bob, alice, uint256(modelId));
        vm.stopPrank();
        assertEq(vm.getRecordedLogs().length, 1, "nothing left to cancel");
        vm.prank(alice);
        assertEq(registry.setSplit(modelId, rows(1)), 3, "version");
    }

    // Gateways and metadata

    function test_SetGateway_IsLoggedBothWays(address gateway) external {
        vm.assume(gateway != address(0));
        (bytes32 modelId,) = registerModel("a");
        vm.startPrank(creator);
        vm.expectEmit(address(registry));
        emit IModelRegistry.GatewaySet(modelId, gateway, true);
        registry.setGateway(modelId, gateway, true);
        vm.expectEmit(address(registry));
        emit IModelRegistry.GatewaySet(modelId, gateway, false);
        registry.setGateway(modelId, gateway, false);
    }

    function test_SetGateway_IsTheOwnersOnly(address other) external {
        vm.assume(other != bob);
        (bytes32 modelId,) = registerModel("a");
        vm.prank(creator);
        registry.transferFrom(creator, bob, uint256(modelId));
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotOwner.selector, modelId, other));
        registry.setGateway(modelId, alice, true);
        vm.prank(bob);
        registry.setGateway(modelId, alice, true);
    }

    function test_SetGateway_RefusesAnUnknownModel(bytes32 modelId) external {
        vm.assume(registry.numberOf(modelId) == 0);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, modelId));
        registry.setGateway(modelId, alice, true);
    }

    function test_SetGateway_RefusesTheZeroGateway() external {
        (bytes32 modelId,) = registerModel("a");
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ZeroGateway.selector, modelId));
        registry.setGateway(modelId, address(0), true);
    }

    function test_TokenUri_IsRefusedForAnUnknownModel(uint256 tokenId) external {
        vm.assume(registry.numberOf(bytes32(tokenId)) == 0);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, tokenId));
        registry.tokenURI(tokenId);
    }
}
