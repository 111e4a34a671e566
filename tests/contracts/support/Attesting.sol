// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochRecord, Proposal} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {SchemaKind, UsageRecord} from "../../../contracts/interfaces/ISettlementResolver.sol";
import {Attestation, AttestationRequest, AttestationRequestData, IEAS} from "../../../contracts/interfaces/eas/IEAS.sol";
import {SettlementResolver} from "../../../contracts/SettlementResolver.sol";
import {Artifacts} from "./Artifacts.sol";
import {Deployed} from "./Deployed.sol";

/// @notice The rest of EAS that only tests call.
interface IWholeEas is IEAS {
    struct RevocationRequestData {
        bytes32 uid;
        uint256 value;
    }

    struct RevocationRequest {
        bytes32 schema;
        RevocationRequestData data;
    }

    struct MultiRevocationRequest {
        bytes32 schema;
        RevocationRequestData[] data;
    }

    struct MultiAttestationRequest {
        bytes32 schema;
        AttestationRequestData[] data;
    }

    struct EasSignature {
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    struct DelegatedAttestationRequest {
        bytes32 schema;
        AttestationRequestData data;
        EasSignature signature;
        address attester;
        uint64 deadline;
    }

    event Attested(address indexed recipient, address indexed attester, bytes32 uid, bytes32 indexed schemaUID);
    event Revoked(address indexed recipient, address indexed attester, bytes32 uid, bytes32 indexed schemaUID);

    error AccessDenied();
    error AlreadyRevoked();
    error InvalidSignature();
    error Irrevocable();
    error NotPayable();

