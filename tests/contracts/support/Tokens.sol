// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that behaves, until a test tells it otherwise
abstract contract MintableToken is ERC20 {
    constructor() ERC20("Test", "TST") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @title Burns a percentage of every transfer on its way
contract FeeToken is MintableToken {
    uint256 public percent = 3;

    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : value * percent / 100;
        if (fee != 0) super._update(from, address(0), fee);
        super._update(from, to, value - fee);
    }
}

/// @title Takes a fee from the sender on top of the amount, once told to
contract SurchargeToken is MintableToken {
    uint256 public surcharge;

    function setSurcharge(uint256 amount) external {
        surcharge = amount;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (surcharge != 0 && from != address(0) && to != address(0)) super._update(from, address(0), surcharge);
    }
}

/// @title Answers false, and moves nothing, once told to; can also claim success without moving anything
contract LyingToken is MintableToken {
    bool public answer = true;
    bool public moves = true;

    function lie(bool answer_, bool moves_) external {
        answer = answer_;
        moves = moves_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        if (moves) super.transfer(to, value);
        return answer;
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        if (moves) super.transferFrom(from, to, value);
        return answer;
    }
}

/// @title Loses balance by itself: a rebase, a confiscation
contract ShrinkingToken is MintableToken {
    function shrink(address account, uint256 amount) external {
        _burn(account, amount);
    }
}

/// @title Returns nothing from its transfers, as some old and large tokens do
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @title Calls a contract of the test's choice in the middle of its next transfer, before or after the money moves
contract ReenteringToken is MintableToken {
    address private _target;
    bytes private _call;
    bool private _before;

    bool public called;
    bool public succeeded;
    bytes public answer;

    function arm(address target, bytes calldata call_, bool before) external {
        _target = target;
        _call = call_;
        _before = before;
        called = false;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (_before) _fire();
        super._update(from, to, value);
        _fire();
    }

    function _fire() private {
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        called = true;
        (succeeded, answer) = target.call(_call);
    }

    function approveFrom(address owner, address spender, uint256 amount) external {
        _approve(owner, spender, amount);
    }
}
