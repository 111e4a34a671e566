// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    IModelRegistry,
    Parent,
    Permission,
    Registration,
    SplitRow,
    SplitTable,
    Status,
    TableCommitment,
    Term
} from "../../../contracts/interfaces/IModelRegistry.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {Test} from "./Test.sol";
import {Artifacts} from "./Artifacts.sol";
import {Log} from "./Vm.sol";

/// @notice Cheatcodes that only these tests need.
interface ClockCheats {
    function getBlockTimestamp() external view returns (uint256);
    function getBlockNumber() external view returns (uint256);
}

/// @title What models are registered with, and what is said of them
/// @notice A number from 0 to 10,000 stands for the content of a version, the same way for all three kinds, so that what
/// holds for all of them is tested once.
abstract contract Registrations is Test {
    uint256 internal constant MOST_CONTENT = 10_000;
    /// @dev How many of the owner's calls are on terms.
    uint256 internal constant TERM_CALLS = 7;

    ModelRegistry internal registry;
    /// @dev The model that lineages name.
    bytes32 internal parent;

    // Tables

    function rows(uint256 count) internal pure returns (SplitRow[] memory list) {
        list = new SplitRow[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = SplitRow({account: address(uint160(i + 1)), weight: uint96(i + 1), role: "code"});
        }
    }

    function whole(uint256 count) internal pure returns (SplitTable memory table) {
        table.rows = rows(count);
    }

    function pooled(uint256 count, uint96 poolWeight, uint256 fallbackCount)
        internal
        pure
        returns (SplitTable memory table)
    {
        table.rows = rows(count);
        table.poolWeight = poolWeight;
        table.fallbackRows = rows(fallbackCount);
    }

    function committed(bytes32 hash, uint32 count, uint128 weight) internal pure returns (SplitTable memory table) {
        table.committed =
            TableCommitment({hash: hash, rows: count, weight: weight, uri: "https://tables.example/1.json"});
    }

    function parentsOf(bytes32 parentId, uint32 share) internal pure returns (Parent[] memory parents) {
        parents = new Parent[](1);
        parents[0] = Parent({modelId: parentId, share: share});
    }

    function registration(bytes32 salt) internal pure returns (Registration memory all) {
        all.salt = salt;
        all.noticePeriod = 7 days;
        all.identityHash = keccak256("weights");
        all.metadataHash = keccak256("metadata");
        all.uri = "https://models.example/1.json";
        all.royalty = 500;
        all.split = whole(1);
    }

    // Versions of any kind

    function splitOf(uint256 content) internal pure returns (SplitTable memory table) {
        table = whole(1);
        table.rows[0].weight = uint96(content + 1);
    }

    function lineageOf(uint256 content) internal view returns (Parent[] memory) {
        return content == 0 ? new Parent[](0) : parentsOf(parent, uint32(content));
    }

    function setCall(bytes32 modelId, Term term, uint256 content) internal view returns (bytes memory) {
        if (term == Term.Split) return abi.encodeCall(IModelRegistry.setSplit, (modelId, splitOf(content)));
        if (term == Term.Lineage) return abi.encodeCall(IModelRegistry.setLineage, (modelId, lineageOf(content)));
        return abi.encodeCall(IModelRegistry.setRoyalty, (modelId, uint16(content)));
    }

    function confirmCall(bytes32 modelId, Term term, uint256 content) internal view returns (bytes memory) {
        if (term == Term.Split) return abi.encodeCall(IModelRegistry.confirmSplit, (modelId, splitOf(content)));
        if (term == Term.Lineage) return abi.encodeCall(IModelRegistry.confirmLineage, (modelId, lineageOf(content)));
        return abi.encodeCall(IModelRegistry.confirmRoyalty, (modelId, uint16(content)));
    }

    function setTopic(Term term) internal pure returns (bytes32) {
        if (term == Term.Split) return IModelRegistry.SplitSet.selector;
        if (term == Term.Lineage) return IModelRegistry.LineageSet.selector;
        return IModelRegistry.RoyaltySet.selector;
    }

    function cancelledTopic(Term term) internal pure returns (bytes32) {
        if (term == Term.Split) return IModelRegistry.SplitCancelled.selector;
        if (term == Term.Lineage) return IModelRegistry.LineageCancelled.selector;
        return IModelRegistry.RoyaltyCancelled.selector;
    }

    /// @dev The data of the event of a version: all of it but the model and the version, which are topics.
    function setData(Term term, uint64 effectiveAt, uint256 content) internal view returns (bytes memory) {
        if (term == Term.Split) {
            return abi.encode(effectiveAt, splitOf(content).rows, uint96(0), new SplitRow[](0));
        }
        if (term == Term.Lineage) return abi.encode(effectiveAt, lineageOf(content));
        return abi.encode(effectiveAt, uint16(content));
    }

    function assertSet(
        Log memory log,
        bytes32 modelId,
        Term term,
        uint256 version,
        uint256 effectiveAt,
        uint256 content
    ) internal view {
        assertEq(log.emitter, address(registry), "emitter");
        assertEq(log.topics.length, 3, "topics");
        assertEq(log.topics[0], setTopic(term), "set");
        assertEq(log.topics[1], modelId, "model");
        assertEq(uint256(log.topics[2]), version, "version");
        assertEq(keccak256(log.data), keccak256(setData(term, uint64(effectiveAt), content)), "content");
    }

    function assertCancelled(Log memory log, bytes32 modelId, Term term, uint256 version) internal view {
        assertEq(log.emitter, address(registry), "emitter");
        assertEq(log.topics.length, 3, "topics");
        assertEq(log.topics[0], cancelledTopic(term), "cancelled");
        assertEq(log.topics[1], modelId, "model");
        assertEq(uint256(log.topics[2]), version, "version");
        assertEq(log.data.length, 0, "data");
    }

    // Everything that only the owner may do

    /// @dev The calls on terms first, which a frozen model refuses; the last of those is freeze.
    function ownerCalls(bytes32 modelId) internal view returns (bytes[] memory calls) {
        calls = new bytes[](12);
        for (uint8 term = 0; term < 3; ++term) {
            calls[term] = setCall(modelId, Term(term), 77);
            calls[3 + term] = confirmCall(modelId, Term(term), 77);
        }
        calls[6] = abi.encodeCall(IModelRegistry.freeze, (modelId));
        calls[7] = abi.encodeCall(IModelRegistry.setGateway, (modelId, address(0x77), true));
        calls[8] = abi.encodeCall(IModelRegistry.setMetadata, (modelId, keccak256("new"), "https://new.example"));
        calls[9] = abi.encodeCall(IModelRegistry.setStatus, (modelId, Status.Retired));
        calls[10] = abi.encodeCall(
            IModelRegistry.setPermission, (modelId, address(0), "train", Permission.NotAllowed, 0, 0, "")
        );
        calls[11] = abi.encodeCall(IModelRegistry.raiseNotice, (modelId, 300 days));
    }

    // Time. The compiler takes block.timestamp and block.number for constant in a call; they are, but in tests.

    function timeNow() internal view returns (uint64) {
        return uint64(ClockCheats(address(vm)).getBlockTimestamp());
    }

    function blockNow() internal view returns (uint64) {
        return uint64(ClockCheats(address(vm)).getBlockNumber());
    }

    /// @dev The next block, so many seconds later.
    function pass(uint256 time) internal {
        vm.roll(blockNow() + 1);
        vm.warp(timeNow() + time);
    }

    // Calls that are made up

    function call(address sender, bytes memory data) internal returns (bool success, bytes memory answer) {
        vm.prank(sender);
        (success, answer) = address(registry).call(data);
    }

    function mustCall(address sender, bytes memory data) internal returns (bytes memory answer) {
        bool success;
        (success, answer) = call(sender, data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    function mustRefuse(address sender, bytes memory data, bytes memory reason) internal {
        (bool success, bytes memory answer) = call(sender, data);
        assertTrue(!success, "not refused");
        assertEq(keccak256(answer), keccak256(reason), "refused for another reason");
    }
}

/// @title A registry to test
/// @notice Its vault is an address and nothing more: the registry never calls it.
abstract contract RegistryTest is Registrations {
    address internal constant vault = address(0x7A017);
    address internal constant creator = address(0xC0FFEE);
    address internal constant alice = address(0xA11CE);
    address internal constant bob = address(0xB0B);
    uint32 internal constant NOTICE = 7 days;

    function setUp() public virtual {
        vm.roll(1_000);
        vm.warp(1_800_000_000);
        registry = ModelRegistry(Artifacts.create("ModelRegistry", abi.encode(vault)));
        (parent,) = registerModel("parent");
    }

    function register(Registration memory all) internal returns (bytes32 modelId, address payAddress) {
        vm.prank(creator);
        return registry.register(all);
    }

    function registerModel(bytes32 salt) internal returns (bytes32 modelId, address payAddress) {
        return register(registration(salt));
    }

    function registerWithNotice(uint32 notice) internal returns (bytes32 modelId) {
        Registration memory all = registration("noticed");
        all.noticePeriod = notice;
        (modelId,) = register(all);
    }

    function refuseRegistration(Registration memory all, bytes memory reason) internal {
        vm.prank(creator);
        vm.expectRevert(reason);
        registry.register(all);
    }

    function set(address sender, bytes32 modelId, Term term, uint256 content) internal returns (uint32 version) {
        return abi.decode(mustCall(sender, setCall(modelId, term, content)), (uint32));
    }

    function confirm(address sender, bytes32 modelId, Term term, uint256 content) internal returns (uint32 version) {
        return abi.decode(mustCall(sender, confirmCall(modelId, term, content)), (uint32));
    }

    function sell(bytes32 modelId, address from, address to) internal {
        vm.prank(from);
        registry.transferFrom(from, to, uint256(modelId));
    }

    function assertVersion(bytes32 modelId, Term term, uint256 version, uint256 pendingUntil) internal view {
        (uint32 newest, uint64 until) = registry.versionOf(modelId, term);
        assertEq(newest, version, "newest version");
        assertEq(until, pendingUntil, "pending until");
    }

    function royaltyOf(bytes32 modelId) internal view returns (uint256 royalty) {
        (, royalty) = registry.royaltyInfo(uint256(modelId), 10_000);
    }

    function nothingToConfirm(bytes32 modelId, Term term) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IModelRegistry.NothingToConfirm.selector, modelId, term);
    }
}