    function getAttestation(bytes32 uid) external view returns (Attestation memory);
    function getDomainSeparator() external view returns (bytes32);
    function getAttestTypeHash() external view returns (bytes32);
    function getNonce(address account) external view returns (uint256);
    function multiAttest(MultiAttestationRequest[] calldata requests) external payable returns (bytes32[] memory);
    function attestByDelegation(DelegatedAttestationRequest calldata request) external payable returns (bytes32);
    function revoke(RevocationRequest calldata request) external payable;
    function multiRevoke(MultiRevocationRequest[] calldata requests) external payable;
}

/// @title A deployment with the real attestation service, from the artifacts that it ships
abstract contract Attesting is Deployed {
    string private constant ARTIFACTS = "node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts/";

    uint256 internal constant KINDS = 7;
    address internal constant stranger = address(0x57A4);
    address internal constant evaluator = address(0xE7A1);
    address internal constant formerEvaluator = address(0xF0E7);

    IWholeEas internal eas;
    address internal schemaRegistry;
    SettlementResolver internal resolver;
    bytes32 internal model;

    function setUp() public virtual override {
        super.setUp();
        (schemaRegistry, eas) = deployService();
        resolver = SettlementResolver(
            Artifacts.create("SettlementResolver", abi.encode(eas, schemaRegistry, vault))
        );
        (model,) = registerModel("model");
        setEvaluator(evaluator, true);
        setEvaluator(formerEvaluator, true);
        setEvaluator(formerEvaluator, false);
    }

    function deployService() internal returns (address schemas, IWholeEas service) {
        schemas = _create("SchemaRegistry.sol/SchemaRegistry.json", "");
        service = IWholeEas(_create("EAS.sol/EAS.json", abi.encode(schemas)));
    }

    function setEvaluator(address account, bool registered) internal {
        vm.prank(account);
        resolver.setEvaluator(registered, "https://evaluators.example/1");
    }

    function sell(bytes32 modelId, address from, address to) internal {
        vm.prank(from);
        registry.transferFrom(from, to, uint256(modelId));
    }

    // Epochs and records

    function proposalWith(bytes32 recordRoot) internal returns (Proposal memory proposal) {
        payDollars(model, 10);
        uint128 total = uint128(vault.promised(address(dollar))) + 10;
        proposal = proposalOf(keccak256(abi.encode("root", vault.epoch())), oneTotal(address(dollar), total));
        proposal.recordRoot = recordRoot;
    }

    /// @dev The next epoch, activated with these records.
    function activateWith(bytes32 recordRoot) internal returns (EpochRecord memory) {
        Proposal memory proposal = proposalWith(recordRoot);
        settle(proposal);
        return recordOf(proposal);
    }

    function recordOf(Proposal memory proposal) internal pure returns (EpochRecord memory) {
        return EpochRecord({
            epoch: proposal.epoch,
            lastBlock: proposal.lastBlock,
            root: proposal.root,
            recordRoot: proposal.recordRoot,
            bundleHash: proposal.bundleHash
        });
    }

    function usage(bytes32 modelId, uint64 epoch) internal view returns (UsageRecord memory record) {
        record.modelId = modelId;
        record.epoch = epoch;
        record.uses = 12;
        record.consumers = 3;
        record.tokens = new address[](2);
        record.tokens[1] = address(dollar);
        record.revenue = new uint128[](2);
        (record.revenue[0], record.revenue[1]) = (1 ether, type(uint128).max);
        record.domains = new bytes32[](1);
        record.domains[0] = "nda-review";
        record.successes = new uint64[](1);
        record.successes[0] = 8;
        record.trials = new uint64[](1);
        record.trials[0] = 10;
    }

    // Attestations

    /// @dev Data of the kind's schema about a model.
    function dataOf(SchemaKind kind, bytes32 modelId) internal view returns (bytes memory) {
        if (kind == SchemaKind.Provenance) {
            return abi.encode(modelId, keccak256("weights"), new bytes32[](1), new string[](1), "https://data.example/1");
        }
        if (kind == SchemaKind.Lineage) return abi.encode(modelId, new bytes32[](1), new uint32[](1), uint32(1));
        if (kind == SchemaKind.Contribution) {
            return abi.encode(modelId, alice, bytes32("data"), uint96(1), keccak256("method"));
        }
        if (kind == SchemaKind.Permission) {
            return abi.encode(modelId, bob, bytes32("resale"), uint8(1), uint64(0), keccak256("terms"));
        }
        if (kind == SchemaKind.Evaluation) {
            return abi.encode(
                modelId, bytes32("nda-review"), "f1", "0.87", uint64(100), keccak256("set"), keccak256("method")
            );
        }
        if (kind == SchemaKind.Epoch) return abi.encode(uint64(1), uint64(1), modelId, modelId, modelId);
        return abi.encode(usage(modelId, 1));
    }

    function requestData(SchemaKind kind, bytes memory data) internal pure returns (AttestationRequestData memory) {
        return AttestationRequestData({
            recipient: address(0),
            expirationTime: 0,
            revocable: kind != SchemaKind.Epoch && kind != SchemaKind.UsageRecord,
            refUID: 0,
            data: data,
            value: 0
        });
    }

    function request(SchemaKind kind, bytes memory data) internal view returns (AttestationRequest memory) {
        return AttestationRequest({schema: resolver.schemaOf(kind), data: requestData(kind, data)});
    }

    function attestAs(address attester, SchemaKind kind, bytes32 modelId) internal returns (bytes32 uid) {
        AttestationRequest memory all = request(kind, dataOf(kind, modelId));
        vm.prank(attester);
        return eas.attest(all);
    }

    /// @dev Asks for it, and expects the resolver's refusal.
    function refused(address attester, SchemaKind kind, bytes memory data, bytes memory reason) internal {
        AttestationRequest memory all = request(kind, data);
        vm.prank(attester);
        vm.expectRevert(reason);
        eas.attest(all);
    }

    /// @dev Several about models, under one schema and in one call.
    function many(SchemaKind kind, bytes[] memory data)
        internal
        view
        returns (IWholeEas.MultiAttestationRequest[] memory requests)
    {
        requests = new IWholeEas.MultiAttestationRequest[](1);
        requests[0].schema = resolver.schemaOf(kind);
        requests[0].data = new AttestationRequestData[](data.length);
        for (uint256 i = 0; i < data.length; ++i) requests[0].data[i] = requestData(kind, data[i]);
    }

    function revocation(SchemaKind kind, bytes32 uid) internal view returns (IWholeEas.RevocationRequest memory) {
        return IWholeEas.RevocationRequest({
            schema: resolver.schemaOf(kind), data: IWholeEas.RevocationRequestData({uid: uid, value: 0})
        });
    }

    function revokeAs(address attester, SchemaKind kind, bytes32 uid) internal {
        IWholeEas.RevocationRequest memory all = revocation(kind, uid);
        vm.prank(attester);
        eas.revoke(all);
    }

    /// @dev The uid by the service's formula, of the first attestation of that content in this block.
    function uidOf(AttestationRequest memory all, address attester) internal view returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                all.schema,
                all.data.recipient,
                attester,
                uint64(block.timestamp),
                all.data.expirationTime,
                all.data.revocable,
                all.data.refUID,
                all.data.data,
                uint32(0)
            )
        );
    }

    /// @dev The request, signed by a key in the name of an account.
    function delegated(AttestationRequest memory all, address attester, uint256 key)
        internal
        view
        returns (IWholeEas.DelegatedAttestationRequest memory)
    {
        bytes32 inner = keccak256(
            abi.encode(
                eas.getAttestTypeHash(),
                attester,
                all.schema,
                all.data.recipient,
                all.data.expirationTime,
                all.data.revocable,
                all.data.refUID,
                keccak256(all.data.data),
                all.data.value,
                eas.getNonce(attester),
                uint64(0)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", eas.getDomainSeparator(), inner)));
        return IWholeEas.DelegatedAttestationRequest({
            schema: all.schema,
            data: all.data,
            signature: IWholeEas.EasSignature({v: v, r: r, s: s}),
            attester: attester,
            deadline: 0
        });
    }

    function _create(string memory artifact, bytes memory arguments) private returns (address created) {
        string memory json = vm.readFile(string.concat(ARTIFACTS, artifact));
        bytes memory code = bytes.concat(vm.parseJsonBytes(json, ".bytecode"), arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 32), mload(code))
        }
        assertTrue(created != address(0), artifact);
    }
}
