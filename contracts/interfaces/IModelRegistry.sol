// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice One row of a split table: who shares a model's revenue, and by how much relative to the other rows.
/// @param account Who earns. The sentinel `OWNER` means whoever owns the model's token.
/// @param weight A positive integer; a row earns weight / (sum of all weights).
/// @param role Short ASCII text, left aligned ("data", "code", "training", "evaluation", "curation").
struct SplitRow {
    address account;
    uint96 weight;
    bytes32 role;
}

/// @notice A model that another one derives from.
/// @param modelId A model with a lower number than the child, so that lineage has no cycles.
/// @param share Millionths of what reaches the child that flow up to this parent.
struct Parent {
    bytes32 modelId;
    uint32 share;
}

/// @notice All that is said of a model when it is registered.
/// @param salt Chosen by the creator; `modelId = keccak256(abi.encode(creator, salt))`.
/// @param noticePeriod Seconds between a change of the split and its taking effect. With 0 a change is in force from the
/// next block on.
/// @param identityHash Digest of the weights.
/// @param metadataHash Digest of the document behind `uri`.
/// @param uri The token's metadata URI.
struct Registration {
    bytes32 salt;
    uint32 noticePeriod;
    bytes32 identityHash;
    bytes32 metadataHash;
    string uri;
    SplitRow[] split;
    Parent[] parents;
    address[] gateways;
}

/// @title Models, who shares their revenue, and what they derive from
/// @notice An ERC-721 whose token id is the model id. Tables go into the events whole, so that the chain alone is
/// enough to recompute every division.
///
/// Order of the logs of one registration: ModelRegistered, the ERC-721 Transfer from the zero address, SplitSet of
/// version 1, LineageSet of version 1 (also where there are no parents), GatewaySet for each gateway. A reader that
/// creates the model at ModelRegistered needs no look-ahead.
///
/// Version 1 of the split and the lineage apply from the beginning: to the block of the registration too, and to money
/// that was sent to the pay address before.
interface IModelRegistry {
    /// @notice A model exists from this block on. Version 1 of its split and its lineage follow in the same transaction.
    event ModelRegistered(
        bytes32 indexed modelId,
        uint64 indexed number,
        address indexed creator,
        address payAddress,
        uint32 noticePeriod,
        bytes32 identityHash,
        bytes32 metadataHash,
        string uri
    );

    /// @notice A split version was set. It is in force in every later block whose time is at least `effectiveAt`, until
    /// a later version is. For version 1 `effectiveAt` is the time of the registration, and no block is too early.
    event SplitSet(bytes32 indexed modelId, uint32 indexed version, uint64 effectiveAt, SplitRow[] rows);

    /// @notice A split version that was not yet in force will never take effect: the model changed hands (the log
    /// follows the ERC-721 Transfer), or its owner set another version (the log precedes its SplitSet). Version numbers
    /// are not used twice.
    event SplitCancelled(bytes32 indexed modelId, uint32 indexed version);

    /// @notice The model's parents, whole.
    event LineageSet(bytes32 indexed modelId, uint32 indexed version, uint64 effectiveAt, Parent[] parents);

    /// @notice A gateway was listed for the model, or taken off its list. The last log counts; it may repeat what was.
    event GatewaySet(bytes32 indexed modelId, address indexed gateway, bool listed);

    error ModelExists(bytes32 modelId);
    error UnknownModel(bytes32 modelId);
    error NotOwner(bytes32 modelId, address caller);
    error EmptySplit();
    error TooManyRows(uint256 rows, uint256 most);
    error ZeroWeight(uint256 row);
    error ZeroAccount(uint256 row);
    error ZeroGateway(bytes32 modelId);
    error TooManyParents(uint256 parents, uint256 most);
    /// @notice A parent is unknown, or is not older than the child.
    error BadParent(bytes32 parentId);
    error DuplicateParent(bytes32 parentId);
    error ZeroShare(bytes32 parentId);
    /// @notice The parents' direct shares sum to more than 1,000,000 millionths.
    error SharesExceedWhole(uint256 sum);

    /// @notice The account in a split row that stands for "whoever owns the model's token".
    function OWNER() external view returns (address);

    /// @notice The vault that pay addresses release to.
    function vault() external view returns (address);

    /// @notice Registers a model, mints its token to the caller (without calling back) and deploys its pay address.
    function register(Registration calldata registration) external returns (bytes32 modelId, address payAddress);

    /// @notice Sets the next split version; it takes effect after the notice period. Owner only. At most one version is
    /// pending: one that is not in force yet (set in this block, or effective later) is cancelled by the next one, and
    /// by any transfer of the token, so that a buyer gets the split that was seen.
    function setSplit(bytes32 modelId, SplitRow[] calldata rows) external returns (uint32 version);

    /// @notice Lists a gateway for the model, or takes it off the list. Owner only.
    function setGateway(bytes32 modelId, address gateway, bool listed) external;

    /// @notice keccak256(abi.encode(creator, salt)); the token id is the same number.
    function modelIdOf(address creator, bytes32 salt) external pure returns (bytes32);

    /// @notice The model's pay address: known before the model is registered, and the same for ever.
    function payAddressOf(bytes32 modelId) external view returns (address);

    /// @notice The model's number in order of registration, from 1; 0 for an unknown model.
    function numberOf(bytes32 modelId) external view returns (uint64);

    /// @notice How many models there are.
    function modelCount() external view returns (uint64);
}
