// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochRecord, Proposal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {ISettlementResolver, SchemaKind, UsageRecord} from "../../contracts/interfaces/ISettlementResolver.sol";
import {Attestation} from "../../contracts/interfaces/eas/IEAS.sol";
import {Attesting, IWholeEas} from "./support/Attesting.sol";
import {Merkle} from "./support/Merkle.sol";

contract SettlementResolverRecordsTest is Attesting {
    bytes32 private second;

    function setUp() public override {
        super.setUp();
        (second,) = registerModel("second");
    }

    // A tree of four: two models' records between two other leaves

    function _encoded(UsageRecord memory r) private pure returns (bytes memory) {
        return abi.encode(
            r.modelId, r.epoch, r.uses, r.consumers, r.tokens, r.revenue, r.domains, r.successes, r.trials
        );
    }

    function _leaf(UsageRecord memory record) private pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(_encoded(record))));
    }

    function _root(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return Merkle.pair(Merkle.pair(keccak256("left"), a), Merkle.pair(b, keccak256("right")));
    }

    /// @dev Of the first of the two; of the second with the roles exchanged.
    function _proof(bytes32 other, bytes32 neighbour, bytes32 otherNeighbour) private pure returns (bytes32[] memory proof) {
        proof = new bytes32[](2);
        (proof[0], proof[1]) = (neighbour, Merkle.pair(other, otherNeighbour));
    }

    function _activate(UsageRecord memory a, UsageRecord memory b)
        private
        returns (EpochRecord memory epoch, bytes32[] memory proofOfA, bytes32[] memory proofOfB)
    {
        epoch = activateWith(_root(_leaf(a), _leaf(b)));
        proofOfA = _proof(_leaf(b), keccak256("left"), keccak256("right"));
        proofOfB = _proof(_leaf(a), keccak256("right"), keccak256("left"));
    }

    /// @dev The next epoch, whose only leaf is this.
    function _activateOnly(UsageRecord memory record) private returns (EpochRecord memory) {
        return activateWith(_leaf(record));
    }

    function _refuses(EpochRecord memory epoch, UsageRecord memory record, bytes32[] memory proof) private {
        vm.expectRevert(
            abi.encodeWithSelector(ISettlementResolver.BadRecord.selector, epoch.epoch, record.modelId)
        );
        resolver.attestRecord(epoch, record, proof);
    }

    // What it attests

    function testFuzz_AnyoneAttestsARecordOfTheRoot(address sender, uint64 uses, uint128 revenue) external {
        UsageRecord memory record = usage(model, 1);
        (record.uses, record.revenue[0]) = (uses, revenue);
        (EpochRecord memory epoch, bytes32[] memory proof, bytes32[] memory proofOfOther) =
            _activate(record, usage(second, 1));
        vm.prank(sender);
        bytes32 uid = resolver.attestRecord(epoch, record, proof);

        Attestation memory attestation = eas.getAttestation(uid);
        assertEq(attestation.uid, uid, "there");
        assertEq(attestation.schema, resolver.schemaOf(SchemaKind.UsageRecord), "schema");
        assertEq(attestation.attester, address(resolver), "attester");
        assertEq(attestation.recipient, registry.payAddressOf(model), "to the pay address");
        assertEq(attestation.expirationTime, 0, "no end");
        assertTrue(!attestation.revocable, "for ever");
        assertEq(keccak256(attestation.data), keccak256(_encoded(record)), "the bytes that the leaf hashes");
        assertEq(resolver.recordOf(1, model), uid, "kept");
        assertEq(resolver.recordOf(1, second), 0, "of this model only");

        bytes32 other = resolver.attestRecord(epoch, usage(second, 1), proofOfOther);
        assertEq(resolver.recordOf(1, second), other, "and the other one");
        assertEq(resolver.recordOf(1, model), uid, "beside it");
    }

    function test_TheRecordIsLogged() external {
        UsageRecord memory record = usage(model, 1);
        EpochRecord memory epoch = _activateOnly(record);
        bytes32 schema = resolver.schemaOf(SchemaKind.UsageRecord);
        address payAddress = registry.payAddressOf(model);
        bytes32 uid = keccak256(
            abi.encodePacked(
                schema,
                payAddress,
                address(resolver),
                uint64(block.timestamp),
                uint64(0),
                false,
                bytes32(0),
                _encoded(record),
                uint32(0)
            )
        );
        vm.expectEmit(address(eas));
        emit IWholeEas.Attested(payAddress, address(resolver), uid, schema);
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.RecordAttested(1, model, uid);
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.LatestSet(model, SchemaKind.UsageRecord, address(resolver), uid);
        assertEq(resolver.attestRecord(epoch, record, noProof()), uid, "returned");
    }

    function testFuzz_ListsOfAnyLengthAreAttested(uint8 tokens, uint8 domains) external {
        UsageRecord memory record = usage(model, 1);
        record.tokens = new address[](tokens % 8);
        record.revenue = new uint128[](tokens % 8);
        record.domains = new bytes32[](domains % 8);
        record.successes = new uint64[](domains % 8);
        record.trials = new uint64[](domains % 8);
        bytes32 uid = resolver.attestRecord(_activateOnly(record), record, noProof());
        assertEq(keccak256(eas.getAttestation(uid).data), keccak256(_encoded(record)), "data");
    }

    function test_ARecordNeedsNoAttestationOfItsEpoch() external {
        UsageRecord memory record = usage(model, 1);
        EpochRecord memory epoch = _activateOnly(record);
        resolver.attestRecord(epoch, record, noProof());
        assertEq(resolver.attestationOf(1), 0, "not attested");
        resolver.attestEpoch(epoch);
    }

    function test_ARecordIsAttestedOnce() external {
        UsageRecord memory record = usage(model, 1);
        UsageRecord memory again = usage(model, 1);
        again.uses = 13;
        (EpochRecord memory epoch, bytes32[] memory proof, bytes32[] memory proofOfAgain) = _activate(record, again);
        bytes32 uid = resolver.attestRecord(epoch, record, proof);
        bytes memory reason =
            abi.encodeWithSelector(ISettlementResolver.RecordAlreadyAttested.selector, uint64(1), model, uid);
        vm.expectRevert(reason);
        resolver.attestRecord(epoch, record, proof);
        // Also where a root has two records of a model.
        vm.expectRevert(reason);
        resolver.attestRecord(epoch, again, proofOfAgain);
    }

    function test_NobodyRevokesARecord() external {
        UsageRecord memory record = usage(model, 1);
        bytes32 uid = resolver.attestRecord(_activateOnly(record), record, noProof());
        IWholeEas.RevocationRequest memory all = revocation(SchemaKind.UsageRecord, uid);
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.AccessDenied.selector));
        eas.revoke(all);
        vm.prank(address(resolver));
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.Irrevocable.selector));
        eas.revoke(all);
    }

    // What it does not: epochs

    function test_TheEpochIsHeldAgainstTheVault() external {
        UsageRecord memory record = usage(model, 1);
        Proposal memory proposal = proposalWith(_leaf(record));
        vault.propose(proposal, signatures(proposal, 2));
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.NotActivated.selector, uint64(1)));
        resolver.attestRecord(recordOf(proposal), record, noProof());
    }

    function testFuzz_AForgedEpochIsRefused(uint64 lastBlock, bytes32 root, bytes32 bundle, uint64 uses) external {
        EpochRecord memory epoch = _activateOnly(usage(model, 1));
        UsageRecord memory record = usage(model, 1);
        vm.assume(lastBlock != epoch.lastBlock && root != epoch.root && bundle != epoch.bundleHash);
        vm.assume(uses != record.uses);
        bytes memory reason = abi.encodeWithSelector(ISettlementResolver.NotTheRecord.selector, uint64(1));
        EpochRecord memory forged = abi.decode(abi.encode(epoch), (EpochRecord));

        forged.lastBlock = lastBlock;
        vm.expectRevert(reason);
        resolver.attestRecord(forged, record, noProof());
        (forged.lastBlock, forged.root) = (epoch.lastBlock, root);
        vm.expectRevert(reason);
        resolver.attestRecord(forged, record, noProof());
        (forged.root, forged.bundleHash) = (epoch.root, bundle);
        vm.expectRevert(reason);
        resolver.attestRecord(forged, record, noProof());

        // A record of one's own, with the root that it would lead to.
        record.uses = uses;
        (forged.bundleHash, forged.recordRoot) = (epoch.bundleHash, _leaf(record));
        vm.expectRevert(reason);
        resolver.attestRecord(forged, record, noProof());
    }

    function test_ARecordOfAnotherEpochIsRefused() external {
        UsageRecord memory record = usage(model, 1);
        EpochRecord memory first = _activateOnly(record);
        // The second epoch has the first one's root again.
        EpochRecord memory next = activateWith(first.recordRoot);
        _refuses(next, record, noProof());
        UsageRecord memory ofNext = usage(model, 2);
        _refuses(next, ofNext, noProof());
        _refuses(first, ofNext, noProof());
        resolver.attestRecord(first, record, noProof());
    }

    function test_AnEpochWithoutRecordsHasNone() external {
        _refuses(activateWith(0), usage(model, 1), noProof());
    }

    // What it does not: records

    function test_ARecordWithAnyFieldAlteredIsRefused() external {
        UsageRecord memory record = usage(model, 1);
        (EpochRecord memory epoch, bytes32[] memory proof,) = _activate(record, usage(second, 1));
        for (uint256 field = 0; field < 9; ++field) {
            UsageRecord memory altered = usage(model, 1);
            if (field == 0) altered.modelId = second;
            if (field == 1) altered.epoch = 2;
            if (field == 2) altered.uses++;
            if (field == 3) altered.consumers--;
            if (field == 4) altered.tokens[1] = address(1);
            if (field == 5) altered.revenue[0]++;
            if (field == 6) altered.domains[0] = "poetry";
            if (field == 7) altered.successes[0]++;
            if (field == 8) altered.trials[0]--;
            _refuses(epoch, altered, proof);
        }
        resolver.attestRecord(epoch, record, proof);
    }

    function test_ListsThatDifferInLengthAreRefused() external {
        for (uint256 list = 0; list < 5; ++list) {
            UsageRecord memory record = usage(model, uint64(list + 1));
            if (list == 0) record.tokens = new address[](1);
            if (list == 1) record.revenue = new uint128[](3);
            if (list == 2) record.domains = new bytes32[](2);
            if (list == 3) record.successes = new uint64[](0);
            if (list == 4) record.trials = new uint64[](2);
            // Although the attestors signed it.
            _refuses(_activateOnly(record), record, noProof());
        }
    }

    function test_ARecordOfNoModelIsRefused() external {
        UsageRecord memory record = usage("nobody's", 1);
        EpochRecord memory epoch = _activateOnly(record);
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.UnknownModel.selector, record.modelId));
        resolver.attestRecord(epoch, record, noProof());
    }

    function test_AnotherProofIsRefused() external {
        UsageRecord memory record = usage(model, 1);
        (EpochRecord memory epoch, bytes32[] memory proof, bytes32[] memory proofOfOther) =
            _activate(record, usage(second, 1));
        _refuses(epoch, record, proofOfOther);
        _refuses(epoch, record, noProof());
        bytes32[] memory part = new bytes32[](1);
        part[0] = proof[1];
        _refuses(epoch, record, part);
        bytes32[] memory more = new bytes32[](3);
        (more[0], more[1], more[2]) = (proof[0], proof[1], 0);
        _refuses(epoch, record, more);
        (proof[0], proof[1]) = (proof[1], proof[0]);
        _refuses(epoch, record, proof);
    }

    /// @dev Leaves are hashed twice and inner nodes once, so that neither is ever taken for the other.
    function test_AnInnerNodeIsNoLeaf() external {
        UsageRecord memory record = usage(model, 1);
        // A leaf that is hashed once, as a node is.
        _refuses(activateWith(keccak256(_encoded(record))), record, noProof());
        // The encoding of the struct, with its offset, is no leaf either.
        record.epoch = 2;
        bytes32 ofStruct = keccak256(abi.encode(keccak256(abi.encode(record))));
        _refuses(activateWith(ofStruct), record, noProof());
        // Nor does the hash of a node lead to the root, by whatever is left of the path.
        record.epoch = 3;
        (EpochRecord memory epoch, bytes32[] memory proof,) = _activate(record, usage(second, 3));
        UsageRecord memory node = usage(Merkle.pair(_leaf(record), keccak256("left")), 3);
        bytes32[] memory rest = new bytes32[](1);
        rest[0] = proof[1];
        _refuses(epoch, node, rest);
    }

    // The latest

    function test_TheLatestRecordIsThatOfTheHighestEpoch() external {
        EpochRecord[] memory epochs = new EpochRecord[](3);
        for (uint64 i = 0; i < 3; ++i) epochs[i] = _activateOnly(usage(model, i + 1));
        assertEq(resolver.latest(model, SchemaKind.UsageRecord, address(resolver)), 0, "none yet");

        bytes32 ofSecond = resolver.attestRecord(epochs[1], usage(model, 2), noProof());
        assertEq(resolver.latest(model, SchemaKind.UsageRecord, address(resolver)), ofSecond, "the first attested");
        vm.recordLogs();
        bytes32 ofFirst = resolver.attestRecord(epochs[0], usage(model, 1), noProof());
        assertEq(vm.getRecordedLogs().length, 2, "attested and recorded, and not the latest");
        assertTrue(ofFirst != ofSecond, "another");
        assertEq(resolver.latest(model, SchemaKind.UsageRecord, address(resolver)), ofSecond, "an older one is not");
        bytes32 ofThird = resolver.attestRecord(epochs[2], usage(model, 3), noProof());
        assertEq(resolver.latest(model, SchemaKind.UsageRecord, address(resolver)), ofThird, "a newer one is");

        assertEq(resolver.latest(second, SchemaKind.UsageRecord, address(resolver)), 0, "of this model");
        assertEq(resolver.latest(model, SchemaKind.UsageRecord, creator), 0, "by this attester");
        assertEq(resolver.latest(model, SchemaKind.Evaluation, address(resolver)), 0, "of this kind");
    }
}
