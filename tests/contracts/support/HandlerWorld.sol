// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InferencePayments} from "../../../contracts/InferencePayments.sol";
import {Proposal} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {RoyaltySplit} from "../../../contracts/RoyaltySplit.sol";
import {RefusingToken, TakingToken} from "./HandlerTokens.sol";
import {HandlerTrees} from "./HandlerTrees.sol";
import {Test} from "./Test.sol";
import {MintableToken} from "./Tokens.sol";

/// @notice What a handler is made with.
struct World {
    RoyaltySplit vault;
    bytes32[] models;
    address[] tokens;
    address[] accounts;
    uint256[] accountKeys;
    uint256[] attestorKeys;
    bool honest;
}

/// @title The books that the handler keeps beside the vault's
/// @notice Tokens, in this order: native coin, a dollar, one that refuses and calls back (RefusingToken), one that brings
/// less than was sent (ShortToken), one that takes more (TakingToken), and a dollar that is listed later. The first two and
/// the last behave, so what has to succeed is known exactly. Accounts: two with keys, one that refuses native coin, one that
/// burns all gas, and one that calls back. Each account has two more addresses of its own; money that reaches any of the
/// three was paid to that account.
abstract contract HandlerWorld is Test {
    struct ClaimTree {
        bytes32 root;
        uint256 seed;
        uint256[] amounts;
    }

    struct Entry {
        uint8 account;
        uint8 home;
        uint8 token;
        bool twin;
        uint128 amount;
    }

    struct PushTree {
        uint64 epoch;
        bytes32 root;
        uint256 first;
        Entry[] entries;
    }

    struct Status {
        uint64 activatedBy;
        bool revoked;
    }

    address internal constant NATIVE = address(0);
    address internal constant payer = address(0xBEEF);
    uint256 internal constant REFUSING = 2;
    uint256 internal constant SHORT = 3;
    uint256 internal constant TAKING = 4;
    uint256 internal constant LATE = 5;
    uint256 internal constant HOMES = 3;
    /// @dev A recipient or a token may burn all of it.
    uint256 internal constant GAS = 20_000_000;

    ModelRegistry internal registry;
    InferencePayments internal rail;
    RoyaltySplit internal vault;
    bytes32[] internal models;
    address[] internal tokens;
    address[] internal accounts;
    uint256[] internal accountKeys;
    mapping(address attestor => uint256) internal keyOf;
    address[] internal signers;
    /// @dev All roots are what the core builds: cumulative, never falling, totals as sums.
    bool public honest;

    ClaimTree[] internal claimTrees;
    PushTree[] internal pushTrees;
    /// @dev The trees of the open proposal, and the proposal.
    uint256 internal openClaims;
    uint256 internal openPushes;
    bytes internal openProposal;
    uint256 internal activeClaims;
    uint64 internal seenEpoch;
    /// @notice Every root and push key that was ever proposed.
    bytes32[] public proposedKeys;
    mapping(bytes32 key => Status) public statusOf;

    mapping(address account => mapping(address token => uint256)) public highestLeaf;
    mapping(address account => mapping(address token => uint256)) public pushedSum;
    mapping(address account => mapping(address token => uint256)) public highestClaimed;
    mapping(uint256 account => uint256 home) internal redirectedTo;
    uint256 public nativeMade;
    bytes32 internal rules;

    /// @notice How often each thing really happened, by name: what a run did not do, it did not test.
    mapping(string what => uint256) public count;

    error RulesChanged(bytes32 before, bytes32 afterwards);

    /// @dev Everything that is followed from call to call.
    modifier watched() {
        _;
        _noteActivation();
        _noteClaimed();
        if (_rules() != rules) revert RulesChanged(rules, _rules());
    }

    constructor(World memory world) {
        vault = world.vault;
        registry = ModelRegistry(vault.registry());
        rail = InferencePayments(vault.rail());
        models = world.models;
        tokens = world.tokens;
        accounts = world.accounts;
        accountKeys = world.accountKeys;
        honest = world.honest;
        for (uint256 i = 0; i < world.attestorKeys.length; ++i) {
            address signer = vm.addr(world.attestorKeys[i]);
            keyOf[signer] = world.attestorKeys[i];
            signers.push(signer);
        }
        rules = _rules();
        TakingToken(tokens[TAKING]).setVictim(address(vault));
        // What the refusing token pays with when it calls the rail.
        MintableToken(tokens[REFUSING]).mint(tokens[REFUSING], 1e20);
        RefusingToken(tokens[REFUSING]).approveFrom(tokens[REFUSING], address(rail), 1e20);
        // An empty tree, so that there always is one.
        claimTrees.push();
        pushTrees.push();
    }

    // Views

    function homeOf(uint256 account, uint256 home) public view returns (address) {
        if (home == 0) return accounts[account];
        return address(uint160(uint256(keccak256(abi.encode("home", account, home)))));
    }

    /// @notice What reached an account of a token, at any of its addresses.
    function received(uint256 account, address token) public view returns (uint256 sum) {
        for (uint256 home = 0; home < HOMES; ++home) sum += holding(homeOf(account, home), token);
    }

    function holding(address account, address token) public view returns (uint256) {
        return token == NATIVE ? account.balance : MintableToken(token).balanceOf(account);
    }

    /// @notice All that there is of a token which nobody of this world's addresses holds.
    function strays(address token) external view returns (uint256) {
        uint256 sum = holding(address(vault), token) + holding(payer, token) + holding(address(rail), token);
        if (token != NATIVE) sum += holding(token, token);
        for (uint256 i = 0; i < models.length; ++i) sum += holding(registry.payAddressOf(models[i]), token);
        for (uint256 a = 0; a < accounts.length; ++a) sum += received(a, token);
        return (token == NATIVE ? nativeMade : MintableToken(token).totalSupply()) - sum;
    }

    function proposedKeyCount() external view returns (uint256) {
        return proposedKeys.length;
    }

    // Inside: what is known

    /// @dev Does what it says, without calling anybody.
    function _behaves(uint256 token) internal pure returns (bool) {
        return token < REFUSING || token == LATE;
    }

    /// @dev Takes whatever comes.
    function _takes(uint256 account, uint256 home) internal view returns (bool) {
        return account < accountKeys.length || home != 0;
    }

    function _isLive(bytes32 key) internal view returns (bool) {
        return statusOf[key].activatedBy != 0 && !statusOf[key].revoked;
    }

    function _isOpen() internal view returns (bool) {
        (uint64 epoch,,) = vault.openProposal();
        return epoch != 0;
    }

    function _room(address token) internal view returns (uint256) {
        return vault.promised(token) - vault.paid(token);
    }

    /// @dev All that a call can leave as it was, if it is not the execution of a change.
    function _rules() internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                vault.guardian(),
                vault.governor(),
                vault.attestors(),
                vault.threshold(),
                vault.attestorSet(),
                vault.window(),
                vault.listedTokens()
            )
        );
    }

    // Inside: trees

    /// @dev A leaf for each token and account, in this order; then some for whatever account and token the seed says.
    function _leaf(ClaimTree storage tree, uint256 i) internal view returns (uint256 account, uint256 token) {
        uint256 all = accounts.length * tokens.length;
        if (i >= all) i = uint256(keccak256(abi.encode(tree.seed, "extra", i))) % all;
        return (i % accounts.length, i / accounts.length);
    }

    function _nodes(ClaimTree storage tree) internal view returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](tree.amounts.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            (uint256 account, uint256 token) = _leaf(tree, i);
            leaves[i] = HandlerTrees.claimLeaf(accounts[account], tokens[token], tree.amounts[i]);
        }
        return HandlerTrees.build(leaves);
    }

    function _nodes(PushTree storage tree) internal view returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](tree.entries.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            Entry memory entry = tree.entries[i];
            leaves[i] = HandlerTrees.pushLeaf(
                _index(tree, i),
                accounts[entry.account],
                homeOf(entry.account, entry.home),
                tokens[entry.token],
                entry.amount
            );
        }
        return HandlerTrees.build(leaves);
    }

    /// @dev A twin has the index of the first entry, which no honest tree has.
    function _index(PushTree storage tree, uint256 i) internal view returns (uint256) {
        return tree.entries[i].twin ? tree.first : tree.first + i;
    }

    function _pushKey(PushTree storage tree) internal view returns (bytes32) {
        return keccak256(abi.encode(tree.epoch, tree.root));
    }

    // Inside: followed from call to call

    /// @dev An activation, whoever made it: it may have come out of the middle of another call.
    function _noteActivation() internal {
        uint64 epoch = vault.epoch();
        if (epoch == seenEpoch) return;
        ++seenEpoch;
        assertEq(epoch, seenEpoch, "one epoch at a time");
        ++count["activated"];
        Proposal memory proposal = abi.decode(openProposal, (Proposal));
        for (uint256 i = 0; i < proposal.revoked.length; ++i) statusOf[proposal.revoked[i]].revoked = true;
        if (proposal.root != proposal.previousRoot) {
            statusOf[proposal.root].activatedBy = epoch;
            activeClaims = openClaims;
            ClaimTree storage tree = claimTrees[openClaims];
            for (uint256 i = 0; i < tree.amounts.length; ++i) {
                (uint256 account, uint256 token) = _leaf(tree, i);
                uint256 amount = tree.amounts[i];
                uint256 before = highestLeaf[accounts[account]][tokens[token]];
                if (amount > before) highestLeaf[accounts[account]][tokens[token]] = amount;
            }
        }
        if (proposal.pushRoot == 0) return;
        PushTree storage pushes = pushTrees[openPushes];
        statusOf[_pushKey(pushes)].activatedBy = epoch;
        for (uint256 i = 0; i < pushes.entries.length; ++i) {
            Entry memory entry = pushes.entries[i];
            pushedSum[accounts[entry.account]][tokens[entry.token]] += entry.amount;
        }
    }

    function _noteClaimed() private {
        for (uint256 t = 0; t < tokens.length; ++t) {
            for (uint256 a = 0; a < accounts.length; ++a) {
                uint256 claimed = vault.claimed(accounts[a], tokens[t]);
                uint256 before = highestClaimed[accounts[a]][tokens[t]];
                assertTrue(claimed >= before, "claimed never falls");
                if (claimed != before) highestClaimed[accounts[a]][tokens[t]] = claimed;
            }
        }
    }

    // Inside: calls

    function _try(address from, bytes memory call_) internal returns (bool done) {
        vm.prank(from);
        (done,) = address(vault).call{gas: GAS}(call_);
    }

    function _signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _digest(bytes32 content) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("OpenSettle"),
                keccak256("1"),
                block.chainid,
                address(vault)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, content));
    }
}
