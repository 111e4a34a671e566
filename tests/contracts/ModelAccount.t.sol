// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IModelAccount} from "../../contracts/interfaces/IModelAccount.sol";
import {ModelAccount} from "../../contracts/ModelAccount.sol";
import {DecimalsToken, RawToken, ReenteringPaymentToken, ZeroRefusingToken} from "./support/PaymentTokens.sol";
import {ReenteringRecipient, RefusingRecipient, Sender2300} from "./support/Recipients.sol";
import {Test} from "./support/Test.sol";
import {FeeToken, LyingToken, MintableToken, SilentToken} from "./support/Tokens.sol";

/// @title The same account, written with OpenZeppelin's library
contract PlainModelAccount is IModelAccount {
    address public immutable vault;

    constructor(address vault_) {
        vault = vault_;
    }

    function release(address token) external returns (uint256 amount) {
        if (msg.sender != vault) revert OnlyVault(msg.sender);
        amount = token == address(0) ? address(this).balance : IERC20(token).balanceOf(address(this));
        if (amount == 0) return 0;
        if (token != address(0)) {
            SafeERC20.safeTransfer(IERC20(token), vault, amount);
        } else {
            (bool sent,) = vault.call{value: amount}("");
            if (!sent) revert NativeTransferFailed();
        }
    }
}

