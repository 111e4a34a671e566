// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ISettlementResolver, SchemaKind} from "../../contracts/interfaces/ISettlementResolver.sol";
import {Attestation, AttestationRequest, IEAS} from "../../contracts/interfaces/eas/IEAS.sol";
import {ISchemaRegistry, SchemaRecord} from "../../contracts/interfaces/eas/ISchemaRegistry.sol";
import {SettlementResolver} from "../../contracts/SettlementResolver.sol";
import {Attesting} from "./support/Attesting.sol";

/// @notice An attestation service that keeps another schema than it was given.
contract LyingService is IEAS, ISchemaRegistry {
    uint256 private immutable _lie;
    SchemaRecord private _record;

    constructor(uint256 lie) {
        _lie = lie;
    }

    function getSchemaRegistry() external view returns (address) {
        return address(this);
    }

    function register(string calldata schema, address resolver, bool revocable) external returns (bytes32 uid) {
        uid = keccak256(abi.encodePacked(schema, resolver, revocable));
        _record = SchemaRecord({uid: uid, resolver: resolver, revocable: revocable, schema: schema});
        if (_lie == 1) _record.uid = 0;
        if (_lie == 2) _record.resolver = address(this);
        if (_lie == 3) _record.revocable = !revocable;
        if (_lie == 4) _record.schema = string.concat(schema, ",bool more");
    }

    function getSchema(bytes32) external view returns (SchemaRecord memory) {
        return _record;
    }

    function attest(AttestationRequest calldata) external payable returns (bytes32) {}
}

