// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Transfers} from "../../contracts/libraries/Transfers.sol";
import {AnsweringToken, LibraryHarness} from "./support/LibraryHarness.sol";
import {RefusingRecipient} from "./support/Recipients.sol";
import {Test} from "./support/Test.sol";

/// @title The assembly of transfers, beside SafeERC20 and plain calls
contract TransfersTest is Test {
    uint256 private constant GAS = 200_000;
    LibraryHarness private harness = new LibraryHarness();
    AnsweringToken private token = new AnsweringToken();

    function testFuzz_ATransferIsWhatItsAnswerSays(
        uint8 kind,
        uint8 length,
        bytes32 word,
        uint256 to,
        uint256 amount,
        uint96 upper,
        bytes32 dirt
    ) external {
        bytes memory answer = _answer(kind, length, word);
        (bool reverts, bool burns) = (kind % 8 == 6, kind % 8 == 7);
        token.set(answer, reverts, burns);
        bool plain = harness.plainSend(address(token), address(uint160(to)), amount, GAS);
        assertEq(harness.trySend(_with(upper, address(token)), to, amount, GAS, dirt), plain, "the plain way");
        if (plain) {
            bytes memory call_ = abi.encodeCall(IERC20.transfer, (address(uint160(to)), amount));
            assertEq(token.lastCall(), keccak256(call_), "called as a transfer");
        }
        // SafeERC20 reads a short answer together with what stood in memory before; ours takes none for true.
        if (answer.length != 0 && answer.length < 32) return assertTrue(!plain, "a short answer is no yes");
        assertEq(harness.safeSend{gas: 1_000_000}(address(token), address(uint160(to)), amount), plain, "SafeERC20's");
    }

    function testFuzz_WhereThereIsNoCodeNothingIsSent(address nobody, address to, uint256 amount, bytes32 dirt)
        external
    {
        vm.assume(nobody.code.length == 0 && uint160(nobody) > 0x200);
        assertTrue(!harness.trySend(uint160(nobody), uint160(to), amount, GAS, dirt), "one");
        (bytes32[] memory recipients, bytes32[] memory amounts) = _one(to, amount);
        (, uint256 refused,) = harness.trySendMany(uint160(nobody), recipients, amounts, GAS, 0, dirt);
        assertEq(refused, 1, "many");
        assertTrue(!harness.safeSend(nobody, to, amount), "SafeERC20's");
    }

    function testFuzz_NativeCoinIsSentOrNot(uint96 amount, uint96 held, uint96 upper, bool refusing, bytes32 dirt)
        external
    {
        address to = refusing ? address(new RefusingRecipient()) : address(0xCAFE);
        vm.deal(address(harness), held);
        // An address that is zero but for its upper bits is native coin too.
        uint256 native = uint256(upper) << 160;
        bool done = harness.trySend(native, _with(upper, to), amount, GAS, dirt);
        assertEq(done, !refusing && amount <= held, "sent where it can be");
        assertEq(to.balance, done ? amount : 0, "received");
        assertEq(address(harness).balance, done ? held - amount : held, "left");
    }

    function testFuzz_ManyTransfersAreThoseOfOne(uint256 seed, uint8 size, uint8 kind, uint96 upper, bytes32 dirt)
        external
    {
        token.set(_answer(kind, uint8(seed), bytes32(seed)), kind % 8 == 6, kind % 8 == 7);
        bool plain = harness.plainSend(address(token), alice(0), 1, GAS);
        uint256 before = token.calls();
        (bytes32[] memory recipients, bytes32[] memory amounts, uint256 skipped) = _many(seed, size);
        (bytes32[] memory marked, uint256 refused, uint256 starvedAt) =
            harness.trySendMany(_with(upper, address(token)), recipients, amounts, GAS, 0, dirt);
        assertEq(starvedAt, 0, "gas for all");
        assertEq(refused, plain ? 0 : recipients.length - skipped, "refused");
        for (uint256 i = 0; i < recipients.length; ++i) {
            bool passed = uint256(recipients[i]) == Transfers.SKIP;
            uint256 mark = passed || plain ? 0 : Transfers.REFUSED;
            assertEq(uint256(marked[i]), uint256(recipients[i]) | mark, "marked, and the address kept");
        }
        bool counts = kind % 8 < 6;
        assertEq(token.calls() - before, counts ? recipients.length - skipped : 0, "each once");
    }

    function testFuzz_ManyOfNativeCoinPassOverWhoRefuses(uint256 seed, uint8 size, bytes32 dirt) external {
        (bytes32[] memory recipients, bytes32[] memory amounts,) = _many(seed, size);
        address refusing = address(new RefusingRecipient());
        uint256 expected = 0;
        uint256 sum = 0;
        for (uint256 i = 0; i < recipients.length; ++i) {
            if (uint256(recipients[i]) == Transfers.SKIP) continue;
            if (uint256(recipients[i]) % 3 == 0) {
                recipients[i] = bytes32(uint256(uint160(refusing)));
                ++expected;
            } else {
                sum += uint256(amounts[i]);
            }
        }
        vm.deal(address(harness), type(uint128).max);
        (bytes32[] memory marked, uint256 refused,) =
            harness.trySendMany(0, recipients, amounts, GAS, 0, dirt);
        assertEq(refused, expected, "those that refuse");
        assertEq(address(harness).balance, type(uint128).max - sum, "the others were paid");
        for (uint256 i = 0; i < marked.length; ++i) {
            if (recipients[i] == bytes32(uint256(uint160(refusing)))) {
                assertEq(uint256(marked[i]), uint256(recipients[i]) | Transfers.REFUSED, "marked");
            } else {
                assertEq(marked[i], recipients[i], "not marked");
            }
        }
    }

    /// @dev Each that burns all gas takes its bound and no more; below the floor nothing more is tried.
    function test_ManyStopWhereTheGasRunsOut() external {
        token.set("", false, true);
        (bytes32[] memory recipients, bytes32[] memory amounts) = (new bytes32[](5), new bytes32[](5));
        for (uint256 i = 0; i < 5; ++i) recipients[i] = bytes32(uint256(uint160(alice(i))));
        (bytes32[] memory marked, uint256 refused, uint256 starvedAt) = harness.trySendMany{gas: 600_000}(
            uint160(address(token)), recipients, amounts, GAS, 250_000, 0
        );
        assertTrue(starvedAt != 0 && starvedAt < 250_000, "less than the floor was left");
        assertEq(refused, 2, "two were tried");
        for (uint256 i = 0; i < 5; ++i) {
            assertEq(uint256(marked[i]) >> 254, i < 2 ? 3 : 0, "and marked");
        }
    }

    // Inside

    /// @dev 0: true. 1: false. 2: nothing. 3: garbage of any length. 4: short. 5: true and more. 6, 7: of no account.
    function _answer(uint8 kind, uint8 length, bytes32 word) private pure returns (bytes memory answer) {
        kind = kind % 8;
        if (kind == 0) return abi.encode(true);
        if (kind == 1) return abi.encode(false);
        if (kind == 2) return "";
        if (kind == 3) return bytes.concat(word, new bytes(length));
        if (kind == 5) return bytes.concat(abi.encode(true), word, new bytes(length));
        // Short: all but the last bytes of a true, or garbage.
        answer = abi.encode(word, 1);
        uint256 size = 1 + uint256(length) % 31;
        assembly ("memory-safe") {
            mstore(answer, size)
        }
    }

    function _many(uint256 seed, uint8 size)
        private
        pure
        returns (bytes32[] memory recipients, bytes32[] memory amounts, uint256 skipped)
    {
        uint256 count = size % 41;
        (recipients, amounts) = (new bytes32[](count), new bytes32[](count));
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            amounts[i] = bytes32((random >> 160) % 1e18);
            recipients[i] = bytes32(uint256(uint160(alice(random))));
            if (random % 5 != 0) continue;
            recipients[i] = bytes32(Transfers.SKIP);
            ++skipped;
        }
    }

    function _one(address to, uint256 amount) private pure returns (bytes32[] memory, bytes32[] memory) {
        (bytes32[] memory recipients, bytes32[] memory amounts) = (new bytes32[](1), new bytes32[](1));
        (recipients[0], amounts[0]) = (bytes32(uint256(uint160(to))), bytes32(amount));
        return (recipients, amounts);
    }

    function _with(uint96 upper, address account) private pure returns (uint256) {
        return (uint256(upper) << 160) | uint160(account);
    }

    /// @dev Somebody without code.
    function alice(uint256 seed) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("recipient", seed)))));
    }
}
