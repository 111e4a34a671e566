// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {DemoWallet} from "../../contracts/demo/DemoWallet.sol";
import {Test} from "./support/Test.sol";

contract DemoWalletTest is Test {
    uint256 private constant KEY = 0xA11CE;
    uint256 private constant OTHER = 0xB0B;

    DemoWallet private wallet;

    function setUp() external {
        wallet = new DemoWallet(vm.addr(KEY));
    }

    function test_DemoWallet_WithItsOwnersSignature_HasSigned(bytes32 digest) external view {
        assertEq(_answer(digest, _signed(KEY, digest)), bytes32(IERC1271.isValidSignature.selector), "own");
    }

    function test_DemoWallet_WithAnyOtherSignature_HasNot(bytes32 digest, bytes32 other, bytes calldata noise) external view {
        vm.assume(digest != other && noise.length != 65);
        bytes32 no = bytes32(bytes4(0xffffffff));
        assertEq(_answer(digest, _signed(OTHER, digest)), no, "another's");
        assertEq(_answer(digest, _signed(KEY, other)), no, "of something else");
        assertEq(_answer(digest, noise), no, "noise");
    }

    function test_DemoWallet_TakesNativeCoin(uint64 amount) external {
        vm.deal(address(this), amount);
        (bool taken,) = address(wallet).call{value: amount}("");
        assertTrue(taken, "taken");
        assertEq(address(wallet).balance, amount, "balance");
    }

    function _answer(bytes32 digest, bytes memory signature) private view returns (bytes32) {
        return bytes32(wallet.isValidSignature(digest, signature));
    }

    function _signed(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
