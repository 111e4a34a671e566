// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferencePayments} from "../interfaces/IInferencePayments.sol";
import {IModelAccount} from "../interfaces/IModelAccount.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IRoyaltySplit, ListedToken, SweepOrder} from "../interfaces/IRoyaltySplit.sol";
import {Transfers} from "../libraries/Transfers.sol";

/// @notice What the vault knows of each token, and how money comes in.
abstract contract VaultBooks is IRoyaltySplit, EIP712, ReentrancyGuardTransient {
    address internal constant NATIVE = Transfers.NATIVE;

    /// @dev paid <= promised <= credited. What a claim touches stands in the first slot.
    struct Book {
        uint128 paid;
        uint128 promised;
        uint128 credited;
        bool listed;
    }

    address public immutable registry;
    address public immutable rail;
    /// @dev With the registry and a model's id it gives the pay address, so that a sweep need not ask for it.
    bytes32 private immutable _accountCodeHash;

    mapping(address token => Book) internal _books;
    ListedToken[] private _tokens;

    /// @dev The pay address that is being swept of native coin: the only one that the vault takes a plain send from.
    address private transient _releasing;

    constructor(address registry_, address rail_) {
        if (IModelRegistry(registry_).vault() != address(this)) revert WrongPeer(registry_);
        if (IInferencePayments(rail_).vault() != address(this)) revert WrongPeer(rail_);
        if (IInferencePayments(rail_).registry() != registry_) revert WrongPeer(rail_);
        registry = registry_;
        rail = rail_;
        _accountCodeHash = IModelRegistry(registry_).accountCodeHash();
    }

    receive() external payable {
        if (msg.sender != _releasing) revert UnexpectedNative(msg.sender);
    }

    function credit(address token, uint256 amount) external payable nonReentrant {
        if (msg.sender != rail) revert OnlyRail(msg.sender);
        if (!_books[token].listed) revert TokenNotListed(token);
        uint256 native = token == NATIVE ? amount : 0;
        if (msg.value != native) revert WrongNativeAmount(msg.value, native);
        _credit(token, amount);
    }

    function sweep(SweepOrder[] calldata orders) external nonReentrant {
        for (uint256 i = 0; i < orders.length; ++i) {
            _sweep(orders[i].token, orders[i].modelIds);
        }
    }

    function isListed(address token) external view returns (bool) {
        return _books[token].listed;
    }

    function listedTokens() external view returns (ListedToken[] memory) {
        return _tokens;
    }

    function credited(address token) external view returns (uint256) {
        return _books[token].credited;
    }

    function promised(address token) external view returns (uint256) {
        return _books[token].promised;
    }

    function paid(address token) external view returns (uint256) {
        return _books[token].paid;
    }

    function uncounted(address token) external view returns (uint256) {
        return _backing(token) - _owed(token);
    }

    // Inside

    function _list(ListedToken memory listed) internal {
        if (_books[listed.token].listed) revert DuplicateToken(listed.token);
        _books[listed.token].listed = true;
        _tokens.push(listed);
        emit TokenListed(listed.token, listed.smallestLeaf);
    }

    function _sweep(address token, bytes32[] calldata modelIds) private {
        if (!_books[token].listed) revert TokenNotListed(token);
        uint256 first = _heldAndPaid(token);
        uint256 before = first;
        for (uint256 i = 0; i < modelIds.length; ++i) {
            address payAddress = _payAddressOf(modelIds[i]);
            // Only the registry can create code there, and only when the model is registered.
            if (payAddress.code.length == 0) revert UnknownModel(modelIds[i]);
            if (token == NATIVE) _releasing = payAddress;
            if (IModelAccount(payAddress).release(token) == 0) continue;

            uint256 afterwards = _heldAndPaid(token);
            if (afterwards < before) revert NotBacked(token, afterwards, before);
            if (afterwards == before) continue;
            emit Swept(modelIds[i], token, afterwards - before);
            before = afterwards;
        }
        if (token == NATIVE) _releasing = address(0);
        if (before != first) _credit(token, before - first);
    }

    /// @dev What the vault holds and what it ever paid: a claim in between, by a token's callback, does not change the sum.
    function _heldAndPaid(address token) internal view returns (uint256) {
        return Transfers.balanceOf(token, address(this)) + _books[token].paid;
    }

    /// @dev Counts what arrived. Refused where the vault would then hold less than it owes.
    function _credit(address token, uint256 amount) private {
        Book storage book = _books[token];
        if (amount > type(uint128).max - book.credited) revert AmountTooLarge(amount);
        // Fits: the line above.
        book.credited += uint128(amount);
        _backing(token);
    }

    /// @dev The vault's balance, which has to cover what it owes.
    function _backing(address token) private view returns (uint256 balance) {
        balance = Transfers.balanceOf(token, address(this));
        uint256 owed = _owed(token);
        if (balance < owed) revert NotBacked(token, balance, owed);
    }

    function _owed(address token) private view returns (uint256) {
        return _books[token].credited - _books[token].paid;
    }

    /// @dev The address that CREATE2 gives, as OpenZeppelin's Create2 computes it.
    function _payAddressOf(bytes32 modelId) private view returns (address payAddress) {
        address deployer = registry;
        bytes32 codeHash = _accountCodeHash;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(add(free, 0x40), codeHash)
            mstore(add(free, 0x20), modelId)
            mstore(free, deployer)
            mstore8(add(free, 0x0b), 0xff)
            payAddress := and(keccak256(add(free, 0x0b), 0x55), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }
}