contract SettlementResolverTest is Attesting {
    function _revocable(uint256 kind) private pure returns (bool) {
        return SchemaKind(kind) != SchemaKind.Epoch && SchemaKind(kind) != SchemaKind.UsageRecord;
    }

    // Construction

    function test_ItRegistersASchemaOfEachKind() external view {
        for (uint256 i = 0; i < KINDS; ++i) {
            string memory text = resolver.schemaText(SchemaKind(i));
            bytes32 uid = resolver.schemaOf(SchemaKind(i));
            assertEq(uid, keccak256(abi.encodePacked(text, address(resolver), _revocable(i))), "uid by formula");
            SchemaRecord memory record = ISchemaRegistry(schemaRegistry).getSchema(uid);
            assertEq(record.uid, uid, "kept");
            assertEq(record.resolver, address(resolver), "resolver");
            assertEq(record.revocable, _revocable(i), "revocable");
            assertEq(record.schema, text, "text");
        }
        assertEq(resolver.epochSchema(), resolver.schemaOf(SchemaKind.Epoch), "the epochs' schema");
    }

    /// @dev Other texts are other schemas: what was attested would be lost to readers.
    function test_TheTextsOfTheSchemasStay() external view {
        string[7] memory texts = [
            "bytes32 modelId,bytes32 identityHash,bytes32[] datasetHashes,string[] relations,string uri",
            "bytes32 modelId,bytes32[] parents,uint32[] shares,uint32 version",
            "bytes32 modelId,address account,bytes32 role,uint96 weight,bytes32 method",
            "bytes32 modelId,address account,bytes32 use,uint8 permission,uint64 expires,bytes32 termsHash",
            "bytes32 modelId,bytes32 domain,string metric,string value,uint64 n,bytes32 evalSetHash,bytes32 methodHash",
            "uint64 epoch,uint64 lastBlock,bytes32 root,bytes32 recordRoot,bytes32 bundleHash",
            "bytes32 modelId,uint64 epoch,uint64 uses,uint64 consumers,address[] tokens,uint128[] revenue,bytes32[] domains,uint64[] successes,uint64[] trials"
        ];
        for (uint256 i = 0; i < KINDS; ++i) assertEq(resolver.schemaText(SchemaKind(i)), texts[i], texts[i]);
    }

    function test_ItSaysWhereItBelongs() external view {
        assertEq(resolver.eas(), address(eas), "eas");
        assertEq(resolver.vault(), address(vault), "vault");
        assertEq(resolver.version(), "1.0.0", "version");
        assertTrue(!resolver.isPayable(), "takes no money");
        assertTrue(address(resolver).code.length <= 24_576, "size");
    }

    function test_AnotherSchemaRegistryIsRefused() external {
        (address other,) = deployService();
        vm.expectRevert(
            abi.encodeWithSelector(ISettlementResolver.WrongSchemaRegistry.selector, other, schemaRegistry)
        );
        new SettlementResolver(address(eas), other, address(vault));
    }

    function test_AServiceThatKeepsOtherSchemasIsRefused() external {
        for (uint256 lie = 1; lie <= 4; ++lie) {
            LyingService service = new LyingService(lie);
            address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
            bytes32 uid = keccak256(abi.encodePacked(resolver.schemaText(SchemaKind.Provenance), next, true));
            vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.UnknownSchema.selector, uid));
            new SettlementResolver(address(service), address(service), address(vault));
        }
    }

    // Schemas that somebody registers before there is a resolver

    function _foretold(bytes32 salt) private view returns (address) {
        bytes memory code = abi.encodePacked(
            type(SettlementResolver).creationCode, abi.encode(address(eas), schemaRegistry, address(vault))
        );
        return address(
            uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, keccak256(code)))))
        );
    }

    function testFuzz_SchemasRegisteredBeforeDoNotStopIt(bytes32 salt, uint8 which) external {
        address foretold = _foretold(salt);
        vm.startPrank(stranger);
        for (uint256 i = 0; i < KINDS; ++i) {
            if (which >> i & 1 == 0) continue;
            ISchemaRegistry(schemaRegistry).register(resolver.schemaText(SchemaKind(i)), foretold, _revocable(i));
        }
        vm.stopPrank();

        resolver = new SettlementResolver{salt: salt}(address(eas), schemaRegistry, address(vault));
        assertEq(address(resolver), foretold, "where it was foretold");
        for (uint256 i = 0; i < KINDS; ++i) {
            bytes32 uid = resolver.schemaOf(SchemaKind(i));
            assertEq(ISchemaRegistry(schemaRegistry).getSchema(uid).resolver, foretold, "registered once");
        }
        bytes32 attested = attestAs(creator, SchemaKind.Lineage, model);
        assertEq(resolver.latest(model, SchemaKind.Lineage, creator), attested, "and works");
        resolver.attestEpoch(activateWith(0));
    }

    function test_ASchemaOfOtherRevocabilityIsAnotherSchema() external {
        address foretold = _foretold("salt");
        bytes32 other = ISchemaRegistry(schemaRegistry).register(resolver.schemaText(SchemaKind.Epoch), foretold, true);
        resolver = new SettlementResolver{salt: "salt"}(address(eas), schemaRegistry, address(vault));
        assertTrue(resolver.epochSchema() != other, "not that one");

        AttestationRequest memory all = request(SchemaKind.Epoch, dataOf(SchemaKind.Epoch, model));
        all.schema = other;
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.UnknownSchema.selector, other));
        eas.attest(all);
    }

    function test_NothingIsAttestedBeforeThereIsAResolver() external {
        string memory text = resolver.schemaText(SchemaKind.Evaluation);
        bytes32 early = ISchemaRegistry(schemaRegistry).register(text, _foretold("salt"), true);
        AttestationRequest memory all = request(SchemaKind.Evaluation, dataOf(SchemaKind.Evaluation, model));
        all.schema = early;
        vm.expectRevert(bytes(""));
        eas.attest(all);
    }

    // The callbacks

    function testFuzz_OnlyEasCallsBack(address impostor, uint8 which) external {
        vm.assume(impostor != address(eas));
        bytes memory reason = abi.encodeWithSelector(ISettlementResolver.OnlyEas.selector, impostor);
        SchemaKind kind = SchemaKind(bound(which, 0, KINDS - 1));
        Attestation[] memory all = new Attestation[](1);
        all[0].schema = resolver.schemaOf(kind);
        all[0].attester = _revocable(uint8(kind)) ? creator : address(resolver);
        if (kind == SchemaKind.Evaluation) all[0].attester = evaluator;
        all[0].data = dataOf(kind, model);
        vm.startPrank(impostor);
        vm.expectRevert(reason);
        resolver.attest(all[0]);
        vm.expectRevert(reason);
        resolver.multiAttest(all, new uint256[](1));
        vm.expectRevert(reason);
        resolver.revoke(all[0]);
        vm.expectRevert(reason);
        resolver.multiRevoke(all, new uint256[](1));
    }

    function test_ASecondEasIsAnImpostor() external {
        (address otherSchemas, IEAS other) = deployService();
        string memory text = resolver.schemaText(SchemaKind.Lineage);
        bytes32 uid = ISchemaRegistry(otherSchemas).register(text, address(resolver), true);
        assertEq(uid, resolver.schemaOf(SchemaKind.Lineage), "the same schema there");
        AttestationRequest memory all = request(SchemaKind.Lineage, dataOf(SchemaKind.Lineage, model));
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.OnlyEas.selector, address(other)));
        other.attest(all);
    }

    function testFuzz_AnotherSchemaOfThisResolverIsUnknown(string calldata text, bool revocable) external {
        bytes32 other = ISchemaRegistry(schemaRegistry).register(text, address(resolver), revocable);
        AttestationRequest memory all = request(SchemaKind.Epoch, dataOf(SchemaKind.Lineage, model));
        all.schema = other;
        bytes memory reason = abi.encodeWithSelector(ISettlementResolver.UnknownSchema.selector, other);
        vm.prank(creator);
        vm.expectRevert(reason);
        eas.attest(all);

        Attestation memory attestation;
        attestation.schema = other;
        vm.prank(address(eas));
        vm.expectRevert(reason);
        resolver.revoke(attestation);
    }
}
