// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochRecord, IRoyaltySplit, TokenTotal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {ISettlementResolver} from "../../contracts/interfaces/ISettlementResolver.sol";
import {Attestation, AttestationRequest, AttestationRequestData, IEAS} from "../../contracts/interfaces/eas/IEAS.sol";
import {ISchemaRegistry} from "../../contracts/interfaces/eas/ISchemaRegistry.sol";
import {SettlementResolver} from "../../contracts/SettlementResolver.sol";
import {Deployed} from "./support/Deployed.sol";

/// @notice The rest of EAS that only these tests call.
interface IWholeEas is IEAS {
    struct RevocationRequestData {
        bytes32 uid;
        uint256 value;
    }

    struct RevocationRequest {
        bytes32 schema;
        RevocationRequestData data;
    }

    struct MultiAttestationRequest {
        bytes32 schema;
        AttestationRequestData[] data;
    }

    event Attested(address indexed recipient, address indexed attester, bytes32 uid, bytes32 indexed schemaUID);

    error InvalidAttestation();
    error InvalidAttestations();
    error Irrevocable();

    function getAttestation(bytes32 uid) external view returns (Attestation memory);
    function multiAttest(MultiAttestationRequest[] calldata requests) external payable returns (bytes32[] memory);
    function revoke(RevocationRequest calldata request) external payable;
}

