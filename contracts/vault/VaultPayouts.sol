// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {StorageSlot} from "@openzeppelin/contracts/utils/StorageSlot.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AccountAmount, ClaimRequest, PushBatch, PushEntry, PushRedirection} from "../interfaces/IRoyaltySplit.sol";
import {MerkleTrees} from "../libraries/MerkleTrees.sol";
import {Transfers} from "../libraries/Transfers.sol";
import {VaultEpochs} from "./VaultEpochs.sol";

/// @notice Money out: claims, alone and many, and pushes.
/// @dev Where one payment alone is asked for, a refusal reverts. Among many it is passed over and undone: no recipient, and no
/// token that blocks one, stands in the way of another. Books are written before money moves, always; what measures or pays
/// many holds the lock besides.
abstract contract VaultPayouts is VaultEpochs {
    bytes32 private constant CLAIM_TYPE = keccak256(
        "Claim(address account,address token,address to,uint256 cumulative,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant TAKE_PUSH_TYPE = keccak256(
        "TakePush(address account,uint64 epoch,uint256 index,address to,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant RECIPIENT_TYPE =
        keccak256("Recipient(address account,address recipient,uint256 nonce,uint256 deadline)");

    /// @dev What one of many payments may use: enough for tokens behind proxies and for contract wallets, too little for one
    /// recipient to use up what the others need.
    uint256 private constant TRANSFER_GAS = 250_000;
    /// @dev Left before each of them, so that it gets all of TRANSFER_GAS: a call with value to a cold account takes some 12,000
    /// first, and then the EVM keeps a 64th back.
    uint256 private constant GAS_FLOOR = 270_000;
    uint256 private constant ENTRY_SIZE = 36;

    /// @dev One slot. The nonce voids signatures: it rises with each change of the recipient.
    struct Redirection {
        address recipient;
        uint96 nonce;
    }

    mapping(address account => mapping(address token => uint256)) public claimed;
    mapping(address account => Redirection) private _redirections;
    /// @dev A set bit is an entry that was paid, by whatever route.
    mapping(uint64 epoch => mapping(uint256 word => uint256)) private _pushPaid;

    // Claims

    function claim(uint256 cumulative, address account, address token, bytes32[] calldata proof)
        external
        returns (uint256)
    {
        return _claim(cumulative, account, token, proof, address(0));
    }

    function claimTo(uint256 cumulative, address token, bytes32[] calldata proof, address to)
        external
        returns (uint256)
    {
        _checkRecipient(to);
        return _claim(cumulative, msg.sender, token, proof, to);
    }

    function claimSigned(ClaimRequest calldata request, address to, uint256 deadline, bytes calldata signature)
        external
        returns (uint256)
    {
        _checkRecipient(to);
        uint256 nonce = _redirections[request.account].nonce;
        bytes32 content = keccak256(
            abi.encode(CLAIM_TYPE, request.account, request.token, to, request.cumulative, nonce, deadline)
        );
        _checkSigned(request.account, content, deadline, signature);
        return _claim(request.cumulative, request.account, request.token, request.proof, to);
    }

    function claimMany(ClaimRequest[] calldata requests) external nonReentrant {
        for (uint256 i = 0; i < requests.length; ++i) {
            ClaimRequest calldata one = requests[i];
            uint256 before = claimed[one.account][one.token];
            if (one.cumulative <= before) continue;
            bytes32 leaf = MerkleTrees.claimLeaf(one.account, one.token, one.cumulative);
            if (!_isLive(MerkleTrees.rootOf(leaf, one.proof))) revert BadProof(one.account, one.token);

            uint256 amount = one.cumulative - before;
            uint256 held = _heldAndPaid(one.token);
            _spend(one.token, amount);
            claimed[one.account][one.token] = one.cumulative;
            address to = _recipient(one.account);
            if (gasleft() < GAS_FLOOR) revert MoreGasNeeded(gasleft(), GAS_FLOOR);
            if (Transfers.trySend(one.token, to, amount, TRANSFER_GAS)) {
                emit Claimed(one.account, one.token, amount);
                if (to != one.account) emit ClaimRedirected(one.account, one.token, to, amount);
            } else {
                claimed[one.account][one.token] -= amount;
                _unspend(one.token, amount);
                emit ClaimRefused(one.account, one.token, to, amount);
            }
            _checkHeld(one.token, held);
        }
    }

    function claimBatch(
        address token,
        AccountAmount[] calldata leaves,
        bytes32[] calldata proof,
        bytes calldata runs
    ) external nonReentrant returns (uint256 amount) {
        if (leaves.length == 0) revert BadProof(address(0), token);
        bytes32[] memory recipients = _words(leaves.length);
        bytes32[] memory words = _words(leaves.length);
        MerkleTrees.claimLeaves(token, leaves, words);
        bytes32 leadsTo = MerkleTrees.rootOfMany(words, proof, runs);
        if (leadsTo == 0 || !_isLive(leadsTo)) revert BadProof(leaves[0].account, token);

        // From here on the words are what is due to each.
        amount = _claimDue(token, leaves, recipients, words);
        _spend(token, amount);
        amount -= _payMany(token, recipients, words, amount);
        _logClaims(token, leaves, recipients, words);
    }

    // Pushes

    function push(PushBatch calldata batch) external nonReentrant returns (uint256 amount) {
        uint256 count = batch.entries.length / ENTRY_SIZE;
        if (count == 0 || batch.entries.length % ENTRY_SIZE != 0) revert BadPushBatch();
        if (batch.first > type(uint256).max - count) revert BadPushBatch();
        bytes32[] memory recipients = _words(count);
        bytes32[] memory words = _pushLeaves(batch, recipients);
        bytes32 leadsTo = MerkleTrees.rootOfMany(words, batch.proof, batch.runs);
        if (leadsTo == 0 || !_isLive(_pushKey(batch.epoch, leadsTo))) revert BadPushProof(batch.epoch);

        // From here on the words are what is due to each.
        amount = _pushDue(batch, recipients, words);
        _spend(batch.token, amount);
        uint256 refused = _payMany(batch.token, recipients, words, amount);
        if (refused != 0) {
            amount -= refused;
            _logRefused(batch, recipients, words);
        }
        emit Pushed(batch.epoch, batch.token, batch.first, count, amount);
    }

    function takePush(uint64 epoch_, PushEntry calldata entry, bytes32[] calldata proof, address to)
        external
        nonReentrant
    {
        if (msg.sender != entry.account) revert NotYours(entry.account, msg.sender);
        _takePush(epoch_, entry, proof, to);
    }

    function takePushSigned(
        uint64 epoch_,
        PushEntry calldata entry,
        bytes32[] calldata proof,
        address to,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        uint256 nonce = _redirections[entry.account].nonce;
        bytes32 content = keccak256(
            abi.encode(TAKE_PUSH_TYPE, entry.account, epoch_, entry.index, to, nonce, deadline)
        );
        _checkSigned(entry.account, content, deadline, signature);
        _takePush(epoch_, entry, proof, to);
    }

    // Recipients

    function setRecipient(address recipient) external {
        _setRecipient(msg.sender, recipient);
    }

    function setRecipientSigned(address account, address recipient, uint256 deadline, bytes calldata signature)
        external
    {
        uint256 nonce = _redirections[account].nonce;
        bytes32 content = keccak256(abi.encode(RECIPIENT_TYPE, account, recipient, nonce, deadline));
        _checkSigned(account, content, deadline, signature);
        _setRecipient(account, recipient);
    }

    // Views

    function isPushPaid(uint64 epoch_, uint256 index) external view returns (bool) {
        return _pushPaid[epoch_][index >> 8] & (1 << (index & 0xff)) != 0;
    }

    function recipientOf(address account) external view returns (address recipient, uint256 nonce) {
        return (_redirections[account].recipient, _redirections[account].nonce);
    }

    // Inside: claims

    /// @dev Holds no lock: all is written down before the money moves, and what others measure meanwhile counts what was paid.
    /// @param to Where the money goes; zero: where the account wants it.
    function _claim(uint256 cumulative, address account, address token, bytes32[] calldata proof, address to)
        private
        returns (uint256 amount)
    {
        StorageSlot.Uint256Slot storage slot = _claimedSlot(account, token);
        uint256 before = slot.value;
        if (cumulative <= before) revert NothingToClaim(account, token);
        bytes32 leadsTo = MerkleTrees.rootOf(MerkleTrees.claimLeaf(account, token, cumulative), proof);
        if (!_isLive(leadsTo)) revert BadProof(account, token);

        unchecked {
            amount = cumulative - before;
        }
        _spend(token, amount);
        slot.value = cumulative;
        emit Claimed(account, token, amount);
        if (to == address(0)) to = _redirections[account].recipient;
        if (to == address(0)) to = account;
        else if (to != account) emit ClaimRedirected(account, token, to, amount);
        if (!Transfers.trySend(token, to, amount, gasleft())) revert TransferFailed(token, to);
    }

    /// @dev Where `claimed[account][token]` stands.
    function _claimedSlot(address account, address token) private view returns (StorageSlot.Uint256Slot storage slot) {
        mapping(address => uint256) storage ofAccount = claimed[account];
        assembly ("memory-safe") {
            mstore(0x00, shr(96, shl(96, token)))
            mstore(0x20, ofAccount.slot)
            slot.slot := keccak256(0x00, 0x40)
        }
    }

    /// @dev Writes down all leaves as claimed, leaves in the words what is due to each, and returns the sum.
    function _claimDue(
        address token,
        AccountAmount[] calldata leaves,
        bytes32[] memory recipients,
        bytes32[] memory words
    ) private returns (uint256 sum) {
        uint256 count = leaves.length;
        for (uint256 i = 0; i < count; ++i) {
            AccountAmount calldata leaf = leaves[i];
            (address account, uint256 cumulative) = (leaf.account, leaf.cumulative);
            StorageSlot.Uint256Slot storage slot = _claimedSlot(account, token);
            uint256 before = slot.value;
            if (cumulative <= before) {
                _put(recipients, i, bytes32(Transfers.SKIP));
                continue;
            }
            slot.value = cumulative;
            uint256 due;
            unchecked {
                due = cumulative - before;
            }
            sum += due;
            _put(words, i, bytes32(due));
            _put(recipients, i, bytes32(uint256(uint160(_recipient(account)))));
        }
    }

    /// @dev The events of a batch come after its transfers, because which were refused is only known then.
    function _logClaims(
        address token,
        AccountAmount[] calldata leaves,
        bytes32[] memory recipients,
        bytes32[] memory words
    ) private {
        uint256 count = leaves.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 recipient = uint256(_get(recipients, i));
            uint256 amount = uint256(_get(words, i));
            address account;
            // Within the bounds of the list, and read with its checks before.
            assembly ("memory-safe") {
                account := calldataload(add(leaves.offset, shl(6, i)))
            }
            if (recipient == uint160(account)) {
                emit Claimed(account, token, amount);
            } else if (recipient < Transfers.SKIP) {
                emit Claimed(account, token, amount);
                emit ClaimRedirected(account, token, address(uint160(recipient)), amount);
            } else if (recipient >= Transfers.REFUSED) {
                claimed[account][token] -= amount;
                emit ClaimRefused(account, token, address(uint160(recipient)), amount);
            }
        }
    }

    // Inside: pushes

    function _takePush(uint64 epoch_, PushEntry calldata entry, bytes32[] calldata proof, address to) private {
        _checkRecipient(to);
        bytes32 leaf =
            MerkleTrees.pushLeaf(entry.index, entry.account, entry.recipient, entry.token, entry.amount);
        if (!_isLive(_pushKey(epoch_, MerkleTrees.rootOf(leaf, proof)))) revert BadPushProof(epoch_);
        uint256 bit = 1 << (entry.index & 0xff);
        uint256 word = _pushPaid[epoch_][entry.index >> 8];
        if (word & bit != 0) revert AlreadyPaid(epoch_, entry.index);

        uint256 held = _heldAndPaid(entry.token);
        _spend(entry.token, entry.amount);
        _pushPaid[epoch_][entry.index >> 8] = word | bit;
        emit PushTaken(epoch_, entry.index, entry.account, to, entry.amount);
        if (!Transfers.trySend(entry.token, to, entry.amount, gasleft())) revert TransferFailed(entry.token, to);
        _checkHeld(entry.token, held);
    }

    function _pushLeaves(PushBatch calldata batch, bytes32[] memory recipients)
        private
        pure
        returns (bytes32[] memory words)
    {
        words = _words(recipients.length);
        MerkleTrees.pushLeaves(batch.first, batch.token, batch.entries, recipients, words);
        PushRedirection[] calldata redirections = batch.redirections;
        uint256 least = 0;
        for (uint256 i = 0; i < redirections.length; ++i) {
            (uint256 at, address recipient) = (redirections[i].at, redirections[i].recipient);
            if (at < least || at >= recipients.length) revert BadPushBatch();
            least = at + 1;
            address account = address(uint160(uint256(_get(recipients, at))));
            _put(recipients, at, bytes32(uint256(uint160(recipient))));
            _put(words, at, _redirectedLeaf(batch, at, account, recipient));
        }
    }

    function _redirectedLeaf(PushBatch calldata batch, uint256 at, address account, address recipient)
        private
        pure
        returns (bytes32)
    {
        uint256 amount = _amountOf(batch.entries, at);
        return MerkleTrees.pushLeaf(batch.first + at, account, recipient, batch.token, amount);
    }

    /// @dev Sets the bits of all entries, leaves in the words what is due to each, and returns the sum.
    function _pushDue(PushBatch calldata batch, bytes32[] memory recipients, bytes32[] memory words)
        private
        returns (uint256 sum)
    {
        sum = MerkleTrees.pushAmounts(batch.entries, words);
        mapping(uint256 => uint256) storage paidOf = _pushPaid[batch.epoch];
        uint256 index = batch.first;
        uint256 end = index + words.length;
        while (index < end) {
            uint256 next = index | 0xff;
            // The last word of all has no next one.
            next = next < end ? next + 1 : end;
            uint256 mask = (type(uint256).max >> (256 - (next - index))) << (index & 0xff);
            uint256 old = paidOf[index >> 8];
            paidOf[index >> 8] = old | mask;
            if (old & mask != 0) {
                for (uint256 i = index; i < next; ++i) {
                    if (old & (1 << (i & 0xff)) == 0) continue;
                    uint256 at = i - batch.first;
                    sum -= uint256(_get(words, at));
                    _put(recipients, at, bytes32(Transfers.SKIP));
                }
            }
            index = next;
        }
    }

    function _logRefused(PushBatch calldata batch, bytes32[] memory recipients, bytes32[] memory words) private {
        for (uint256 i = 0; i < recipients.length; ++i) {
            if (uint256(_get(recipients, i)) < Transfers.REFUSED) continue;
            uint256 index = batch.first + i;
            _pushPaid[batch.epoch][index >> 8] &= ~(1 << (index & 0xff));
            emit PushRefused(batch.epoch, index, address(uint160(uint256(_get(recipients, i)))), uint256(_get(words, i)));
        }
    }

    function _amountOf(bytes calldata entries, uint256 i) private pure returns (uint256) {
        return uint128(bytes16(entries[i * ENTRY_SIZE + 20:i * ENTRY_SIZE + 36]));
    }

    // Inside: money

    /// @dev Takes from what is promised of a token and not paid yet. Nothing else makes a payment.
    function _spend(address token, uint256 amount) private {
        Book storage book = _books[token];
        uint256 word;
        assembly ("memory-safe") {
            word := sload(book.slot)
        }
        uint256 paid_ = uint128(word);
        if (amount > (word >> 128) - paid_) revert ExceedsPromised(token, Math.saturatingAdd(paid_, amount), word >> 128);
        // What is paid stands in the lower half and stays there: it is at most what was promised.
        assembly ("memory-safe") {
            sstore(book.slot, add(word, amount))
        }
    }

    function _unspend(address token, uint256 amount) private {
        // Fits: what was added before.
        _books[token].paid -= uint128(amount);
    }

    /// @dev Pays what is due to each recipient that is not marked, marks those that were refused, and returns what was refused
    /// together.
    function _payMany(address token, bytes32[] memory recipients, bytes32[] memory amounts, uint256 sum)
        private
        returns (uint256 refused)
    {
        uint256 held = _heldAndPaid(token) - sum;
        (uint256 count, uint256 starvedAt) =
            Transfers.trySendMany(token, recipients, amounts, TRANSFER_GAS, GAS_FLOOR);
        if (starvedAt != 0) revert MoreGasNeeded(starvedAt, GAS_FLOOR);
        for (uint256 i = 0; count != 0; ++i) {
            if (uint256(_get(recipients, i)) < Transfers.REFUSED) continue;
            refused += uint256(_get(amounts, i));
            --count;
        }
        if (refused != 0) _unspend(token, refused);
        _checkHeld(token, held);
    }

    /// @dev Paying moves what is held to what was paid. Less together means that a token took more than was sent, or moved what it
    /// said it refused: that belongs to other accounts.
    function _checkHeld(address token, uint256 least) private view {
        uint256 left = _heldAndPaid(token);
        if (left < least) revert NotBacked(token, left, least);
    }

    // Inside: recipients and signatures

    function _recipient(address account) private view returns (address recipient) {
        recipient = _redirections[account].recipient;
        if (recipient == address(0)) recipient = account;
    }

    function _setRecipient(address account, address recipient) private {
        if (recipient == address(this)) revert BadRecipient(recipient);
        uint96 nonce = _redirections[account].nonce + 1;
        _redirections[account] = Redirection({recipient: recipient, nonce: nonce});
        emit RecipientSet(account, recipient, nonce);
    }

    /// @dev Money that the vault sent to itself would belong to nobody.
    function _checkRecipient(address to) private view {
        if (to == address(0) || to == address(this)) revert BadRecipient(to);
    }

    function _checkSigned(address account, bytes32 content, uint256 deadline, bytes calldata signature) private view {
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        if (!_isSignedBy(account, _hashTypedDataV4(content), signature)) revert BadSignature(account);
    }

    // Inside: words in memory, without bounds checks and zeroing, in loops that count to the length

    function _words(uint256 count) private pure returns (bytes32[] memory words) {
        assembly ("memory-safe") {
            words := mload(0x40)
            mstore(words, count)
            mstore(0x40, add(add(words, 0x20), shl(5, count)))
        }
    }

    function _put(bytes32[] memory words, uint256 i, bytes32 value) private pure {
        assembly ("memory-safe") {
            mstore(add(add(words, 0x20), shl(5, i)), value)
        }
    }

    function _get(bytes32[] memory words, uint256 i) private pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := mload(add(add(words, 0x20), shl(5, i)))
        }
    }
}
