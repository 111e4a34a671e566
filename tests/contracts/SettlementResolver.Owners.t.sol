// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ISettlementResolver, SchemaKind} from "../../contracts/interfaces/ISettlementResolver.sol";
import {Attestation, AttestationRequest} from "../../contracts/interfaces/eas/IEAS.sol";
import {Attesting, IWholeEas} from "./support/Attesting.sol";

contract SettlementResolverOwnersTest is Attesting {
    address private constant buyer = address(0xB44E);
    uint256 private constant SIGNER = 0x516E;

    /// @dev Provenance, Lineage, Contribution or Permission.
    function _kind(uint8 which) private pure returns (SchemaKind) {
        return SchemaKind(bound(which, 0, 3));
    }

    function _notTheOwner(bytes32 modelId, address attester) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlementResolver.NotTheOwner.selector, modelId, attester);
    }

    // Who may

    function testFuzz_AnOwnerAttests(uint8 which) external {
        SchemaKind kind = _kind(which);
        AttestationRequest memory all = request(kind, dataOf(kind, model));
        bytes32 uid = uidOf(all, creator);
        vm.expectEmit(address(eas));
        emit IWholeEas.Attested(address(0), creator, uid, all.schema);
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.LatestSet(model, kind, creator, uid);
        vm.prank(creator);
        assertEq(eas.attest(all), uid, "uid");

        Attestation memory attestation = eas.getAttestation(uid);
        assertEq(attestation.attester, creator, "attester");
        assertTrue(attestation.revocable, "can be revoked");
        assertEq(resolver.latest(model, kind, creator), uid, "latest");
    }

    function testFuzz_NoOtherRoleDoes(uint8 which, address anyone) external {
        SchemaKind kind = _kind(which);
        vm.assume(anyone != creator);
        vm.prank(creator);
        registry.approve(alice, uint256(model));
        vm.prank(creator);
        registry.setApprovalForAll(bob, true);
        address[12] memory others = [
            anyone,
            stranger,
            alice,
            bob,
            payer,
            guardian,
            governor,
            evaluator,
            formerEvaluator,
            vm.addr(keys[0]),
            address(vault),
            address(resolver)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], kind, dataOf(kind, model), _notTheOwner(model, others[i]));
        }
    }

    function testFuzz_AModelsOwnerIsNotAnothers(uint8 which) external {
        SchemaKind kind = _kind(which);
        (bytes32 other,) = registerModel("other");
        sell(other, creator, alice);
        refused(alice, kind, dataOf(kind, model), _notTheOwner(model, alice));
        refused(creator, kind, dataOf(kind, other), _notTheOwner(other, creator));
        attestAs(alice, kind, other);
        attestAs(creator, kind, model);
    }

    function testFuzz_AModelHasToBeRegistered(uint8 which, bytes32 modelId) external {
        SchemaKind kind = _kind(which);
        vm.assume(modelId != model);
        bytes memory reason = abi.encodeWithSelector(ISettlementResolver.UnknownModel.selector, modelId);
        refused(creator, kind, dataOf(kind, modelId), reason);
    }

    function testFuzz_DataBeginsWithAModel(uint8 which) external {
        SchemaKind kind = _kind(which);
        bytes memory reason = abi.encodeWithSelector(ISettlementResolver.BadData.selector, resolver.schemaOf(kind));
        for (uint256 length = 0; length < 32; ++length) {
            bytes memory data = new bytes(length);
            for (uint256 i = 0; i < length; ++i) data[i] = model[i];
            refused(creator, kind, data, reason);
        }
    }

    function testFuzz_AWordOfDataIsEnough(uint8 which) external {
        SchemaKind kind = _kind(which);
        AttestationRequest memory all = request(kind, abi.encode(model));
        vm.prank(creator);
        assertEq(eas.attest(all), resolver.latest(model, kind, creator), "latest");
    }

    function test_NoMoneyIsTaken() external {
        AttestationRequest memory all = request(SchemaKind.Lineage, dataOf(SchemaKind.Lineage, model));
        all.data.value = 1;
        vm.deal(creator, 1);
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.NotPayable.selector));
        eas.attest{value: 1}(all);
    }

    // Several at once

    function test_SeveralAtOnceAreAllTaken() external {
        (bytes32 other,) = registerModel("other");
        bytes[] memory data = new bytes[](3);
        data[0] = dataOf(SchemaKind.Contribution, model);
        data[1] = dataOf(SchemaKind.Contribution, other);
        data[2] = dataOf(SchemaKind.Contribution, model);
        IWholeEas.MultiAttestationRequest[] memory requests = many(SchemaKind.Contribution, data);
        vm.prank(creator);
        bytes32[] memory uids = eas.multiAttest(requests);
        assertEq(resolver.latest(other, SchemaKind.Contribution, creator), uids[1], "of the other");
        assertEq(resolver.latest(model, SchemaKind.Contribution, creator), uids[2], "the last of two");
        revokeAs(creator, SchemaKind.Contribution, uids[2]);
        assertEq(resolver.latest(model, SchemaKind.Contribution, creator), uids[0], "and the first before it");
    }

    function testFuzz_OneBadOneRefusesThemAll(uint8 which, uint8 place) external {
        SchemaKind kind = _kind(which);
        (bytes32 others,) = registerModel("sold");
        sell(others, creator, alice);
        bytes[] memory bad = new bytes[](3);
        bad[0] = dataOf(kind, others);
        bad[1] = dataOf(kind, "unknown");
        bad[2] = "short";
        bytes[] memory reasons = new bytes[](3);
        reasons[0] = _notTheOwner(others, creator);
        reasons[1] = abi.encodeWithSelector(ISettlementResolver.UnknownModel.selector, bytes32("unknown"));
        reasons[2] = abi.encodeWithSelector(ISettlementResolver.BadData.selector, resolver.schemaOf(kind));
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes[] memory data = new bytes[](3);
            data[0] = data[1] = data[2] = dataOf(kind, model);
            data[place % 3] = bad[i];
            IWholeEas.MultiAttestationRequest[] memory requests = many(kind, data);
            vm.prank(creator);
            vm.expectRevert(reasons[i]);
            eas.multiAttest(requests);
            assertEq(resolver.latest(model, kind, creator), 0, "none is there");
        }
    }

    function test_OneBadSchemaRefusesThemAll() external {
        bytes[] memory data = new bytes[](1);
        data[0] = dataOf(SchemaKind.Lineage, model);
        IWholeEas.MultiAttestationRequest[] memory requests = new IWholeEas.MultiAttestationRequest[](2);
        requests[0] = many(SchemaKind.Lineage, data)[0];
        requests[1] = many(SchemaKind.Evaluation, data)[0];
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.NotAnEvaluator.selector, creator));
        eas.multiAttest(requests);
        assertEq(resolver.latest(model, SchemaKind.Lineage, creator), 0, "not there either");
    }

    // By delegation

    function test_WhoSignedIsTheAttester() external {
        address signer = vm.addr(SIGNER);
        sell(model, creator, signer);
        AttestationRequest memory all = request(SchemaKind.Permission, dataOf(SchemaKind.Permission, model));
        IWholeEas.DelegatedAttestationRequest memory signed = delegated(all, signer, SIGNER);
        vm.prank(stranger);
        bytes32 uid = eas.attestByDelegation(signed);
        assertEq(eas.getAttestation(uid).attester, signer, "the signer");
        assertEq(resolver.latest(model, SchemaKind.Permission, signer), uid, "its latest");
        assertEq(resolver.latest(model, SchemaKind.Permission, stranger), 0, "not the sender's");

        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.InvalidSignature.selector));
        eas.attestByDelegation(signed);
    }

    function test_SigningDoesNotMakeAnOwner() external {
        AttestationRequest memory all = request(SchemaKind.Permission, dataOf(SchemaKind.Permission, model));
        IWholeEas.DelegatedAttestationRequest memory own = delegated(all, vm.addr(SIGNER), SIGNER);
        IWholeEas.DelegatedAttestationRequest memory forged = delegated(all, creator, SIGNER);
        vm.startPrank(creator);
        vm.expectRevert(_notTheOwner(model, vm.addr(SIGNER)));
        eas.attestByDelegation(own);
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.InvalidSignature.selector));
        eas.attestByDelegation(forged);
    }

    // After a sale

    function testFuzz_TheOldOwnerAttestsNoMore(uint8 which) external {
        SchemaKind kind = _kind(which);
        bytes32 old = attestAs(creator, kind, model);
        sell(model, creator, buyer);
        refused(creator, kind, dataOf(kind, model), _notTheOwner(model, creator));
        assertEq(resolver.latest(model, kind, buyer), 0, "the buyer said nothing yet");
        bytes32 uid = attestAs(buyer, kind, model);
        assertEq(resolver.latest(model, kind, buyer), uid, "the buyer's");
        assertEq(resolver.latest(model, kind, creator), old, "the seller's stays the seller's");
    }

    function testFuzz_TheOldOwnerRevokesItsOwn(uint8 which) external {
        SchemaKind kind = _kind(which);
        bytes32 first = attestAs(creator, kind, model);
        bytes32 last = attestAs(creator, kind, model);
        sell(model, creator, buyer);
        bytes32 uid = attestAs(buyer, kind, model);
        revokeAs(creator, kind, last);
        assertEq(resolver.latest(model, kind, creator), first, "falls back");
        assertEq(resolver.latest(model, kind, buyer), uid, "the buyer's is not touched");
    }

    function testFuzz_NobodyRevokesAnothers(uint8 which, address anyone) external {
        SchemaKind kind = _kind(which);
        vm.assume(anyone != creator);
        bytes32 uid = attestAs(creator, kind, model);
        sell(model, creator, buyer);
        address[5] memory others = [anyone, buyer, stranger, evaluator, address(resolver)];
        IWholeEas.RevocationRequest memory all = revocation(kind, uid);
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(IWholeEas.AccessDenied.selector));
            eas.revoke(all);
        }
        assertEq(resolver.latest(model, kind, creator), uid, "stays");
    }

    function test_AnOwnerWhoBuysTheModelBackGoesOn() external {
        bytes32 before = attestAs(creator, SchemaKind.Lineage, model);
        sell(model, creator, buyer);
        sell(model, buyer, creator);
        assertEq(resolver.latest(model, SchemaKind.Lineage, creator), before, "what it said before counts again");
        bytes32 uid = attestAs(creator, SchemaKind.Lineage, model);
        assertEq(resolver.latest(model, SchemaKind.Lineage, creator), uid, "and it attests again");
    }
}
