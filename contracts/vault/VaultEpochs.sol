// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochRecord, Proposal, Signature, TokenTotal} from "../interfaces/IRoyaltySplit.sol";
import {Proposals} from "../libraries/Proposals.sol";
import {VaultGovernance} from "./VaultGovernance.sol";

/// @notice Proposals, their windows, and the roots that came of them.
abstract contract VaultEpochs is VaultGovernance {
    /// @dev Beside the number of the epoch that activated a root.
    uint256 private constant REVOKED = 1 << 255;

    bytes32 public root;
    /// @dev Of the last proposal, open or not: only its digest is kept, and whoever activates brings it again.
    bytes32 private _proposalDigest;
    mapping(bytes32 key => uint256 activatedBy) private _roots;
    mapping(uint64 epoch => bytes32) public epochHash;

    function propose(Proposal calldata proposal, Signature[] calldata signatures) external {
        State memory state = _state;
        if (state.readyAt != 0) revert ProposalOpen(state.epoch + 1);
        if (block.timestamp < state.pausedUntil) revert PausedUntil(state.pausedUntil);
        if (proposal.epoch != state.epoch + 1) revert WrongEpoch(proposal.epoch, state.epoch + 1);
        if (proposal.attempt != state.attempt) revert WrongAttempt(proposal.attempt, state.attempt);
        if (proposal.attestorSet != state.attestorSet) revert WrongAttestorSet(proposal.attestorSet, state.attestorSet);
        _checkLastBlock(proposal.lastBlock, proposal.lastBlockHash, state.lastBlock);
        _checkRoots(proposal, _checkTotals(proposal.totals));
        bytes32 digest = proposalDigest(proposal);
        _checkQuorum(digest, signatures);

        uint64 readyAt = uint64(block.timestamp) + _rules.window;
        _state.readyAt = uint48(readyAt);
        _proposalDigest = digest;
        emit EpochProposed(proposal.epoch, proposal.attempt, proposal.root, readyAt, proposal);
    }

    function activate(Proposal calldata proposal) external {
        State memory state = _state;
        if (state.readyAt == 0) revert NoProposal();
        if (block.timestamp < state.pausedUntil) revert PausedUntil(state.pausedUntil);
        if (block.timestamp < state.readyAt) revert WindowOpen(state.readyAt);
        bytes32 digest = proposalDigest(proposal);
        if (digest != _proposalDigest) revert NotTheProposal(digest, _proposalDigest);

        // The totals were checked against credit when they were proposed; credit has only grown since.
        TokenTotal[] calldata totals = proposal.totals;
        for (uint256 i = 0; i < totals.length; ++i) {
            _books[totals[i].token].promised = totals[i].total;
        }
        (uint64 number, uint64 last, bytes32 next) = (proposal.epoch, proposal.lastBlock, proposal.root);
        _revoke(number, proposal.revoked);
        if (next != root) {
            root = next;
            _roots[next] = number;
        }
        if (proposal.pushRoot != 0) _roots[_pushKey(number, proposal.pushRoot)] = number;
        EpochRecord memory record = EpochRecord({
            epoch: number,
            lastBlock: last,
            root: next,
            recordRoot: proposal.recordRoot,
            bundleHash: proposal.bundleHash
        });
        epochHash[number] = keccak256(abi.encode(record));
        // Both fit: an epoch's number and a past block's.
        state.epoch = uint48(number);
        state.lastBlock = uint48(last);
        state.attempt = 0;
        state.readyAt = 0;
        _state = state;
        emit EpochActivated(number, next);
    }

    function veto(uint64 number, uint32 attempt_) external onlyGuardian {
        State memory state = _state;
        if (state.readyAt == 0) revert NoProposal();
        if (number != state.epoch + 1) revert WrongEpoch(number, state.epoch + 1);
        if (attempt_ != state.attempt) revert WrongAttempt(attempt_, state.attempt);
        if (block.timestamp >= state.readyAt) revert WindowClosed(state.readyAt);

        _state.readyAt = 0;
        _state.attempt = attempt_ + 1;
        emit EpochVetoed(number, attempt_);
    }

    // Views

    function proposalDigest(Proposal calldata proposal) public view returns (bytes32) {
        return _hashTypedDataV4(Proposals.structHash(proposal));
    }

    function epoch() external view returns (uint64) {
        return _state.epoch;
    }

    function attempt() external view returns (uint32) {
        return _state.attempt;
    }

    function lastBlock() external view returns (uint64) {
        return _state.lastBlock;
    }

    function openProposal() external view returns (uint64 openEpoch, bytes32 digest, uint64 readyAt) {
        if (_state.readyAt != 0) return (_state.epoch + 1, _proposalDigest, _state.readyAt);
    }

    function rootStatus(bytes32 key) external view returns (uint64 activatedBy, bool revoked) {
        return (uint64(_roots[key]), _roots[key] & REVOKED != 0);
    }

    // Inside

    /// @dev Whether the root, or the key of an epoch's pushes, was activated; refused where it was revoked since.
    function _isLive(bytes32 key) internal view returns (bool) {
        uint256 activatedBy = _roots[key];
        if (activatedBy < REVOKED) return activatedBy != 0;
        revert RootRevoked(key);
    }

    function _revoke(uint64 number, bytes32[] calldata keys) private {
        for (uint256 i = 0; i < keys.length; ++i) {
            _roots[keys[i]] |= REVOKED;
            emit Revoked(number, keys[i]);
        }
    }

    function _pushKey(uint64 number, bytes32 pushRoot) internal pure returns (bytes32) {
        return keccak256(abi.encode(number, pushRoot));
    }

    function _checkLastBlock(uint64 number, bytes32 hash, uint64 previous) private view {
        if (number >= block.number) revert BlockNotPast(number);
        if (number < previous) revert BlockBeforePrevious(number, previous);
        // Zero for a block that the chain no longer keeps the hash of; the attestors' signatures vouch for that one.
        bytes32 expected = blockhash(number);
        if (expected != 0 && hash != expected) revert WrongBlockHash(number, hash, expected);
    }

    function _checkTotals(TokenTotal[] calldata totals) private view returns (bool raised) {
        address last = address(0);
        for (uint256 i = 0; i < totals.length; ++i) {
            (address token, uint128 total) = (totals[i].token, totals[i].total);
            Book memory book = _books[token];
            if (i != 0 && token <= last) revert TokensNotAscending(token);
            last = token;
            if (!book.listed) revert TokenNotListed(token);
            if (total < book.promised) revert TotalLowered(token, total, book.promised);
            if (total > book.credited) revert PromisesMoreThanCredited(token, total, book.credited);
            if (total > book.promised) raised = true;
        }
    }

    /// @dev More is promised exactly where there is something to claim or push it by; but a root that replaces a revoked one
    /// may promise no more than was.
    function _checkRoots(Proposal calldata proposal, bool raised) private view {
        bytes32 previous = root;
        bytes32 next = proposal.root;
        if (proposal.previousRoot != previous) revert WrongPreviousRoot(proposal.previousRoot, previous);
        if (next == 0 && (previous != 0 || proposal.pushRoot == 0)) revert EmptyRoot();
        if (next != previous && _roots[next] != 0) revert RootUsed(next);
        bool carries = next != previous || proposal.pushRoot != 0;
        if (raised != carries && (raised || proposal.revoked.length == 0)) {
            revert RootAndTotalsDisagree(next, previous);
        }
        bytes32[] calldata revoked = proposal.revoked;
        for (uint256 i = 0; i < revoked.length; ++i) {
            bytes32 key = revoked[i];
            if (key == next || _roots[key] == 0) revert NotRevocable(key);
        }
    }
}
