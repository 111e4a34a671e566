// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A token's cumulative total: all that activated leaves and pushes of that token promise together.
struct TokenTotal {
    address token;
    uint128 total;
}

/// @notice A token that this vault settles, and the smallest accrual that becomes payable.
struct ListedToken {
    address token;
    uint128 smallestLeaf;
}

/// @notice A signer and its signature: 65 bytes of ECDSA, or whatever the signer's own contract takes (ERC-1271).
struct Signature {
    address signer;
    bytes data;
}

/// @notice What a quorum of attestors signs and anyone may bring.
/// @param epoch The number after the last activated one.
/// @param attempt How many proposals of this epoch were vetoed before.
/// @param attestorSet The version of the set of attestors whose signatures these are.
/// @param previousRoot The last activated root.
/// @param root Root of the cumulative leaves (account, token, amount), built as OpenZeppelin's StandardMerkleTree does.
/// @param pushRoot Root of what this epoch pays by pushes, built alike over (index, account, recipient, token, amount); zero
/// where it pushes nothing.
/// @param recordRoot Root of the models' records of this epoch, for the resolver; zero where there are none.
/// @param bundleHash keccak-256 of the epoch's canonical public file.
/// @param lastBlock The last, final block that the epoch covers.
/// @param lastBlockHash Its hash.
/// @param totals New cumulative totals of the tokens that changed, tokens strictly ascending.
/// @param revoked What can no longer be claimed from this epoch's activation on: earlier roots, and the keys of earlier
/// epochs' pushes, `keccak256(abi.encode(epoch, pushRoot))`. Leaves never fall, so honest accounts lose nothing by it.
/// @param bundleUri Where the bundle can be found.
struct Proposal {
    uint64 epoch;
    uint32 attempt;
    uint32 attestorSet;
    bytes32 previousRoot;
    bytes32 root;
    bytes32 pushRoot;
    bytes32 recordRoot;
    bytes32 bundleHash;
    uint64 lastBlock;
    bytes32 lastBlockHash;
    TokenTotal[] totals;
    bytes32[] revoked;
    string bundleUri;
}

/// @notice What the vault keeps of an activated epoch, as the hash of its encoding.
struct EpochRecord {
    uint64 epoch;
    uint64 lastBlock;
    bytes32 root;
    bytes32 recordRoot;
    bytes32 bundleHash;
}

/// @notice One claim: all that `account` ever earned of `token`, with its proof.
struct ClaimRequest {
    address account;
    address token;
    uint256 cumulative;
    bytes32[] proof;
}

/// @notice One leaf of a batch of claims of one token.
struct AccountAmount {
    address account;
    uint256 cumulative;
}

/// @notice One entry of an epoch's pushes.
struct PushEntry {
    uint256 index;
    address account;
    address recipient;
    address token;
    uint256 amount;
}

/// @notice An entry of a push batch whose recipient is not its account.
/// @param at Its place in the batch, from 0.
struct PushRedirection {
    uint256 at;
    address recipient;
}

/// @notice Consecutive entries of one epoch's pushes, all of one token, under one multiproof.
/// @param first The index of the first entry.
/// @param entries 36 bytes for each: account, and amount in 16 bytes.
/// @param redirections Those entries whose recipient is not their account, ascending.
/// @param runs The multiproof's flags, as for `claimBatch`.
struct PushBatch {
    uint64 epoch;
    address token;
    uint256 first;
    bytes entries;
    PushRedirection[] redirections;
    bytes32[] proof;
    bytes runs;
}

/// @notice Pay addresses to sweep of one token.
struct SweepOrder {
    address token;
    bytes32[] modelIds;
}

/// @notice What the vault is deployed with.
struct VaultSettings {
    address guardian;
    address governor;
    address[] attestors;
    uint32 threshold;
    uint32 window;
    ListedToken[] tokens;
}

/// @notice What the governor can schedule, with the encoding of each: Attestors `(address[] attestors, uint32 threshold)`,
/// Window `(uint32 window)`, Tokens `(ListedToken[] tokens)`, Guardian `(address guardian)`, Governor `(address governor)`.
enum ChangeKind {
    Attestors,
    Window,
    Tokens,
    Guardian,
    Governor
}

/// @title The vault
/// @notice Holds every listed token, and knows per token what was credited, promised and paid:
/// paid <= promised <= credited, whatever root the attestors sign. No owner, no upgrade, no other way out.
/// The zero address stands for native coin.
///
/// What an activated root promises can be claimed for ever: no role can stop a claim or a push, but a later epoch that
/// revokes the root through its own window. A pause stops proposals and activations only, and the window's clock with them.
///
/// The chain's `block.number` has to be the number of its own blocks, and the deployed vault, registry and rail name one
/// another for ever.
interface IRoyaltySplit {
    /// @notice A token is settled by this vault from now on.
    event TokenListed(address indexed token, uint128 smallestLeaf);

