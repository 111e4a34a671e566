// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title A contract account that signs with one key
contract Wallet is IERC1271 {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        bool good = failure == ECDSA.RecoverError.NoError && signer == _owner;
        return good ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @title A contract account that answers each question about a signature with the same bytes, or fails
contract OddWallet {
    bytes private _answer;
    bool private immutable _fails;

    constructor(bytes memory answer, bool fails) {
        _answer = answer;
        _fails = fails;
    }

    fallback() external {
        bytes memory answer = _answer;
        bool fails = _fails;
        assembly ("memory-safe") {
            if fails { revert(add(answer, 0x20), mload(answer)) }
            return(add(answer, 0x20), mload(answer))
        }
    }
}
