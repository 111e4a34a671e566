// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {AccountAmount} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {MerkleTrees} from "../../../contracts/libraries/MerkleTrees.sol";
import {Transfers} from "../../../contracts/libraries/Transfers.sol";

/// @title The libraries as the vault calls them, and the plain way beside them
/// @notice Each call finds memory as dirty as it can be, and leaves the free memory pointer where it was.
contract LibraryHarness {
    error PointerMoved(uint256 before, uint256 afterwards);
    error ZeroSlotWritten(uint256 value);

    /// @dev Garbage in the scratch space and in what is free.
    modifier inDirtyMemory(bytes32 dirt) {
        assembly ("memory-safe") {
            mstore(0x00, dirt)
            mstore(0x20, dirt)
            let free := mload(0x40)
            for { let at := free } lt(at, add(free, 0x2000)) { at := add(at, 0x20) } { mstore(at, dirt) }
        }
        _;
    }

    /// @dev What Solidity counts on.
    modifier keepsMemory() {
        uint256 before = _free();
        _;
        if (_free() != before) revert PointerMoved(before, _free());
        uint256 zero;
        assembly ("memory-safe") {
            zero := mload(0x60)
        }
        if (zero != 0) revert ZeroSlotWritten(zero);
    }

    // Leaves

    function claimLeaf(uint256 account, uint256 token, uint256 cumulative, bytes32 dirt)
        external
        pure
        inDirtyMemory(dirt)
        keepsMemory
        returns (bytes32)
    {
        return MerkleTrees.claimLeaf(_dirty(account), _dirty(token), cumulative);
    }

    function claimLeaves(uint256 token, AccountAmount[] calldata claims, bytes32 dirt)
        external
        pure
        returns (bytes32[] memory leaves)
    {
        leaves = new bytes32[](claims.length);
        _claimLeaves(token, claims, leaves, dirt);
    }

    function pushLeaf(uint256 index, uint256[3] calldata addresses, uint256 amount, bytes32 dirt)
        external
        pure
        inDirtyMemory(dirt)
        keepsMemory
        returns (bytes32)
    {
        return MerkleTrees.pushLeaf(
            index, _dirty(addresses[0]), _dirty(addresses[1]), _dirty(addresses[2]), amount
        );
    }

    function pushLeaves(uint256 first, uint256 token, bytes calldata entries, bytes32 dirt)
        external
        pure
        returns (bytes32[] memory recipients, bytes32[] memory leaves, bytes32[] memory amounts, uint256 sum)
    {
        recipients = new bytes32[](entries.length / 36);
        leaves = new bytes32[](recipients.length);
        amounts = new bytes32[](recipients.length);
        sum = _pushLeaves(first, token, entries, recipients, leaves, amounts, dirt);
    }

    // Roots

    function rootOf(bytes32 leaf, bytes32[] calldata proof, bytes32 dirt)
        external
        pure
        inDirtyMemory(dirt)
        keepsMemory
        returns (bytes32)
    {
        return MerkleTrees.rootOf(leaf, proof);
    }

    /// @dev The queue is the last that is allocated, and the dirt begins right behind it.
    function rootOfMany(bytes32[] calldata leaves, bytes32[] calldata proof, bytes calldata runs, bytes32 dirt)
        external
        pure
        returns (bytes32)
    {
        return _rootOfMany(leaves, proof, runs, dirt);
    }

    /// @notice With something allocated behind the queue, which the queue would grow over.
    function rootOfManyNotLast(bytes32[] calldata leaves, bytes32[] calldata proof, bytes calldata runs)
        external
        pure
        returns (bytes32 root, bool kept)
    {
        bytes32[] memory queue = leaves;
        bytes32[] memory other = new bytes32[](2);
        (other[0], other[1]) = (bytes32(uint256(1)), bytes32(uint256(2)));
        root = MerkleTrees.rootOfMany(queue, proof, runs);
        kept = other.length == 2 && other[0] == bytes32(uint256(1)) && other[1] == bytes32(uint256(2));
    }

    function openZeppelinRootOf(bytes32 leaf, bytes32[] memory proof) external pure returns (bytes32) {
        return MerkleProof.processProof(proof, leaf);
    }

    function openZeppelinRootOfMany(bytes32[] memory leaves, bytes32[] memory proof, bool[] memory flags)
        external
        pure
        returns (bytes32)
    {
        return MerkleProof.processMultiProof(proof, flags, leaves);
    }

    // Transfers

    function trySend(uint256 token, uint256 to, uint256 amount, uint256 gasLimit, bytes32 dirt)
        external
        payable
        inDirtyMemory(dirt)
        keepsMemory
        returns (bool)
    {
        return Transfers.trySend(_dirty(token), _dirty(to), amount, gasLimit);
    }

    function trySendMany(
        uint256 token,
        bytes32[] memory recipients,
        bytes32[] memory amounts,
        uint256 gasLimit,
        uint256 floor,
        bytes32 dirt
    ) external payable inDirtyMemory(dirt) keepsMemory returns (bytes32[] memory, uint256 refused, uint256 starvedAt) {
        (refused, starvedAt) = Transfers.trySendMany(_dirty(token), recipients, amounts, gasLimit, floor);
        return (recipients, refused, starvedAt);
    }

    function safeSend(address token, address to, uint256 amount) external payable returns (bool) {
        return SafeERC20.trySafeTransfer(IERC20(token), to, amount);
    }

    /// @notice What a transfer's answer means, in plain Solidity.
    function plainSend(address token, address to, uint256 amount, uint256 gasLimit) external payable returns (bool) {
        if (token == address(0)) {
            (bool sent,) = to.call{value: amount, gas: gasLimit}("");
            return sent;
        }
        (bool done, bytes memory answer) = token.call{gas: gasLimit}(abi.encodeCall(IERC20.transfer, (to, amount)));
        if (!done) return false;
        if (answer.length == 0) return token.code.length != 0;
        return answer.length >= 32 && abi.decode(answer, (uint256)) == 1;
    }

    // Inside

    function _claimLeaves(uint256 token, AccountAmount[] calldata claims, bytes32[] memory leaves, bytes32 dirt)
        private
        pure
        inDirtyMemory(dirt)
        keepsMemory
    {
        MerkleTrees.claimLeaves(_dirty(token), claims, leaves);
    }

    function _pushLeaves(
        uint256 first,
        uint256 token,
        bytes calldata entries,
        bytes32[] memory recipients,
        bytes32[] memory leaves,
        bytes32[] memory amounts,
        bytes32 dirt
    ) private pure inDirtyMemory(dirt) keepsMemory returns (uint256) {
        MerkleTrees.pushLeaves(first, _dirty(token), entries, recipients, leaves);
        return MerkleTrees.pushAmounts(entries, amounts);
    }

    function _rootOfMany(bytes32[] memory queue, bytes32[] calldata proof, bytes calldata runs, bytes32 dirt)
        private
        pure
        inDirtyMemory(dirt)
        keepsMemory
        returns (bytes32)
    {
        return MerkleTrees.rootOfMany(queue, proof, runs);
    }

    function _dirty(uint256 word) private pure returns (address account) {
        assembly ("memory-safe") {
            account := word
        }
    }

    function _free() private pure returns (uint256 free) {
        assembly ("memory-safe") {
            free := mload(0x40)
        }
    }
}

/// @title Answers a transfer with whatever it is told, and keeps a count of them
contract AnsweringToken {
    bytes private _answer;
    bool private _reverts;
    bool private _burns;
    uint256 public calls;
    bytes32 public lastCall;

    function set(bytes calldata answer, bool reverts, bool burns) external {
        (_answer, _reverts, _burns) = (answer, reverts, burns);
    }

    fallback() external payable {
        if (_burns) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        bytes memory answer = _answer;
        if (_reverts) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        ++calls;
        lastCall = keccak256(msg.data);
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }
}