    /// @notice Money of a pay address arrived; `amount` is measured.
    event Swept(bytes32 indexed modelId, address indexed token, uint256 amount);

    event EpochProposed(
        uint64 indexed epoch, uint32 indexed attempt, bytes32 indexed root, uint64 readyAt, Proposal proposal
    );
    event EpochVetoed(uint64 indexed epoch, uint32 indexed attempt);
    event EpochActivated(uint64 indexed epoch, bytes32 indexed root);
    /// @notice A root, or the key of an epoch's pushes, can no longer be claimed against.
    event Revoked(uint64 indexed epoch, bytes32 indexed key);

    /// @notice `amount` was paid now; the sum of all of them is `claimed(account, token)`.
    event Claimed(address indexed account, address indexed token, uint256 amount);
    /// @notice Follows the claim's event where the money went to another address than the account.
    event ClaimRedirected(address indexed account, address indexed token, address indexed to, uint256 amount);
    /// @notice One of many claims was passed over, because its token or its recipient refused. Nothing of it changed.
    event ClaimRefused(address indexed account, address indexed token, address indexed to, uint256 amount);

    /// @notice Of `count` entries from `first` on, `amount` was paid now: all but those that were paid before, and those whose
    /// refusal is logged.
    event Pushed(uint64 indexed epoch, address indexed token, uint256 first, uint256 count, uint256 amount);
    /// @notice An entry's token or recipient refused. It stays reserved: it can be pushed again, and its account can take it.
    event PushRefused(uint64 indexed epoch, uint256 indexed index, address indexed recipient, uint256 amount);
    /// @notice An account took its entry, to whatever address it chose.
    event PushTaken(uint64 indexed epoch, uint256 indexed index, address indexed account, address to, uint256 amount);

    /// @notice Later claims of the account go to `recipient`; zero means to the account itself. All that the account signed
    /// before is void; what it signs from now on carries `nonce`.
    event RecipientSet(address indexed account, address indexed recipient, uint256 nonce);

    event ChangeScheduled(ChangeKind indexed kind, bytes data, uint64 readyAt);
    event ChangeCancelled(ChangeKind indexed kind, address indexed by);
    event ChangeExecuted(ChangeKind indexed kind, bytes data);
    /// @notice Nothing is proposed or activated before `until`, and no new pause begins before `restUntil`.
    event Paused(uint64 until, uint64 restUntil);
    event Unpaused(uint64 restUntil);

    error TokenNotListed(address token);
    error OnlyRail(address caller);
    error OnlyGuardian(address caller);
    error OnlyGovernor(address caller);
    error UnknownModel(bytes32 modelId);
    error WrongNativeAmount(uint256 sent, uint256 stated);
    /// @notice Native coin comes in by the rail or by a sweep; anything else bounces.
    error UnexpectedNative(address sender);
    error ProposalOpen(uint64 epoch);
    error NoProposal();
    /// @notice What is brought is not the open proposal.
    error NotTheProposal(bytes32 given, bytes32 open);
    error WrongEpoch(uint64 given, uint64 expected);
    error WrongAttempt(uint32 given, uint32 expected);
    error WrongAttestorSet(uint32 given, uint32 expected);
    error WrongPreviousRoot(bytes32 given, bytes32 expected);
    error EmptyRoot();
    /// @notice A root that was activated or revoked before is proposed again.
    error RootUsed(bytes32 root);
    error BlockNotPast(uint64 lastBlock);
    error BlockBeforePrevious(uint64 lastBlock, uint64 previous);
    error WrongBlockHash(uint64 lastBlock, bytes32 given, bytes32 expected);
    error NotEnoughSignatures(uint256 given, uint256 needed);
    /// @notice A signer is not an attestor, did not sign this, or the signers are not in strictly ascending order.
    error BadSigner(address signer);
    error TokensNotAscending(address token);
    error TotalLowered(address token, uint256 given, uint256 before);
    error PromisesMoreThanCredited(address token, uint256 total, uint256 credited);
    /// @notice A new root or pushes without a risen total (and nothing revoked), or a risen total without either.
    error RootAndTotalsDisagree(bytes32 root, bytes32 previousRoot);
    /// @notice Neither an activated root nor the key of an activated epoch's pushes, or the proposal's own root.
    error NotRevocable(bytes32 key);
    error WindowOpen(uint64 readyAt);
    error WindowClosed(uint64 readyAt);
    error PausedUntil(uint64 until);
    error NotPaused();
    /// @notice A pause lasts a second at least and `longest` at most, and an equal time has to pass after each.
    error PauseTooLong(uint64 given, uint64 longest);
    error RestingUntil(uint64 restUntil);
    /// @notice The proof does not lead to an activated root.
    error BadProof(address account, address token);
    error RootRevoked(bytes32 root);
    error NothingToClaim(address account, address token);
    error ExceedsPromised(address token, uint256 paid, uint256 promised);
    /// @notice The entries do not lead to the epoch's push root.
    error BadPushProof(uint64 epoch);
    error BadPushBatch();
    error AlreadyPaid(uint64 epoch, uint256 index);
    /// @notice Too little gas is left to try the next transfer in earnest. Bring more, or fewer entries.
    error MoreGasNeeded(uint256 left, uint256 needed);
    error NotYours(address account, address caller);
    error BadRecipient(address to);
    error SignatureExpired(uint256 deadline);
    error BadSignature(address account);
    error TransferFailed(address token, address to);
    error AmountTooLarge(uint256 amount);
    /// @notice The vault holds less than it owes: a token misbehaved, or the rail lied.
    error NotBacked(address token, uint256 balance, uint256 needed);
    error NoChange(ChangeKind kind);
    error NotTheChange(ChangeKind kind, bytes32 given, bytes32 scheduled);
    error ChangeNotReady(ChangeKind kind, uint64 readyAt);
    /// @notice The guardian cannot cancel its own replacement.
    error NotCancellable(ChangeKind kind, address caller);
    /// @notice A guardian is replaced by `scheduleGuardian`, which takes the attestors' consent too.
    error QuorumNeeded();

