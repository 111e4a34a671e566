// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A token's cumulative total: all that activated leaves of that token promise together.
struct TokenTotal {
    address token;
    uint128 total;
}

/// @notice A token that this vault settles, and the smallest accrual that becomes payable.
struct ListedToken {
    address token;
    uint128 smallestLeaf;
}

/// @notice What a quorum of attestors signs and anyone may bring.
/// @param epoch The number after the last activated one.
/// @param attempt How many proposals of this epoch were vetoed before.
/// @param previousRoot The last activated root.
/// @param root Root of the cumulative leaves (account, token, amount), built as OpenZeppelin's StandardMerkleTree does.
/// @param bundleHash keccak-256 of the epoch's canonical public file.
/// @param lastBlock The last, final block that the epoch covers.
/// @param lastBlockHash Its hash.
/// @param totals New cumulative totals of the tokens that changed, tokens strictly ascending. Leaves never fall, so the
/// root changes exactly where a total rises: an epoch that changes nothing carries the previous root and no totals.
/// @param bundleUri Where the bundle can be found.
struct Proposal {
    uint64 epoch;
    uint32 attempt;
    bytes32 previousRoot;
    bytes32 root;
    bytes32 bundleHash;
    uint64 lastBlock;
    bytes32 lastBlockHash;
    TokenTotal[] totals;
    string bundleUri;
}

/// @notice What is kept of an activated epoch.
struct EpochRecord {
    bytes32 root;
    bytes32 bundleHash;
    uint64 lastBlock;
    uint64 activatedAt;
}

/// @notice One claim: all that `account` ever earned of `token`, with its proof.
struct ClaimRequest {
    address account;
    address token;
    uint256 cumulative;
    bytes32[] proof;
}

/// @title The vault
/// @notice Holds every listed token, and knows per token what was credited, promised and paid:
/// paid <= promised <= credited, whatever root the attestors sign. No owner, no upgrade, no other way out.
/// The zero address stands for native coin.
///
/// The chain's `block.number` has to be the number of its own blocks, and the deployed vault, registry and rail name one
/// another for ever.
interface IRoyaltySplit {
    /// @notice A token is settled by this vault from now on.
    event TokenListed(address indexed token, uint128 smallestLeaf);

    /// @notice Money of a pay address arrived; `amount` is measured.
    event Swept(bytes32 indexed modelId, address indexed token, uint256 amount);

    event EpochProposed(
        uint64 indexed epoch,
        uint32 indexed attempt,
        bytes32 indexed root,
        bytes32 previousRoot,
        bytes32 bundleHash,
        uint64 lastBlock,
        bytes32 lastBlockHash,
        uint64 readyAt,
        TokenTotal[] totals,
        string bundleUri
    );
    event EpochVetoed(uint64 indexed epoch, uint32 indexed attempt, bytes32 indexed root);
    event EpochActivated(uint64 indexed epoch, bytes32 indexed root);

    /// @notice `amount` was paid out now; `cumulative` is all that the account was ever paid of the token.
    event Claimed(address indexed account, address indexed token, uint256 amount, uint256 cumulative);

    error TokenNotListed(address token);
    error OnlyRail(address caller);
    error OnlyGuardian(address caller);
    error UnknownModel(bytes32 modelId);
    error WrongNativeAmount(uint256 sent, uint256 stated);
    /// @notice Native coin comes in by the rail or by a sweep; anything else bounces.
    error UnexpectedNative(address sender);
    error ProposalOpen(uint64 epoch);
    error NoProposal();
    error WrongEpoch(uint64 given, uint64 expected);
    error WrongAttempt(uint32 given, uint32 expected);
    error WrongPreviousRoot(bytes32 given, bytes32 expected);
    error EmptyRoot();
    error BlockNotPast(uint64 lastBlock);
    error BlockBeforePrevious(uint64 lastBlock, uint64 previous);
    error WrongBlockHash(uint64 lastBlock, bytes32 given, bytes32 expected);
    error NotEnoughSignatures(uint256 given, uint256 needed);
    /// @notice A signer is not an attestor, or the signers are not in strictly ascending order; the zero address where a
    /// signature recovers to nobody.
    error BadSigner(address signer);
    error TokensNotAscending(address token);
    error TotalLowered(address token, uint256 given, uint256 before);
    error PromisesMoreThanCredited(address token, uint256 total, uint256 credited);
    /// @notice A new root without a risen total, or a risen total without a new root.
    error RootAndTotalsDisagree(bytes32 root, bytes32 previousRoot);
    error WindowOpen(uint64 readyAt);
    error WindowClosed(uint64 readyAt);
    /// @notice The proof does not lead to the last activated root.
    error BadProof(address account, address token);
    error NothingToClaim(address account, address token);
    error ExceedsPromised(address token, uint256 paid, uint256 promised);
    error NativeTransferFailed(address to);
    error AmountTooLarge(uint256 amount);
    /// @notice The vault holds less than it owes: a token misbehaved, or the rail lied.
    error NotBacked(address token, uint256 balance, uint256 needed);

