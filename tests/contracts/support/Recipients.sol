// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Refuses native coin
contract RefusingRecipient {
    receive() external payable {
        revert("no");
    }
}

/// @title Answers a payment with a megabyte, to make the payer copy it
contract LoudRecipient {
    receive() external payable {
        assembly ("memory-safe") {
            return(0, 1000000)
        }
    }
}

/// @title Calls back while it is being paid
contract ReenteringRecipient {
    address private _target;
    bytes private _call;

    bool public called;
    bool public succeeded;
    bytes public answer;

    function arm(address target, bytes calldata call_) external {
        _target = target;
        _call = call_;
    }

    receive() external payable {
        called = true;
        (succeeded, answer) = _target.call(_call);
    }
}

/// @title Sends native coin with the 2,300 gas of a `transfer`
contract Sender2300 {
    function send(address payable to) external payable {
        to.transfer(msg.value);
    }
}

/// @title Refuses native coin until it is told not to
contract MoodyRecipient {
    bool private _takes;

    function take() external {
        _takes = true;
    }

    receive() external payable {
        if (!_takes) revert("not now");
    }
}

/// @title Burns all gas that it is given
contract GreedyRecipient {
    receive() external payable {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @title Refuses native coin where it is given less gas than it needs
contract NeedyRecipient {
    uint256 private immutable _needs;

    constructor(uint256 needs) {
        _needs = needs;
    }

    receive() external payable {
        if (gasleft() < _needs) revert("more gas");
    }
}

/// @title Makes one call after another while it is being paid, one for each payment, and then takes or refuses the payment
contract NestingRecipient {
    address private _target;
    bytes[] private _calls;
    bool private _refuses;

    uint256 public done;
    bool[] public succeeded;
    bytes[] public answers;

    function arm(address target, bytes[] calldata calls, bool refuses) external {
        _target = target;
        _calls = calls;
        _refuses = refuses;
    }

    receive() external payable {
        if (done < _calls.length) {
            (bool success, bytes memory answer) = _target.call(_calls[done++]);
            succeeded.push(success);
            answers.push(answer);
        }
        if (_refuses) revert("no");
    }
}

/// @title A contract account whose key signs for it (ERC-1271)
contract KeyWallet is IERC1271 {
    address private immutable _key;

    constructor(address key) {
        _key = key;
    }

    receive() external payable {}

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        return signer == _key ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
