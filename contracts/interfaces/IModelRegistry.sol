// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice One row of a split table: who shares a model's revenue, and by how much relative to the other rows.
/// @param account Who earns. The sentinel `OWNER` means whoever owns the model's token.
/// @param weight A positive integer; a row earns weight / (sum of all weights and the pool's).
/// @param role Short ASCII text, left aligned ("data", "code", "training", "evaluation", "curation").
struct SplitRow {
    address account;
    uint96 weight;
    bytes32 role;
}

/// @notice A table that the chain does not carry whole: docs/protocol.md says what it is committed by.
/// @param hash keccak-256 of the table's text; zero where the table is carried whole.
/// @param rows How many rows it has, fallback rows too.
/// @param weight The sum of its rows' weights and its pool's, without the fallback rows.
/// @param uri Where it is published.
struct TableCommitment {
    bytes32 hash;
    uint32 rows;
    uint128 weight;
    string uri;
}

/// @notice A split table: carried whole (`committed.hash` is zero), or committed, and then without rows and pool.
/// @param rows Who shares what is not in the pool.
/// @param poolWeight Weight of the part that is divided by measured influence.
/// @param fallbackRows Who shares the pool where nothing was measured; there exactly where there is a pool.
struct SplitTable {
    SplitRow[] rows;
    uint96 poolWeight;
    SplitRow[] fallbackRows;
    TableCommitment committed;
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
/// @param noticePeriod Seconds between a change of split, lineage or royalty and its taking effect, a year at most. With 0
/// a change is in force from the next block on.
/// @param identityHash Digest of the weights. It never changes: other weights are another model.
/// @param metadataHash Digest of the document behind `uri`.
/// @param uri The token's metadata URI.
/// @param royalty EIP-2981: hundredths of a percent of a resale's price that go to the pay address.
struct Registration {
    bytes32 salt;
    uint32 noticePeriod;
    bytes32 identityHash;
    bytes32 metadataHash;
    string uri;
    uint16 royalty;
    SplitTable split;
    Parent[] parents;
    address[] gateways;
}

/// @notice What waits for the notice period, each kind with versions of its own.
enum Term {
    Split,
    Lineage,
    Royalty
}

/// @notice How far a model still is of use. Only a word for readers: no status stops a payment.
enum Status {
    Active,
    Deprecated,
    Retired,
    Salvage
}

/// @notice What a use is.
enum Permission {
    Unset,
    Allowed,
    NotAllowed,
    Constrained
}

/// @title Models, who shares their revenue, and what they derive from
/// @notice An ERC-721 whose token id is the model id. Small tables go into the events whole, so that the chain alone is
/// enough to recompute every division; large ones are committed.
///
/// Order of the logs of one registration: ModelRegistered, the ERC-721 Transfer from the zero address, SplitSet or
/// SplitCommitted of version 1, LineageSet of version 1 (also where there are no parents), RoyaltySet of version 1,
/// GatewaySet for each gateway. A reader that creates the model at ModelRegistered needs no look-ahead.
///
/// Version 1 of each applies from the beginning: to the block of the registration too, and to money that was sent to the
/// pay address before. Any other version is in force in every later block whose time is at least its `effectiveAt`, until a
/// later version is.
///
/// Of each kind at most one version is pending: not in force yet, because it was set in this block or its time has not come.
/// It is cancelled by the next one, and by any transfer of the token: a buyer gets what was seen. After a transfer the new
/// owner may confirm what the transfer cancelled, until the time from which it would have been in force; then it is.
interface IModelRegistry {
    /// @notice A model exists from this block on. Its first versions follow in the same transaction.
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

    /// @notice A split version, whole.
    event SplitSet(
        bytes32 indexed modelId,
        uint32 indexed version,
        uint64 effectiveAt,
        SplitRow[] rows,
        uint96 poolWeight,
        SplitRow[] fallbackRows
    );

