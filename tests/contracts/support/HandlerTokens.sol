// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MintableToken} from "./Tokens.sol";

/// @title Refuses in each way that a token can, answers in odd ways, and calls back; what it moves, it moves in full
contract RefusingToken is MintableToken {
    enum Mood {
        Plain,
        Silent,
        Long,
        Paused,
        False,
        BurnsGas
    }

    Mood public mood;
    mapping(address account => bool) public isBlocked;

    address private _target;
    bytes private _call;
    bool private _before;

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    /// @dev One call, in the middle of the next transfer.
    function arm(address target, bytes calldata call_, bool before) external {
        (_target, _call, _before) = (target, call_, before);
    }

    function approveFrom(address owner, address spender, uint256 amount) external {
        _approve(owner, spender, amount);
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        if (mood == Mood.False) return false;
        super.transfer(to, value);
        return _answer();
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        if (mood == Mood.False) return false;
        super.transferFrom(from, to, value);
        return _answer();
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0)) {
            require(mood != Mood.Paused && !isBlocked[to], "refused");
            if (mood == Mood.BurnsGas) {
                assembly ("memory-safe") {
                    invalid()
                }
            }
            if (_before) _fire();
        }
        super._update(from, to, value);
        if (from != address(0)) _fire();
    }

    function _fire() private {
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        // Refused or not, the transfer goes on.
        (bool done,) = target.call(_call);
        done;
    }

    function _answer() private view returns (bool) {
        if (mood == Mood.Silent) {
            assembly ("memory-safe") {
                return(0, 0)
            }
        }
        if (mood == Mood.Long) {
            assembly ("memory-safe") {
                mstore(0x00, 1)
                return(0, 0x60)
            }
        }
        return true;
    }
}

/// @title Brings less than was sent: keeps a part, or says that it moved and did not
contract ShortToken is MintableToken {
    uint256 public percent;
    bool public lies;

    function setMood(uint256 percent_, bool lies_) external {
        (percent, lies) = (percent_, lies_);
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return lies || super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return lies || super.transferFrom(from, to, value);
    }

    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : value * percent / 100;
        if (fee != 0) super._update(from, address(0), fee);
        super._update(from, to, value - fee);
    }
}

/// @title Takes more than it says: charges on top, moves and denies it, or confiscates
contract TakingToken is MintableToken {
    address public victim;
    uint256 public surcharge;
    bool public denies;
    /// @notice What it took from the victim beyond what it said.
    uint256 public taken;
    /// @notice What it moved there and denied.
    mapping(address to => uint256) public strayed;

    function setVictim(address victim_) external {
        victim = victim_;
    }

    function setMood(uint256 surcharge_, bool denies_) external {
        (surcharge, denies) = (surcharge_, denies_);
    }

    function shrink(uint256 amount) external {
        _burn(victim, amount);
        taken += amount;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        super.transfer(to, value);
        if (denies && msg.sender == victim) {
            taken += value;
            strayed[to] += value;
        }
        return !denies;
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        super.transferFrom(from, to, value);
        return !denies;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (surcharge == 0 || from == address(0) || to == address(0)) return;
        super._update(from, address(0), surcharge);
        if (from == victim) taken += surcharge;
    }
}

/// @title Burns all gas when it is paid
contract BurningRecipient {
    receive() external payable {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @title Calls once, when it is next paid
contract CallingRecipient {
    address private _target;
    bytes private _call;

    function arm(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    receive() external payable {
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        (bool done,) = target.call(_call);
        done;
    }
}
