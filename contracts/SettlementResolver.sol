// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Attestation, AttestationRequest, AttestationRequestData, IEAS} from "./interfaces/eas/IEAS.sol";
import {ISchemaRegistry, SchemaRecord} from "./interfaces/eas/ISchemaRegistry.sol";
import {ISchemaResolver} from "./interfaces/eas/ISchemaResolver.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {EpochRecord, IRoyaltySplit} from "./interfaces/IRoyaltySplit.sol";
import {ISettlementResolver, SchemaKind, UsageRecord} from "./interfaces/ISettlementResolver.sol";

/// @title SettlementResolver
/// @notice See {ISettlementResolver}. What it attests itself, it compares with the vault; what others attest, it only asks who
/// they are.
contract SettlementResolver is ISettlementResolver, ISchemaResolver, ReentrancyGuardTransient {
    /// @dev An attestation's neighbours among those of one attester, model and schema that are not revoked. Links in both
    /// directions, so that a revocation costs the same however many there are.
    struct Link {
        bytes32 previous;
        bytes32 next;
    }

    address public immutable eas;
    address public immutable vault;
    address private immutable _registry;

    bytes32 private immutable _provenance;
    bytes32 private immutable _lineage;
    bytes32 private immutable _contribution;
    bytes32 private immutable _permission;
    bytes32 private immutable _evaluation;
    bytes32 public immutable epochSchema;
    bytes32 private immutable _usageRecord;

    mapping(address account => bool) public isEvaluator;
    mapping(uint64 epoch => bytes32 uid) public attestationOf;
    mapping(uint64 epoch => mapping(bytes32 modelId => bytes32 uid)) public recordOf;
    mapping(bytes32 modelId => uint64 epoch) private _lastRecord;
    mapping(bytes32 modelId => mapping(SchemaKind kind => mapping(address attester => bytes32 uid))) private _latest;
    mapping(bytes32 uid => Link) private _links;

    modifier onlyEas() {
        if (msg.sender != eas) revert OnlyEas(msg.sender);
        _;
    }

    constructor(address eas_, address schemaRegistry, address vault_) {
        address expected = IEAS(eas_).getSchemaRegistry();
        if (schemaRegistry != expected) revert WrongSchemaRegistry(schemaRegistry, expected);
        eas = eas_;
        vault = vault_;
        _registry = IRoyaltySplit(vault_).registry();
        _provenance = _register(schemaRegistry, SchemaKind.Provenance, true);
        _lineage = _register(schemaRegistry, SchemaKind.Lineage, true);
        _contribution = _register(schemaRegistry, SchemaKind.Contribution, true);
        _permission = _register(schemaRegistry, SchemaKind.Permission, true);
        _evaluation = _register(schemaRegistry, SchemaKind.Evaluation, true);
        epochSchema = _register(schemaRegistry, SchemaKind.Epoch, false);
        _usageRecord = _register(schemaRegistry, SchemaKind.UsageRecord, false);
    }

    // What the vault activated

    function attestEpoch(EpochRecord calldata record) external nonReentrant returns (bytes32 uid) {
        uid = attestationOf[record.epoch];
        if (uid != 0) revert AlreadyAttested(record.epoch, uid);
        bytes memory data = _checkedEpoch(record);

        // The uid is only known afterwards; the guard keeps a second call out until it is written down.
        uid = _attest(epochSchema, address(0), data);
        attestationOf[record.epoch] = uid;
        emit EpochAttested(record.epoch, uid);
    }

    function attestRecord(EpochRecord calldata epoch, UsageRecord calldata record, bytes32[] calldata proof)
        external
        nonReentrant
        returns (bytes32 uid)
    {
        (uint64 number, bytes32 modelId) = (epoch.epoch, record.modelId);
        uid = recordOf[number][modelId];
        if (uid != 0) revert RecordAlreadyAttested(number, modelId, uid);
        _checkedEpoch(epoch);
        bytes memory data = _flat(record);
        bytes32 leaf = keccak256(bytes.concat(keccak256(data)));
        if (
            record.epoch != number || record.tokens.length != record.revenue.length
                || record.domains.length != record.successes.length || record.domains.length != record.trials.length
                || !MerkleProof.verifyCalldata(proof, epoch.recordRoot, leaf)
        ) revert BadRecord(number, modelId);
        _ownerOf(modelId);

        uid = _attest(_usageRecord, IModelRegistry(_registry).payAddressOf(modelId), data);
        recordOf[number][modelId] = uid;
        emit RecordAttested(number, modelId, uid);
        // Anyone may attest old records late: they do not become the latest by that.
        if (number > _lastRecord[modelId]) {
            _lastRecord[modelId] = number;
            emit LatestSet(modelId, SchemaKind.UsageRecord, address(this), uid);
        }
    }

    function setEvaluator(bool registered, string calldata uri) external {
        isEvaluator[msg.sender] = registered;
        emit EvaluatorSet(msg.sender, registered, uri);
    }

    // What EAS asks

    function attest(Attestation calldata attestation) external onlyEas returns (bool) {
        _add(attestation);
        return true;
    }

    function multiAttest(Attestation[] calldata attestations, uint256[] calldata) external onlyEas returns (bool) {
        for (uint256 i = 0; i < attestations.length; ++i) _add(attestations[i]);
        return true;
    }

    function revoke(Attestation calldata attestation) external onlyEas returns (bool) {
        _remove(attestation);
        return true;
    }

    function multiRevoke(Attestation[] calldata attestations, uint256[] calldata) external onlyEas returns (bool) {
        for (uint256 i = 0; i < attestations.length; ++i) _remove(attestations[i]);
        return true;
    }

    function isPayable() external pure returns (bool) {
        return false;
    }

    // Views

    function latest(bytes32 modelId, SchemaKind kind, address attester) external view returns (bytes32 uid) {
        if (kind != SchemaKind.UsageRecord) return _latest[modelId][kind][attester];
        return attester == address(this) ? recordOf[_lastRecord[modelId]][modelId] : bytes32(0);
    }

    function schemaOf(SchemaKind kind) external view returns (bytes32 uid) {
        if (kind == SchemaKind.Provenance) return _provenance;
        if (kind == SchemaKind.Lineage) return _lineage;
        if (kind == SchemaKind.Contribution) return _contribution;
        if (kind == SchemaKind.Permission) return _permission;
        if (kind == SchemaKind.Evaluation) return _evaluation;
        if (kind == SchemaKind.Epoch) return epochSchema;
        return _usageRecord;
    }

    function schemaText(SchemaKind kind) public pure returns (string memory) {
        if (kind == SchemaKind.Provenance) {
            return "bytes32 modelId,bytes32 identityHash,bytes32[] datasetHashes,string[] relations,string uri";
        }
        if (kind == SchemaKind.Lineage) return "bytes32 modelId,bytes32[] parents,uint32[] shares,uint32 version";
        if (kind == SchemaKind.Contribution) {
            return "bytes32 modelId,address account,bytes32 role,uint96 weight,bytes32 method";
        }
        if (kind == SchemaKind.Permission) {
            return "bytes32 modelId,address account,bytes32 use,uint8 permission,uint64 expires,bytes32 termsHash";
        }
        if (kind == SchemaKind.Evaluation) {
            return
            "bytes32 modelId,bytes32 domain,string metric,string value,uint64 n,bytes32 evalSetHash,bytes32 methodHash";
        }
        if (kind == SchemaKind.Epoch) {
            return "uint64 epoch,uint64 lastBlock,bytes32 root,bytes32 recordRoot,bytes32 bundleHash";
        }
        return "bytes32 modelId,uint64 epoch,uint64 uses,uint64 consumers,address[] tokens,uint128[] revenue,bytes32[] domains,"
            "uint64[] successes,uint64[] trials";
    }

    function version() external pure returns (string memory) {
        return "1.0.0";
    }

    // Inside

    /// @dev Anyone may register any schema for any address, also for one that will only be a contract: then the registry refuses
    /// this, and has what was to be registered. Hence what it has decides, not whether it refused.
    function _register(address schemaRegistry, SchemaKind kind, bool revocable) private returns (bytes32 uid) {
        string memory text = schemaText(kind);
        uid = keccak256(abi.encodePacked(text, address(this), revocable));
        try ISchemaRegistry(schemaRegistry).register(text, address(this), revocable) {} catch {}
        SchemaRecord memory record = ISchemaRegistry(schemaRegistry).getSchema(uid);
        if (
            record.uid != uid || record.resolver != address(this) || record.revocable != revocable
                || keccak256(bytes(record.schema)) != keccak256(bytes(text))
        ) revert UnknownSchema(uid);
    }

    /// @dev The record's encoding, which is the one that the vault kept the hash of.
    function _checkedEpoch(EpochRecord calldata record) private view returns (bytes memory data) {
        bytes32 kept = IRoyaltySplit(vault).epochHash(record.epoch);
        if (kept == 0) revert NotActivated(record.epoch);
        data = abi.encode(record);
        if (keccak256(data) != kept) revert NotTheRecord(record.epoch);
    }

    /// @dev The fields as the schema decodes them. One by one, because the encoding of the struct begins with an offset.
    function _flat(UsageRecord memory record) private pure returns (bytes memory) {
        return abi.encode(
            record.modelId,
            record.epoch,
            record.uses,
            record.consumers,
            record.tokens,
            record.revenue,
            record.domains,
            record.successes,
            record.trials
        );
    }

    function _attest(bytes32 schema, address recipient, bytes memory data) private returns (bytes32 uid) {
        return IEAS(eas).attest(
            AttestationRequest({
                schema: schema,
                data: AttestationRequestData({
                    recipient: recipient,
                    expirationTime: 0,
                    revocable: false,
                    refUID: 0,
                    data: data,
                    value: 0
                })
            })
        );
    }

    function _add(Attestation calldata attestation) private {
        (SchemaKind kind, address attester) = (_kindOf(attestation.schema), attestation.attester);
        if (_isOwn(kind)) {
            if (attester != address(this)) revert ResolverOnly(attestation.schema);
            return;
        }
        bytes32 modelId = _modelOf(attestation);
        address owner = _ownerOf(modelId);
        if (kind == SchemaKind.Evaluation) {
            if (!isEvaluator[attester]) revert NotAnEvaluator(attester);
        } else if (attester != owner) {
            revert NotTheOwner(modelId, attester);
        }

        bytes32 uid = attestation.uid;
        bytes32 before = _latest[modelId][kind][attester];
        if (before != 0) {
            _links[uid].previous = before;
            _links[before].next = uid;
        }
        _latest[modelId][kind][attester] = uid;
        emit LatestSet(modelId, kind, attester, uid);
    }

    /// @dev EAS has made sure that the attester itself revokes, and once.
    function _remove(Attestation calldata attestation) private {
        (SchemaKind kind, address attester) = (_kindOf(attestation.schema), attestation.attester);
        if (_isOwn(kind)) revert ResolverOnly(attestation.schema);
        bytes32 modelId = _modelOf(attestation);

        Link memory link = _links[attestation.uid];
        delete _links[attestation.uid];
        if (link.previous != 0) _links[link.previous].next = link.next;
        if (link.next != 0) {
            _links[link.next].previous = link.previous;
        } else {
            _latest[modelId][kind][attester] = link.previous;
            emit LatestSet(modelId, kind, attester, link.previous);
        }
    }

    function _isOwn(SchemaKind kind) private pure returns (bool) {
        return kind == SchemaKind.Epoch || kind == SchemaKind.UsageRecord;
    }

    function _kindOf(bytes32 schema) private view returns (SchemaKind) {
        if (schema == epochSchema) return SchemaKind.Epoch;
        if (schema == _usageRecord) return SchemaKind.UsageRecord;
        if (schema == _provenance) return SchemaKind.Provenance;
        if (schema == _lineage) return SchemaKind.Lineage;
        if (schema == _contribution) return SchemaKind.Contribution;
        if (schema == _permission) return SchemaKind.Permission;
        if (schema == _evaluation) return SchemaKind.Evaluation;
        revert UnknownSchema(schema);
    }

    function _modelOf(Attestation calldata attestation) private pure returns (bytes32) {
        if (attestation.data.length < 32) revert BadData(attestation.schema);
        return bytes32(attestation.data[:32]);
    }

    function _ownerOf(bytes32 modelId) private view returns (address owner) {
        owner = IModelRegistry(_registry).modelOwner(modelId);
        if (owner == address(0)) revert UnknownModel(modelId);
    }
}
