// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {DemoDollar} from "../../contracts/demo/DemoDollar.sol";
import {ListedToken} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {
    BurningRecipient,
    CallingRecipient,
    RefusingToken,
    ShortToken,
    TakingToken
} from "./support/HandlerTokens.sol";
import {World} from "./support/HandlerWorld.sol";
import {RefusingRecipient} from "./support/Recipients.sol";
import {VaultHandler} from "./support/VaultHandler.sol";
import {FuzzSelector} from "./support/Vm.sol";

/// @title What holds after every call
/// @dev Several facts in one invariant: the runner goes through the same calls again for each function that it finds. It tells
/// the handler by its compiled artifact, so after a change of the handler run all tests, or `hardhat build`, before this
/// file alone.
///
/// Which tokens keep what:
/// - native coin, the dollars and the refusing token (refuses, answers oddly, burns gas, calls back): all of it;
/// - the short token (keeps a part, or lies that it moved): all of it, but that what reached accounts is less than was paid;
/// - the taking token (charges on top, moves and denies it, confiscates): all of it, but that the vault's balance is short of
///   what the token took, and that what it moved and denied reached somebody. In batches and pushes it can take nothing
///   more, because the vault looks at its balance; in single claims the vault does not look.
abstract contract InvariantFacts is Deployed {
    VaultHandler internal handler;
    address[] internal tokens;
    address[] internal accounts;

    function setUpWorld(bool honest) internal {
        super.setUp();
        tokens = [
            NATIVE,
            address(dollar),
            address(new RefusingToken()),
            address(new ShortToken()),
            address(new TakingToken()),
            address(new DemoDollar())
        ];
        // All but the last.
        ListedToken[] memory listed = new ListedToken[](tokens.length - 1);
        for (uint256 i = 0; i < listed.length; ++i) listed[i] = ListedToken({token: tokens[i], smallestLeaf: 1});
        deploy(listed);

        World memory world;
        world.vault = vault;
        world.tokens = tokens;
        world.honest = honest;
        world.models = new bytes32[](3);
        for (uint256 i = 0; i < 3; ++i) (world.models[i],) = registerModel(bytes32(i + 1));
        world.accountKeys = new uint256[](2);
        for (uint256 i = 0; i < 2; ++i) {
            world.accountKeys[i] = uint256(keccak256(abi.encode("account", i)));
            accounts.push(vm.addr(world.accountKeys[i]));
        }
        accounts.push(address(new RefusingRecipient()));
        accounts.push(address(new BurningRecipient()));
        accounts.push(address(new CallingRecipient()));
        world.accounts = accounts;
        world.attestorKeys = new uint256[](4);
        for (uint256 i = 0; i < 3; ++i) world.attestorKeys[i] = keys[i];
        world.attestorKeys[3] = uint256(keccak256("another attestor"));
        handler = new VaultHandler(world);

        // Some money and an epoch to begin with, so that even short runs get as far as claims.
        for (uint256 i = 0; i < listed.length; ++i) {
            handler.send(i, i, 1e20);
            handler.pay(i, i, 1e20);
        }
        for (uint256 i = 0; i < listed.length; ++i) handler.sweep(i << 8);
        handler.propose(6 + (1 << 48));
        handler.activate(1);
        assertEq(vault.epoch(), 1, "a first epoch");
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector({addr: address(handler), selectors: handler.selectors()});
    }

    function paidIsAtMostPromisedAndPromisedAtMostCredited() internal view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            assertTrue(vault.paid(tokens[t]) <= vault.promised(tokens[t]), "paid <= promised");
            assertTrue(vault.promised(tokens[t]) <= vault.credited(tokens[t]), "promised <= credited");
        }
    }

    function theVaultHoldsWhatItOwes() internal view {
        uint256 taken = TakingToken(tokens[4]).taken();
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 held = handler.holding(address(vault), tokens[t]);
            if (t == 4) held += taken;
            assertTrue(held >= vault.credited(tokens[t]) - vault.paid(tokens[t]), "balance >= credited - paid");
        }
    }

    function nothingIsPaidTwice() internal view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 reached = 0;
            uint256 claims = 0;
            for (uint256 a = 0; a < accounts.length; ++a) {
                address account = accounts[a];
                uint256 leaf = handler.highestLeaf(account, tokens[t]);
                uint256 claimed = vault.claimed(account, tokens[t]);
                assertTrue(claimed <= leaf, "claimed <= the highest activated leaf");
                uint256 received = handler.received(a, tokens[t]);
                if (t == 4) received -= _strayed(a);
                uint256 entries = handler.pushedSum(account, tokens[t]);
                uint256 due = leaf > type(uint256).max - entries ? type(uint256).max : leaf + entries;
                assertTrue(received <= due, "received <= leaf and entries");
                assertTrue(received >= claimed || t == 3, "what was claimed arrived");
                reached += received;
                claims += claimed;
            }
            assertTrue(claims <= vault.paid(tokens[t]), "claims are part of what was paid");
            if (t == 3) assertTrue(reached <= vault.paid(tokens[t]), "no more arrived than was paid");
            else assertEq(reached, vault.paid(tokens[t]), "what was paid arrived, to the unit");
        }
    }

    /// @dev The taking and the short token burn, and burning lowers their supply too.
    function nobodyElseGetsAnything() internal view {
        for (uint256 t = 0; t < tokens.length; ++t) assertEq(handler.strays(tokens[t]), 0, "nobody else holds any");
        for (uint256 t = 0; t < tokens.length; ++t) {
            assertEq(handler.holding(address(rail), tokens[t]), 0, "the rail keeps nothing");
        }
    }

    function onlyActivatedRootsAreLive() internal view {
        uint256 count = handler.proposedKeyCount();
        for (uint256 i = 0; i < count; ++i) {
            bytes32 key = handler.proposedKeys(i);
            (uint64 by, bool revoked) = vault.rootStatus(key);
            (uint64 expectedBy, bool expectedRevoked) = handler.statusOf(key);
            assertEq(by, expectedBy, "activated by");
            assertEq(revoked, expectedRevoked, "revoked");
        }
    }

    function pausesAreBounded() internal view {
        assertTrue(vault.pausedUntil() <= block.timestamp + 7 days, "seven days at most");
        assertTrue(vault.restUntil() >= vault.pausedUntil(), "and a rest after it");
        assertTrue(vault.window() >= WINDOW && vault.window() <= 30 days, "the window is within its bounds");
    }

    /// @dev Many of the handler's calls in an order that is always the same.
    function walk(uint256 seed, uint256 steps) internal {
        bytes4[] memory all = handler.selectors();
        for (uint256 i = 0; i < steps; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            bytes4 next = all[random % all.length];
            // Each takes its first words, and these fit all of them but where it wants a number.
            uint256 first = uint256(keccak256(abi.encode(random, 1)));
            uint256 second = uint256(keccak256(abi.encode(random, 2)));
            if (next == handler.sendToVault.selector) first = uint64(first);
            if (next == handler.activate.selector || next == handler.pause.selector) first = uint32(first);
            if (next == handler.claimMany.selector || next == handler.arm.selector) second %= 2;
            if (next == handler.pause.selector) second %= 2;
            if (next == handler.donate.selector) second = uint64(second);
            uint256 third = uint96(random >> 128);
            if (next == handler.claimBatch.selector || next == handler.push.selector) third %= 2;
            (bool done, bytes memory answer) =
                address(handler).call(abi.encodeWithSelector(next, first, second, third));
            if (done) continue;
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        string[10] memory things = [
            "swept", "proposed", "vetoed", "activated", "executed", "paused", "claimed", "claimed many", "batches", "pushed"
        ];
        for (uint256 i = 0; i < things.length; ++i) assertTrue(handler.count(things[i]) != 0, things[i]);
        assertTrue(handler.count("taken") != 0, "taken");
    }

    function _strayed(uint256 account) private view returns (uint256 sum) {
        for (uint256 home = 0; home < 3; ++home) sum += TakingToken(tokens[4]).strayed(handler.homeOf(account, home));
    }
}

