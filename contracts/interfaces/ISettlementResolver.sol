// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochRecord} from "./IRoyaltySplit.sol";

/// @notice The schemas of this resolver. Provenance, Lineage, Contribution and Permission are attested by a model's owner,
/// Evaluation by evaluators, Epoch and UsageRecord by the resolver itself.
enum SchemaKind {
    Provenance,
    Lineage,
    Contribution,
    Permission,
    Evaluation,
    Epoch,
    UsageRecord
}

/// @notice What one model did in one epoch: a leaf of the epoch's record root, keccak256(keccak256(data)), where `data` is
/// abi.encode of the nine fields one after another: what OpenZeppelin's StandardMerkleTree hashes, what the schema decodes and
/// what is attested. (abi.encode of the struct itself has one more word, an offset, before it.)
/// @param revenue Of each token, in the order of `tokens`.
/// @param successes, trials Of each domain, in the order of `domains` (short ASCII text, left aligned).
struct UsageRecord {
    bytes32 modelId;
    uint64 epoch;
    uint64 uses;
    uint64 consumers;
    address[] tokens;
    uint128[] revenue;
    bytes32[] domains;
    uint64[] successes;
    uint64[] trials;
}

/// @title Says who may attest what on the Ethereum Attestation Service, and attests what the vault activated
/// @notice Every schema but Epoch begins with `bytes32 modelId`; the model has to be registered. Attestations of an owner and
/// of evaluators can be revoked by whoever made them; those of the resolver never. Readers choose whom to trust.
interface ISettlementResolver {
    event EpochAttested(uint64 indexed epoch, bytes32 indexed uid);
    event RecordAttested(uint64 indexed epoch, bytes32 indexed modelId, bytes32 indexed uid);
    /// @notice An account calls itself an evaluator, or no longer does. `uri` says who it is.
    event EvaluatorSet(address indexed evaluator, bool registered, string uri);
    /// @notice The attester's latest attestation about the model is now `uid`; zero where it revoked all of them.
    event LatestSet(bytes32 indexed modelId, SchemaKind indexed kind, address indexed attester, bytes32 uid);

    error OnlyEas(address caller);
    /// @notice The attestation service keeps its schemas elsewhere.
    error WrongSchemaRegistry(address given, address expected);
    error UnknownSchema(bytes32 schema);
    error UnknownModel(bytes32 modelId);
    error NotTheOwner(bytes32 modelId, address attester);
    error NotAnEvaluator(address attester);
    /// @notice Under this schema only the resolver attests, and nothing is revoked.
    error ResolverOnly(bytes32 schema);
    /// @notice The data does not begin with a model id.
    error BadData(bytes32 schema);
    error NotActivated(uint64 epoch);
    /// @notice The record is not the one that the vault activated.
    error NotTheRecord(uint64 epoch);
    error AlreadyAttested(uint64 epoch, bytes32 uid);
    error RecordAlreadyAttested(uint64 epoch, bytes32 modelId, bytes32 uid);
    /// @notice The proof does not lead to the epoch's record root, or the lists of a record differ in length.
    error BadRecord(uint64 epoch, bytes32 modelId);

    /// @notice Attests an activated epoch, once. Anyone may; the resolver itself is the attester.
    function attestEpoch(EpochRecord calldata record) external returns (bytes32 uid);

    /// @notice Attests one model's record of an activated epoch, once, to the model's pay address. Anyone may; the resolver
    /// itself is the attester.
    function attestRecord(EpochRecord calldata epoch, UsageRecord calldata record, bytes32[] calldata proof)
        external
        returns (bytes32 uid);

    /// @notice Calls the sender an evaluator, or no longer.
    function setEvaluator(bool registered, string calldata uri) external;

    function isEvaluator(address account) external view returns (bool);

    /// @notice The epoch's attestation, or zero.
    function attestationOf(uint64 epoch) external view returns (bytes32 uid);

    /// @notice The attestation of a model's record of an epoch, or zero.
    function recordOf(uint64 epoch, bytes32 modelId) external view returns (bytes32 uid);

    /// @notice The attester's latest attestation about the model that it did not revoke, or zero. Of usage records it is that of
    /// the highest epoch, in whatever order they were attested; epochs are of no model. Whether it has expired
    /// (`expirationTime`) is for the reader to see on the attestation service.
    function latest(bytes32 modelId, SchemaKind kind, address attester) external view returns (bytes32 uid);

    /// @notice The schema's uid on EAS.
    function schemaOf(SchemaKind kind) external view returns (bytes32 uid);

    /// @notice The schema's text.
    function schemaText(SchemaKind kind) external pure returns (string memory);

    /// @notice The schema under which epochs are attested.
    function epochSchema() external view returns (bytes32 uid);

    function eas() external view returns (address);

    function vault() external view returns (address);
}
