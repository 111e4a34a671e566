// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Vm} from "./Vm.sol";

/// @title Deploys the contracts from the compiled files that are committed
/// @notice Those are the bytes that are deployed for real; `node deploy/export-contracts.mjs` writes them anew after a change. A
/// test that says `new` would carry the whole contract instead, and the compiler would optimise it again for each such test.
library Artifacts {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function creationCode(string memory name) internal view returns (bytes memory) {
        string memory path = string.concat("src/OpenSettle.Ethereum/Contracts/Compiled/", name, ".json");
        return vm.parseJsonBytes(vm.readFile(path), ".bytecode");
    }

    function create(string memory name, bytes memory arguments) internal returns (address created) {
        bytes memory code = bytes.concat(creationCode(name), arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
            if iszero(created) {
                let free := mload(0x40)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }
}
