// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ChangeKind, ListedToken, Signature} from "../interfaces/IRoyaltySplit.sol";
import {VaultBooks} from "./VaultBooks.sol";

/// @notice Attestors, guardian and governor: what each may do, and after how long.
/// @dev The governor alone changes nothing that the guardian does not let pass, but the guardian; and the guardian only with
/// a quorum of attestors. So no single stolen key, and no hostile guardian, takes money or stops the vault for ever.
abstract contract VaultGovernance is VaultBooks {
    uint32 internal constant LONGEST_WINDOW = 30 days;
    uint32 internal constant LONGEST_PAUSE = 7 days;

    bytes32 private constant GUARDIAN_CHANGE_TYPE =
        keccak256("GuardianChange(address guardian,uint32 attestorSet,uint256 nonce)");

    /// @dev One slot, which everything about epochs reads and writes. `readyAt` is 0 where no proposal is open.
    struct State {
        uint48 epoch;
        uint48 lastBlock;
        uint48 readyAt;
        uint48 pausedUntil;
        uint32 attempt;
        uint32 attestorSet;
    }

    /// @dev One slot: all that a proposal or a veto asks.
    struct Rules {
        address guardian;
        uint32 window;
        uint32 threshold;
    }

    struct Scheduled {
        bytes32 dataHash;
        uint64 readyAt;
    }

    /// @dev A window is never shorter than it was at first: whoever relied on it keeps it.
    uint32 private immutable _shortestWindow;

    State internal _state;
    Rules internal _rules;
    address public governor;
    uint64 public restUntil;
    uint256 public guardianNonce;
    mapping(ChangeKind kind => Scheduled) public scheduled;
    mapping(address account => uint32 attestorSet) private _memberOf;
    address[] private _attestors;

    modifier onlyGuardian() {
        if (msg.sender != _rules.guardian) revert OnlyGuardian(msg.sender);
        _;
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert OnlyGovernor(msg.sender);
        _;
    }

    constructor(address guardian_, address governor_, address[] memory attestors_, uint32 threshold_, uint32 window_) {
        _shortestWindow = window_ == 0 ? 1 : window_;
        _setGuardian(guardian_);
        _setGovernor(governor_);
        _setWindow(window_);
        _setAttestors(attestors_, threshold_);
    }

    // The governor schedules, and time passes

    function schedule(ChangeKind kind, bytes calldata data) external onlyGovernor {
        if (kind == ChangeKind.Guardian) revert QuorumNeeded();
        _check(kind, data);
        _schedule(kind, data);
    }

    function scheduleGuardian(address guardian_, Signature[] calldata signatures) external onlyGovernor {
        uint256 nonce = guardianNonce;
        guardianNonce = nonce + 1;
        bytes32 content = keccak256(abi.encode(GUARDIAN_CHANGE_TYPE, guardian_, _state.attestorSet, nonce));
        _checkQuorum(_hashTypedDataV4(content), signatures);
        bytes memory data = abi.encode(guardian_);
        _check(ChangeKind.Guardian, data);
        _schedule(ChangeKind.Guardian, data);
    }

    function cancel(ChangeKind kind) external {
        bool mayGuard = msg.sender == _rules.guardian && kind != ChangeKind.Guardian;
        if (msg.sender != governor && !mayGuard) revert NotCancellable(kind, msg.sender);
        if (scheduled[kind].dataHash == 0) revert NoChange(kind);
        delete scheduled[kind];
        emit ChangeCancelled(kind, msg.sender);
    }

    function execute(ChangeKind kind, bytes calldata data) external {
        Scheduled memory change = scheduled[kind];
        if (change.dataHash == 0) revert NoChange(kind);
        if (keccak256(data) != change.dataHash) revert NotTheChange(kind, keccak256(data), change.dataHash);
        if (block.timestamp < change.readyAt) revert ChangeNotReady(kind, change.readyAt);
        delete scheduled[kind];
        emit ChangeExecuted(kind, data);

        if (kind == ChangeKind.Attestors) {
            (address[] memory attestors_, uint32 threshold_) = abi.decode(data, (address[], uint32));
            _setAttestors(attestors_, threshold_);
        } else if (kind == ChangeKind.Window) {
            _setWindow(abi.decode(data, (uint32)));
        } else if (kind == ChangeKind.Tokens) {
            ListedToken[] memory tokens = abi.decode(data, (ListedToken[]));
            for (uint256 i = 0; i < tokens.length; ++i) _list(tokens[i]);
        } else if (kind == ChangeKind.Guardian) {
            _setGuardian(abi.decode(data, (address)));
        } else {
            _setGovernor(abi.decode(data, (address)));
        }
    }

    // The guardian holds up

    function pause(uint32 duration) external onlyGuardian {
        if (duration == 0 || duration > LONGEST_PAUSE) revert PauseTooLong(duration, LONGEST_PAUSE);
        if (block.timestamp < restUntil) revert RestingUntil(restUntil);
        _state.pausedUntil = uint48(block.timestamp + duration);
        restUntil = uint64(block.timestamp + 2 * uint256(duration));
        // What is left of a window is left after the pause.
        if (_state.readyAt > block.timestamp) _state.readyAt += duration;
        emit Paused(_state.pausedUntil, restUntil);
    }

    function unpause() external onlyGuardian {
        uint64 until = _state.pausedUntil;
        if (block.timestamp >= until) revert NotPaused();
        uint64 begun = until - (restUntil - until);
        uint64 left = until - uint64(block.timestamp);
        _state.pausedUntil = uint48(block.timestamp);
        restUntil = 2 * uint64(block.timestamp) - begun;
        if (_state.readyAt > block.timestamp) _state.readyAt -= uint48(left);
        emit Unpaused(restUntil);
    }

    // Views

    function guardian() external view returns (address) {
        return _rules.guardian;
    }

    function threshold() external view returns (uint32) {
        return _rules.threshold;
    }

    function window() external view returns (uint32) {
        return _rules.window;
    }

    function isAttestor(address account) public view returns (bool) {
        return _memberOf[account] == _state.attestorSet;
    }

    function attestors() external view returns (address[] memory) {
        return _attestors;
    }

    function attestorSet() external view returns (uint32) {
        return _state.attestorSet;
    }

    function pausedUntil() external view returns (uint64) {
        return _state.pausedUntil;
    }

    // Inside

    /// @dev Every signature has to be good, those beyond the threshold too.
    function _checkQuorum(bytes32 digest, Signature[] calldata signatures) internal view {
        uint256 needed = _rules.threshold;
        if (signatures.length < needed) revert NotEnoughSignatures(signatures.length, needed);
        address last = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = signatures[i].signer;
            if (signer <= last || !isAttestor(signer)) revert BadSigner(signer);
            if (!_isSignedBy(signer, digest, signatures[i].data)) revert BadSigner(signer);
            last = signer;
        }
    }

    /// @dev An account may have code and a key (EIP-7702): either will do.
    function _isSignedBy(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered,,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (recovered == signer && signer != address(0)) return true;
        return signer.code.length != 0 && SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature);
    }

    function _schedule(ChangeKind kind, bytes memory data) private {
        uint64 readyAt = uint64(block.timestamp) + 2 * uint64(_rules.window);
        scheduled[kind] = Scheduled({dataHash: keccak256(data), readyAt: readyAt});
        emit ChangeScheduled(kind, data, readyAt);
    }

    /// @dev What could not be carried out is refused when it is scheduled, while somebody is there to mend it.
    function _check(ChangeKind kind, bytes memory data) private view {
        if (kind == ChangeKind.Attestors) {
            (address[] memory attestors_, uint32 threshold_) = abi.decode(data, (address[], uint32));
            _checkAttestors(attestors_, threshold_);
        } else if (kind == ChangeKind.Window) {
            _checkWindow(abi.decode(data, (uint32)));
        } else if (kind == ChangeKind.Tokens) {
            ListedToken[] memory tokens = abi.decode(data, (ListedToken[]));
            for (uint256 i = 0; i < tokens.length; ++i) {
                if (_books[tokens[i].token].listed) revert DuplicateToken(tokens[i].token);
                for (uint256 j = 0; j < i; ++j) {
                    if (tokens[j].token == tokens[i].token) revert DuplicateToken(tokens[i].token);
                }
            }
        } else if (kind == ChangeKind.Guardian) {
            if (abi.decode(data, (address)) == address(0)) revert NoGuardian();
        } else if (abi.decode(data, (address)) == address(0)) {
            revert NoGovernor();
        }
    }

    function _checkAttestors(address[] memory attestors_, uint32 threshold_) private pure {
        if (threshold_ == 0 || threshold_ > attestors_.length) revert BadThreshold(threshold_, attestors_.length);
        for (uint256 i = 0; i < attestors_.length; ++i) {
            if (attestors_[i] == address(0)) revert BadAttestor(attestors_[i]);
            for (uint256 j = 0; j < i; ++j) {
                if (attestors_[j] == attestors_[i]) revert BadAttestor(attestors_[i]);
            }
        }
    }

    function _checkWindow(uint32 window_) private view {
        if (window_ < _shortestWindow || window_ > LONGEST_WINDOW) {
            revert BadWindow(window_, _shortestWindow, LONGEST_WINDOW);
        }
    }

    function _setAttestors(address[] memory attestors_, uint32 threshold_) private {
        _checkAttestors(attestors_, threshold_);
        uint32 version = _state.attestorSet + 1;
        _state.attestorSet = version;
        for (uint256 i = 0; i < attestors_.length; ++i) _memberOf[attestors_[i]] = version;
        _attestors = attestors_;
        _rules.threshold = threshold_;
    }

    function _setWindow(uint32 window_) private {
        _checkWindow(window_);
        _rules.window = window_;
    }

    function _setGuardian(address guardian_) private {
        if (guardian_ == address(0)) revert NoGuardian();
        _rules.guardian = guardian_;
    }

    function _setGovernor(address governor_) private {
        if (governor_ == address(0)) revert NoGovernor();
        governor = governor_;
    }
}