    // Of settings and their changes.
    error BadThreshold(uint32 threshold, uint256 attestors);
    /// @notice An attestor is the zero address, or named twice.
    error BadAttestor(address attestor);
    error DuplicateToken(address token);
    error NoGuardian();
    error NoGovernor();
    /// @notice The window is never shorter than it was when the vault was deployed, and never longer than 30 days.
    error BadWindow(uint32 window, uint32 least, uint32 most);
    /// @notice The registry or the rail names another vault, or the rail another registry.
    error WrongPeer(address peer);

    // Money in

    /// @notice Brings the balances of models' pay addresses in. Anyone may. An empty one is passed over; an unknown model or
    /// an unlisted token is refused.
    function sweep(SweepOrder[] calldata orders) external;

    /// @notice Counts money that the rail has just moved in. Rail only.
    function credit(address token, uint256 amount) external payable;

    // Epochs

    /// @notice Opens the window of an epoch's root. Anyone may bring the quorum's signatures, in ascending order of signer.
    /// The hash of the last block is compared where the chain still knows it (256 blocks).
    function propose(Proposal calldata proposal, Signature[] calldata signatures) external;

    /// @notice Makes the open proposal claimable, once its window has passed. Anyone may.
    function activate(Proposal calldata proposal) external;

    /// @notice Deletes the open proposal within its window. Guardian only. It names the epoch and the attempt, so that a veto
    /// which comes late never hits the proposal after the one that it was meant for.
    function veto(uint64 epoch, uint32 attempt) external;

    // Money out

    /// @notice Pays what the account's leaf says beyond what it was paid. Anyone may send it; the money goes to the account,
    /// or to the recipient that the account set.
    function claim(uint256 cumulative, address account, address token, bytes32[] calldata proof)
        external
        returns (uint256 amount);

    /// @notice Pays what the sender's own leaf says, to any address.
    function claimTo(uint256 cumulative, address token, bytes32[] calldata proof, address to)
        external
        returns (uint256 amount);

    /// @notice As `claimTo`, for an account that signed `Claim(address account,address token,address to,uint256
    /// cumulative,uint256 nonce,uint256 deadline)` with its current nonce.
    function claimSigned(ClaimRequest calldata request, address to, uint256 deadline, bytes calldata signature)
        external
        returns (uint256 amount);

    /// @notice Several claims at once. Those with nothing to pay, and those whose token or recipient refuses, are passed
    /// over; a bad proof refuses them all.
    function claimMany(ClaimRequest[] calldata requests) external;

    /// @notice Many claims of one token under one multiproof, as OpenZeppelin's StandardMerkleTree gives it. Its flags come as
    /// lengths of runs, two bytes each: so many true, so many false, so many true, and so on. Passes over like `claimMany`.
    function claimBatch(
        address token,
        AccountAmount[] calldata leaves,
        bytes32[] calldata proof,
        bytes calldata runs
    ) external returns (uint256 amount);

    /// @notice Pays consecutive entries of an activated epoch's pushes, all of one token. Anyone may. A recipient that
    /// refuses is passed over, and so is an entry that was paid.
    function push(PushBatch calldata batch) external returns (uint256 amount);

