// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

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
