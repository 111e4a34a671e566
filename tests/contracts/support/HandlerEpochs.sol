// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Proposal, Signature, TokenTotal} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {HandlerTrees} from "./HandlerTrees.sol";
import {HandlerWorld} from "./HandlerWorld.sol";

/// @title Epochs
/// @notice Where the world is not honest, the attestors are the worst that there can be: they sign leaves that rise, fall
/// and exceed, two leaves of one account, two entries of one index, totals that promise too much, roots that were used or
/// vetoed before, and revocations of anything.
abstract contract HandlerEpochs is HandlerWorld {
    function propose(uint256 seed) external watched {
        if (_isOpen()) return;
        Proposal memory proposal = Proposal({
            epoch: vault.epoch() + 1,
            attempt: vault.attempt(),
            attestorSet: vault.attestorSet(),
            previousRoot: vault.root(),
            root: 0,
            pushRoot: 0,
            recordRoot: bytes32(seed),
            bundleHash: keccak256(abi.encode(seed)),
            lastBlock: uint64(block.number - 1),
            lastBlockHash: blockhash(block.number - 1),
            totals: new TokenTotal[](0),
            revoked: new bytes32[](0),
            bundleUri: "https://bundles.example"
        });
        bool raised;
        bool covered;
        if (honest) (raised, covered) = _draftHonest(seed, proposal);
        else (raised, covered) = _draft(seed, proposal);
        if (honest && !raised) return;
        proposal.root = claimTrees[openClaims].root;
        if (openPushes != 0) proposal.pushRoot = pushTrees[openPushes].root;
        bool revocable = _addRevoked(seed, proposal);

        bool paused = block.timestamp < vault.pausedUntil();
        bool expected = !paused && covered && revocable && _rootsAgree(proposal, raised);
        bool done = _try(payer, abi.encodeCall(vault.propose, (proposal, _signatures(vault.proposalDigest(proposal)))));
        assertEq(done, expected, "taken exactly where the totals are covered");
        if (!done) return;
        ++count["proposed"];
        openProposal = abi.encode(proposal);
        proposedKeys.push(proposal.root);
        if (proposal.pushRoot != 0) proposedKeys.push(keccak256(abi.encode(proposal.epoch, proposal.pushRoot)));
    }

    /// @notice Rare, or hardly anything would ever be activated.
    function veto(uint256 mood) external watched {
        if (!_isOpen() || mood % 4 != 0) return;
        (uint64 epoch,, uint64 readyAt) = vault.openProposal();
        uint32 attempt = vault.attempt();
        assertTrue(!_try(payer, abi.encodeCall(vault.veto, (epoch, attempt))), "only the guardian vetoes");
        bool done = _try(vault.guardian(), abi.encodeCall(vault.veto, (epoch, attempt)));
        assertEq(done, block.timestamp < readyAt, "vetoed exactly within the window");
        if (done) ++count["vetoed"];
    }

    function activate(uint32 wait) external watched {
        vm.roll(block.number + 1);
        // Mostly long enough.
        vm.warp(block.timestamp + (wait % 4 == 0 ? wait % vault.window() : vault.window()));
        (uint64 epoch,, uint64 readyAt) = vault.openProposal();
        if (openProposal.length == 0) return;
        bool done = _try(payer, abi.encodeCall(vault.activate, (abi.decode(openProposal, (Proposal)))));
        bool ready = block.timestamp >= readyAt && block.timestamp >= vault.pausedUntil();
        assertEq(done, epoch != 0 && ready, "activated exactly where ready");
    }

    // Inside

    /// @dev More is promised exactly where something is carried, but where a revoked root is replaced; no root twice.
    function _rootsAgree(Proposal memory proposal, bool raised) private view returns (bool) {
        bool changes = proposal.root != proposal.previousRoot;
        bool carries = changes || proposal.pushRoot != 0;
        if (proposal.root == 0 && (changes || proposal.pushRoot == 0)) return false;
        if (changes && statusOf[proposal.root].activatedBy != 0) return false;
        return raised == carries || (carries && proposal.revoked.length != 0);
    }

    function _signatures(bytes32 digest) internal view returns (Signature[] memory all) {
        address[] memory signing = vault.attestors();
        all = new Signature[](signing.length);
        for (uint256 i = 0; i < signing.length; ++i) {
            for (uint256 j = i; j != 0 && signing[j] < signing[j - 1]; --j) {
                (signing[j], signing[j - 1]) = (signing[j - 1], signing[j]);
            }
        }
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = Signature({signer: signing[i], data: _signed(keyOf[signing[i]], digest)});
        }
    }

    /// @dev Anything at all.
    function _draft(uint256 seed, Proposal memory proposal) private returns (bool raised, bool covered) {
        uint256 mode = seed % 16;
        // A tree from before, vetoed or not; the active one (and then pushes alone); mostly a new one.
        if (mode == 0) {
            openClaims = (seed >> 8) % claimTrees.length;
            if (openClaims == 0) openClaims = activeClaims;
        } else if (mode < 4) {
            openClaims = activeClaims;
        } else {
            _newClaims(seed);
        }
        openPushes = 0;
        if (mode % 2 == 0) _newPushes(seed, proposal.epoch);
        return _setTotals(seed, proposal);
    }

    function _newClaims(uint256 seed) private {
        openClaims = claimTrees.length;
        ClaimTree storage tree = claimTrees.push();
        tree.seed = seed;
        uint256 all = tokens.length * accounts.length;
        for (uint256 i = 0; i < all + 3; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 share = i < all ? vault.credited(tokens[i / accounts.length]) / accounts.length : 1e18;
            // Mostly a fair share of some size, which may be lower than it was; now and then anything.
            tree.amounts.push(random % 8 == 0 ? random : (random >> 8) % (share + 1));
        }
        tree.root = _nodes(tree)[0];
    }

    function _newPushes(uint256 seed, uint64 epoch) private {
        openPushes = pushTrees.length;
        PushTree storage tree = pushTrees.push();
        tree.epoch = epoch;
        uint256 entries = 1 + (seed >> 16) % 12;
        uint256[3] memory firsts = [uint256(0), 250, type(uint256).max - entries];
        tree.first = firsts[(seed >> 24) % 3];
        for (uint256 i = 0; i < entries; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "push", i)));
            uint256 token = i * ((seed >> 32) % tokens.length + 1) / entries;
            uint256 share = vault.credited(tokens[token]) / 8;
            tree.entries.push(
                Entry({
                    account: uint8(random % accounts.length),
                    home: uint8((random >> 8) % 4 == 0 ? (random >> 16) % HOMES : 0),
                    token: uint8(token),
                    twin: i != 0 && i == entries - 1 && (seed >> 40) % 4 == 0,
                    amount: uint128((random >> 24) % 16 == 0 ? random >> 128 : (random >> 32) % (share + 1))
                })
            );
        }
        tree.root = _nodes(tree)[0];
    }

    /// @dev Any totals, covered or not.
    function _setTotals(uint256 seed, Proposal memory proposal) private view returns (bool raised, bool covered) {
        covered = true;
        uint256[] memory next = new uint256[](tokens.length);
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 before = vault.promised(tokens[t]);
            uint256 room = vault.credited(tokens[t]) - before;
            uint256 random = uint256(keccak256(abi.encode(seed, "total", t)));
            next[t] = before + (room == 0 || seed % 5 == 0 ? 0 : random % (room + 1));
            bool listed = vault.isListed(tokens[t]);
            if ((seed >> 48) % 5 == 0 && random % 6 == 0 && listed) next[t] = before + room + 1 + random % 1e18;
            if (next[t] > before + room) covered = false;
            if (next[t] > before) raised = true;
        }
        proposal.totals = _sorted(next);
    }

    /// @dev What the core builds: each account's leaf grows, entries are pushed, and totals grow by the sum of both.
    function _draftHonest(uint256 seed, Proposal memory proposal) private returns (bool raised, bool covered) {
        ClaimTree storage active = claimTrees[activeClaims];
        uint256[] memory next = new uint256[](tokens.length);
        uint256[] memory amounts = new uint256[](tokens.length * accounts.length);
        PushTree storage pushes = pushTrees.push();
        bool leaves;
        for (uint256 t = 0; t < tokens.length; ++t) {
            next[t] = vault.promised(tokens[t]);
            uint256 part = (vault.credited(tokens[t]) - next[t]) / (2 * accounts.length);
            for (uint256 a = 0; a < accounts.length; ++a) {
                uint256 i = t * accounts.length + a;
                uint256 random = uint256(keccak256(abi.encode(seed, i)));
                if (active.amounts.length != 0) amounts[i] = active.amounts[i];
                uint256 amount = (random >> 16) % (part + 1);
                // To the claims, to the pushes, or not at all.
                if (random % 4 == 0) amount = 0;
                if (amount == 0) continue;
                next[t] += amount;
                if (random % 4 != 1) {
                    amounts[i] += amount;
                    leaves = true;
                } else {
                    uint8 home = uint8((random >> 8) % HOMES);
                    pushes.entries.push(
                        Entry({account: uint8(a), home: home, token: uint8(t), twin: false, amount: uint128(amount)})
                    );
                }
            }
            if (next[t] > vault.promised(tokens[t])) raised = true;
        }
        proposal.totals = _sorted(next);
        openClaims = activeClaims;
        if (leaves) {
            openClaims = claimTrees.length;
            ClaimTree storage tree = claimTrees.push();
            tree.amounts = amounts;
            tree.root = _nodes(tree)[0];
        }
        openPushes = 0;
        if (pushes.entries.length != 0) {
            openPushes = pushTrees.length - 1;
            pushes.epoch = proposal.epoch;
            pushes.root = _nodes(pushes)[0];
        }
        return (raised, true);
    }

    /// @dev Those that rose, and those of the listed that did not as they are; ascending.
    function _sorted(uint256[] memory next) private view returns (TokenTotal[] memory totals) {
        totals = new TokenTotal[](tokens.length);
        uint256 length = 0;
        for (uint256 t = 0; t < tokens.length; ++t) {
            if (!vault.isListed(tokens[t])) continue;
            totals[length] = TokenTotal({token: tokens[t], total: uint128(next[t])});
            for (uint256 j = length; j != 0 && totals[j].token < totals[j - 1].token; --j) {
                (totals[j], totals[j - 1]) = (totals[j - 1], totals[j]);
            }
            ++length;
        }
        assembly ("memory-safe") {
            mstore(totals, length)
        }
    }

    /// @dev Some of what was proposed before; in an honest world only roots, which a later leaf always exceeds.
    function _addRevoked(uint256 seed, Proposal memory proposal) private view returns (bool revocable) {
        revocable = true;
        if ((seed >> 56) % 3 != 0 || proposedKeys.length == 0) return revocable;
        bytes32 key = proposedKeys[(seed >> 64) % proposedKeys.length];
        if (honest) {
            key = proposal.previousRoot;
            if (key == 0 || key == proposal.root) return revocable;
        }
        proposal.revoked = new bytes32[](1);
        proposal.revoked[0] = key;
        return statusOf[key].activatedBy != 0 && key != proposal.root;
    }
}