contract ModelAccountTest is Test {
    ModelAccount private account;
    PlainModelAccount private plain;
    address private constant vault = address(0xFA);

    function setUp() external {
        account = new ModelAccount(vault);
        plain = new PlainModelAccount(vault);
    }

    function test_TheAccountKnowsItsVault() external view {
        assertEq(account.vault(), vault, "vault");
    }

    function test_TheAccountIsSmall() external view {
        assertTrue(address(account).code.length <= 600, "at most 600 bytes");
    }

    // Native coin

    function testFuzz_APlainSendFitsIntoTheGasOfATransfer(uint96 amount) external {
        Sender2300 sender = new Sender2300();
        vm.deal(address(this), amount);
        vm.expectEmit(address(account));
        emit IModelAccount.NativeReceived(address(sender), amount);
        sender.send{value: amount}(payable(address(account)));
        assertEq(address(account).balance, amount, "arrived");
    }

    function testFuzz_NativeCoinIsReleasedWhole(uint96 amount) external {
        vm.deal(address(account), amount);
        vm.prank(vault);
        assertEq(account.release(address(0)), amount, "said");
        assertEq(address(account).balance, 0, "left");
        assertEq(vault.balance, amount, "arrived");
    }

    function test_WithoutNativeCoinTheVaultIsNotCalled() external {
        RefusingRecipient refusing = new RefusingRecipient();
        account = new ModelAccount(address(refusing));
        vm.prank(address(refusing));
        assertEq(account.release(address(0)), 0, "nothing, and no call that would be refused");
    }

    function test_AVaultThatRefusesNativeCoinIsAnError() external {
        RefusingRecipient refusing = new RefusingRecipient();
        account = new ModelAccount(address(refusing));
        vm.deal(address(account), 1 ether);
        vm.prank(address(refusing));
        vm.expectRevert(abi.encodeWithSelector(IModelAccount.NativeTransferFailed.selector));
        account.release(address(0));
        assertEq(address(account).balance, 1 ether, "still there");
    }

    // Who

    function testFuzz_ReleaseIsTheVaultsOnly(address other, address token) external {
        vm.assume(other != vault);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IModelAccount.OnlyVault.selector, other));
        account.release(token);
    }

    function test_ATokenThatCallsBackReleasesNothing() external {
        ReenteringPaymentToken token = new ReenteringPaymentToken();
        token.mint(address(account), 5);
        token.arm(address(account), abi.encodeCall(IModelAccount.release, (address(token))), 0);
        vm.prank(vault);
        assertEq(account.release(address(token)), 5, "said");
        assertTrue(token.called() && !token.succeeded(), "refused inside");
        assertEq(
            keccak256(token.answer()),
            keccak256(abi.encodeWithSelector(IModelAccount.OnlyVault.selector, address(token))),
            "as a stranger"
        );
        assertEq(token.balanceOf(vault), 5, "arrived");
    }

    function test_AVaultThatReleasesAgainInsideFindsNothing() external {
        ReenteringRecipient reentering = new ReenteringRecipient();
        account = new ModelAccount(address(reentering));
        reentering.arm(address(account), abi.encodeCall(IModelAccount.release, (address(0))));
        vm.deal(address(account), 3);
        vm.prank(address(reentering));
        assertEq(account.release(address(0)), 3, "said");
        assertTrue(reentering.succeeded(), "called inside");
        assertEq(keccak256(reentering.answer()), keccak256(abi.encode(0)), "nothing left");
        assertEq(address(reentering).balance, 3, "once");
    }

    function test_UnknownCallsAndNativeCoinWithDataBounce() external {
        vm.deal(address(this), 1);
        (bool taken,) = address(account).call{value: 1}(hex"00");
        assertTrue(!taken, "with data");
        (taken,) = address(account).call(abi.encodeWithSignature("sweep(address)", address(0)));
        assertTrue(!taken, "another function");
        vm.deal(vault, 1);
        vm.prank(vault);
        (taken,) = address(account).call{value: 1}(abi.encodeCall(IModelAccount.release, (address(0))));
        assertTrue(!taken, "a release with native coin");
        vm.prank(vault);
        (taken,) = address(account).call(abi.encodeWithSelector(IModelAccount.release.selector, type(uint256).max));
        assertTrue(!taken, "a token that is no address");
    }

    // Tokens

    function testFuzz_ATokenIsReleasedWhole(uint128 amount, uint8 decimals) external {
        DecimalsToken token = new DecimalsToken(decimals);
        token.mint(address(account), amount);
        vm.prank(vault);
        assertEq(account.release(address(token)), amount, "said");
        assertEq(token.balanceOf(address(account)), 0, "left");
        assertEq(token.balanceOf(vault), amount, "arrived");
    }

    function testFuzz_AFeeIsTheVaultsToMeasure(uint128 amount) external {
        FeeToken token = new FeeToken();
        token.mint(address(account), amount);
        vm.prank(vault);
        assertEq(account.release(address(token)), amount, "said: what was sent");
        assertEq(token.balanceOf(vault), amount - uint256(amount) * 3 / 100, "arrived");
    }

    function testFuzz_ATokenThatReturnsNothingIsReleased(uint128 amount) external {
        SilentToken token = new SilentToken();
        token.mint(address(account), amount);
        vm.prank(vault);
        assertEq(account.release(address(token)), amount, "said");
        assertEq(token.balanceOf(vault), amount, "arrived");
    }

    function test_ATokenThatReturnsFalseIsAnError() external {
        LyingToken token = new LyingToken();
        token.mint(address(account), 5);
        token.lie(false, true);
        vm.prank(vault);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        account.release(address(token));
    }

    function test_ATokenThatRefusesZeroIsNotAsked() external {
        ZeroRefusingToken token = new ZeroRefusingToken();
        vm.prank(vault);
        assertEq(account.release(address(token)), 0, "nothing");
    }

    function testFuzz_WhereThereIsNoTokenThereIsAnError(address nobody) external {
        vm.assume(nobody != address(0) && nobody.code.length == 0 && uint160(nobody) > 0xffff);
        vm.prank(vault);
        vm.expectRevert(bytes(""));
        account.release(nobody);
    }

    // Beside the library

    /// @dev Both see a token that answers in the same way: every size of answer, every first word, success or not.
    function testFuzz_ReleaseDoesWhatTheLibraryDoes(
        uint256 balance,
        uint256 balanceSize,
        bool balanceFails,
        uint256 word,
        uint256 size,
        bool fails
    ) external {
        RawToken token = new RawToken();
        // Often one of the answers that tokens in use give.
        word = word % 4 < 3 ? word % 4 : word;
        size = size % 3 == 0 ? 32 : size % 3 == 1 ? 0 : bound(size, 0, 100);
        balanceSize = balanceSize % 4 != 0 ? 32 : bound(balanceSize, 0, 100);
        token.answer(balance, balanceSize, balanceFails, word, size, fails);

        vm.prank(vault);
        (bool done, bytes memory answer) =
            address(account).call(abi.encodeCall(IModelAccount.release, (address(token))));
        bytes32 sent = token.lastCall();
        token.forget();
        vm.prank(vault);
        (bool plainDone, bytes memory plainAnswer) =
            address(plain).call(abi.encodeCall(IModelAccount.release, (address(token))));

        assertEq(done, plainDone, "done");
        assertEq(sent, token.lastCall(), "what was sent");
        // An answer too short to be a balance is an error without words in the one, and the token's own in the other.
        if (balanceFails || balanceSize > 31) assertEq(keccak256(answer), keccak256(plainAnswer), "said");
    }

    function test_ReleaseCostsLessThanTheLibrarys() external {
        uint256 gas = _gasOfRelease(account);
        uint256 plainGas = _gasOfRelease(ModelAccount(payable(address(plain))));
        assertTrue(gas < plainGas, "less gas");
        assertTrue(address(account).code.length * 10 < address(plain).code.length * 7, "less than 7/10 of the code");
    }

    function _gasOfRelease(IModelAccount released) private returns (uint256 gas) {
        MintableToken token = new DecimalsToken(18);
        token.mint(address(released), 5);
        vm.prank(vault);
        gas = gasleft();
        released.release(address(token));
        gas -= gasleft();
    }
}