    /// @notice Pays one entry of an epoch's pushes to any address that its account chooses. The account only.
    function takePush(uint64 epoch, PushEntry calldata entry, bytes32[] calldata proof, address to) external;

    /// @notice As `takePush`, for an account that signed `TakePush(address account,uint64 epoch,uint256 index,address
    /// to,uint256 nonce,uint256 deadline)` with its current nonce.
    function takePushSigned(
        uint64 epoch,
        PushEntry calldata entry,
        bytes32[] calldata proof,
        address to,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Sends the sender's later claims to another address (zero: back to itself). Also voids all that the sender
    /// signed for this vault.
    function setRecipient(address recipient) external;

    /// @notice As `setRecipient`, for an account that signed `Recipient(address account,address recipient,uint256
    /// nonce,uint256 deadline)` with its current nonce.
    function setRecipientSigned(address account, address recipient, uint256 deadline, bytes calldata signature) external;

    // Governance

    /// @notice Schedules a change, which can be executed after two windows. A new one replaces the one that is scheduled of
    /// its kind. Governor only; every kind but Guardian.
    function schedule(ChangeKind kind, bytes calldata data) external;

    /// @notice Schedules another guardian, whom the attestors agree to: a quorum signs `GuardianChange(address guardian,uint32
    /// attestorSet,uint256 nonce)`. Governor only.
    function scheduleGuardian(address guardian, Signature[] calldata signatures) external;

    /// @notice Takes a scheduled change back. The governor may, and the guardian may but for its own replacement.
    function cancel(ChangeKind kind) external;

    /// @notice Carries a scheduled change out once its time has come. Anyone may.
    function execute(ChangeKind kind, bytes calldata data) external;

    /// @notice Stops proposals, activations and the window's clock for so many seconds. Guardian only; bounded, and with an
    /// equal rest after it.
    function pause(uint32 duration) external;

    /// @notice Ends a pause early. Guardian only.
    function unpause() external;

    // Views

    /// @notice The EIP-712 digest that attestors sign: domain "OpenSettle", version "1", this chain and contract; the types are
    /// the structs as they stand here.
    function proposalDigest(Proposal calldata proposal) external view returns (bytes32);

    function registry() external view returns (address);
    function rail() external view returns (address);
    function guardian() external view returns (address);
    function governor() external view returns (address);
    function threshold() external view returns (uint32);
    function isAttestor(address account) external view returns (bool);
    function attestors() external view returns (address[] memory);
    /// @notice The version of the set of attestors, from 1.
    function attestorSet() external view returns (uint32);
    /// @notice Seconds between a proposal and its activation.
    function window() external view returns (uint32);
    /// @notice The last activated epoch; 0 before the first.
    function epoch() external view returns (uint64);
    /// @notice The attempt that the next proposal has to carry.
    function attempt() external view returns (uint32);
    /// @notice The last activated root.
    function root() external view returns (bytes32);
    /// @notice The last block of the last activated epoch.
    function lastBlock() external view returns (uint64);
    /// @notice The open proposal, by its digest; `openEpoch` is 0 where there is none.
    function openProposal() external view returns (uint64 openEpoch, bytes32 digest, uint64 readyAt);
    /// @notice keccak256(abi.encode(EpochRecord)) of an activated epoch, or zero.
    function epochHash(uint64 number) external view returns (bytes32);
    /// @notice The epoch that activated a root or the key of its pushes (0: none), and whether it was revoked.
    function rootStatus(bytes32 key) external view returns (uint64 activatedBy, bool revoked);
    function isListed(address token) external view returns (bool);
    function listedTokens() external view returns (ListedToken[] memory);
    function credited(address token) external view returns (uint256);
    function promised(address token) external view returns (uint256);
    function paid(address token) external view returns (uint256);
    function claimed(address account, address token) external view returns (uint256);
    function isPushPaid(uint64 epoch, uint256 index) external view returns (bool);
    /// @notice Where the account's claims go (zero: to itself), and the nonce that its signatures carry.
    function recipientOf(address account) external view returns (address recipient, uint256 nonce);
    /// @notice What is scheduled of a kind: the hash of its data (zero: nothing), and when it can be executed.
    function scheduled(ChangeKind kind) external view returns (bytes32 dataHash, uint64 readyAt);
    function guardianNonce() external view returns (uint256);
    function pausedUntil() external view returns (uint64);
    function restUntil() external view returns (uint64);
    /// @notice What the vault holds of a token beyond what it owes for it: arrived, and not (yet) credited. Refused where
    /// it holds less than it owes.
    function uncounted(address token) external view returns (uint256);
}
