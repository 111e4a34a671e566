// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IModelAccount} from "../../contracts/interfaces/IModelAccount.sol";
import {IModelRegistry, Parent, Registration, Status, Term} from "../../contracts/interfaces/IModelRegistry.sol";
import {ModelAccount} from "../../contracts/ModelAccount.sol";
import {RegistryTest} from "./support/Registrations.sol";
import {Log} from "./support/Vm.sol";

contract ModelRegistryRegistrationTest is RegistryTest {
    // Names

    function test_Registry_HasTheNamesOfItsToken() external view {
        assertEq(registry.name(), "OpenSettle Model", "name");
        assertEq(registry.symbol(), "OSMODEL", "symbol");
        assertEq(registry.vault(), vault, "vault");
        assertEq(registry.OWNER(), address(uint160(uint256(keccak256("OpenSettle.OWNER")))), "OWNER");
        assertEq(registry.MOST_ROWS(), 64, "MOST_ROWS");
        assertEq(registry.MOST_NOTICE(), 365 days, "MOST_NOTICE");
    }

    function test_Registry_NamesTheInterfacesThatItHas() external view {
        bytes4[6] memory ids = [
            bytes4(0x01ffc9a7), // ERC-165
            bytes4(0x80ac58cd), // ERC-721
            bytes4(0x5b5e139f), // ERC-721 Metadata
            bytes4(0x2a55205a), // EIP-2981
            bytes4(0x49064906), // ERC-4906
            bytes4(0xf5112315) // ERC-5646
        ];
        for (uint256 i = 0; i < ids.length; ++i) assertTrue(registry.supportsInterface(ids[i]), "interface");
        assertTrue(!registry.supportsInterface(0xffffffff), "the id that no contract has");
        assertTrue(!registry.supportsInterface(0x780e9d63), "ERC-721 Enumerable");
    }

    function testFuzz_ModelId_IsTheHashOfCreatorAndSalt(address who, bytes32 salt) external view {
        assertEq(registry.modelIdOf(who, salt), keccak256(abi.encode(who, salt)), "modelId");
    }

    function test_AnUnknownModel_HasNothing() external view {
        bytes32 unknown = keccak256("unknown");
        assertEq(registry.numberOf(unknown), 0, "number");
        assertEq(registry.modelOwner(unknown), address(0), "owner");
        assertEq(registry.noticePeriodOf(unknown), 0, "notice");
        assertEq(registry.identityOf(unknown), 0, "identity");
        assertEq(registry.metadataHashOf(unknown), 0, "metadata");
        assertTrue(!registry.isFrozen(unknown), "frozen");
        for (uint8 term = 0; term < 3; ++term) assertVersion(unknown, Term(term), 0, 0);
    }

    function testFuzz_TokenUri_IsRefusedForAnUnknownModel(uint256 tokenId) external {
        vm.assume(registry.numberOf(bytes32(tokenId)) == 0);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, tokenId));
        registry.tokenURI(tokenId);
    }

    // What a registration leaves behind

    function test_Register_LogsInTheStatedOrder() external {
        Registration memory all = registration("child");
        all.split = pooled(2, 7, 3);
        all.parents = parentsOf(parent, 250_000);
        all.gateways = new address[](2);
        all.gateways[0] = address(0x11);
        all.gateways[1] = address(0x22);

        vm.recordLogs();
        (bytes32 modelId, address payAddress) = register(all);
        Log[] memory logs = vm.getRecordedLogs();

        bytes32[7] memory expected = [
            IModelRegistry.ModelRegistered.selector,
            IERC721.Transfer.selector,
            IModelRegistry.SplitSet.selector,
            IModelRegistry.LineageSet.selector,
            IModelRegistry.RoyaltySet.selector,
            IModelRegistry.GatewaySet.selector,
            IModelRegistry.GatewaySet.selector
        ];
        assertEq(logs.length, expected.length, "logs");
        for (uint256 i = 0; i < expected.length; ++i) {
            assertEq(logs[i].emitter, address(registry), "emitter");
            assertEq(logs[i].topics[0], expected[i], "order");
            if (i != 1) assertEq(logs[i].topics[1], modelId, "model");
        }
        assertEq(uint256(logs[0].topics[2]), 2, "number");
        assertEq(logs[0].topics[3], bytes32(uint256(uint160(creator))), "creator");
        assertEq(
            keccak256(logs[0].data),
            keccak256(abi.encode(payAddress, NOTICE, all.identityHash, all.metadataHash, all.uri)),
            "registered"
        );
        assertEq(uint256(logs[1].topics[1]), 0, "minted");
        assertEq(logs[1].topics[2], bytes32(uint256(uint160(creator))), "to the creator");
        assertEq(logs[1].topics[3], modelId, "token id");
        for (uint256 i = 2; i < 5; ++i) assertEq(uint256(logs[i].topics[2]), 1, "version");
        uint64 now_ = timeNow();
        assertEq(
            keccak256(logs[2].data),
            keccak256(abi.encode(now_, all.split.rows, all.split.poolWeight, all.split.fallbackRows)),
            "table"
        );
        assertEq(keccak256(logs[3].data), keccak256(abi.encode(now_, all.parents)), "parents");
        assertEq(keccak256(logs[4].data), keccak256(abi.encode(now_, all.royalty)), "royalty");
        assertEq(logs[5].topics[2], bytes32(uint256(0x11)), "first gateway");
        assertEq(logs[6].topics[2], bytes32(uint256(0x22)), "second gateway");
        assertEq(keccak256(logs[6].data), keccak256(abi.encode(true)), "listed");
    }

    function test_Register_LogsACommittedTableInThePlaceOfAWholeOne() external {
        Registration memory all = registration("large");
        all.split = committed(keccak256("table"), 100_000, 5_000_000);

        vm.recordLogs();
        (bytes32 modelId,) = register(all);
        Log[] memory logs = vm.getRecordedLogs();

        assertEq(logs.length, 5, "logs");
        assertEq(logs[2].topics[0], IModelRegistry.SplitCommitted.selector, "committed");
        assertEq(logs[2].topics[1], modelId, "model");
        assertEq(uint256(logs[2].topics[2]), 1, "version");
        assertEq(
            keccak256(logs[2].data),
            keccak256(
                abi.encode(
                    timeNow(),
                    keccak256("table"),
                    uint32(100_000),
                    uint128(5_000_000),
                    "https://tables.example/1.json"
                )
            ),
            "commitment"
        );
    }

    function test_Register_LogsAnEmptyLineage() external {
        bytes32 modelId = registry.modelIdOf(creator, "lone");
        vm.expectEmit(address(registry));
        emit IModelRegistry.LineageSet(modelId, 1, timeNow(), new Parent[](0));
        registerModel("lone");
    }

    function testFuzz_Register_KeepsWhatWasSaid(
        uint32 notice,
        uint16 royalty,
        bytes32 identity,
        bytes32 metadata,
        string calldata uri
    ) external {
        Registration memory all = registration("kept");
        all.noticePeriod = uint32(bound(notice, 0, 365 days));
        all.royalty = uint16(bound(royalty, 0, 10_000));
        (all.identityHash, all.metadataHash, all.uri) = (identity, metadata, uri);
        (bytes32 modelId,) = register(all);

        assertEq(registry.noticePeriodOf(modelId), all.noticePeriod, "notice");
        assertEq(royaltyOf(modelId), all.royalty, "royalty");
        assertEq(registry.identityOf(modelId), identity, "identity");
        assertEq(registry.metadataHashOf(modelId), metadata, "metadata");
        assertEq(registry.tokenURI(uint256(modelId)), uri, "uri");
        assertEq(uint8(registry.statusOf(modelId)), uint8(Status.Active), "status");
        assertTrue(!registry.isFrozen(modelId), "frozen");
        for (uint8 term = 0; term < 3; ++term) assertVersion(modelId, Term(term), 1, 0);
    }

    function testFuzz_Register_NumbersInOrderAndMintsToTheCreator(bytes32 salt) external {
        vm.assume(salt != "parent" && ~salt != "parent");
        assertEq(registry.modelCount(), 1, "one so far");
        (bytes32 first,) = registerModel(salt);
        (bytes32 second,) = registerModel(~salt);
        assertEq(registry.numberOf(parent), 1, "from one");
        assertEq(registry.numberOf(first), 2, "first");
        assertEq(registry.numberOf(second), 3, "second");
        assertEq(registry.modelCount(), 3, "count");
        assertEq(registry.ownerOf(uint256(first)), creator, "owner of the token");
        assertEq(registry.modelOwner(first), creator, "owner of the model");
    }

    function testFuzz_Register_DeploysThePayAddressWhereItWasForetold(address who, bytes32 salt) external {
        vm.assume(who != address(0) && who != creator);
        bytes32 modelId = registry.modelIdOf(who, salt);
        address foretold = registry.payAddressOf(modelId);
        assertEq(foretold.code.length, 0, "not there before");

        Registration memory all = registration(salt);
        vm.prank(who);
        (bytes32 given, address payAddress) = registry.register(all);

        assertEq(given, modelId, "modelId");
        assertEq(payAddress, foretold, "pay address");
        assertEq(registry.payAddressOf(modelId), foretold, "same for ever");
        assertEq(payAddress.codehash, address(new ModelAccount(vault)).codehash, "its code");
        assertEq(IModelAccount(payAddress).vault(), vault, "its vault");
    }

    function testFuzz_AccountCodeHash_GivesThePayAddressByCreate2(bytes32 modelId) external view {
        bytes32 codeHash = keccak256(abi.encodePacked(type(ModelAccount).creationCode, abi.encode(vault)));
        assertEq(registry.accountCodeHash(), codeHash, "code hash");
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), address(registry), modelId, codeHash));
        assertEq(registry.payAddressOf(modelId), address(uint160(uint256(hash))), "pay address");
    }

    function test_Register_MintsToAContractWithoutCallingIt() external {
        // This test contract has no onERC721Received.
        (bytes32 modelId,) = registry.register(registration("mine"));
        assertEq(registry.ownerOf(uint256(modelId)), address(this), "owner");
    }

    function testFuzz_Register_TakesTheSameSaltOfAnotherCreator(address other) external {
        vm.assume(other != creator && other != address(0));
        Registration memory all = registration("parent");
        vm.prank(other);
        (bytes32 theirs,) = registry.register(all);
        assertTrue(parent != theirs, "two models");
        assertEq(registry.modelOwner(parent), creator, "the first keeps its owner");
    }

    // What is refused

    function test_Register_RefusesTheSameModelTwice() external {
        refuseRegistration(
            registration("parent"), abi.encodeWithSelector(IModelRegistry.ModelExists.selector, parent)
        );
    }

    function test_Register_RefusesTheSameModelAfterItWasSold() external {
        sell(parent, creator, bob);
        refuseRegistration(
            registration("parent"), abi.encodeWithSelector(IModelRegistry.ModelExists.selector, parent)
        );
        assertEq(registry.modelOwner(parent), bob, "owner");
    }

    function testFuzz_Register_RefusesANoticeOfMoreThanAYear(uint32 notice) external {
        Registration memory all = registration("a");
        all.noticePeriod = uint32(bound(notice, 365 days + 1, type(uint32).max));
        refuseRegistration(
            all,
            abi.encodeWithSelector(IModelRegistry.NoticeTooLong.selector, all.noticePeriod, uint32(365 days))
        );
        all.noticePeriod = 365 days;
        register(all);
    }

    function testFuzz_Register_RefusesARoyaltyOfMoreThanThePrice(uint16 royalty) external {
        Registration memory all = registration("a");
        all.royalty = uint16(bound(royalty, 10_001, type(uint16).max));
        refuseRegistration(all, abi.encodeWithSelector(IModelRegistry.RoyaltyExceedsWhole.selector, all.royalty));
        all.royalty = 10_000;
        register(all);
    }

    function testFuzz_Register_RefusesTheZeroGateway(uint8 at) external {
        Registration memory all = registration("a");
        all.gateways = new address[](64);
        for (uint256 i = 0; i < 64; ++i) all.gateways[i] = address(uint160(i + 1));
        all.gateways[at % 64] = address(0);
        bytes32 modelId = registry.modelIdOf(creator, "a");
        refuseRegistration(all, abi.encodeWithSelector(IModelRegistry.ZeroGateway.selector, modelId));
        assertEq(registry.numberOf(modelId), 0, "no model");
    }

    function test_Register_TakesSixtyFourGatewaysAndNoMore() external {
        Registration memory all = registration("a");
        all.gateways = new address[](65);
        for (uint256 i = 0; i < 65; ++i) all.gateways[i] = address(uint160(i + 1));
        refuseRegistration(all, abi.encodeWithSelector(IModelRegistry.TooManyGateways.selector, 65, 64));
        all.gateways = new address[](64);
        for (uint256 i = 0; i < 64; ++i) all.gateways[i] = address(uint160(i + 1));
        vm.recordLogs();
        register(all);
        assertEq(vm.getRecordedLogs().length, 5 + 64, "a log each");
    }
}
