// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferencePayments} from "./interfaces/IInferencePayments.sol";
import {IModelAccount} from "./interfaces/IModelAccount.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {
    ClaimRequest,
    EpochRecord,
    IRoyaltySplit,
    ListedToken,
    Proposal,
    TokenTotal
} from "./interfaces/IRoyaltySplit.sol";

/// @title RoyaltySplit
/// @notice See {IRoyaltySplit}. Everything that the attestors sign is bounded by what arrived: a wrong root can give one
/// account another's share, which is what the window and the guardian are for, and never more than the token's credit.
contract RoyaltySplit is IRoyaltySplit, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    address private constant NATIVE = address(0);

    bytes32 private constant TOKEN_TOTAL_TYPE = keccak256("TokenTotal(address token,uint128 total)");
    bytes32 private constant PROPOSAL_TYPE = keccak256(
        "Proposal(uint64 epoch,uint32 attempt,bytes32 previousRoot,bytes32 root,bytes32 bundleHash,uint64 lastBlock,bytes32 lastBlockHash,TokenTotal[] totals,string bundleUri)TokenTotal(address token,uint128 total)"
    );

    /// @dev paid <= promised <= credited. Credited and paid share a slot: together they are what the vault owes.
    struct Book {
        uint128 credited;
        uint128 paid;
        uint128 promised;
        bool listed;
    }

    /// @dev What activation needs of the open proposal; its totals are in `_openTotals`. `epoch` is 0 where none is open.
    struct Pending {
        bytes32 root;
        bytes32 bundleHash;
        uint64 epoch;
        uint64 lastBlock;
        uint64 readyAt;
    }

    address public immutable registry;
    address public immutable rail;
    address public immutable guardian;
    uint32 public immutable threshold;
    uint32 public immutable window;

    uint64 public epoch;
    uint32 public attempt;
    bytes32 public root;
    mapping(address account => bool) public isAttestor;
    mapping(address account => mapping(address token => uint256)) public claimed;

    Pending private _open;
    TokenTotal[] private _openTotals;
    mapping(address token => Book) private _books;
    mapping(uint64 epoch => EpochRecord) private _records;
    address[] private _attestors;
    ListedToken[] private _tokens;

    /// @dev The pay address that is being swept of native coin: the only one that the vault takes a plain send from.
    address private transient _releasing;

    constructor(
        address registry_,
        address rail_,
        address guardian_,
        address[] memory attestors_,
        uint32 threshold_,
        uint32 window_,
        ListedToken[] memory tokens
    ) EIP712("OpenSettle", "1") {
        if (IModelRegistry(registry_).vault() != address(this)) revert WrongPeer(registry_);
        if (IInferencePayments(rail_).vault() != address(this)) revert WrongPeer(rail_);
        if (IInferencePayments(rail_).registry() != registry_) revert WrongPeer(rail_);
        if (guardian_ == address(0)) revert NoGuardian();
        if (window_ == 0) revert NoWindow();
        if (threshold_ == 0 || threshold_ > attestors_.length) revert BadThreshold(threshold_, attestors_.length);
        registry = registry_;
        rail = rail_;
        guardian = guardian_;
        threshold = threshold_;
        window = window_;

        for (uint256 i = 0; i < attestors_.length; ++i) {
            address attestor = attestors_[i];
            if (attestor == address(0) || isAttestor[attestor]) revert BadAttestor(attestor);
            isAttestor[attestor] = true;
        }
        _attestors = attestors_;

        for (uint256 i = 0; i < tokens.length; ++i) {
            address token = tokens[i].token;
            if (_books[token].listed) revert DuplicateToken(token);
            _books[token].listed = true;
            _tokens.push(tokens[i]);
            emit TokenListed(token, tokens[i].smallestLeaf);
        }
    }

    // Money in

    receive() external payable {
        if (msg.sender != _releasing) revert UnexpectedNative(msg.sender);
    }

    function credit(address token, uint256 amount) external payable nonReentrant {
        if (msg.sender != rail) revert OnlyRail(msg.sender);
        if (!_books[token].listed) revert TokenNotListed(token);
        uint256 native = token == NATIVE ? amount : 0;
        if (msg.value != native) revert WrongNativeAmount(msg.value, native);
        _credit(token, amount);
    }

    function sweep(address token, bytes32[] calldata modelIds) external nonReentrant {
        if (!_books[token].listed) revert TokenNotListed(token);
        for (uint256 i = 0; i < modelIds.length; ++i) {
            _sweep(token, modelIds[i]);
        }
    }

    // Epochs

    function propose(Proposal calldata proposal, bytes[] calldata signatures) external {
        if (_open.epoch != 0) revert ProposalOpen(_open.epoch);
        if (proposal.epoch != epoch + 1) revert WrongEpoch(proposal.epoch, epoch + 1);
        if (proposal.attempt != attempt) revert WrongAttempt(proposal.attempt, attempt);
        if (proposal.previousRoot != root) revert WrongPreviousRoot(proposal.previousRoot, root);
        if (proposal.root == 0) revert EmptyRoot();
        _checkLastBlock(proposal.lastBlock, proposal.lastBlockHash);
        bool raised = _checkTotals(proposal.totals);
        if (raised != (proposal.root != root)) revert RootAndTotalsDisagree(proposal.root, root);
        _checkSignatures(proposalDigest(proposal), signatures);

        uint64 readyAt = uint64(block.timestamp) + window;
        _open = Pending({
            root: proposal.root,
            bundleHash: proposal.bundleHash,
            epoch: proposal.epoch,
            lastBlock: proposal.lastBlock,
            readyAt: readyAt
        });
        for (uint256 i = 0; i < proposal.totals.length; ++i) {
            _openTotals.push(proposal.totals[i]);
        }
        emit EpochProposed(
            proposal.epoch,
            proposal.attempt,
            proposal.root,
            proposal.previousRoot,
            proposal.bundleHash,
            proposal.lastBlock,
            proposal.lastBlockHash,
            readyAt,
            proposal.totals,
            proposal.bundleUri
        );
    }

    function activate() external {
        Pending memory open = _open;
        if (open.epoch == 0) revert NoProposal();
        if (block.timestamp < open.readyAt) revert WindowOpen(open.readyAt);

        // The totals were checked against credit when they were proposed; credit has only grown since.
        for (uint256 i = 0; i < _openTotals.length; ++i) {
            _books[_openTotals[i].token].promised = _openTotals[i].total;
        }
        epoch = open.epoch;
        attempt = 0;
        root = open.root;
        _records[open.epoch] = EpochRecord({
            root: open.root,
            bundleHash: open.bundleHash,
            lastBlock: open.lastBlock,
            activatedAt: uint64(block.timestamp)
        });
        _close();
        emit EpochActivated(open.epoch, open.root);
    }

    function veto() external {
        if (msg.sender != guardian) revert OnlyGuardian(msg.sender);
        Pending memory open = _open;
        if (open.epoch == 0) revert NoProposal();
        if (block.timestamp >= open.readyAt) revert WindowClosed(open.readyAt);

        uint32 vetoed = attempt;
        attempt = vetoed + 1;
        _close();
        emit EpochVetoed(open.epoch, vetoed, open.root);
    }

    // Money out

    function claim(address account, address token, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint256 amount)
    {
        amount = _claim(account, token, cumulative, proof);
        if (amount == 0) revert NothingToClaim(account, token);
    }

    function claimMany(ClaimRequest[] calldata requests) external nonReentrant {
        for (uint256 i = 0; i < requests.length; ++i) {
            _claim(requests[i].account, requests[i].token, requests[i].cumulative, requests[i].proof);
        }
    }

    // Views

    function proposalDigest(Proposal calldata proposal) public view returns (bytes32) {
        bytes32[] memory totals = new bytes32[](proposal.totals.length);
        for (uint256 i = 0; i < totals.length; ++i) {
            totals[i] = keccak256(abi.encode(TOKEN_TOTAL_TYPE, proposal.totals[i].token, proposal.totals[i].total));
        }
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    PROPOSAL_TYPE,
                    proposal.epoch,
                    proposal.attempt,
                    proposal.previousRoot,
                    proposal.root,
                    proposal.bundleHash,
                    proposal.lastBlock,
                    proposal.lastBlockHash,
                    keccak256(abi.encodePacked(totals)),
                    keccak256(bytes(proposal.bundleUri))
                )
            )
        );
    }

    function openProposal() external view returns (uint64 openEpoch, bytes32 openRoot, uint64 readyAt) {
        return (_open.epoch, _open.root, _open.readyAt);
    }

    function epochRecord(uint64 number) external view returns (EpochRecord memory) {
        return _records[number];
    }

    function attestors() external view returns (address[] memory) {
        return _attestors;
    }

    function isListed(address token) external view returns (bool) {
        return _books[token].listed;
    }

    function listedTokens() external view returns (ListedToken[] memory) {
        return _tokens;
    }

    function credited(address token) external view returns (uint256) {
        return _books[token].credited;
    }

    function promised(address token) external view returns (uint256) {
        return _books[token].promised;
    }

    function paid(address token) external view returns (uint256) {
        return _books[token].paid;
    }

    function uncounted(address token) external view returns (uint256) {
        return _backing(token) - _owed(token);
    }

    // Inside

    /// @dev Counts what arrived. Refused where the vault would then hold less than it owes.
    function _credit(address token, uint256 amount) private {
        Book storage book = _books[token];
        if (amount > type(uint128).max - book.credited) revert AmountTooLarge(amount);
        // Fits: the line above.
        book.credited += uint128(amount);
        _backing(token);
    }

    function _sweep(address token, bytes32 modelId) private {
        if (IModelRegistry(registry).numberOf(modelId) == 0) revert UnknownModel(modelId);
        address payAddress = IModelRegistry(registry).payAddressOf(modelId);
        if (_balanceOf(token, payAddress) == 0) return;

        uint256 before = _balanceOf(token, address(this));
        if (token == NATIVE) _releasing = payAddress;
        IModelAccount(payAddress).release(token);
        _releasing = address(0);
        uint256 afterwards = _balanceOf(token, address(this));
        if (afterwards < before) revert NotBacked(token, afterwards, before);
        uint256 arrived = afterwards - before;
        if (arrived == 0) return;

        _credit(token, arrived);
        emit Swept(modelId, token, arrived);
    }

    /// @dev Nothing is owed where the account was already paid the leaf, whatever the proof.
    function _claim(address account, address token, uint256 cumulative, bytes32[] calldata proof)
        private
        returns (uint256 amount)
    {
        uint256 before = claimed[account][token];
        if (cumulative <= before) return 0;
        // Hashed twice, so that an inner node of the tree can never be read as a leaf.
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account, token, cumulative))));
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) revert BadProof(account, token);

        amount = cumulative - before;
        Book storage book = _books[token];
        if (amount > book.promised - book.paid) {
            revert ExceedsPromised(token, Math.saturatingAdd(book.paid, amount), book.promised);
        }
        // Fits: at most what was promised.
        book.paid += uint128(amount);
        claimed[account][token] = cumulative;
        emit Claimed(account, token, amount, cumulative);
        _send(token, account, amount);
    }

    /// @dev A token may take no more than the amount: what it would charge on top belongs to other accounts.
    function _send(address token, address to, uint256 amount) private {
        if (token == NATIVE) {
            if (!LowLevelCall.callNoReturn(to, amount, "")) revert NativeTransferFailed(to);
            return;
        }
        uint256 least = Math.saturatingSub(_balanceOf(token, address(this)), amount);
        IERC20(token).safeTransfer(to, amount);
        uint256 left = _balanceOf(token, address(this));
        if (left < least) revert NotBacked(token, left, least);
    }

    function _close() private {
        delete _open;
        delete _openTotals;
    }

    function _checkLastBlock(uint64 lastBlock, bytes32 lastBlockHash) private view {
        if (lastBlock >= block.number) revert BlockNotPast(lastBlock);
        uint64 previous = _records[epoch].lastBlock;
        if (lastBlock < previous) revert BlockBeforePrevious(lastBlock, previous);
        // Zero for a block that the chain no longer keeps the hash of; the attestors' signatures vouch for that one.
        bytes32 expected = blockhash(lastBlock);
        if (expected != 0 && lastBlockHash != expected) revert WrongBlockHash(lastBlock, lastBlockHash, expected);
    }

    function _checkTotals(TokenTotal[] calldata totals) private view returns (bool raised) {
        for (uint256 i = 0; i < totals.length; ++i) {
            address token = totals[i].token;
            uint128 total = totals[i].total;
            Book storage book = _books[token];
            if (i != 0 && token <= totals[i - 1].token) revert TokensNotAscending(token);
            if (!book.listed) revert TokenNotListed(token);
            if (total < book.promised) revert TotalLowered(token, total, book.promised);
            if (total > book.credited) revert PromisesMoreThanCredited(token, total, book.credited);
            if (total > book.promised) raised = true;
        }
    }

    /// @dev Every signature has to be good, those beyond the threshold too.
    function _checkSignatures(bytes32 digest, bytes[] calldata signatures) private view {
        if (signatures.length < threshold) revert NotEnoughSignatures(signatures.length, threshold);
        address last = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer,,) = ECDSA.tryRecoverCalldata(digest, signatures[i]);
            if (signer <= last || !isAttestor[signer]) revert BadSigner(signer);
            last = signer;
        }
    }

    /// @dev The vault's balance, which has to cover what it owes.
    function _backing(address token) private view returns (uint256 balance) {
        balance = _balanceOf(token, address(this));
        uint256 owed = _owed(token);
        if (balance < owed) revert NotBacked(token, balance, owed);
    }

    function _owed(address token) private view returns (uint256) {
        return _books[token].credited - _books[token].paid;
    }

    function _balanceOf(address token, address account) private view returns (uint256) {
        return token == NATIVE ? account.balance : IERC20(token).balanceOf(account);
    }
}
