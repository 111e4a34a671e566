// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {InferencePayments} from "../../contracts/InferencePayments.sol";
import {IInferencePayments, PaymentOrder} from "../../contracts/interfaces/IInferencePayments.sol";
import {RailTest} from "./InferencePayments.Setup.t.sol";
import {ContractWallet, DelegatedCode, OddWallet} from "./support/ContractWallets.sol";

contract InferencePaymentsOrdersTest is RailTest {
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function setUp() public override {
        super.setUp();
        _fund(holder, type(uint128).max);
    }

    function testFuzz_AnyoneBringsWhatThePayerSigned(address bringer, uint128 amount, bytes32 usageRef) external {
        vm.assume(amount != 0);
        PaymentOrder memory order = orderOf(address(dollar), amount);
        order.usageRef = usageRef;
        bytes memory signature_ = signed(order, HOLDER_KEY);
        vm.expectEmit(address(rail));
        emit IInferencePayments.Paid(model, holder, address(dollar), amount, usageRef);
        vm.prank(bringer);
        rail.payOrder(order, signature_);
        assertCounted(address(dollar), amount);
        assertTrue(rail.isOrderUsed(rail.orderDigest(order)), "used");
    }

    function testFuzz_TheDigestIsThatOfEip712(PaymentOrder memory order) external view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("OpenSettle Rail"),
                keccak256("1"),
                block.chainid,
                address(rail)
            )
        );
        bytes32 content = keccak256(
            abi.encode(
                keccak256(
                    "PaymentOrder(address payer,bytes32 modelId,address token,uint256 amount,bytes32 usageRef,bytes32 salt,uint256 deadline)"
                ),
                order.payer,
                order.modelId,
                order.token,
                order.amount,
                order.usageRef,
                order.salt,
                order.deadline
            )
        );
        assertEq(rail.orderDigest(order), keccak256(abi.encodePacked(hex"1901", domain, content)), "digest");
    }

    function test_AnOrderIsGoodUpToItsDeadlineAndNotASecondLonger() external {
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        vm.warp(order.deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.OrderExpired.selector, order.deadline));
        rail.payOrder(order, signature_);
        vm.warp(order.deadline);
        rail.payOrder(order, signature_);
        assertCounted(address(dollar), 5);
    }

    function test_AnOrderThatFailedCanBeBroughtAgain() external {
        approve(address(dollar), holder, 4);
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(rail), 4, 5));
        rail.payOrder(order, signature_);
        assertTrue(!rail.isOrderUsed(rail.orderDigest(order)), "not used");

        approve(address(dollar), holder, 5);
        rail.payOrder(order, signature_);
        assertCounted(address(dollar), 5);
    }

    // Replays

    function test_AnOrderIsTakenOnce() external {
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        rail.payOrder(order, signature_);
        bytes memory used = abi.encodeWithSelector(IInferencePayments.OrderUsed.selector, rail.orderDigest(order));
        vm.expectRevert(used);
        rail.payOrder(order, signature_);
        vm.expectRevert(used);
        rail.payOrderWithPermit(order, signature_, noPermit());
        assertCounted(address(dollar), 5);
    }

    function test_TheSameContentWithAnotherSaltIsAnotherOrder() external {
        PaymentOrder memory order = orderOf(address(dollar), 5);
        rail.payOrder(order, signed(order, HOLDER_KEY));
        order.salt = "another";
        rail.payOrder(order, signed(order, HOLDER_KEY));
        assertCounted(address(dollar), 10);
    }

    function testFuzz_AnOrderOfAnotherChainIsRefused(uint32 chain) external {
        vm.assume(chain != 0 && chain != 7);
        vm.chainId(7);
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        vm.chainId(chain);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, holder));
        rail.payOrder(order, signature_);
        vm.chainId(7);
        rail.payOrder(order, signature_);
        assertCounted(address(dollar), 5);
    }

    function test_AnOrderOfAnotherRailIsRefused() external {
        InferencePayments first = rail;
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        list(address(dollar));
        assertTrue(address(first) != address(rail) && order.modelId == model, "another rail, the same model");
        approve(address(dollar), holder, 5);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, holder));
        rail.payOrder(order, signature_);
    }

    function testFuzz_AnAlteredOrderIsRefused(uint256 field, uint256 change) external {
        PaymentOrder memory order = orderOf(address(dollar), 1_000);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        bytes32 before = rail.orderDigest(order);
        (bytes32 second,) = registerModel("second");
        field = field % 5;
        if (field == 0) order.modelId = second;
        if (field == 1) order.amount = change;
        if (field == 2) order.usageRef = bytes32(change);
        if (field == 3) order.salt = bytes32(change);
        if (field == 4) order.deadline = bound(change, block.timestamp, type(uint256).max);
        vm.assume(rail.orderDigest(order) != before);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, holder));
        rail.payOrder(order, signature_);
    }

    function test_AnOrderOfAnotherTokenIsRefused() external {
        PaymentOrder memory order = orderOf(address(0xDEAD), 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        order.token = address(dollar);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, holder));
        rail.payOrder(order, signature_);
    }

    function test_AnOrderIsNotAnothersToPay() external {
        _fund(other, 5);
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        order.payer = other;
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, other));
        rail.payOrder(order, signature_);
    }

    // Cancelling

    function test_ACancelledOrderIsUseless() external {
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        bytes32 digest = rail.orderDigest(order);
        vm.expectEmit(address(rail));
        emit IInferencePayments.OrderCancelled(holder, digest);
        vm.prank(holder);
        rail.cancelOrder(order);
        assertTrue(rail.isOrderUsed(digest), "used");
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.OrderUsed.selector, digest));
        rail.payOrder(order, signature_);
    }

    function test_AnOrderIsCancelledOnceAndNotAfterItWasTaken() external {
        PaymentOrder memory order = orderOf(address(dollar), 5);
        vm.prank(holder);
        rail.cancelOrder(order);
        bytes memory used = abi.encodeWithSelector(IInferencePayments.OrderUsed.selector, rail.orderDigest(order));
        vm.prank(holder);
        vm.expectRevert(used);
        rail.cancelOrder(order);

        order.salt = "taken";
        rail.payOrder(order, signed(order, HOLDER_KEY));
        used = abi.encodeWithSelector(IInferencePayments.OrderUsed.selector, rail.orderDigest(order));
        vm.prank(holder);
        vm.expectRevert(used);
        rail.cancelOrder(order);
    }

    function testFuzz_OnlyThePayerCancels(address caller) external {
        vm.assume(caller != holder);
        PaymentOrder memory order = orderOf(address(dollar), 5);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NotYours.selector, holder, caller));
        rail.cancelOrder(order);
    }

    // Signatures

    function testFuzz_AnothersSignatureIsRefused(uint256 key) external {
        key = bound(key, 1, CURVE_ORDER - 1);
        vm.assume(key != HOLDER_KEY);
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory signature_ = signed(order, key);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, holder));
        rail.payOrder(order, signature_);
    }

    function test_TheSecondFormOfASignatureIsRefused() external {
        PaymentOrder memory order = orderOf(address(dollar), 5);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(HOLDER_KEY, rail.orderDigest(order));
        bytes memory turned = abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, holder));
        rail.payOrder(order, turned);
    }

    function testFuzz_AKeysSignatureHas65Bytes(uint256 size) external {
        size = bound(size, 0, 130);
        vm.assume(size != 65);
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory whole = bytes.concat(signed(order, HOLDER_KEY), new bytes(65));
        bytes memory cut = new bytes(size);
        for (uint256 i = 0; i < size; ++i) cut[i] = whole[i];
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, holder));
        rail.payOrder(order, cut);
    }

    /// @dev Recovery that fails gives the zero address, which must not pass for a payer.
    function test_TheZeroAddressPaysNothing() external {
        PaymentOrder memory order = orderOf(address(dollar), 5);
        order.payer = address(0);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, address(0)));
        rail.payOrder(order, new bytes(65));
    }

    function testFuzz_RailVaultAndTokenAreNobodysPayers(bytes calldata signature_) external {
        PaymentOrder memory order = orderOf(address(dollar), 5);
        address[4] memory payers = [address(rail), address(vault), address(dollar), payAddress];
        for (uint256 i = 0; i < payers.length; ++i) {
            order.payer = payers[i];
            vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, payers[i]));
            rail.payOrder(order, signature_);
        }
    }

    function test_AContractWalletPaysByItsOwnersSignature() external {
        (ContractWallet wallet, PaymentOrder memory order) = _walletsOrder();
        bytes memory signature_ = signed(order, OTHER_KEY);
        expectPaid(address(wallet), address(dollar), 5);
        rail.payOrder(order, signature_);
        assertCounted(address(dollar), 5);

        order.salt = "marked";
        signature_ = bytes.concat(wallet.MARK(), signed(order, OTHER_KEY));
        expectPaid(address(wallet), address(dollar), 5);
        rail.payOrder(order, signature_);
        assertCounted(address(dollar), 10);
    }

    function test_AContractWalletsOrderIsTakenOnceWhateverTheFormOfItsSignature() external {
        (ContractWallet wallet, PaymentOrder memory order) = _walletsOrder();
        bytes memory signature_ = signed(order, OTHER_KEY);
        rail.payOrder(order, signature_);
        signature_ = bytes.concat(wallet.MARK(), signature_);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.OrderUsed.selector, rail.orderDigest(order)));
        rail.payOrder(order, signature_);
    }

    function test_AContractWalletsFormerOwnerPaysNothing() external {
        (ContractWallet wallet, PaymentOrder memory order) = _walletsOrder();
        bytes memory signature_ = signed(order, OTHER_KEY);
        wallet.setOwner(stranger);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, address(wallet)));
        rail.payOrder(order, signature_);
    }

    function test_AContractWalletCancels() external {
        (ContractWallet wallet, PaymentOrder memory order) = _walletsOrder();
        bytes32 digest = rail.orderDigest(order);
        vm.expectEmit(address(rail));
        emit IInferencePayments.OrderCancelled(address(wallet), digest);
        wallet.call(address(rail), abi.encodeCall(rail.cancelOrder, (order)));
        assertTrue(rail.isOrderUsed(digest), "used");
    }

    function testFuzz_AWalletThatDoesNotAnswerWithTheWordSignsNothing(uint8 way, bytes calldata signature_) external {
        OddWallet wallet = new OddWallet(OddWallet.Answer(way % 4));
        PaymentOrder memory order = orderOf(address(dollar), 5);
        order.payer = address(wallet);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, address(wallet)));
        rail.payOrder(order, signature_);
    }

    /// @dev As under EIP-7702: an address with a key and with code.
    function test_AKeyWithCodePaysByEither() external {
        vm.etch(holder, address(new DelegatedCode()).code);
        PaymentOrder memory order = orderOf(address(dollar), 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        expectPaid(holder, address(dollar), 5);
        rail.payOrder(order, signature_);

        order.salt = "by its code";
        signature_ = abi.encode(DelegatedCode(holder).WORD());
        expectPaid(holder, address(dollar), 5);
        rail.payOrder(order, signature_);
        assertCounted(address(dollar), 10);

        order.salt = "by neither";
        signature_ = signed(order, OTHER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.BadSignature.selector, holder));
        rail.payOrder(order, signature_);
    }

    // What is refused before anything is asked

    function test_NativeCoinIsNotOrdered() external {
        PaymentOrder memory order = orderOf(NATIVE, 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NativeNotOrdered.selector));
        rail.payOrder(order, signature_);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NativeNotOrdered.selector));
        rail.payOrderWithPermit(order, signature_, noPermit());
    }

    function testFuzz_AnUnknownModelIsRefused(bytes32 unknown) external {
        vm.assume(registry.numberOf(unknown) == 0);
        PaymentOrder memory order = orderOf(address(dollar), 5);
        order.modelId = unknown;
        bytes memory signature_ = signed(order, HOLDER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.UnknownModel.selector, unknown));
        rail.payOrder(order, signature_);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.UnknownModel.selector, unknown));
        rail.payOrderWithPermit(order, signature_, noPermit());
    }

    function testFuzz_ATokenThatIsNotListedIsRefused(address token) external {
        vm.assume(token != address(dollar) && token != NATIVE);
        PaymentOrder memory order = orderOf(token, 5);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.TokenNotListed.selector, token));
        rail.payOrder(order, signature_);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.TokenNotListed.selector, token));
        rail.payOrderWithPermit(order, signature_, noPermit());
    }

    function test_AnOrderOfNothingIsRefused() external {
        PaymentOrder memory order = orderOf(address(dollar), 0);
        bytes memory signature_ = signed(order, HOLDER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.NothingArrived.selector, address(dollar)));
        rail.payOrder(order, signature_);
    }

    function _fund(address account, uint256 amount) private {
        dollar.mint(account, amount);
        approve(address(dollar), account, amount);
    }

    function _walletsOrder() private returns (ContractWallet wallet, PaymentOrder memory order) {
        wallet = new ContractWallet(other);
        _fund(address(wallet), 10);
        order = orderOf(address(dollar), 5);
        order.payer = address(wallet);
    }
}