    /// @notice A split version that the chain does not carry whole.
    event SplitCommitted(
        bytes32 indexed modelId,
        uint32 indexed version,
        uint64 effectiveAt,
        bytes32 hash,
        uint32 rows,
        uint128 weight,
        string uri
    );

    /// @notice The model's parents, whole.
    event LineageSet(bytes32 indexed modelId, uint32 indexed version, uint64 effectiveAt, Parent[] parents);

    event RoyaltySet(bytes32 indexed modelId, uint32 indexed version, uint64 effectiveAt, uint16 royalty);

    /// @notice A version that was not yet in force will never take effect: the model changed hands (the log follows the
    /// ERC-721 Transfer), its owner set another one (the log precedes its event), or the model was frozen. Version numbers
    /// are not used twice.
    event SplitCancelled(bytes32 indexed modelId, uint32 indexed version);
    event LineageCancelled(bytes32 indexed modelId, uint32 indexed version);
    event RoyaltyCancelled(bytes32 indexed modelId, uint32 indexed version);

    /// @notice A gateway was listed for the model, or taken off its list. The last log counts; it may repeat what was.
    event GatewaySet(bytes32 indexed modelId, address indexed gateway, bool listed);

    event MetadataSet(bytes32 indexed modelId, bytes32 metadataHash, string uri);

    /// @notice ERC-4906: marketplaces read the token's metadata anew.
    event MetadataUpdate(uint256 tokenId);

    event StatusSet(bytes32 indexed modelId, Status status);

    /// @notice What `account` (zero: anybody) may do with the model. `use` is short ASCII text, left aligned.
    /// @param expires Block time in seconds from which this says nothing any more; zero: never.
    /// @param termsHash Digest of the terms behind `uri`; a constrained use has one.
    event PermissionSet(
        bytes32 indexed modelId,
        address indexed account,
        bytes32 indexed use,
        Permission permission,
        uint64 expires,
        bytes32 termsHash,
        string uri
    );

    event NoticeRaised(bytes32 indexed modelId, uint32 noticePeriod);

    /// @notice Split, lineage and royalty never change again.
    event Frozen(bytes32 indexed modelId);

    error ModelExists(bytes32 modelId);
    error UnknownModel(bytes32 modelId);
    error NotOwner(bytes32 modelId, address caller);
    error ModelFrozen(bytes32 modelId);
    error EmptySplit();
    error TooManyRows(uint256 rows, uint256 most);
    error ZeroWeight(uint256 row);
    error ZeroAccount(uint256 row);
    /// @notice Fallback rows stand exactly where there is a pool.
    error FallbackAndPoolDisagree(uint256 fallbackRows, uint96 poolWeight);
    /// @notice A committed table comes without rows and pool, and names at least one row and a weight.
    error BadCommitment(bytes32 hash, uint32 rows, uint128 weight);
    error ZeroGateway(bytes32 modelId);
    error TooManyGateways(uint256 gateways, uint256 most);
    error TooManyParents(uint256 parents, uint256 most);
    /// @notice A parent is unknown, or is not older than the child.
    error BadParent(bytes32 parentId);
    error DuplicateParent(bytes32 parentId);
    error ZeroShare(bytes32 parentId);
    /// @notice The parents' direct shares sum to more than 1,000,000 millionths.
    error SharesExceedWhole(uint256 sum);
    error RoyaltyExceedsWhole(uint16 royalty);
    error NoticeTooLong(uint32 noticePeriod, uint32 most);
    error NoticeNotRaised(uint32 noticePeriod, uint32 before);
    /// @notice There is nothing that the last transfer cancelled, it was something else, or its time has passed.
    error NothingToConfirm(bytes32 modelId, Term term);
    /// @notice A constrained use names its terms, a permission that is set names a use, and `expires` is in the future.
    error BadPermission(bytes32 modelId, bytes32 use);

    /// @notice The account in a split row that stands for "whoever owns the model's token".
    function OWNER() external view returns (address);

    /// @notice The vault that pay addresses release to.
    function vault() external view returns (address);

