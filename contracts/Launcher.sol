// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ILauncher} from "./interfaces/ILauncher.sol";

/// @title Launcher
/// @notice See {ILauncher}.
contract Launcher is ILauncher {
    address public immutable deployer;

    uint256 public launched;
    mapping(uint256 number => bytes32) public initCodeHash;

    constructor(address deployer_) {
        deployer = deployer_;
    }

    function launch(uint256 number, bytes calldata initCode) external returns (address created) {
        if (msg.sender != deployer) revert OnlyDeployer(msg.sender);
        uint256 next = launched + 1;
        if (number != next) revert WrongNumber(number, next);
        launched = number;
        initCodeHash[number] = keccak256(initCode);

        // A contract's first creation has nonce 1, and a creation that fails reverts here with its nonce: number and
        // nonce are the same for ever.
        bytes memory code = initCode;
        assembly ("memory-safe") {
            created := create(0, add(code, 32), mload(code))
            if iszero(created) {
                if returndatasize() {
                    let pointer := mload(64)
                    returndatacopy(pointer, 0, returndatasize())
                    revert(pointer, returndatasize())
                }
            }
        }
        if (created.code.length == 0) revert NothingCreated(number);
        // Only now is there an address to tell.
        emit Launched(number, created);
    }
}
