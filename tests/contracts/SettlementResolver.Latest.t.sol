// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ISettlementResolver, SchemaKind} from "../../contracts/interfaces/ISettlementResolver.sol";
import {AttestationRequest} from "../../contracts/interfaces/eas/IEAS.sol";
import {Attesting, IWholeEas} from "./support/Attesting.sol";
import {Log} from "./support/Vm.sol";

contract SettlementResolverLatestTest is Attesting {
    SchemaKind private constant EVALUATION = SchemaKind.Evaluation;

    /// @dev What the fuzz tests keep beside the resolver: all that was attested, in order.
    struct Said {
        bytes32 uid;
        bytes32 modelId;
        SchemaKind kind;
        address attester;
        bool isRevoked;
    }

    Said[] private said;
    address[2] private attesters = [creator, alice];
    bytes32[2] private models;

    function setUp() public override {
        super.setUp();
        setEvaluator(creator, true);
        setEvaluator(alice, true);
        (bytes32 other,) = registerModel("other");
        models = [model, other];
    }

    function _latest() private view returns (bytes32) {
        return resolver.latest(model, EVALUATION, evaluator);
    }

    function _attest() private returns (bytes32) {
        return attestAs(evaluator, EVALUATION, model);
    }

    function _revoke(bytes32 uid) private {
        revokeAs(evaluator, EVALUATION, uid);
    }

    // One attester's own

    function test_TheLastOneIsTheLatest() external {
        assertEq(_latest(), 0, "none");
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 uid = _attest();
            assertEq(_latest(), uid, "this one");
        }
    }

    function test_WhenTheLatestIsRevokedTheOneBeforeIs() external {
        bytes32 first = _attest();
        bytes32 second = _attest();
        IWholeEas.RevocationRequest memory all = revocation(EVALUATION, second);
        vm.expectEmit(address(eas));
        emit IWholeEas.Revoked(address(0), evaluator, second, all.schema);
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.LatestSet(model, EVALUATION, evaluator, first);
        vm.prank(evaluator);
        eas.revoke(all);
        assertEq(_latest(), first, "the one before");

        vm.expectEmit(address(resolver));
        emit ISettlementResolver.LatestSet(model, EVALUATION, evaluator, 0);
        _revoke(first);
        assertEq(_latest(), 0, "none");
        bytes32 third = _attest();
        assertEq(_latest(), third, "and on");
        _revoke(third);
        assertEq(_latest(), 0, "nothing revoked comes back");
    }

    function test_WhenAnOlderOneIsRevokedTheLatestStays() external {
        bytes32 first = _attest();
        bytes32 second = _attest();
        bytes32 third = _attest();
        vm.recordLogs();
        _revoke(second);
        Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "one log");
        assertEq(logs[0].emitter, address(eas), "of EAS, none of the resolver");
        assertEq(_latest(), third, "stays");
        _revoke(third);
        assertEq(_latest(), first, "past what was revoked before");
    }

    function test_SeveralRevokedAtOnceAreAllPassedOver() external {
        bytes32[] memory uids = new bytes32[](5);
        for (uint256 i = 0; i < uids.length; ++i) uids[i] = _attest();
        IWholeEas.MultiRevocationRequest[] memory requests = new IWholeEas.MultiRevocationRequest[](1);
        requests[0].schema = resolver.schemaOf(EVALUATION);
        requests[0].data = new IWholeEas.RevocationRequestData[](3);
        requests[0].data[0].uid = uids[4];
        requests[0].data[1].uid = uids[1];
        requests[0].data[2].uid = uids[3];
        vm.prank(evaluator);
        eas.multiRevoke(requests);
        assertEq(_latest(), uids[2], "the newest that is left");
        _revoke(uids[2]);
        assertEq(_latest(), uids[0], "then the oldest");
    }

    function test_NothingIsRevokedTwice() external {
        _attest();
        bytes32 second = _attest();
        _revoke(second);
        bytes32 third = _attest();
        IWholeEas.RevocationRequest memory all = revocation(EVALUATION, second);
        vm.prank(evaluator);
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.AlreadyRevoked.selector));
        eas.revoke(all);
        assertEq(_latest(), third, "stays");
    }

    /// @dev An evaluator that was wrong for years can take it all back, in whatever order.
    function test_ManyRevokedBeforeDoNotMakeTheLastDearer() external {
        bytes32[] memory uids = new bytes32[](60);
        for (uint256 i = 0; i < uids.length; ++i) uids[i] = _attest();
        _revoke(uids[57]);
        uint256 ofOne = _gasToRevoke(uids[58]);
        for (uint256 i = 1; i < 57; ++i) _revoke(uids[i]);
        uint256 ofLast = _gasToRevoke(uids[59]);
        assertTrue(ofLast < ofOne + 10_000, "no walk");
        assertEq(_latest(), uids[0], "the only one left");
    }

    function _gasToRevoke(bytes32 uid) private returns (uint256) {
        IWholeEas.RevocationRequest memory all = revocation(EVALUATION, uid);
        vm.prank(evaluator);
        uint256 before = gasleft();
        eas.revoke(all);
        return before - gasleft();
    }

    function test_OneThatCannotBeRevokedIsTheLatestToo() external {
        AttestationRequest memory all = request(EVALUATION, dataOf(EVALUATION, model));
        all.data.revocable = false;
        vm.prank(evaluator);
        bytes32 forEver = eas.attest(all);
        bytes32 second = _attest();
        _revoke(second);
        assertEq(_latest(), forEver, "falls back to it");
        IWholeEas.RevocationRequest memory revocationOfIt = revocation(EVALUATION, forEver);
        vm.prank(evaluator);
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.Irrevocable.selector));
        eas.revoke(revocationOfIt);
    }

    /// @dev Readers look at its end; the resolver is not called when it comes.
    function test_OneThatHasExpiredStaysTheLatest() external {
        _attest();
        AttestationRequest memory all = request(EVALUATION, dataOf(EVALUATION, model));
        all.data.expirationTime = uint64(block.timestamp + 1 days);
        vm.prank(evaluator);
        bytes32 uid = eas.attest(all);
        vm.warp(block.timestamp + 2 days);
        assertEq(_latest(), uid, "still");
        assertTrue(eas.getAttestation(uid).expirationTime < block.timestamp, "as EAS says");
    }

    // Beside one another

    function test_EachModelKindAndAttesterHasItsOwn() external {
        bytes32[] memory uids = new bytes32[](4);
        uids[0] = attestAs(creator, SchemaKind.Lineage, model);
        uids[1] = attestAs(creator, SchemaKind.Provenance, model);
        uids[2] = attestAs(creator, SchemaKind.Lineage, models[1]);
        uids[3] = attestAs(alice, EVALUATION, model);
        assertEq(resolver.latest(model, SchemaKind.Lineage, creator), uids[0], "lineage");
        assertEq(resolver.latest(model, SchemaKind.Provenance, creator), uids[1], "another kind");
        assertEq(resolver.latest(models[1], SchemaKind.Lineage, creator), uids[2], "another model");
        assertEq(resolver.latest(model, EVALUATION, alice), uids[3], "another attester");
        assertEq(resolver.latest(model, EVALUATION, creator), 0, "who said nothing");
        revokeAs(creator, SchemaKind.Lineage, uids[0]);
        assertEq(resolver.latest(model, SchemaKind.Lineage, creator), 0, "revoked");
        assertEq(resolver.latest(models[1], SchemaKind.Lineage, creator), uids[2], "the other model's stays");
    }

    // Against a plain list

    /// @dev Each byte is a step: somebody attests, or revokes one of its own, or a model is sold.
    function testFuzz_TheLatestIsTheNewestThatIsNotRevoked(bytes calldata steps) external {
        for (uint256 i = 0; i < steps.length && i < 40; ++i) {
            uint256 random = uint256(keccak256(abi.encode(steps[i], i)));
            // Owners change in between.
            if (random % 16 == 0) _sell(models[(random >> 8) % 2]);
            else if (random % 16 < 9 || said.length == 0) _say(random >> 8);
            else _takeBack((random >> 8) % said.length);
        }
        _compare();
        // All of it, from the oldest or from the newest on.
        bool fromOldest = steps.length % 2 == 0;
        for (uint256 i = 0; i < said.length; ++i) {
            _takeBack(fromOldest ? i : said.length - 1 - i);
        }
        _compare();
    }

    function _sell(bytes32 modelId) private {
        address owner = registry.modelOwner(modelId);
        sell(modelId, owner, owner == creator ? alice : creator);
    }

    function _say(uint256 random) private {
        bytes32 modelId = models[random % 2];
        SchemaKind kind = SchemaKind((random >> 8) % 5);
        address attester = kind == EVALUATION ? attesters[(random >> 16) % 2] : registry.modelOwner(modelId);
        bytes32 uid = attestAs(attester, kind, modelId);
        said.push(Said({uid: uid, modelId: modelId, kind: kind, attester: attester, isRevoked: false}));
        assertEq(resolver.latest(modelId, kind, attester), uid, "what was just said");
    }

    function _takeBack(uint256 index) private {
        Said storage one = said[index];
        if (one.isRevoked) return;
        one.isRevoked = true;
        bytes32 before = resolver.latest(one.modelId, one.kind, one.attester);
        bytes32 expected = _newest(one.modelId, one.kind, one.attester);
        if (before == one.uid) {
            vm.expectEmit(address(resolver));
            emit ISettlementResolver.LatestSet(one.modelId, one.kind, one.attester, expected);
        }
        revokeAs(one.attester, one.kind, one.uid);
        assertEq(resolver.latest(one.modelId, one.kind, one.attester), expected, "what is left");
    }

    function _compare() private view {
        for (uint256 m = 0; m < 2; ++m) {
            for (uint256 kind = 0; kind < 5; ++kind) {
                for (uint256 a = 0; a < 2; ++a) {
                    bytes32 actual = resolver.latest(models[m], SchemaKind(kind), attesters[a]);
                    assertEq(actual, _newest(models[m], SchemaKind(kind), attesters[a]), "the newest");
                }
            }
        }
    }

    function _newest(bytes32 modelId, SchemaKind kind, address attester) private view returns (bytes32 uid) {
        for (uint256 i = said.length; i != 0; --i) {
            Said storage one = said[i - 1];
            if (one.modelId != modelId || one.kind != kind || one.attester != attester) continue;
            if (!one.isRevoked) return one.uid;
        }
    }
}
