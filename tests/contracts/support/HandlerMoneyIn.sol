// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SweepOrder} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {RefusingToken, ShortToken, TakingToken} from "./HandlerTokens.sol";
import {HandlerWorld} from "./HandlerWorld.sol";
import {MintableToken} from "./Tokens.sol";

/// @title Money in, by every way that there is, and tokens that change their mood
abstract contract HandlerMoneyIn is HandlerWorld {
    function pay(uint256 model, uint256 which, uint96 amount) external watched {
        uint256 index = which % tokens.length;
        address token = tokens[index];
        amount = uint96(bound(amount, 1, 1e24));
        uint256 before = vault.credited(token);
        if (token == NATIVE) {
            _make(payer, amount);
        } else {
            // Twice, for the token that charges on top.
            MintableToken(token).mint(payer, uint256(amount) * 2);
            vm.prank(payer);
            MintableToken(token).approve(address(rail), amount);
        }
        vm.prank(payer);
        (bool done,) = address(rail).call{gas: GAS, value: token == NATIVE ? amount : 0}(
            abi.encodeCall(rail.pay, (models[model % models.length], token, amount, "use"))
        );
        if (!_behaves(index)) return;
        assertEq(done, vault.isListed(token), "a plain payment in a listed token goes through");
        if (done) assertEq(vault.credited(token), before + amount, "and counts in full");
    }

    /// @notice To a pay address, without telling anybody; native coin with 2,300 gas.
    function send(uint256 model, uint256 which, uint96 amount) external watched {
        address token = tokens[which % tokens.length];
        address to = registry.payAddressOf(models[model % models.length]);
        if (token != NATIVE) return MintableToken(token).mint(to, amount);
        _make(payer, amount);
        vm.prank(payer);
        (bool done,) = to.call{value: amount, gas: amount == 0 ? 2_300 : 0}("");
        assertTrue(done, "a pay address takes native coin");
    }

    /// @notice One to three tokens, of some models or of all.
    function sweep(uint256 seed) external watched {
        SweepOrder[] memory orders = new SweepOrder[](1 + seed % 3);
        bool sure = true;
        for (uint256 i = 0; i < orders.length; ++i) {
            uint256 index = (seed >> (8 * (i + 1))) % tokens.length;
            bytes32[] memory ids = new bytes32[](1 + (seed >> 64) % (models.length + 1));
            for (uint256 m = 0; m < ids.length; ++m) ids[m] = models[((seed >> 72) + m) % models.length];
            orders[i] = SweepOrder({token: tokens[index], modelIds: ids});
            sure = sure && _behaves(index) && vault.isListed(tokens[index]);
        }
        bool done = _try(payer, abi.encodeCall(vault.sweep, (orders)));
        if (sure) assertTrue(done, "a plain sweep goes through");
        for (uint256 i = 0; done && i < orders.length; ++i) {
            // The short one may lie; the others leave nothing behind.
            if (orders[i].token == tokens[SHORT] || orders[i].token == tokens[TAKING]) continue;
            for (uint256 m = 0; m < orders[i].modelIds.length; ++m) {
                address payAddress = registry.payAddressOf(orders[i].modelIds[m]);
                assertEq(holding(payAddress, orders[i].token), 0, "a swept pay address keeps nothing");
            }
        }
        if (done) ++count["swept"];
    }

    function sweepUnknown(bytes32 unknown) external watched {
        if (registry.numberOf(unknown) != 0) return;
        SweepOrder[] memory orders = new SweepOrder[](1);
        orders[0] = SweepOrder({token: tokens[1], modelIds: new bytes32[](2)});
        (orders[0].modelIds[0], orders[0].modelIds[1]) = (models[0], unknown);
        assertTrue(!_try(payer, abi.encodeCall(vault.sweep, (orders))), "an unknown model is not swept");
    }

    /// @notice Money that comes to the vault by no known way: a token sent, native coin forced.
    function donate(uint256 which, uint64 amount) external watched {
        address token = tokens[which % tokens.length];
        uint256 before = vault.credited(token);
        if (token == NATIVE) _make(address(vault), amount);
        else MintableToken(token).mint(address(vault), amount);
        assertEq(vault.credited(token), before, "a gift is not counted");
    }

    function sendToVault(uint64 amount) external watched {
        _make(payer, amount);
        vm.prank(payer);
        (bool done,) = address(vault).call{value: amount}("");
        assertTrue(!done, "a plain send bounces");
    }

    // Moods

    function refuse(uint256 seed) external watched {
        RefusingToken token = RefusingToken(tokens[REFUSING]);
        // Mostly one in which it pays.
        token.setMood(RefusingToken.Mood(seed % 2 == 0 ? (seed >> 8) % 3 : (seed >> 8) % 6));
        uint256 account = (seed >> 16) % accounts.length;
        token.setBlocked(homeOf(account, (seed >> 24) % HOMES), (seed >> 32) % 2 == 0);
    }

    function shorten(uint256 seed) external watched {
        ShortToken(tokens[SHORT]).setMood(seed % 3 == 0 ? (seed >> 8) % 101 : 0, seed % 5 == 0);
    }

    function take(uint256 seed) external watched {
        TakingToken token = TakingToken(tokens[TAKING]);
        uint256 held = token.balanceOf(address(vault));
        token.setMood(seed % 3 == 0 ? (seed >> 8) % 1e18 : 0, seed % 7 == 0);
        if (seed % 11 == 0) token.shrink((seed >> 8) % (held + 1));
    }

    /// @dev The only way in which native coin comes into this world.
    function _make(address to, uint256 amount) internal {
        vm.deal(to, to.balance + amount);
        nativeMade += amount;
    }
}
