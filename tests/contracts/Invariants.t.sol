// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ListedToken} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {ReenteringRecipient, RefusingRecipient} from "./support/Recipients.sol";
import {FeeToken, ReenteringToken, SurchargeToken} from "./support/Tokens.sol";
import {VaultHandler} from "./support/VaultHandler.sol";
import {FuzzSelector} from "./support/Vm.sol";

/// @title What holds whatever happens, and whatever the attestors sign
/// @dev The runner tells the handler by its compiled artifact, so after a change of the handler run all tests, or
/// `hardhat build`, before this file alone.
contract InvariantsTest is Deployed {
    VaultHandler private handler;
    address[] private tokens;
    address[] private accounts;

    function setUp() public override {
        super.setUp();
        tokens = [
            NATIVE,
            address(dollar),
            address(new ReenteringToken()),
            address(new SurchargeToken()),
            address(new FeeToken())
        ];
        ListedToken[] memory listed = new ListedToken[](tokens.length);
        for (uint256 i = 0; i < tokens.length; ++i) listed[i] = ListedToken({token: tokens[i], smallestLeaf: 1});
        deploy(listed);
        accounts = [alice, bob, address(new RefusingRecipient()), address(new ReenteringRecipient())];

        bytes32[] memory models = new bytes32[](3);
        for (uint256 i = 0; i < 3; ++i) (models[i],) = registerModel(bytes32(i + 1));
        uint256[] memory signers = new uint256[](2);
        (signers[0], signers[1]) = (keys[0], keys[2]);
        handler = new VaultHandler(vault, models, tokens, accounts, signers);

        // Some money to begin with, so that even short runs get as far as claims.
        for (uint256 i = 0; i < tokens.length; ++i) {
            handler.send(i, i, 1e20);
            handler.sweep(i);
        }
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(handler);
        targets[0].selectors = new bytes4[](12);
        bytes4[12] memory all = [
            handler.pay.selector,
            handler.send.selector,
            handler.sweep.selector,
            handler.donate.selector,
            handler.propose.selector,
            handler.veto.selector,
            handler.activate.selector,
            handler.claim.selector,
            handler.claimAll.selector,
            handler.claimVetoed.selector,
            handler.arm.selector,
            handler.surcharge.selector
        ];
        for (uint256 i = 0; i < all.length; ++i) targets[0].selectors[i] = all[i];
    }

    function invariant_PaidNeverExceedsPromisedNorPromisedCredited() external view {
        for (uint256 i = 0; i < tokens.length; ++i) {
            assertTrue(vault.paid(tokens[i]) <= vault.promised(tokens[i]), "paid <= promised");
            assertTrue(vault.promised(tokens[i]) <= vault.credited(tokens[i]), "promised <= credited");
        }
    }

    function invariant_TheVaultHoldsWhatItOwes() external view {
        for (uint256 i = 0; i < tokens.length; ++i) {
            uint256 held =
                tokens[i] == NATIVE ? address(vault).balance : IERC20(tokens[i]).balanceOf(address(vault));
            assertTrue(held >= vault.credited(tokens[i]) - vault.paid(tokens[i]), "balance >= credited - paid");
        }
        assertEq(address(rail).balance, 0, "the rail keeps nothing");
        assertEq(dollar.balanceOf(address(rail)), 0, "the rail keeps no dollars");
    }

    function invariant_ClaimedNeverFallsAndSumsToPaid() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            uint256 sum = 0;
            for (uint256 a = 0; a < accounts.length; ++a) {
                uint256 claimed = vault.claimed(accounts[a], tokens[t]);
                assertTrue(claimed >= handler.highest(accounts[a], tokens[t]), "claimed never falls");
                sum += claimed;
            }
            assertEq(vault.paid(tokens[t]), sum, "paid is the sum of what was claimed");
        }
        assertEq(vault.root(), handler.lastActivated(), "no root but an activated one");
    }
}
