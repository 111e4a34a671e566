// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InferencePayments} from "../../../contracts/InferencePayments.sol";
import {ClaimRequest, Proposal, TokenTotal} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {RoyaltySplit} from "../../../contracts/RoyaltySplit.sol";
import {Leaf, Merkle} from "./Merkle.sol";
import {ReenteringRecipient} from "./Recipients.sol";
import {Test} from "./Test.sol";
import {MintableToken, ReenteringToken, SurchargeToken} from "./Tokens.sol";

/// @title Everything that can happen to a vault, in any order
/// @notice The attestors are the worst that there can be: they sign any root, with leaves that rise, fall and exceed, and
/// totals that promise too much. Calls that have to succeed, and do not, revert here, which fails the run.
contract VaultHandler is Test {
    address private constant NATIVE = address(0);
    address private constant payer = address(0xBEEF);

    ModelRegistry private registry;
    InferencePayments private rail;
    RoyaltySplit private vault;
    address private guardian;

    bytes32[] private models;
    /// @dev Native coin and the plain dollar first: with those two, what has to succeed is known exactly.
    address[] private tokens;
    address[] private accounts;
    uint256[] private keys;

    Leaf[] private openLeaves;
    Leaf[] private activeLeaves;
    Leaf[] private vetoedLeaves;
    bytes32 private vetoedRoot;

    /// @notice The highest `claimed` that was ever seen.
    mapping(address account => mapping(address token => uint256)) public highest;
    bytes32 public lastActivated;

    constructor(
        RoyaltySplit vault_,
        bytes32[] memory models_,
        address[] memory tokens_,
        address[] memory accounts_,
        uint256[] memory keys_
    ) {
        vault = vault_;
        registry = ModelRegistry(vault_.registry());
        rail = InferencePayments(vault_.rail());
        guardian = vault_.guardian();
        models = models_;
        tokens = tokens_;
        accounts = accounts_;
        keys = keys_;
    }

    // Money in

    function pay(uint256 model, uint256 which, uint96 amount) external {
        address token = tokens[which % tokens.length];
        amount = uint96(bound(amount, 1, 1e24));
        uint256 before = vault.credited(token);
        bool done;
        if (token == NATIVE) {
            vm.deal(payer, amount);
            vm.prank(payer);
            (done,) = address(rail).call{value: amount}(
                abi.encodeCall(rail.pay, (models[model % models.length], token, amount, "use"))
            );
        } else {
            MintableToken(token).mint(payer, uint256(amount) * 2);
            vm.prank(payer);
            MintableToken(token).approve(address(rail), amount);
            vm.prank(payer);
            (done,) = address(rail).call(
                abi.encodeCall(rail.pay, (models[model % models.length], token, amount, "use"))
            );
        }
        if (_plain(token)) {
            assertTrue(done, "a plain payment goes through");
            assertEq(vault.credited(token), before + amount, "and counts in full");
        }
    }

    function send(uint256 model, uint256 which, uint96 amount) external {
        address token = tokens[which % tokens.length];
        address to = registry.payAddressOf(models[model % models.length]);
        if (token == NATIVE) vm.deal(to, to.balance + amount);
        else MintableToken(token).mint(to, amount);
    }

    function sweep(uint256 which) external {
        address token = tokens[which % tokens.length];
        (bool done,) = address(vault).call(abi.encodeCall(vault.sweep, (token, models)));
        if (_plain(token)) assertTrue(done, "a plain sweep goes through");
    }

    /// @notice Money that comes to the vault by no known way.
    function donate(uint256 which, uint64 amount) external {
        address token = tokens[which % tokens.length];
        if (token == NATIVE) vm.deal(address(vault), address(vault).balance + amount);
        else MintableToken(token).mint(address(vault), amount);
    }

    // Epochs

    function propose(uint256 seed, bool greedy) external {
        if (_isOpen()) return;
        _setOpenLeaves(seed);
        (TokenTotal[] memory totals, bool tooMuch, bool raised) = _totals(seed, greedy);
        if (!raised) return;
        Proposal memory proposal = Proposal({
            epoch: vault.epoch() + 1,
            attempt: vault.attempt(),
            previousRoot: vault.root(),
            root: Merkle.root(openLeaves),
            bundleHash: keccak256(abi.encode(seed)),
            lastBlock: uint64(block.number - 1),
            lastBlockHash: blockhash(block.number - 1),
            totals: totals,
            bundleUri: ""
        });
        if (proposal.root == proposal.previousRoot) return;
        bytes32 digest = vault.proposalDigest(proposal);
        bytes[] memory signed = new bytes[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            signed[i] = abi.encodePacked(r, s, v);
        }
        (bool done,) = address(vault).call(abi.encodeCall(vault.propose, (proposal, signed)));
        // Leaves may promise what they like; only the totals are the vault's to judge.
        assertEq(done, !tooMuch, "taken exactly where the totals are covered");
    }

    /// @notice Rare, or hardly anything would ever be activated.
    function veto(uint256 mood) external {
        if (!_isOpen() || mood % 4 != 0) return;
        (, bytes32 root,) = vault.openProposal();
        vm.prank(guardian);
        vault.veto();
        vetoedLeaves = openLeaves;
        vetoedRoot = root;
    }

    function activate(uint32 wait) external {
        (uint64 epoch, bytes32 root, uint64 readyAt) = vault.openProposal();
        vm.roll(block.number + 1);
        // Mostly long enough.
        vm.warp(block.timestamp + (wait % 4 == 0 ? wait % vault.window() : vault.window()));
        (bool done,) = address(vault).call(abi.encodeCall(vault.activate, ()));
        assertEq(done, epoch != 0 && block.timestamp >= readyAt, "activated exactly where ready");
        if (!done) return;
        activeLeaves = openLeaves;
        lastActivated = root;
    }

    // Money out

    /// @notice One account's leaves of all tokens, from one of them on.
    function claim(uint256 which) external {
        for (uint256 i = 0; i < tokens.length && activeLeaves.length != 0; ++i) {
            _claim((which % activeLeaves.length + i * accounts.length) % activeLeaves.length);
        }
        _watch();
    }

    function claimAll() external {
        ClaimRequest[] memory requests = new ClaimRequest[](activeLeaves.length);
        for (uint256 i = 0; i < requests.length; ++i) {
            requests[i] = ClaimRequest({
                account: activeLeaves[i].account,
                token: activeLeaves[i].token,
                cumulative: activeLeaves[i].cumulative,
                proof: Merkle.proof(activeLeaves, i)
            });
        }
        // A refusing account, or a leaf beyond the promise, refuses them all; either way the books have to hold.
        (bool done,) = address(vault).call(abi.encodeCall(vault.claimMany, (requests)));
        if (done) _watch();
    }

    function claimVetoed(uint256 which) external {
        if (vetoedLeaves.length == 0 || vetoedRoot == vault.root()) return;
        uint256 index = which % vetoedLeaves.length;
        Leaf memory leaf = vetoedLeaves[index];
        (bool done,) = address(vault).call(
            abi.encodeCall(
                vault.claim, (leaf.account, leaf.token, leaf.cumulative, Merkle.proof(vetoedLeaves, index))
            )
        );
        assertTrue(!done, "a vetoed root pays nobody");
    }

    // Mischief

    /// @notice The third token calls back during its next transfer; the last account when it is paid.
    function arm(uint256 what, bool before) external {
        bytes memory call;
        address target = address(vault);
        if (what % 4 == 0 && activeLeaves.length != 0) {
            Leaf memory leaf = activeLeaves[what % activeLeaves.length];
            call = abi.encodeCall(
                vault.claim,
                (leaf.account, leaf.token, leaf.cumulative, Merkle.proof(activeLeaves, what % activeLeaves.length))
            );
        } else if (what % 4 == 1) {
            call = abi.encodeCall(vault.sweep, (tokens[what % tokens.length], models));
        } else if (what % 4 == 2) {
            (target, call) = (address(rail), abi.encodeCall(rail.pay, (models[0], tokens[2], 1, "again")));
        } else {
            call = abi.encodeCall(vault.activate, ());
        }
        // An activation inside a claim would change what `claim` above expects; it is tried from the token only when
        // no proposal is open, where it has to fail.
        if (what % 4 == 3 && _isOpen()) return;
        ReenteringToken(tokens[2]).arm(target, call, before);
        ReenteringRecipient(payable(accounts[accounts.length - 1])).arm(target, call);
    }

    /// @notice The fourth token starts, or stops, to take more from the sender than was sent.
    function surcharge(uint64 amount) external {
        SurchargeToken(tokens[3]).setSurcharge(amount % 3 == 0 ? 0 : amount);
    }

    // Inside

    function _claim(uint256 index) private {
        Leaf memory leaf = activeLeaves[index];
        uint256 before = _holding(leaf.account, leaf.token);
        uint256 claimed = vault.claimed(leaf.account, leaf.token);
        uint256 room = vault.promised(leaf.token) - vault.paid(leaf.token);
        (bool done,) = address(vault).call(
            abi.encodeCall(
                vault.claim, (leaf.account, leaf.token, leaf.cumulative, Merkle.proof(activeLeaves, index))
            )
        );

        bool due = leaf.cumulative > claimed && leaf.cumulative - claimed <= room;
        if (!due) assertTrue(!done, "nothing beyond what is due");
        // A plain token to a plain account: whatever else happened, the money is there.
        if (due && _plain(leaf.token) && leaf.account.code.length == 0) {
            assertTrue(done, "what is due can be had");
            assertEq(_holding(leaf.account, leaf.token), before + leaf.cumulative - claimed, "to the unit");
        }
    }

    function _plain(address token) private view returns (bool) {
        return token == tokens[0] || token == tokens[1];
    }

    function _isOpen() private view returns (bool) {
        (uint64 epoch,,) = vault.openProposal();
        return epoch != 0;
    }

    function _holding(address account, address token) private view returns (uint256) {
        return token == NATIVE ? account.balance : MintableToken(token).balanceOf(account);
    }

    /// @dev A leaf for each account and token, unbounded by anything that came in.
    function _setOpenLeaves(uint256 seed) private {
        delete openLeaves;
        for (uint256 t = 0; t < tokens.length; ++t) {
            for (uint256 a = 0; a < accounts.length; ++a) {
                uint256 random = uint256(keccak256(abi.encode(seed, t, a)));
                uint256 share = vault.credited(tokens[t]) / accounts.length;
                // Mostly a fair share of some size, which may be lower than it was; now and then anything.
                uint256 amount = random % 8 == 0 ? random : share == 0 ? 0 : (random >> 8) % (share + 1);
                openLeaves.push(Leaf({account: accounts[a], token: tokens[t], cumulative: amount}));
            }
        }
    }

    function _totals(uint256 seed, bool greedy)
        private
        view
        returns (TokenTotal[] memory totals, bool tooMuch, bool raised)
    {
        totals = new TokenTotal[](tokens.length);
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 before = vault.promised(tokens[t]);
            uint256 room = vault.credited(tokens[t]) - before;
            uint256 random = uint256(keccak256(abi.encode(seed, "total", t)));
            uint256 total = before + (room == 0 ? 0 : random % (room + 1));
            if (greedy && random % 6 == 0) total = before + room + 1 + random % 1e18;
            if (total > before + room) tooMuch = true;
            if (total > before) raised = true;
            totals[t] = TokenTotal({token: tokens[t], total: uint128(total)});
        }
        // Into ascending order.
        for (uint256 i = 1; i < totals.length; ++i) {
            for (uint256 j = i; j != 0 && totals[j].token < totals[j - 1].token; --j) {
                (totals[j], totals[j - 1]) = (totals[j - 1], totals[j]);
            }
        }
    }

    /// @dev After money moved out: nothing that was claimed is forgotten.
    function _watch() private {
        for (uint256 t = 0; t < tokens.length; ++t) {
            for (uint256 a = 0; a < accounts.length; ++a) {
                uint256 claimed = vault.claimed(accounts[a], tokens[t]);
                assertTrue(claimed >= highest[accounts[a]][tokens[t]], "claimed never falls");
                highest[accounts[a]][tokens[t]] = claimed;
            }
        }
    }
}