    /// @notice The most rows, fallback rows too, of a table that the chain carries whole.
    function MOST_ROWS() external view returns (uint256);

    /// @notice keccak-256 of what creates a pay address: with this registry and a model id it gives the address (CREATE2).
    function accountCodeHash() external view returns (bytes32);

    /// @notice Registers a model, mints its token to the caller (without calling back) and deploys its pay address.
    function register(Registration calldata registration) external returns (bytes32 modelId, address payAddress);

    // By the owner alone; approved operators can move the token and nothing else.

    /// @notice Sets the next version; it takes effect after the notice period.
    function setSplit(bytes32 modelId, SplitTable calldata table) external returns (uint32 version);
    function setLineage(bytes32 modelId, Parent[] calldata parents) external returns (uint32 version);
    function setRoyalty(bytes32 modelId, uint16 royalty) external returns (uint32 version);

    /// @notice Sets, as a version of its own, what the last transfer cancelled and the seller had announced: the same, given
    /// again before its time. It takes effect when it would have.
    function confirmSplit(bytes32 modelId, SplitTable calldata table) external returns (uint32 version);
    function confirmLineage(bytes32 modelId, Parent[] calldata parents) external returns (uint32 version);
    function confirmRoyalty(bytes32 modelId, uint16 royalty) external returns (uint32 version);

    /// @notice Lists a gateway for the model, or takes it off the list. At once.
    function setGateway(bytes32 modelId, address gateway, bool listed) external;
    function setMetadata(bytes32 modelId, bytes32 metadataHash, string calldata uri) external;
    function setStatus(bytes32 modelId, Status status) external;
    function setPermission(
        bytes32 modelId,
        address account,
        bytes32 use,
        Permission permission,
        uint64 expires,
        bytes32 termsHash,
        string calldata uri
    ) external;

    /// @notice Raises the notice period. What is pending keeps its time.
    function raiseNotice(bytes32 modelId, uint32 noticePeriod) external;

    /// @notice Ends every change of split, lineage and royalty, pending ones too, for ever.
    function freeze(bytes32 modelId) external;

    /// @notice keccak256(abi.encode(creator, salt)); the token id is the same number.
    function modelIdOf(address creator, bytes32 salt) external pure returns (bytes32);

    /// @notice The model's pay address: known before the model is registered, and the same for ever.
    function payAddressOf(bytes32 modelId) external view returns (address);

    /// @notice The model's number in order of registration, from 1; 0 for an unknown model.
    function numberOf(bytes32 modelId) external view returns (uint64);

    /// @notice How many models there are.
    function modelCount() external view returns (uint64);

    function noticePeriodOf(bytes32 modelId) external view returns (uint32);
    function isFrozen(bytes32 modelId) external view returns (bool);
    function statusOf(bytes32 modelId) external view returns (Status);
    function identityOf(bytes32 modelId) external view returns (bytes32);
    function metadataHashOf(bytes32 modelId) external view returns (bytes32);

    /// @notice Who owns the model's token; zero for an unknown model.
    function modelOwner(bytes32 modelId) external view returns (address);

    /// @notice The newest version of a kind, and when it takes effect where it is pending (else zero).
    function versionOf(bytes32 modelId, Term term) external view returns (uint32 version, uint64 pendingUntil);

    /// @notice What the account may do: what was said of it and has not expired, else what was said of anybody.
    function permissionOf(bytes32 modelId, address account, bytes32 use)
        external
        view
        returns (Permission permission, uint64 expires, bytes32 termsHash);

    /// @notice EIP-2981, by the royalty in force; the receiver is the pay address, so that a resale pays the contributors.
    function royaltyInfo(uint256 tokenId, uint256 price) external view returns (address receiver, uint256 amount);

    /// @notice ERC-5646: another value whenever anything of the model was changed, and when a pending version comes into force.
    function getStateFingerprint(uint256 tokenId) external view returns (bytes32);
}
