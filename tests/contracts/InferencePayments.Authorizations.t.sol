// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {Authorization, IInferencePayments} from "../../contracts/interfaces/IInferencePayments.sol";
import {RailTest} from "./InferencePayments.Setup.t.sol";
import {ContractWallet, DelegatedCode} from "./support/ContractWallets.sol";
import {AuthorizationToken, KeysOnlyToken, SwallowingToken} from "./support/PaymentTokens.sol";

contract InferencePaymentsAuthorizationsTest is RailTest {
    AuthorizationToken private token;

    function setUp() public override {
        super.setUp();
        token = new AuthorizationToken();
        list(address(token));
        token.mint(holder, type(uint128).max);
    }

    function testFuzz_AnyoneBringsWhatThePayerSigned(address bringer, uint128 amount, bytes32 usageRef) external {
        vm.assume(amount != 0);
        Authorization memory all = authorizationOf(address(token), amount);
        all.usageRef = usageRef;
        signed(all, HOLDER_KEY);
        vm.expectEmit(address(rail));
        emit IInferencePayments.Paid(model, holder, address(token), amount, usageRef);
        vm.prank(bringer);
        rail.payWithAuthorization(all);
        assertCounted(address(token), amount);
        assertEq(token.allowance(holder, address(rail)), 0, "no allowance needed");
    }

    function testFuzz_TheNonceBindsChainRailModelUseAndSalt(bytes32 modelId, bytes32 usageRef, bytes32 salt) external {
        bytes32 nonce = rail.authorizationNonce(modelId, usageRef, salt);
        assertEq(nonce, keccak256(abi.encode(block.chainid, address(rail), modelId, usageRef, salt)), "nonce");
        vm.chainId(block.chainid + 1);
        assertTrue(rail.authorizationNonce(modelId, usageRef, salt) != nonce, "another chain");
        vm.chainId(block.chainid - 1);
        deploy(address(token));
        assertTrue(rail.authorizationNonce(modelId, usageRef, salt) != nonce, "another rail");
    }

    // Replays, and what else is done with a signature that all can see

    function test_AnAuthorizationIsTakenOnce() external {
        Authorization memory all = signed(authorizationOf(address(token), 5), HOLDER_KEY);
        bytes32 nonce = rail.authorizationNonce(model, REF, all.salt);
        rail.payWithAuthorization(all);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, holder, nonce));
        rail.payWithAuthorization(all);
        assertCounted(address(token), 5);
    }

    function test_TwoPayersMayChooseTheSameSalt() external {
        token.mint(other, 7);
        Authorization memory first = signed(authorizationOf(address(token), 5), HOLDER_KEY);
        Authorization memory second = authorizationOf(address(token), 7);
        second.payer = other;
        signed(second, OTHER_KEY);
        expectPaid(holder, address(token), 5);
        rail.payWithAuthorization(first);
        expectPaid(other, address(token), 7);
        rail.payWithAuthorization(second);
        assertCounted(address(token), 12);
    }

    function testFuzz_AnAlteredAuthorizationIsRefused(uint256 field, uint256 change) external {
        Authorization memory all = signed(authorizationOf(address(token), 1_000), HOLDER_KEY);
        bytes32 before = authorizationDigest(all);
        (bytes32 second,) = registerModel("second");
        field = field % 6;
        if (field == 0) all.modelId = second;
        if (field == 1) all.amount = change;
        if (field == 2) all.usageRef = bytes32(change);
        if (field == 3) all.salt = bytes32(change);
        if (field == 4) all.validAfter = change;
        if (field == 5) all.validBefore = change;
        vm.assume(authorizationDigest(all) != before);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector));
        rail.payWithAuthorization(all);
    }

    function test_AnAuthorizationIsNotAnothersToPay() external {
        token.mint(other, 5);
        Authorization memory all = signed(authorizationOf(address(token), 5), HOLDER_KEY);
        all.payer = other;
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector));
        rail.payWithAuthorization(all);
    }

    function test_AnAuthorizationOfAnotherChainIsRefused() external {
        Authorization memory all = signed(authorizationOf(address(token), 5), HOLDER_KEY);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector));
        rail.payWithAuthorization(all);
    }

    function test_AnAuthorizationOfAnotherRailIsRefused() external {
        Authorization memory all = signed(authorizationOf(address(token), 5), HOLDER_KEY);
        list(address(token));
        assertTrue(all.modelId == model, "the same model");
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector));
        rail.payWithAuthorization(all);
    }

    /// @dev Only the payee itself can bring a `ReceiveWithAuthorization`, so there is nothing to run in front of.
    function testFuzz_NobodyBringsItToTheTokenDirectly(address caller) external {
        vm.assume(caller != address(rail));
        Authorization memory all = signed(authorizationOf(address(token), 5), HOLDER_KEY);
        bytes32 nonce = rail.authorizationNonce(model, REF, all.salt);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(rail)));
        token.receiveWithAuthorization(
            holder, address(rail), 5, all.validAfter, all.validBefore, nonce, all.signature
        );
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector));
        token.transferWithAuthorization(
            holder,
            address(rail),
            5,
            all.validAfter,
            all.validBefore,
            nonce,
            uint8(all.signature[64]),
            _word(all.signature, 0),
            _word(all.signature, 32)
        );
        rail.payWithAuthorization(all);
        assertCounted(address(token), 5);
    }

    function testFuzz_APlainTransferToTheRailIsNobodysPayment(uint64 stray, uint64 amount) external {
        vm.assume(amount != 0);
        vm.prank(holder);
        token.transfer(address(rail), stray);
        Authorization memory all = signed(authorizationOf(address(token), amount), HOLDER_KEY);
        expectPaid(holder, address(token), amount);
        rail.payWithAuthorization(all);
        assertEq(vault.credited(address(token)), amount, "credited");
        assertEq(token.balanceOf(address(vault)), amount, "in the vault");
        assertEq(token.balanceOf(address(rail)), stray, "stays");
    }

    function test_AnAuthorizationOfNothingIsNotPaidFromWhatLiesInTheRail() external {
        token.mint(address(rail), 5);
        Authorization memory all = signed(authorizationOf(address(token), 0), HOLDER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, address(token)));
        rail.payWithAuthorization(all);
    }

    // Times are the token's

    function test_AnAuthorizationIsGoodBetweenItsTimesOnly() external {
        Authorization memory all = signed(authorizationOf(address(token), 5), HOLDER_KEY);
        bytes memory outside = abi.encodeWithSelector(
            ERC3009.ERC3009InvalidAuthorizationTime.selector, all.validAfter, all.validBefore
        );
        vm.warp(all.validAfter);
        vm.expectRevert(outside);
        rail.payWithAuthorization(all);
        vm.warp(all.validBefore);
        vm.expectRevert(outside);
        rail.payWithAuthorization(all);
        vm.warp(all.validBefore - 1);
        rail.payWithAuthorization(all);
        assertCounted(address(token), 5);
    }

    // Signatures

    function test_AContractWalletPaysByItsOwnersSignatureInBothForms() external {
        ContractWallet wallet = new ContractWallet(other);
        token.mint(address(wallet), 12);
        Authorization memory all = authorizationOf(address(token), 5);
        all.payer = address(wallet);
        signed(all, OTHER_KEY);
        expectPaid(address(wallet), address(token), 5);
        rail.payWithAuthorization(all);

        all.salt = "marked";
        all.amount = 7;
        signed(all, OTHER_KEY);
        all.signature = bytes.concat(wallet.MARK(), all.signature);
        expectPaid(address(wallet), address(token), 7);
        rail.payWithAuthorization(all);
        assertCounted(address(token), 12);
    }

    function test_AContractWalletsFormerOwnerPaysNothing() external {
        ContractWallet wallet = new ContractWallet(other);
        token.mint(address(wallet), 5);
        Authorization memory all = authorizationOf(address(token), 5);
        all.payer = address(wallet);
        signed(all, OTHER_KEY);
        wallet.setOwner(stranger);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector));
        rail.payWithAuthorization(all);
    }

    /// @dev As under EIP-7702. Whom a token asks is the token's: one like USDC asks the code, an older one the key.
    function test_AKeyWithCodePaysAsTheTokenHasIt() external {
        vm.etch(holder, address(new DelegatedCode()).code);
        Authorization memory all = signed(authorizationOf(address(token), 5), HOLDER_KEY);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector));
        rail.payWithAuthorization(all);
        all.signature = abi.encode(DelegatedCode(holder).WORD());
        expectPaid(holder, address(token), 5);
        rail.payWithAuthorization(all);
        assertCounted(address(token), 5);

        KeysOnlyToken older = _listOlder();
        all = signed(authorizationOf(address(older), 5), HOLDER_KEY);
        expectPaid(holder, address(older), 5);
        rail.payWithAuthorization(all);
        assertCounted(address(older), 5);
    }

    /// @dev The token has no such function.
    function testFuzz_AnOlderTokenTakesKeysOnly(bytes calldata signature_) external {
        vm.assume(signature_.length != 65);
        KeysOnlyToken older = _listOlder();
        Authorization memory all = authorizationOf(address(older), 5);
        all.signature = signature_;
        vm.expectRevert(bytes(""));
        rail.payWithAuthorization(all);
    }

    // What is refused before the token is asked

    function test_NativeCoinIsNotAuthorised() external {
        Authorization memory all = authorizationOf(NATIVE, 5);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NativeNotOrdered.selector));
        rail.payWithAuthorization(all);
    }

    function testFuzz_AnUnknownModelIsRefused(bytes32 unknown) external {
        vm.assume(registry.numberOf(unknown) == 0);
        Authorization memory all = authorizationOf(address(token), 5);
        all.modelId = unknown;
        signed(all, HOLDER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.UnknownModel.selector, unknown));
        rail.payWithAuthorization(all);
    }

    function testFuzz_ATokenThatIsNotListedIsRefused(address unlisted) external {
        vm.assume(unlisted != address(token) && unlisted != NATIVE);
        Authorization memory all = authorizationOf(unlisted, 5);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.TokenNotListed.selector, unlisted));
        rail.payWithAuthorization(all);
    }

    /// @dev As wrapped native coin: no such function, and no error either.
    function testFuzz_ATokenThatSwallowsTheCallPaysNothing(uint64 stray, bool key) external {
        SwallowingToken swallowing = new SwallowingToken();
        list(address(swallowing));
        swallowing.mint(address(rail), stray);
        swallowing.mint(holder, 5);
        Authorization memory all = authorizationOf(address(swallowing), 5);
        all.signature = new bytes(key ? 65 : 1);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, address(swallowing)));
        rail.payWithAuthorization(all);
    }

    function _listOlder() private returns (KeysOnlyToken older) {
        older = new KeysOnlyToken();
        list(address(older));
        older.mint(holder, 5);
    }

    function _word(bytes memory all, uint256 at) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(all, 0x20), at))
        }
    }
}
