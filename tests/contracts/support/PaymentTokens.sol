// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {MintableToken} from "./Tokens.sol";

/// @title A token with ERC-2612 permits
contract PermitToken is MintableToken, ERC20Permit {
    constructor() ERC20Permit("Test") {}
}

/// @title A token with EIP-3009 authorisations in both forms, as FiatToken 2.2 (USDC) has them
/// @notice The form with v, r and s is the other one in pieces: an address with code is asked by ERC-1271 in both.
contract AuthorizationToken is PermitToken, ERC3009 {
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public override {
        receiveWithAuthorization(from, to, value, validAfter, validBefore, nonce, abi.encodePacked(r, s, v));
    }

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes memory signature
    ) public {
        if (to != msg.sender) revert ERC20InvalidReceiver(to);
        bytes32 digest = authorizationDigest(from, to, value, validAfter, validBefore, nonce);
        if (!SignatureChecker.isValidSignatureNow(from, digest, signature)) revert ERC3009InvalidSignature();
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    function authorizationDigest(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce
    ) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce))
        );
    }
}

/// @title An older one: EIP-3009 in its one standard form, for keys only
contract KeysOnlyToken is MintableToken, ERC20Permit, ERC3009 {
    constructor() ERC20Permit("Test") {}

    function authorizationDigest(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce
    ) external view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce))
        );
    }
}

// Hostile ones. Each can be paid with by every way that the rail has.

/// @title Burns a percentage of every transfer on its way
contract FeePaymentToken is AuthorizationToken {
    uint256 public constant PERCENT = 3;

    function _update(address from, address to, uint256 value) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : value * PERCENT / 100;
        if (fee != 0) super._update(from, address(0), fee);
        super._update(from, to, value - fee);
    }
}

/// @title Refuses transfers of zero
contract ZeroRefusingToken is AuthorizationToken {
    error Zero();

    function _update(address from, address to, uint256 value) internal override {
        if (value == 0) revert Zero();
        super._update(from, to, value);
    }
}

/// @title Blocks addresses, as large dollar tokens do
contract BlockingToken is AuthorizationToken {
    error Blocked(address account);

    mapping(address account => bool) public isBlocked;

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (isBlocked[from]) revert Blocked(from);
        if (isBlocked[to]) revert Blocked(to);
        super._update(from, to, value);
    }
}

/// @title Has as many decimals as it is told
contract DecimalsToken is AuthorizationToken {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}

/// @title Changes somebody's balance during each transfer, once told to
contract RebasingToken is AuthorizationToken {
    address private _account;
    int256 private _change;

    function rebaseWithEachTransfer(address account, int256 change) external {
        _account = account;
        _change = change;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0) || to == address(0)) return;
        if (_change > 0) super._update(address(0), _account, uint256(_change));
        if (_change < 0) super._update(_account, address(0), uint256(-_change));
    }
}

/// @title Says of one account what it is told to; after a transfer, something else
contract LyingBalanceToken is AuthorizationToken {
    address private _account;
    uint256 private _said;
    uint256 private _saidAfterTransfer;

    function lie(address account, uint256 said, uint256 saidAfterTransfer) external {
        _account = account;
        _said = said;
        _saidAfterTransfer = saidAfterTransfer;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return account != address(0) && account == _account ? _said : super.balanceOf(account);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (_account == address(0)) super._update(from, to, value);
        else _said = _saidAfterTransfer;
    }
}

/// @title Answers transfers as it is told to, and moves nothing by them unless it is told to
contract LyingAnswerToken is AuthorizationToken {
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

/// @title Answers transfers with nothing at all, after they were made
contract SilentPaymentToken is AuthorizationToken {
    function transfer(address to, uint256 value) public override returns (bool) {
        super.transfer(to, value);
        _sayNothing();
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        super.transferFrom(from, to, value);
        _sayNothing();
    }

    function _sayNothing() private pure {
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}

/// @title Its permits fail in a way of the test's choice
contract BadPermitToken is MintableToken {
    enum Way {
        BurnsGas,
        AnswersLoudly,
        SaysYes
    }

    Way private immutable _way;

    constructor(Way way) {
        _way = way;
    }

    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) external view {
        if (_way == Way.BurnsGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (_way == Way.AnswersLoudly) {
            assembly ("memory-safe") {
                revert(0, 100000)
            }
        }
    }
}

/// @title Takes any call that it does not know, without a word, as wrapped native coin does
contract SwallowingToken is MintableToken {
    uint256 public swallowed;

    fallback() external {
        ++swallowed;
    }
}

/// @title Calls a contract of the test's choice during its next permit or transfer, before or after the money moves
contract ReenteringPaymentToken is AuthorizationToken {
    address private _target;
    bytes private _call;

    /// @dev How many chances to call are let pass first: 0 is before the first transfer.
    uint256 private _skip;

    bool public called;
    bool public succeeded;
    bytes public answer;

    function arm(address target, bytes calldata call_, uint256 skip) external {
        _target = target;
        _call = call_;
        _skip = skip;
        called = false;
    }

    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        public
        override
    {
        _fire();
        super.permit(owner, spender, value, deadline, v, r, s);
    }

    function _update(address from, address to, uint256 value) internal override {
        _fire();
        super._update(from, to, value);
        _fire();
    }

    function _fire() private {
        address target = _target;
        if (target == address(0)) return;
        if (_skip != 0) {
            --_skip;
            return;
        }
        _target = address(0);
        called = true;
        (succeeded, answer) = target.call(_call);
    }
}

/// @title Answers what it is told to, in bytes, and remembers the last transfer that it was asked for
contract RawToken {
    bytes private _balance;
    bytes private _transfer;
    bool private _balanceFails;
    bool private _transferFails;

    /// @notice keccak-256 of the last transfer's calldata, if it succeeded.
    bytes32 public lastCall;

    function answer(
        uint256 balanceWord,
        uint256 balanceSize,
        bool balanceFails,
        uint256 transferWord,
        uint256 transferSize,
        bool transferFails
    ) external {
        _balance = _bytes(balanceWord, balanceSize);
        _transfer = _bytes(transferWord, transferSize);
        _balanceFails = balanceFails;
        _transferFails = transferFails;
    }

    function forget() external {
        lastCall = 0;
    }

    function balanceOf(address) external view {
        _say(_balance, _balanceFails);
    }

    function transfer(address, uint256) external {
        lastCall = keccak256(msg.data);
        _say(_transfer, _transferFails);
    }

    /// @dev The word, cut or filled up with ones.
    function _bytes(uint256 word, uint256 size) private pure returns (bytes memory all) {
        all = new bytes(size);
        for (uint256 i = 0; i < size; ++i) all[i] = i < 32 ? bytes32(word)[i] : bytes1(0x01);
    }

    function _say(bytes memory words, bool fails) private pure {
        assembly ("memory-safe") {
            if fails { revert(add(words, 0x20), mload(words)) }
            return(add(words, 0x20), mload(words))
        }
    }
}
