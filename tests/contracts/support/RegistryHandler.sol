// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IModelRegistry, Term} from "../../../contracts/interfaces/IModelRegistry.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {Registrations} from "./Registrations.sol";
import {Log} from "./Vm.sol";

/// @notice A version as a reader of the logs knows it.
struct SeenVersion {
    uint64 effectiveAt;
    uint64 setInBlock;
    bool isCancelled;
    uint256 content;
}

/// @title Everything that can happen to models, in any order
/// @notice It follows the logs as a reader does, and knows from them alone what is pending and what is in force. What has to
/// succeed, and does not, or has to be refused, and is not, reverts here, which fails the run.
contract RegistryHandler is Registrations {
    address private constant operator = address(0x0FE8);

    bytes32[] private models;
    address[] private people;

    mapping(bytes32 modelId => mapping(Term => SeenVersion[])) private versions;
    /// @dev The content, plus one, that the last transfer cancelled, and that any transfer cancelled last.
    mapping(bytes32 modelId => mapping(Term => uint256)) private confirmable;
    mapping(bytes32 modelId => mapping(Term => uint256)) private confirmableUntil;
    mapping(bytes32 modelId => mapping(Term => uint256)) private remembered;
    mapping(bytes32 fingerprint => bool) private seenFingerprints;
    mapping(bytes32 modelId => bool) private isNoted;
    mapping(bytes32 modelId => bool) private frozen;

    constructor(ModelRegistry registry_, bytes32 parent_, bytes32[] memory models_, address[] memory people_) {
        registry = registry_;
        parent = parent_;
        models = models_;
        people = people_;
        for (uint256 i = 0; i < people_.length; ++i) {
            mustCall(people_[i], abi.encodeCall(IERC721.setApprovalForAll, (operator, true)));
        }
        for (uint256 i = 0; i < models_.length; ++i) {
            for (uint8 term = 0; term < 3; ++term) versions[models_[i]][Term(term)].push();
            versions[models_[i]][Term.Royalty][0].content = royaltyOf(models_[i]);
        }
    }

    function royaltyOf(bytes32 modelId) private view returns (uint256 royalty) {
        (, royalty) = registry.royaltyInfo(uint256(modelId), 10_000);
    }

    // What happens

    function set(uint256 which, uint8 kind, uint256 content) external {
        (bytes32 modelId, Term term) = (models[which % models.length], Term(kind % 3));
        bytes memory data = setCall(modelId, term, bound(content, 0, MOST_CONTENT));
        if (frozen[modelId]) return refuseFrozen(modelId, data);
        act(modelId, registry.modelOwner(modelId), data);
        confirmable[modelId][term] = 0;
    }

    function confirm(uint256 which, uint8 kind, uint256 content, bool right) external {
        (bytes32 modelId, Term term) = (models[which % models.length], Term(kind % 3));
        uint256 last = remembered[modelId][term];
        content = right && last != 0 ? last - 1 : bound(content, 0, MOST_CONTENT);
        bytes memory data = confirmCall(modelId, term, content);
        if (frozen[modelId]) return refuseFrozen(modelId, data);
        if (confirmable[modelId][term] == content + 1 && timeNow() <= confirmableUntil[modelId][term]) {
            act(modelId, registry.modelOwner(modelId), data);
            confirmable[modelId][term] = 0;
        } else {
            mustRefuse(
                registry.modelOwner(modelId),
                data,
                abi.encodeWithSelector(IModelRegistry.NothingToConfirm.selector, modelId, term)
            );
        }
    }

    function transfer(uint256 which, uint256 to, bool byOperator) external {
        bytes32 modelId = models[which % models.length];
        uint256[3] memory cancelled;
        for (uint8 term = 0; term < 3; ++term) {
            SeenVersion[] storage all = versions[modelId][Term(term)];
            if (pendingOf(modelId, Term(term)) == 0) continue;
            cancelled[term] = all[all.length - 1].content + 1;
            confirmableUntil[modelId][Term(term)] = all[all.length - 1].effectiveAt;
        }
        address owner = registry.modelOwner(modelId);
        act(
            modelId,
            byOperator ? operator : owner,
            abi.encodeCall(IERC721.transferFrom, (owner, people[to % people.length], uint256(modelId)))
        );
        for (uint8 term = 0; term < 3; ++term) {
            confirmable[modelId][Term(term)] = cancelled[term];
            if (cancelled[term] != 0) remembered[modelId][Term(term)] = cancelled[term];
        }
    }

    /// @dev Seldom, since little happens to a model afterwards.
    function freeze(uint256 which, uint8 dice) external {
        bytes32 modelId = models[which % models.length];
        bytes memory data = abi.encodeCall(IModelRegistry.freeze, (modelId));
        if (frozen[modelId]) return refuseFrozen(modelId, data);
        if (dice % 16 != 0) return;
        act(modelId, registry.modelOwner(modelId), data);
        frozen[modelId] = true;
    }

    function raiseNotice(uint256 which, uint8 by) external {
        bytes32 modelId = models[which % models.length];
        uint32 notice = registry.noticePeriodOf(modelId) + 1 + by;
        act(modelId, registry.modelOwner(modelId), abi.encodeCall(IModelRegistry.raiseNotice, (modelId, notice)));
    }

    /// @dev Gateways, metadata, status, permissions.
    function say(uint256 which, uint8 call_) external {
        bytes32 modelId = models[which % models.length];
        act(modelId, registry.modelOwner(modelId), ownerCalls(modelId)[TERM_CALLS + call_ % 4]);
    }

    function trespass(uint256 which, uint8 call_, uint256 who) external {
        bytes32 modelId = models[which % models.length];
        address caller = who % 4 == 0 ? operator : people[who % people.length];
        if (caller == registry.modelOwner(modelId)) return;
        mustRefuse(
            caller,
            ownerCalls(modelId)[call_ % 12],
            abi.encodeWithSelector(IModelRegistry.NotOwner.selector, modelId, caller)
        );
    }

    function wait(uint8 blocks, uint16 time) external {
        bytes32[] memory before = fingerprints();
        bytes32[] memory pendingBefore = pendings();
        vm.roll(blockNow() + 1 + blocks % 4);
        vm.warp(timeNow() + time % 1_000);
        bytes32[] memory pendingAfter = pendings();
        for (uint256 i = 0; i < models.length; ++i) checkFingerprint(i, before[i], pendingBefore[i] != pendingAfter[i]);
    }

    // What a reader knows

    function modelAt(uint256 index) external view returns (bytes32) {
        return models[index];
    }

    function isFrozen(bytes32 modelId) external view returns (bool) {
        return frozen[modelId];
    }

    function countOf(bytes32 modelId, Term term) external view returns (uint256) {
        return versions[modelId][term].length;
    }

    /// @notice How many versions are pending, and until when the last of them is.
    function pendingUntil(bytes32 modelId, Term term) external view returns (uint256 count, uint64 time) {
        SeenVersion[] storage all = versions[modelId][term];
        count = pendingOf(modelId, term);
        if (count != 0) time = all[all.length - 1].effectiveAt;
    }

    /// @notice The content of the version in force for those that come in a later block of this time.
    function contentInForce(bytes32 modelId, Term term) external view returns (uint256) {
        SeenVersion[] storage all = versions[modelId][term];
        uint256 newest = all.length - 1;
        while (newest != 0 && (all[newest].isCancelled || isPending(all[newest]))) --newest;
        return all[newest].content;
    }

    function pendingOf(bytes32 modelId, Term term) private view returns (uint256 count) {
        SeenVersion[] storage all = versions[modelId][term];
        for (uint256 i = 1; i < all.length; ++i) {
            if (!all[i].isCancelled && isPending(all[i])) ++count;
        }
    }

    function isPending(SeenVersion storage version) private view returns (bool) {
        return version.setInBlock == blockNow() || version.effectiveAt > timeNow();
    }

    // Inside

    /// @dev Makes the call, follows its logs, and looks at what it must not touch: the royalty in force, which only time
    /// changes, and the fingerprint of every model of which nothing was logged.
    function act(bytes32 modelId, address sender, bytes memory data) private {
        bytes32[] memory before = fingerprints();
        uint256 royalty = royaltyOf(modelId);
        vm.recordLogs();
        mustCall(sender, data);
        follow(vm.getRecordedLogs());
        assertEq(royaltyOf(modelId), royalty, "royalty in force");
        for (uint256 i = 0; i < models.length; ++i) {
            checkFingerprint(i, before[i], isNoted[models[i]]);
            isNoted[models[i]] = false;
        }
    }

    function refuseFrozen(bytes32 modelId, bytes memory data) private {
        address owner = registry.modelOwner(modelId);
        mustRefuse(owner, data, abi.encodeWithSelector(IModelRegistry.ModelFrozen.selector, modelId));
    }

    function follow(Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            Log memory log = logs[i];
            if (log.topics[0] == IERC721.Transfer.selector || log.topics.length == 1) continue;
            bytes32 modelId = log.topics[1];
            isNoted[modelId] = true;
            for (uint8 term = 0; term < 3; ++term) {
                SeenVersion[] storage all = versions[modelId][Term(term)];
                if (log.topics[0] == setTopic(Term(term))) {
                    assertEq(uint256(log.topics[2]), all.length + 1, "one number after the other");
                    (uint64 effectiveAt, uint256 content) = read(Term(term), log.data);
                    assertTrue(effectiveAt >= timeNow(), "never in the past");
                    all.push(SeenVersion(effectiveAt, blockNow(), false, content));
                } else if (log.topics[0] == cancelledTopic(Term(term))) {
                    assertEq(uint256(log.topics[2]), all.length, "the newest");
                    SeenVersion storage newest = all[all.length - 1];
                    assertTrue(all.length > 1 && !newest.isCancelled && isPending(newest), "not pending");
                    newest.isCancelled = true;
                }
            }
        }
    }

    /// @dev Of a split and a lineage it is enough to know them again.
    function read(Term term, bytes memory data) private view returns (uint64 effectiveAt, uint256 content) {
        if (term == Term.Royalty) return abi.decode(data, (uint64, uint256));
        effectiveAt = abi.decode(data, (uint64));
        // The weight of a split's only row, and the share of a lineage's only parent, which is the last word.
        if (term == Term.Split) {
            assembly ("memory-safe") {
                content := sub(mload(add(data, 224)), 1)
            }
        } else if (data.length > 96) {
            assembly ("memory-safe") {
                content := mload(add(data, mload(data)))
            }
        }
        assertEq(keccak256(data), keccak256(setData(term, effectiveAt, content)), "content");
    }

    function fingerprints() private view returns (bytes32[] memory all) {
        all = new bytes32[](models.length);
        for (uint256 i = 0; i < all.length; ++i) all[i] = registry.getStateFingerprint(uint256(models[i]));
    }

    function pendings() private view returns (bytes32[] memory all) {
        all = new bytes32[](models.length);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = keccak256(
                abi.encode(
                    pendingOf(models[i], Term.Split),
                    pendingOf(models[i], Term.Lineage),
                    pendingOf(models[i], Term.Royalty)
                )
            );
        }
    }

    function checkFingerprint(uint256 index, bytes32 before, bool changes) private {
        bytes32 fingerprint = registry.getStateFingerprint(uint256(models[index]));
        assertEq(fingerprint != before, changes, "fingerprint");
        seenFingerprints[before] = true;
        if (changes) assertTrue(!seenFingerprints[fingerprint], "a fingerprint of before");
    }
}
