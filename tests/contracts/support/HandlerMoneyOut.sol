// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    AccountAmount,
    ClaimRequest,
    Proposal,
    PushBatch,
    PushEntry,
    PushRedirection,
    SweepOrder
} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {HandlerGovernance} from "./HandlerGovernance.sol";
import {CallingRecipient, RefusingToken, TakingToken} from "./HandlerTokens.sol";
import {HandlerTrees} from "./HandlerTrees.sol";

/// @title Claims by every route, from roots that are active, older, revoked, open and vetoed, and who takes part in them
abstract contract HandlerMoneyOut is HandlerGovernance {
    bytes32 private constant CLAIM_TYPE = keccak256(
        "Claim(address account,address token,address to,uint256 cumulative,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant RECIPIENT_TYPE =
        keccak256("Recipient(address account,address recipient,uint256 nonce,uint256 deadline)");

    /// @dev One leaf of one tree, and what it is good for.
    struct Due {
        ClaimTree tree;
        uint256 account;
        uint256 token;
        uint256 cumulative;
        bytes32[] proof;
        /// @dev What is due, where the tree is live and the promise reaches that far; else zero.
        uint256 amount;
    }

    bytes private lastSignedClaim;

    /// @notice One leaf by one of the three routes of a single claim.
    function claim(uint256 pick, uint256 leaf, uint256 route) external watched {
        uint256 chosen = _pickClaims(pick);
        if (chosen == 0) return;
        Due memory due = _due(chosen, leaf % claimTrees[chosen].amounts.length);
        uint256 home = (route >> 8) % HOMES;
        uint256 before = received(due.account, tokens[due.token]);
        bool done;
        if (route % 3 == 0) {
            home = redirectedTo[due.account];
            done = _try(
                payer,
                abi.encodeCall(
                    vault.claim, (due.cumulative, accounts[due.account], tokens[due.token], due.proof)
                )
            );
        } else if (route % 3 == 1 || due.account >= accountKeys.length) {
            bytes memory call_ = abi.encodeCall(
                vault.claimTo, (due.cumulative, tokens[due.token], due.proof, homeOf(due.account, home))
            );
            assertTrue(!_try(payer, call_), "nobody takes another's leaf");
            done = _try(accounts[due.account], call_);
        } else {
            done = _claimSigned(due, home);
        }
        if (due.amount == 0) assertTrue(!done, "nothing beyond what is due");
        if (done) ++count["claimed"];
        // A plain token to a plain address: whatever else happened, the money is there.
        if (due.amount == 0 || !_behaves(due.token) || !_takes(due.account, home)) return;
        assertTrue(done, "what is due can be had");
        assertEq(received(due.account, tokens[due.token]), before + due.amount, "to the unit");
    }

    /// @notice The last signed claim once more.
    function replay() external watched {
        if (lastSignedClaim.length == 0) return;
        assertTrue(!_try(payer, lastSignedClaim), "a signed claim is good for once");
    }

    /// @notice Some leaves of several trees, and the same ones again.
    function claimMany(uint256 seed, bool starve) external watched {
        ClaimRequest[] memory requests = new ClaimRequest[](1 + seed % 6);
        bytes32[] memory roots = new bytes32[](requests.length);
        for (uint256 i = 0; i < requests.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i / 2 * 2)));
            uint256 chosen = _pickClaims(random);
            if (chosen == 0) return;
            Due memory due = _due(chosen, (random >> 64) % claimTrees[chosen].amounts.length);
            requests[i] = ClaimRequest({
                account: accounts[due.account],
                token: tokens[due.token],
                cumulative: due.cumulative,
                proof: due.proof
            });
            roots[i] = due.tree.root;
        }
        bool done = _starved(abi.encodeCall(vault.claimMany, (requests)), starve, seed);
        if (!done) return;
        ++count["claimed many"];
        for (uint256 i = 0; i < requests.length; ++i) {
            uint256 claimed = vault.claimed(requests[i].account, requests[i].token);
            if (!_isLive(roots[i])) assertTrue(claimed >= requests[i].cumulative, "only what was paid before");
        }
    }

    /// @notice Some leaves of one token under one multiproof.
    function claimBatch(uint256 pick, uint256 seed, bool starve) external watched {
        uint256 chosen = _pickClaims(pick);
        if (chosen == 0) return;
        uint256 token = seed % tokens.length;
        uint256[] memory picked = _some(token * accounts.length, accounts.length, seed >> 8);
        ClaimTree storage tree = claimTrees[chosen];
        AccountAmount[] memory leaves = new AccountAmount[](picked.length);
        uint256 left = _room(tokens[token]);
        bool fits = true;
        for (uint256 i = 0; i < picked.length; ++i) {
            address account = accounts[picked[i] % accounts.length];
            leaves[i] = AccountAmount({account: account, cumulative: tree.amounts[picked[i]]});
            uint256 claimed = vault.claimed(account, tokens[token]);
            uint256 amount = leaves[i].cumulative > claimed ? leaves[i].cumulative - claimed : 0;
            fits = fits && amount <= left;
            if (fits) left -= amount;
        }
        (bytes32[] memory proof, bool[] memory flags) = HandlerTrees.multiProof(_nodes(tree), picked);
        uint256 taken = TakingToken(tokens[TAKING]).taken();
        bool done = _starved(
            abi.encodeCall(vault.claimBatch, (tokens[token], leaves, proof, HandlerTrees.runs(flags))), starve, seed
        );
        if (done) ++count["batches"];
        if (!fits || !_isLive(tree.root)) assertTrue(!done, "no batch beyond what is due");
        else if (_behaves(token) && !starve) assertTrue(done, "nobody stands in the way of another");
        if (done && token == TAKING) {
            assertEq(TakingToken(tokens[TAKING]).taken(), taken, "a batch lets no token take more than was sent");
        }
        for (uint256 i = 0; done && _behaves(token) && i < picked.length; ++i) {
            uint256 account = picked[i] % accounts.length;
            if (token != 0 || _takes(account, redirectedTo[account])) {
                assertTrue(vault.claimed(accounts[account], tokens[token]) >= leaves[i].cumulative, "all are paid");
            }
        }
    }

    // Pushes

    /// @notice Some consecutive entries of one token.
    function push(uint256 pick, uint256 seed, bool starve) external watched {
        uint256 chosen = _pickPushes(pick);
        if (chosen == 0) return;
        PushTree storage tree = pushTrees[chosen];
        (uint256 from, uint256 to) = _range(tree, seed);
        uint256 token = tree.entries[from].token;
        uint256 left = _room(tokens[token]);
        bool fits = true;
        for (uint256 i = from; i < to; ++i) {
            uint256 amount = vault.isPushPaid(tree.epoch, tree.first + i) ? 0 : tree.entries[i].amount;
            fits = fits && amount <= left;
            if (fits) left -= amount;
        }
        uint256 taken = TakingToken(tokens[TAKING]).taken();
        bool done = _starved(abi.encodeCall(vault.push, (_batch(tree, from, to))), starve, seed);
        if (done) ++count["pushed"];
        // A twin has not the index that its place says.
        bool twin = tree.entries[to - 1].twin;
        if (!fits || twin || !_isLive(_pushKey(tree))) return assertTrue(!done, "no push beyond what is due");
        if (_behaves(token) && !starve) assertTrue(done, "nobody stands in the way of another");
        if (done && token == TAKING) {
            assertEq(TakingToken(tokens[TAKING]).taken(), taken, "a push lets no token take more than was sent");
        }
        for (uint256 i = from; done && _behaves(token) && i < to; ++i) {
            if (token != 0 || _takes(tree.entries[i].account, tree.entries[i].home)) {
                assertTrue(vault.isPushPaid(tree.epoch, tree.first + i), "all are paid");
            }
        }
    }

    /// @notice One entry, by its account, to an address of its choice.
    function takePush(uint256 pick, uint256 seed) external watched {
        uint256 chosen = _pickPushes(pick);
        if (chosen == 0) return;
        PushTree storage tree = pushTrees[chosen];
        _takePush(tree, (seed >> 8) % tree.entries.length, (seed >> 16) % HOMES);
    }

    // Who takes part

    function setRecipient(uint256 seed) external watched {
        uint256 account = seed % accounts.length;
        uint256 home = (seed >> 8) % HOMES;
        address to = home == 0 ? address(0) : homeOf(account, home);
        (, uint256 nonce) = vault.recipientOf(accounts[account]);
        if (account < accountKeys.length && (seed >> 16) % 2 == 0) {
            bytes32 content =
                keccak256(abi.encode(RECIPIENT_TYPE, accounts[account], to, nonce, type(uint256).max));
            bytes memory call_ = abi.encodeCall(
                vault.setRecipientSigned,
                (accounts[account], to, type(uint256).max, _signed(accountKeys[account], _digest(content)))
            );
            assertTrue(_try(payer, call_), "an account redirects by its signature");
            assertTrue(!_try(payer, call_), "once");
        } else {
            assertTrue(_try(accounts[account], abi.encodeCall(vault.setRecipient, (to))), "an account redirects");
        }
        redirectedTo[account] = home;
    }

    /// @notice The refusing token, or the last account, calls back in the middle of its next transfer.
    function arm(uint256 seed, bool before) external watched {
        (address target, bytes memory call_) = _mischief(seed);
        if (seed % 2 == 0) RefusingToken(tokens[REFUSING]).arm(target, call_, before);
        else CallingRecipient(payable(accounts[accounts.length - 1])).arm(target, call_);
    }

    // Inside

    function _takePush(PushTree storage tree, uint256 i, uint256 home) internal {
        Entry memory entry = tree.entries[i];
        PushEntry memory whole = PushEntry({
            index: _index(tree, i),
            account: accounts[entry.account],
            recipient: homeOf(entry.account, entry.home),
            token: tokens[entry.token],
            amount: entry.amount
        });
        bytes32[] memory proof = HandlerTrees.proof(_nodes(tree), i);
        bool due = _isLive(_pushKey(tree)) && !vault.isPushPaid(tree.epoch, whole.index)
            && entry.amount <= _room(whole.token);
        uint256 before = received(entry.account, whole.token);
        bytes memory call_ =
            abi.encodeCall(vault.takePush, (tree.epoch, whole, proof, homeOf(entry.account, home)));
        assertTrue(!_try(payer, call_), "nobody takes another's entry");
        bool done = _try(whole.account, call_);
        if (!due) assertTrue(!done, "nothing beyond what is due");
        if (done) {
            ++count["taken"];
            assertTrue(vault.isPushPaid(tree.epoch, whole.index), "noted");
        }
        if (!due || !_behaves(entry.token) || !_takes(entry.account, home)) return;
        assertTrue(done, "what is due can be had");
        assertEq(received(entry.account, whole.token), before + entry.amount, "to the unit");
    }

    function _claimSigned(Due memory due, uint256 home) private returns (bool done) {
        address account = accounts[due.account];
        address to = homeOf(due.account, home);
        (, uint256 nonce) = vault.recipientOf(account);
        bytes32 content = keccak256(
            abi.encode(CLAIM_TYPE, account, tokens[due.token], to, due.cumulative, nonce, type(uint256).max)
        );
        bytes memory signature = _signed(accountKeys[due.account], _digest(content));
        ClaimRequest memory request = ClaimRequest({
            account: account,
            token: tokens[due.token],
            cumulative: due.cumulative,
            proof: due.proof
        });
        bytes memory elsewhere =
            abi.encodeCall(vault.claimSigned, (request, payer, type(uint256).max, signature));
        assertTrue(!_try(payer, elsewhere), "a signature is good for one address");
        bytes memory call_ = abi.encodeCall(vault.claimSigned, (request, to, type(uint256).max, signature));
        done = _try(payer, call_);
        if (done) lastSignedClaim = call_;
    }

    function _due(uint256 chosen, uint256 leaf) internal view returns (Due memory due) {
        ClaimTree storage tree = claimTrees[chosen];
        due.tree = tree;
        (due.account, due.token) = _leaf(tree, leaf);
        due.cumulative = tree.amounts[leaf];
        due.proof = HandlerTrees.proof(_nodes(tree), leaf);
        uint256 claimed = vault.claimed(accounts[due.account], tokens[due.token]);
        if (!_isLive(tree.root) || due.cumulative <= claimed) return due;
        uint256 amount = due.cumulative - claimed;
        if (amount <= _room(tokens[due.token])) due.amount = amount;
    }

    function _batch(PushTree storage tree, uint256 from, uint256 to) private view returns (PushBatch memory) {
        bytes memory packed;
        uint256[] memory picked = new uint256[](to - from);
        PushRedirection[] memory elsewhere = new PushRedirection[](to - from);
        uint256 redirected = 0;
        for (uint256 i = from; i < to; ++i) {
            Entry memory entry = tree.entries[i];
            picked[i - from] = i;
            packed = bytes.concat(packed, bytes20(accounts[entry.account]), bytes16(entry.amount));
            if (entry.home == 0) continue;
            elsewhere[redirected++] =
                PushRedirection({at: i - from, recipient: homeOf(entry.account, entry.home)});
        }
        assembly ("memory-safe") {
            mstore(elsewhere, redirected)
        }
        (bytes32[] memory proof, bool[] memory flags) = HandlerTrees.multiProof(_nodes(tree), picked);
        return PushBatch({
            epoch: tree.epoch,
            token: tokens[tree.entries[from].token],
            first: tree.first + from,
            entries: packed,
            redirections: elsewhere,
            proof: proof,
            runs: HandlerTrees.runs(flags)
        });
    }

    /// @dev Mostly the active tree; else any that was ever drafted, refused and vetoed ones too. Zero: none yet.
    function _pickClaims(uint256 pick) private view returns (uint256) {
        if (pick % 3 != 0 && activeClaims != 0) return activeClaims;
        return (pick >> 8) % claimTrees.length;
    }

    function _pickPushes(uint256 pick) private view returns (uint256 chosen) {
        chosen = (pick >> 8) % pushTrees.length;
        // Mostly one that is live, if there is one.
        for (uint256 i = 0; pick % 4 != 0 && i < pushTrees.length; ++i) {
            uint256 next = (chosen + i) % pushTrees.length;
            if (_isLive(_pushKey(pushTrees[next]))) return next;
        }
        if (pushTrees[chosen].entries.length == 0) chosen = 0;
    }

    /// @dev From some entry to another of the same token, the end not included.
    function _range(PushTree storage tree, uint256 seed) private view returns (uint256 from, uint256 to) {
        uint256 entries = tree.entries.length;
        from = seed % entries;
        to = from + 1;
        uint256 most = 1 + (seed >> 8) % entries;
        while (to < entries && to - from < most && tree.entries[to].token == tree.entries[from].token) ++to;
    }

    /// @dev Some of `all` consecutive places from `first` on, one at least.
    function _some(uint256 first, uint256 all, uint256 seed) private pure returns (uint256[] memory picked) {
        picked = new uint256[](all);
        uint256 length = 0;
        for (uint256 i = 0; i < all; ++i) {
            if ((seed >> i) % 2 == 0 || i == (seed >> 64) % all) picked[length++] = first + i;
        }
        assembly ("memory-safe") {
            mstore(picked, length)
        }
    }

    /// @dev With all the gas, or with too little for all that is tried.
    function _starved(bytes memory call_, bool starve, uint256 seed) private returns (bool done) {
        vm.prank(payer);
        (done,) = address(vault).call{gas: starve ? 50_000 + (seed >> 128) % 1_500_000 : GAS}(call_);
    }

    function _mischief(uint256 seed) private view returns (address target, bytes memory call_) {
        uint256 what = (seed >> 8) % 7;
        target = address(vault);
        uint256 chosen = _pickClaims(seed >> 16);
        uint256 pushes = _pickPushes(seed >> 16);
        if (what < 2 && chosen != 0) {
            Due memory due = _due(chosen, (seed >> 64) % claimTrees[chosen].amounts.length);
            (address account, address token) = (accounts[due.account], tokens[due.token]);
            if (what == 0) {
                return (target, abi.encodeCall(vault.claim, (due.cumulative, account, token, due.proof)));
            }
            ClaimRequest[] memory requests = new ClaimRequest[](1);
            requests[0] =
                ClaimRequest({account: account, token: token, cumulative: due.cumulative, proof: due.proof});
            return (target, abi.encodeCall(vault.claimMany, (requests)));
        }
        if (what == 2 && pushes != 0) {
            (uint256 from, uint256 to) = _range(pushTrees[pushes], seed >> 64);
            return (target, abi.encodeCall(vault.push, (_batch(pushTrees[pushes], from, to))));
        }
        if (what == 3 && pushes != 0) {
            uint256 i = (seed >> 64) % pushTrees[pushes].entries.length;
            Entry memory entry = pushTrees[pushes].entries[i];
            uint256 caller = accounts.length - 1;
            PushEntry memory whole = PushEntry({
                index: _index(pushTrees[pushes], i),
                account: accounts[entry.account],
                recipient: homeOf(entry.account, entry.home),
                token: tokens[entry.token],
                amount: entry.amount
            });
            bytes32[] memory proof = HandlerTrees.proof(_nodes(pushTrees[pushes]), i);
            return (target, abi.encodeCall(vault.takePush, (pushTrees[pushes].epoch, whole, proof, homeOf(caller, 1))));
        }
        if (what == 4) return (address(rail), abi.encodeCall(rail.pay, (models[0], tokens[REFUSING], 1e6, "again")));
        if (what == 5 && openProposal.length != 0) {
            return (target, abi.encodeCall(vault.activate, (abi.decode(openProposal, (Proposal)))));
        }
        SweepOrder[] memory orders = new SweepOrder[](2);
        orders[0] = SweepOrder({token: tokens[REFUSING], modelIds: models});
        orders[1] = SweepOrder({token: tokens[(seed >> 64) % LATE], modelIds: models});
        return (target, abi.encodeCall(vault.sweep, (orders)));
    }
}
