// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IModelAccount} from "../../contracts/interfaces/IModelAccount.sol";
import {ModelAccount} from "../../contracts/ModelAccount.sol";
import {RefusingRecipient, Sender2300} from "./support/Recipients.sol";
import {Test} from "./support/Test.sol";
import {FeeToken, LyingToken, SilentToken} from "./support/Tokens.sol";

contract ModelAccountTest is Test {
    ModelAccount private account;
    address private constant vault = address(0xFA);

    function setUp() external {
        account = new ModelAccount(vault);
    }

    function test_Account_KnowsItsVault() external view {
        assertEq(account.vault(), vault, "vault");
    }

    function test_Receive_FitsIntoTheGasOfATransfer(uint96 amount) external {
        Sender2300 sender = new Sender2300();
        vm.deal(address(this), amount);
        vm.expectEmit(address(account));
        emit IModelAccount.NativeReceived(address(sender), amount);
        sender.send{value: amount}(payable(address(account)));
        assertEq(address(account).balance, amount, "arrived");
    }

    function test_Release_IsTheVaultsOnly(address other, address token) external {
        vm.assume(other != vault);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IModelAccount.OnlyVault.selector, other));
        account.release(token);
    }

    function test_Release_SendsAllNativeCoin(uint96 amount) external {
        vm.deal(address(account), amount);
        vm.prank(vault);
        account.release(address(0));
        assertEq(address(account).balance, 0, "left");
        assertEq(vault.balance, amount, "arrived");
    }

    function test_Release_FailsWhereTheVaultRefusesNativeCoin() external {
        RefusingRecipient refusing = new RefusingRecipient();
        account = new ModelAccount(address(refusing));
        vm.deal(address(account), 1 ether);
        vm.prank(address(refusing));
        vm.expectRevert(abi.encodeWithSelector(IModelAccount.NativeTransferFailed.selector));
        account.release(address(0));
    }

    function test_Release_SendsTheWholeBalanceOfAToken(uint128 amount) external {
        FeeToken token = new FeeToken();
        token.mint(address(account), amount);
        vm.prank(vault);
        account.release(address(token));
        assertEq(token.balanceOf(address(account)), 0, "left");
    }

    function test_Release_TakesATokenThatReturnsNothing(uint128 amount) external {
        SilentToken token = new SilentToken();
        token.mint(address(account), amount);
        vm.prank(vault);
        account.release(address(token));
        assertEq(token.balanceOf(vault), amount, "arrived");
    }

    function test_Release_FailsWhereATokenReturnsFalse() external {
        LyingToken token = new LyingToken();
        token.mint(address(account), 5);
        token.lie(false, false);
        vm.prank(vault);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        account.release(address(token));
    }
}
