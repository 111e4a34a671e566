// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochRecord, Proposal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {ISettlementResolver, SchemaKind} from "../../contracts/interfaces/ISettlementResolver.sol";
import {Attestation, AttestationRequest} from "../../contracts/interfaces/eas/IEAS.sol";
import {Attesting, IWholeEas} from "./support/Attesting.sol";

contract SettlementResolverEpochsTest is Attesting {
    function _revertsWith(bytes4 error, EpochRecord memory record) private {
        vm.expectRevert(abi.encodeWithSelector(error, record.epoch));
        resolver.attestEpoch(record);
    }

    function _everyRole() private view returns (address[9] memory) {
        return [
            creator, payer, guardian, stranger, evaluator, formerEvaluator, address(vault), vm.addr(keys[0]), address(this)
        ];
    }

    // What it attests

    function testFuzz_AnyoneAttestsWhatTheVaultActivated(address sender, bytes32 recordRoot) external {
        EpochRecord memory record = activateWith(recordRoot);
        vm.prank(sender);
        bytes32 uid = resolver.attestEpoch(record);

        Attestation memory attestation = eas.getAttestation(uid);
        assertEq(attestation.uid, uid, "there");
        assertEq(attestation.schema, resolver.schemaOf(SchemaKind.Epoch), "schema");
        assertEq(attestation.attester, address(resolver), "attester");
        assertEq(attestation.recipient, address(0), "to nobody");
        assertEq(attestation.time, block.timestamp, "now");
        assertEq(attestation.expirationTime, 0, "no end");
        assertTrue(!attestation.revocable, "for ever");
        assertEq(attestation.refUID, 0, "refers to nothing");
        assertEq(resolver.attestationOf(record.epoch), uid, "kept");

        (uint64 epoch, uint64 lastBlock, bytes32 root, bytes32 records, bytes32 bundleHash) =
            abi.decode(attestation.data, (uint64, uint64, bytes32, bytes32, bytes32));
        assertEq(attestation.data.length, 160, "five words");
        assertEq(epoch, record.epoch, "epoch");
        assertEq(lastBlock, record.lastBlock, "last block");
        assertEq(root, record.root, "root");
        assertEq(records, recordRoot, "record root");
        assertEq(bundleHash, record.bundleHash, "bundle hash");
    }

    function test_TheAttestationIsLogged() external {
        EpochRecord memory record = activateWith("records");
        bytes32 uid = uidOf(request(SchemaKind.Epoch, abi.encode(record)), address(resolver));
        vm.expectEmit(address(eas));
        emit IWholeEas.Attested(address(0), address(resolver), uid, resolver.epochSchema());
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.EpochAttested(record.epoch, uid);
        assertEq(resolver.attestEpoch(record), uid, "returned");
    }

    function test_AnEpochIsAttestedOnce() external {
        EpochRecord memory record = activateWith(0);
        bytes32 uid = resolver.attestEpoch(record);
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.AlreadyAttested.selector, record.epoch, uid));
        resolver.attestEpoch(record);
    }

    function test_EpochsAreAttestedInAnyOrder() external {
        EpochRecord memory first = activateWith(0);
        EpochRecord memory second = activateWith(0);
        bytes32 ofSecond = resolver.attestEpoch(second);
        assertEq(resolver.attestationOf(first.epoch), 0, "not yet");
        bytes32 ofFirst = resolver.attestEpoch(first);
        assertTrue(ofFirst != ofSecond, "two attestations");
        assertEq(resolver.attestationOf(second.epoch), ofSecond, "second");
        assertEq(resolver.attestationOf(first.epoch), ofFirst, "first");
    }

    /// @dev A guard against dear changes: a receipt adds what a transaction costs in itself, some 25,000.
    function test_AnEpochsAttestationCostsUnder300000() external {
        activateWith("first");
        EpochRecord memory record = activateWith("second");
        uint256 before = gasleft();
        resolver.attestEpoch(record);
        assertTrue(before - gasleft() < 300_000, "gas");
    }

    // What it does not

    function testFuzz_AnEpochThatIsNotActivatedIsRefused(uint64 number) external {
        EpochRecord memory record = activateWith(0);
        vm.assume(number != record.epoch);
        record.epoch = number;
        _revertsWith(ISettlementResolver.NotActivated.selector, record);
    }

    function test_AnOpenOrVetoedEpochIsRefused() external {
        Proposal memory proposal = proposalWith("records");
        vault.propose(proposal, signatures(proposal, 2));
        EpochRecord memory record = recordOf(proposal);
        _revertsWith(ISettlementResolver.NotActivated.selector, record);
        vm.prank(guardian);
        vault.veto(proposal.epoch, proposal.attempt);
        _revertsWith(ISettlementResolver.NotActivated.selector, record);
    }

    function testFuzz_AForgedRecordIsRefused(uint64 lastBlock, bytes32 root, bytes32 records, bytes32 bundle) external {
        EpochRecord memory record = activateWith("records");
        EpochRecord memory forged = abi.decode(abi.encode(record), (EpochRecord));
        vm.assume(lastBlock != record.lastBlock && root != record.root);
        vm.assume(records != record.recordRoot && bundle != record.bundleHash);
        bytes4 error = ISettlementResolver.NotTheRecord.selector;

        forged.lastBlock = lastBlock;
        _revertsWith(error, forged);
        (forged.lastBlock, forged.root) = (record.lastBlock, root);
        _revertsWith(error, forged);
        (forged.root, forged.recordRoot) = (record.root, records);
        _revertsWith(error, forged);
        (forged.recordRoot, forged.bundleHash) = (record.recordRoot, bundle);
        _revertsWith(error, forged);
        forged.bundleHash = record.bundleHash;
        resolver.attestEpoch(forged);
    }

    function test_TheRecordOfAnotherEpochIsRefused() external {
        EpochRecord memory first = activateWith("records");
        EpochRecord memory second = activateWith("records");
        (first.epoch, second.epoch) = (second.epoch, first.epoch);
        _revertsWith(ISettlementResolver.NotTheRecord.selector, first);
        _revertsWith(ISettlementResolver.NotTheRecord.selector, second);
    }

    // Nobody else attests under the resolver's schemas, and nobody revokes

    function test_NoOtherRoleAttestsUnderTheResolversSchemas() external {
        EpochRecord memory record = activateWith(0);
        address[9] memory roles = _everyRole();
        for (uint256 kind = uint256(SchemaKind.Epoch); kind < KINDS; ++kind) {
            bytes32 schema = resolver.schemaOf(SchemaKind(kind));
            bytes memory reason = abi.encodeWithSelector(ISettlementResolver.ResolverOnly.selector, schema);
            for (uint256 i = 0; i < roles.length; ++i) {
                refused(roles[i], SchemaKind(kind), abi.encode(record), reason);
            }
        }
    }

    function test_NorSeveralAtOnce() external {
        EpochRecord memory record = activateWith(0);
        bytes[] memory data = new bytes[](2);
        data[0] = data[1] = abi.encode(record);
        IWholeEas.MultiAttestationRequest[] memory requests = many(SchemaKind.Epoch, data);
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.ResolverOnly.selector, resolver.epochSchema()));
        eas.multiAttest(requests);
    }

    function test_NobodySignsForTheResolver() external {
        AttestationRequest memory all = request(SchemaKind.Epoch, abi.encode(activateWith(0)));
        IWholeEas.DelegatedAttestationRequest memory signed = delegated(all, address(resolver), keys[0]);
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.InvalidSignature.selector));
        eas.attestByDelegation(signed);
    }

    function test_NobodyRevokesAnEpoch() external {
        bytes32 uid = resolver.attestEpoch(activateWith(0));
        IWholeEas.RevocationRequest memory all = revocation(SchemaKind.Epoch, uid);
        address[9] memory roles = _everyRole();
        for (uint256 i = 0; i < roles.length; ++i) {
            vm.prank(roles[i]);
            vm.expectRevert(abi.encodeWithSelector(IWholeEas.AccessDenied.selector));
            eas.revoke(all);
        }
        vm.prank(address(resolver));
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.Irrevocable.selector));
        eas.revoke(all);
    }

    /// @dev EAS never asks this, because the schemas are not revocable. The resolver does not rely on that.
    function test_TheResolverItselfRefusesToRevokeThem() external {
        Attestation[] memory all = new Attestation[](1);
        all[0].attester = address(resolver);
        for (uint256 kind = uint256(SchemaKind.Epoch); kind < KINDS; ++kind) {
            all[0].schema = resolver.schemaOf(SchemaKind(kind));
            bytes memory reason = abi.encodeWithSelector(ISettlementResolver.ResolverOnly.selector, all[0].schema);
            vm.startPrank(address(eas));
            vm.expectRevert(reason);
            resolver.revoke(all[0]);
            vm.expectRevert(reason);
            resolver.multiRevoke(all, new uint256[](1));
            vm.stopPrank();
        }
    }

    function test_EpochsAreOfNoModel() external {
        EpochRecord memory record = activateWith(0);
        resolver.attestEpoch(record);
        assertEq(resolver.latest(0, SchemaKind.Epoch, address(resolver)), 0, "of none");
        assertEq(resolver.latest(bytes32(uint256(record.epoch)), SchemaKind.Epoch, address(resolver)), 0, "nor of this");
    }
}
