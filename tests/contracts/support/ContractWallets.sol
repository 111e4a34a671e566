// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title A wallet that is a contract: what its owner's key signed is signed by it (ERC-1271)
/// @notice The owner's 65 bytes are good with the wallet's mark of one byte before them, and without.
contract ContractWallet is IERC1271 {
    bytes1 public constant MARK = 0x01;

    address public owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function setOwner(address owner_) external {
        owner = owner_;
    }

    function approve(IERC20 token, address spender, uint256 amount) external {
        token.approve(spender, amount);
    }

    function call(address target, bytes calldata data) external returns (bytes memory answer) {
        bool succeeded;
        (succeeded, answer) = target.call(data);
        if (succeeded) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        bytes calldata inner = signature.length == 66 && signature[0] == MARK ? signature[1:] : signature;
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, inner);
        bool good = failure == ECDSA.RecoverError.NoError && signer == owner;
        return good ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    receive() external payable {}
}

/// @title The code behind an EIP-7702 address: it takes one word that it knows for a signature
/// @notice Etched onto the address of a key, it leaves that key able to sign by itself too.
contract DelegatedCode is IERC1271 {
    bytes32 public constant WORD = keccak256("known to the wallet's code");

    function isValidSignature(bytes32, bytes calldata signature) external pure returns (bytes4) {
        bool good = signature.length == 32 && bytes32(signature) == WORD;
        return good ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @title Wallets that answer the question for a signature badly
contract OddWallet {
    enum Answer {
        Nothing,
        One,
        Short,
        Revert
    }

    Answer private immutable _answer;

    constructor(Answer answer) {
        _answer = answer;
    }

    function isValidSignature(bytes32, bytes calldata) external view {
        Answer answer = _answer;
        bytes32 word = answer == Answer.Short ? bytes32(IERC1271.isValidSignature.selector) : bytes32(uint256(1));
        if (answer == Answer.Nothing) return;
        if (answer == Answer.Revert) revert("no");
        uint256 size = answer == Answer.Short ? 4 : 32;
        assembly ("memory-safe") {
            mstore(0, word)
            return(0, size)
        }
    }
}
