// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MintableToken} from "./Tokens.sol";

/// @title Stops all transfers, once told to
contract PausingToken is MintableToken {
    error Halted();

    bool public halted;

    function halt(bool halted_) external {
        halted = halted_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (halted && from != address(0)) revert Halted();
        super._update(from, to, value);
    }
}

/// @title Says what a test wants of one balance: a token whose owner changed its code
contract UpgradableToken is MintableToken {
    error Silent(address account);

    address private _account;
    uint256 private _lie;
    bool private _fails;
    address private _next;

    function lieAbout(address account, uint256 balance) external {
        (_account, _lie, _fails) = (account, balance, false);
    }

    /// @dev From its next transfer on.
    function lieOnceMoved(address account, uint256 balance) external {
        (_next, _lie) = (account, balance);
    }

    function failFor(address account) external {
        (_account, _fails) = (account, true);
    }

    function balanceOf(address account) public view override returns (uint256) {
        if (account == address(0) || account != _account) return super.balanceOf(account);
        if (_fails) revert Silent(account);
        return _lie;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && _next != address(0)) (_account, _next) = (_next, address(0));
    }
}

/// @title Has as many decimals as a test wants
contract DecimalsToken is MintableToken {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}

/// @title Refuses a transfer of nothing
contract ZeroRefusingToken is MintableToken {
    error NothingToMove();

    function _update(address from, address to, uint256 value) internal override {
        if (value == 0) revert NothingToMove();
        super._update(from, to, value);
    }
}

/// @title Uses up all gas that a transfer gets, once told to
contract GasBurningToken is MintableToken {
    bool public burns;

    function burn(bool burns_) external {
        burns = burns_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (burns && from != address(0)) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        super._update(from, to, value);
    }
}

/// @title All balances are shares of a sum that moves
contract RebasingToken is MintableToken {
    uint256 public percent = 100;

    function rebase(uint256 percent_) external {
        percent = percent_;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return super.balanceOf(account) * percent / 100;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, from == address(0) ? value : value * 100 / percent);
    }
}

/// @title Burns half of one account's balance in the middle of its next transfer
contract ClawingToken is MintableToken {
    address private _victim;

    function claw(address victim) external {
        _victim = victim;
    }

    function _update(address from, address to, uint256 value) internal override {
        address victim = _victim;
        if (victim != address(0)) {
            _victim = address(0);
            _burn(victim, balanceOf(victim) / 2);
        }
        super._update(from, to, value);
    }
}