    // Of the constructor only.
    error BadThreshold(uint32 threshold, uint256 attestors);
    /// @notice An attestor is the zero address, or named twice.
    error BadAttestor(address attestor);
    error DuplicateToken(address token);
    /// @notice Without a guardian, or with a window of no length, nothing could ever be vetoed.
    error NoGuardian();
    error NoWindow();
    /// @notice The registry or the rail names another vault, or the rail another registry.
    error WrongPeer(address peer);

    /// @notice Brings the token's balance of each model's pay address in. Anyone may. An empty one is passed over; an
    /// unknown model is refused.
    function sweep(address token, bytes32[] calldata modelIds) external;

    /// @notice Counts money that the rail has just moved in. Rail only.
    function credit(address token, uint256 amount) external payable;

    /// @notice Opens the window of an epoch's root. Anyone may bring the quorum's signatures (65 bytes each), in ascending
    /// order of signer. The hash of the last block is compared where the chain still knows it (256 blocks).
    function propose(Proposal calldata proposal, bytes[] calldata signatures) external;

    /// @notice Makes the open proposal's root claimable, once its window has passed. Anyone may.
    function activate() external;

    /// @notice Deletes the open proposal within its window. Guardian only.
    function veto() external;

    /// @notice Pays the account what its leaf says beyond what it was paid. Anyone may send it; the money goes to the account.
    function claim(address account, address token, uint256 cumulative, bytes32[] calldata proof) external returns (uint256 amount);

    /// @notice Several claims at once; those with nothing to pay are passed over, any other fault refuses them all.
    function claimMany(ClaimRequest[] calldata requests) external;

    /// @notice The EIP-712 digest that attestors sign: domain "OpenSettle", version "1", this chain and contract; types
    /// as the structs, `Proposal(uint64 epoch,uint32 attempt,bytes32 previousRoot,bytes32 root,bytes32 bundleHash,uint64
    /// lastBlock,bytes32 lastBlockHash,TokenTotal[] totals,string bundleUri)TokenTotal(address token,uint128 total)`.
    function proposalDigest(Proposal calldata proposal) external view returns (bytes32);

    function registry() external view returns (address);
    function rail() external view returns (address);
    function guardian() external view returns (address);
    function threshold() external view returns (uint32);
    function isAttestor(address account) external view returns (bool);
    function attestors() external view returns (address[] memory);
    /// @notice Seconds between a proposal and its activation.
    function window() external view returns (uint32);
    /// @notice The last activated epoch; 0 before the first.
    function epoch() external view returns (uint64);
    /// @notice The attempt that the next proposal has to carry.
    function attempt() external view returns (uint32);
    /// @notice The last activated root.
    function root() external view returns (bytes32);
    /// @notice The open proposal; `openEpoch` is 0 where there is none.
    function openProposal() external view returns (uint64 openEpoch, bytes32 openRoot, uint64 readyAt);
    function epochRecord(uint64 number) external view returns (EpochRecord memory);
    function isListed(address token) external view returns (bool);
    function listedTokens() external view returns (ListedToken[] memory);
    function credited(address token) external view returns (uint256);
    function promised(address token) external view returns (uint256);
    function paid(address token) external view returns (uint256);
    function claimed(address account, address token) external view returns (uint256);
    /// @notice What the vault holds of a token beyond what it owes for it: arrived, and not (yet) credited. Refused where
    /// it holds less than it owes.
    function uncounted(address token) external view returns (uint256);
}