/// @title Whatever happens, and whatever the attestors sign
contract InvariantsTest is InvariantFacts {
    function setUp() public override {
        setUpWorld(false);
    }

    /// @dev What the calls never reach, the invariant says nothing about.
    function test_TheHandlerReachesEverything() external {
        walk(1, 2_000);
        invariant_WhateverTheAttestorsSign();
    }

    function invariant_WhateverTheAttestorsSign() public view {
        paidIsAtMostPromisedAndPromisedAtMostCredited();
        theVaultHoldsWhatItOwes();
        nothingIsPaidTwice();
        nobodyElseGetsAnything();
        onlyActivatedRootsAreLive();
        pausesAreBounded();
    }
}

/// @title With roots that the core builds
contract HonestInvariantsTest is InvariantFacts {
    function setUp() public override {
        setUpWorld(true);
    }

    function test_TheHandlerReachesEverything() external {
        walk(2, 2_000);
        afterInvariant();
    }

    function invariant_OfHonestHistories() public view {
        paidIsAtMostPromisedAndPromisedAtMostCredited();
        theVaultHoldsWhatItOwes();
        nothingIsPaidTwice();
        nobodyElseGetsAnything();
        onlyActivatedRootsAreLive();
    }

    /// @dev After the last call of a run: every leaf and every entry is paid, and with them all that was promised.
    function afterInvariant() public {
        handler.settleAll();
        for (uint256 t = 0; t < tokens.length; ++t) {
            if (t == 4) continue;
            assertEq(vault.paid(tokens[t]), vault.promised(tokens[t]), "all that was promised is paid");
            for (uint256 a = 0; a < accounts.length; ++a) {
                address account = accounts[a];
                uint256 due = handler.highestLeaf(account, tokens[t]) + handler.pushedSum(account, tokens[t]);
                if (t != 3) assertEq(handler.received(a, tokens[t]), due, "each account has all, to the unit");
            }
        }
        nothingIsPaidTwice();
    }
}