/// @title Against the real EAS, from the artifacts that it ships
contract SettlementResolverTest is Deployed {
    string private constant ARTIFACTS = "node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts/";
    string private constant SCHEMA = "uint64 epoch,bytes32 root,bytes32 bundleHash,uint64 lastBlock";

    IWholeEas private eas;
    address private schemaRegistry;
    SettlementResolver private resolver;

    function setUp() public override {
        super.setUp();
        schemaRegistry = _create("SchemaRegistry.sol/SchemaRegistry.json", "");
        eas = IWholeEas(_create("EAS.sol/EAS.json", abi.encode(schemaRegistry)));
        resolver = new SettlementResolver(address(eas), schemaRegistry, address(vault));
    }

    function _create(string memory artifact, bytes memory arguments) private returns (address created) {
        string memory json = vm.readFile(string.concat(ARTIFACTS, artifact));
        bytes memory code = bytes.concat(vm.parseJsonBytes(json, ".bytecode"), arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 32), mload(code))
        }
        assertTrue(created != address(0), artifact);
    }

    function _activateOne() private returns (EpochRecord memory) {
        (bytes32 model,) = registerModel("model");
        payDollars(model, 100);
        settle(keccak256("root"), oneTotal(address(dollar), 60));
        return vault.epochRecord(1);
    }

    function _request(bytes memory data) private view returns (AttestationRequest memory) {
        return AttestationRequest({
            schema: resolver.epochSchema(),
            data: AttestationRequestData({
                recipient: address(vault), expirationTime: 0, revocable: false, refUID: 0, data: data, value: 0
            })
        });
    }

    function test_Resolver_RegistersItsSchema() external view {
        assertEq(
            resolver.epochSchema(), keccak256(abi.encodePacked(SCHEMA, address(resolver), false)), "uid by formula"
        );
        assertEq(resolver.eas(), address(eas), "eas");
        assertEq(resolver.vault(), address(vault), "vault");
        assertEq(resolver.version(), "1.0.0", "version");
        assertTrue(!resolver.isPayable(), "takes no money");
        assertTrue(address(resolver).code.length <= 24_576, "size");
    }

    function test_Resolver_RefusesAnotherSchemaRegistry() external {
        address other = _create("SchemaRegistry.sol/SchemaRegistry.json", "");
        vm.expectRevert(
            abi.encodeWithSelector(ISettlementResolver.WrongSchemaRegistry.selector, other, schemaRegistry)
        );
        new SettlementResolver(address(eas), other, address(vault));
    }

    function test_AttestEpoch_SaysWhatTheVaultSays(address sender) external {
        EpochRecord memory record = _activateOne();
        vm.recordLogs();
        vm.prank(sender);
        bytes32 uid = resolver.attestEpoch(1);

        Attestation memory attestation = eas.getAttestation(uid);
        assertEq(attestation.schema, resolver.epochSchema(), "schema");
        assertEq(attestation.attester, address(resolver), "attester");
        assertEq(attestation.recipient, address(vault), "recipient");
        assertTrue(!attestation.revocable, "for ever");
        assertEq(attestation.expirationTime, 0, "no end");
        assertEq(
            keccak256(attestation.data),
            keccak256(abi.encode(uint64(1), record.root, record.bundleHash, record.lastBlock)),
            "data"
        );
        assertEq(resolver.attestationOf(1), uid, "kept");
    }

    function test_AttestEpoch_LogsTheAttestation() external {
        _activateOne();
        // The uid depends on the time only, so that a call that is undone foretells it.
        bytes32 uid = this.attestAndUndo();
        vm.expectEmit(address(eas));
        emit IWholeEas.Attested(address(vault), address(resolver), uid, resolver.epochSchema());
        vm.expectEmit(address(resolver));
        emit ISettlementResolver.EpochAttested(1, uid);
        resolver.attestEpoch(1);
    }

    function attestAndUndo() external returns (bytes32 uid) {
        try this.attestAndRevert() {}
        catch (bytes memory reason) {
            assembly ("memory-safe") {
                uid := mload(add(reason, 32))
            }
        }
    }

    function attestAndRevert() external {
        bytes32 uid = resolver.attestEpoch(1);
        assembly ("memory-safe") {
            mstore(0, uid)
            revert(0, 32)
        }
    }

    function test_AttestEpoch_HappensOnce() external {
        _activateOne();
        bytes32 uid = resolver.attestEpoch(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.AlreadyAttested.selector, 1, uid));
        resolver.attestEpoch(1);
    }

    function test_AttestEpoch_NeedsAnActivatedEpoch(uint64 epoch) external {
        _activateOne();
        vm.assume(epoch != 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlementResolver.NotActivated.selector, epoch));
        resolver.attestEpoch(epoch);
    }

    function test_AttestEpoch_TakesEpochsInAnyOrder() external {
        _activateOne();
        settle(keccak256("next"), oneTotal(address(dollar), 70));
        bytes32 second = resolver.attestEpoch(2);
        bytes32 first = resolver.attestEpoch(1);
        assertTrue(first != second, "two attestations");
    }

    function test_Schema_IsClosedToEverybodyElse(address other, bytes calldata data) external {
        vm.assume(other != address(resolver));
        AttestationRequest memory request = _request(data);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.InvalidAttestation.selector));
        eas.attest(request);
    }

    function test_Schema_IsClosedToManyAtOnceToo(address other) external {
        vm.assume(other != address(resolver));
        AttestationRequestData[] memory data = new AttestationRequestData[](2);
        data[0] = _request("a").data;
        data[1] = _request("b").data;
        IWholeEas.MultiAttestationRequest[] memory requests = new IWholeEas.MultiAttestationRequest[](1);
        requests[0] = IWholeEas.MultiAttestationRequest({schema: resolver.epochSchema(), data: data});
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.InvalidAttestations.selector));
        eas.multiAttest(requests);
    }

    function test_Attestation_CannotBeRevoked() external {
        _activateOne();
        bytes32 uid = resolver.attestEpoch(1);
        bytes32 schema = resolver.epochSchema();
        vm.prank(address(resolver));
        vm.expectRevert(abi.encodeWithSelector(IWholeEas.Irrevocable.selector));
        eas.revoke(
            IWholeEas.RevocationRequest({
                schema: schema, data: IWholeEas.RevocationRequestData({uid: uid, value: 0})
            })
        );
    }

    // The callbacks

    function test_Callbacks_AreForEasOnly(address other) external {
        vm.assume(other != address(eas));
        bytes memory reason = abi.encodeWithSelector(ISettlementResolver.OnlyEas.selector, other);
        Attestation memory attestation;
        attestation.attester = address(resolver);
        Attestation[] memory none = new Attestation[](0);
        vm.startPrank(other);
        vm.expectRevert(reason);
        resolver.attest(attestation);
        vm.expectRevert(reason);
        resolver.multiAttest(none, new uint256[](0));
        vm.expectRevert(reason);
        resolver.revoke(attestation);
        vm.expectRevert(reason);
        resolver.multiRevoke(none, new uint256[](0));
    }

    function test_Callbacks_TakeTheResolverAsAttesterAlone(address attester) external {
        Attestation[] memory two = new Attestation[](2);
        two[0].attester = address(resolver);
        two[1].attester = attester;
        vm.startPrank(address(eas));
        assertTrue(resolver.attest(two[0]), "itself");
        assertEq(resolver.attest(two[1]), attester == address(resolver), "another");
        assertEq(resolver.multiAttest(two, new uint256[](2)), attester == address(resolver), "one of two");
        two[1].attester = address(resolver);
        assertTrue(resolver.multiAttest(two, new uint256[](2)), "both itself");
        assertTrue(!resolver.revoke(two[0]), "no revocation");
        assertTrue(!resolver.multiRevoke(two, new uint256[](2)), "no revocations");
    }
}
