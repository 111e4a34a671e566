// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ISettlementResolver, SchemaKind} from "../../contracts/interfaces/ISettlementResolver.sol";
import {AttestationRequest} from "../../contracts/interfaces/eas/IEAS.sol";
import {Attesting, IWholeEas} from "./support/Attesting.sol";

contract SettlementResolverEvaluatorsTest is Attesting {
    SchemaKind private constant EVALUATION = SchemaKind.Evaluation;
    uint256 private constant SIGNER = 0x516E;

    function _notAnEvaluator(address attester) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlementResolver.NotAnEvaluator.selector, attester);
    }

    // Who is one

    function testFuzz_AnyoneCallsItselfAnEvaluator(address account, string calldata uri) external {
        vm.assume(account != evaluator);
        assertTrue(!resolver.isEvaluator(account), "not before");
        vm.startPrank(account);
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.EvaluatorSet(account, true, uri);
        resolver.setEvaluator(true, uri);
        assertTrue(resolver.isEvaluator(account), "is one");
        // Once more, to say something else of itself.
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.EvaluatorSet(account, true, "elsewhere");
        resolver.setEvaluator(true, "elsewhere");
        assertTrue(resolver.isEvaluator(account), "still is");
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.EvaluatorSet(account, false, "");
        resolver.setEvaluator(false, "");
        assertTrue(!resolver.isEvaluator(account), "is none any more");
    }

    function test_NobodyIsCalledOneByAnother() external {
        setEvaluator(stranger, false);
        assertTrue(resolver.isEvaluator(evaluator), "another's word does not count");
        setEvaluator(stranger, true);
        assertTrue(!resolver.isEvaluator(alice), "nor for a third");
    }

    // What it may

    function test_AnEvaluatorAttestsAboutAnyModel() external {
        (bytes32 other,) = registerModel("other");
        AttestationRequest memory all = request(EVALUATION, dataOf(EVALUATION, model));
        bytes32 uid = uidOf(all, evaluator);
        vm.expectEmit(address(eas));
        emit IWholeEas.Attested(address(0), evaluator, uid, all.schema);
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.LatestSet(model, EVALUATION, evaluator, uid);
        vm.prank(evaluator);
        assertEq(eas.attest(all), uid, "uid");
        bytes32 second = attestAs(evaluator, EVALUATION, other);
        assertEq(resolver.latest(model, EVALUATION, evaluator), uid, "of the one");
        assertEq(resolver.latest(other, EVALUATION, evaluator), second, "of the other");
    }

    function testFuzz_NobodyElseDoes(address anyone) external {
        vm.assume(anyone != evaluator);
        address[10] memory others = [
            anyone,
            creator,
            stranger,
            formerEvaluator,
            payer,
            guardian,
            governor,
            vm.addr(keys[0]),
            address(vault),
            address(resolver)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            refused(others[i], EVALUATION, dataOf(EVALUATION, model), _notAnEvaluator(others[i]));
        }
    }

    function test_AnOwnerMayBeOneToo() external {
        setEvaluator(creator, true);
        bytes32 uid = attestAs(creator, EVALUATION, model);
        // Readers see that the evaluator is the owner.
        assertEq(eas.getAttestation(uid).attester, creator, "attester");
        assertEq(resolver.latest(model, EVALUATION, creator), uid, "latest");
    }

    function testFuzz_AModelHasToBeRegistered(bytes32 modelId) external {
        vm.assume(modelId != model);
        bytes memory reason = abi.encodeWithSelector(ISettlementResolver.UnknownModel.selector, modelId);
        refused(evaluator, EVALUATION, dataOf(EVALUATION, modelId), reason);
    }

    function test_DataBeginsWithAModel() external {
        bytes32 schema = resolver.schemaOf(EVALUATION);
        bytes memory reason = abi.encodeWithSelector(ISettlementResolver.BadData.selector, schema);
        for (uint256 length = 0; length < 32; ++length) {
            bytes memory data = new bytes(length);
            for (uint256 i = 0; i < length; ++i) data[i] = model[i];
            refused(evaluator, EVALUATION, data, reason);
        }
    }

    function testFuzz_OneBadOneRefusesThemAll(uint8 place) external {
        bytes[] memory data = new bytes[](3);
        data[0] = data[1] = data[2] = dataOf(EVALUATION, model);
        data[place % 3] = dataOf(EVALUATION, "unknown");
        IWholeEas.MultiAttestationRequest[] memory requests = many(EVALUATION, data);
        vm.prank(evaluator);
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.UnknownModel.selector, bytes32("unknown")));
        eas.multiAttest(requests);
        assertEq(resolver.latest(model, EVALUATION, evaluator), 0, "none is there");
    }

    function test_AnEvaluatorAttestsByDelegation() external {
        address signer = vm.addr(SIGNER);
        AttestationRequest memory all = request(EVALUATION, dataOf(EVALUATION, model));
        IWholeEas.DelegatedAttestationRequest memory signed = delegated(all, signer, SIGNER);
        // The one that brings it is an evaluator; the one that signed is what counts.
        vm.prank(evaluator);
        vm.expectRevert(_notAnEvaluator(signer));
        eas.attestByDelegation(signed);

        setEvaluator(signer, true);
        vm.prank(stranger);
        bytes32 uid = eas.attestByDelegation(signed);
        assertEq(resolver.latest(model, EVALUATION, signer), uid, "the signer's");
    }

    // A former one

    function test_AFormerEvaluatorOnlyRevokes() external {
        bytes32 first = attestAs(evaluator, EVALUATION, model);
        bytes32 last = attestAs(evaluator, EVALUATION, model);
        setEvaluator(evaluator, false);
        refused(evaluator, EVALUATION, dataOf(EVALUATION, model), _notAnEvaluator(evaluator));
        assertEq(resolver.latest(model, EVALUATION, evaluator), last, "what it said stays");
        revokeAs(evaluator, EVALUATION, last);
        assertEq(resolver.latest(model, EVALUATION, evaluator), first, "and can be revoked");

        setEvaluator(evaluator, true);
        bytes32 again = attestAs(evaluator, EVALUATION, model);
        assertEq(resolver.latest(model, EVALUATION, evaluator), again, "one that comes back goes on");
    }

    function testFuzz_NobodyRevokesAnEvaluation(address anyone) external {
        vm.assume(anyone != evaluator);
        bytes32 uid = attestAs(evaluator, EVALUATION, model);
        address[4] memory others = [anyone, creator, formerEvaluator, address(resolver)];
        IWholeEas.RevocationRequest memory all = revocation(EVALUATION, uid);
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(IWholeEas.AccessDenied.selector));
            eas.revoke(all);
        }
        assertEq(resolver.latest(model, EVALUATION, evaluator), uid, "stays");
    }
}
