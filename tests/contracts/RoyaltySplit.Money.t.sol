// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IInferencePayments} from "../../contracts/interfaces/IInferencePayments.sol";
import {IModelAccount} from "../../contracts/interfaces/IModelAccount.sol";
import {ChangeKind, IRoyaltySplit, ListedToken, SweepOrder} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {Deployed} from "./support/Deployed.sol";
import {Sender2300} from "./support/Recipients.sol";
import {DecimalsToken} from "./support/HostileTokens.sol";
import {Log} from "./support/Vm.sol";

/// @title How money comes into the vault
contract RoyaltySplitMoneyTest is Deployed {
    bytes32 private model;
    address private payAddress;

    function setUp() public override {
        super.setUp();
        (model, payAddress) = registerModel("model");
    }

    function bothOf(bytes32[] memory ids) private view returns (SweepOrder[] memory orders) {
        orders = new SweepOrder[](2);
        orders[0] = SweepOrder({token: NATIVE, modelIds: ids});
        orders[1] = SweepOrder({token: address(dollar), modelIds: ids});
    }

    function sweptLogs() private returns (uint256 count) {
        Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == IRoyaltySplit.Swept.selector) ++count;
        }
    }

    // Credit

    function testFuzz_Credit_IsTheRailsOnly(address other, uint128 amount) external {
        vm.assume(other != address(rail));
        dollar.mint(address(vault), amount);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyRail.selector, other));
        vault.credit(address(dollar), amount);
    }

    function testFuzz_Credit_RefusesATokenThatIsNotListed(address token) external {
        vm.assume(token != address(dollar) && token != NATIVE);
        vm.prank(address(rail));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TokenNotListed.selector, token));
        vault.credit(token, 1);
    }

    function testFuzz_Credit_RefusesAnotherNativeAmountThanStated(uint128 sent, uint256 stated) external {
        vm.assume(sent != stated);
        vm.deal(address(rail), sent);
        vm.prank(address(rail));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongNativeAmount.selector, sent, stated));
        vault.credit{value: sent}(NATIVE, stated);
    }

    function testFuzz_Credit_RefusesNativeCoinWithAToken(uint128 sent) external {
        vm.assume(sent != 0);
        dollar.mint(address(vault), 5);
        vm.deal(address(rail), sent);
        vm.prank(address(rail));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongNativeAmount.selector, sent, 0));
        vault.credit{value: sent}(address(dollar), 5);
    }

    function testFuzz_Credit_RefusesWhatDidNotArrive(uint64 arrived, uint64 stated) external {
        vm.assume(stated > arrived);
        dollar.mint(address(vault), arrived);
        vm.prank(address(rail));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotBacked.selector, address(dollar), arrived, stated));
        vault.credit(address(dollar), stated);
    }

    function testFuzz_Credit_NeverPassesOneHundredTwentyEightBits(uint256 amount) external {
        dollar.mint(address(vault), type(uint128).max);
        vm.startPrank(address(rail));
        vault.credit(address(dollar), type(uint128).max - 5);
        amount = bound(amount, 6, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.AmountTooLarge.selector, amount));
        vault.credit(address(dollar), amount);
        vault.credit(address(dollar), 5);
        assertEq(vault.credited(address(dollar)), type(uint128).max, "all of it");
    }

    function test_Rail_RefusesAnUnlistedTokenAndAnUnknownModel() external {
        DecimalsToken token = new DecimalsToken(6);
        token.mint(address(this), 5);
        token.approve(address(rail), 5);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.TokenNotListed.selector, address(token)));
        rail.pay(model, address(token), 5, "");
        vm.expectRevert(abi.encodeWithSelector(IInferencePayments.UnknownModel.selector, bytes32("nobody")));
        rail.pay("nobody", address(dollar), 5, "");
    }

    // Native coin that nobody announced

    function testFuzz_Receive_BouncesAPlainSend(address sender, uint96 amount) external {
        vm.assume(sender != address(vault) && sender != address(0));
        vm.deal(sender, amount);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnexpectedNative.selector, sender));
        vm.prank(sender);
        // The refusal is what is tested; the result belongs to it.
        (bool sent,) = address(vault).call{value: amount}("");
        sent;
    }

    function test_Receive_BouncesGuardianGovernorAndRail() external {
        address[3] memory senders = [guardian, governor, address(rail)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.deal(senders[i], 1);
            vm.prank(senders[i]);
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnexpectedNative.selector, senders[i]));
            (bool sent,) = address(vault).call{value: 1}("");
            sent;
        }
    }

    /// @dev Before a sweep, and again in the same transaction once it is over.
    function testFuzz_Receive_BouncesAPayAddressThatIsNotBeingSwept(bool swept) external {
        if (swept) {
            vm.deal(payAddress, 1);
            sweep(NATIVE, one(model));
        }
        vm.deal(payAddress, 1);
        vm.prank(payAddress);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnexpectedNative.selector, payAddress));
        (bool sent,) = address(vault).call{value: 1}("");
        sent;
    }

    /// @dev Coin that no contract can refuse (a block's reward, a contract's end) counts for nobody, whatever follows.
    function testFuzz_ForcedCoin_CountsForNobody(uint96 forced, uint96 amount, uint96 swept) external {
        vm.assume(amount != 0);
        vm.deal(address(vault), forced);
        payNative(model, amount);
        vm.deal(payAddress, swept);
        sweep(NATIVE, one(model));
        assertEq(vault.credited(NATIVE), uint256(amount) + swept, "credited");
        assertEq(vault.uncounted(NATIVE), forced, "uncounted");
        vm.prank(address(rail));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongNativeAmount.selector, 0, 1));
        vault.credit(NATIVE, 1);
    }

    function testFuzz_ForcedTokens_CountForNobody(uint96 forced, uint96 amount, uint96 swept) external {
        vm.assume(amount != 0);
        dollar.mint(address(vault), forced);
        payDollars(model, amount);
        dollar.mint(payAddress, swept);
        sweep(address(dollar), one(model));
        assertEq(vault.credited(address(dollar)), uint256(amount) + swept, "credited");
        assertEq(vault.uncounted(address(dollar)), forced, "uncounted");
    }

    // Native coin to a pay address

    function testFuzz_PayAddress_TakesAPlainSendOf2300Gas(uint96 amount) external {
        vm.assume(amount != 0);
        Sender2300 sender = new Sender2300();
        vm.deal(address(this), amount);
        vm.expectEmit(payAddress);
        emit IModelAccount.NativeReceived(address(sender), amount);
        sender.send{value: amount}(payable(payAddress));
        sweep(NATIVE, one(model));
        assertEq(vault.credited(NATIVE), amount, "credited");
    }

    // Sweep

    function testFuzz_Sweep_BringsTokensIn(uint128 amount, address sender) external {
        vm.assume(amount != 0);
        dollar.mint(payAddress, amount);
        SweepOrder[] memory orders = new SweepOrder[](1);
        orders[0] = SweepOrder({token: address(dollar), modelIds: one(model)});
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Swept(model, address(dollar), amount);
        vm.prank(sender);
        vault.sweep(orders);
        assertEq(vault.credited(address(dollar)), amount, "credited");
        assertEq(dollar.balanceOf(address(vault)), amount, "balance");
        assertEq(dollar.balanceOf(payAddress), 0, "left");
    }

    function testFuzz_Sweep_BringsNativeCoinIn(uint96 amount) external {
        vm.assume(amount != 0);
        vm.deal(payAddress, amount);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Swept(model, NATIVE, amount);
        sweep(NATIVE, one(model));
        assertEq(vault.credited(NATIVE), amount, "credited");
        assertEq(address(vault).balance, amount, "balance");
    }

    function testFuzz_Sweep_TakesManyTokensAndModelsAndPassesEmptyOnesOver(
        uint64[6] calldata natives,
        uint64[6] calldata dollars
    ) external {
        bytes32[] memory ids = new bytes32[](8);
        (uint256 nativeSum, uint256 dollarSum, uint256 filled) = (0, 0, 0);
        for (uint256 i = 0; i < 6; ++i) {
            address at;
            (ids[i], at) = registerModel(bytes32(i + 1));
            // Empty ones are common, and have to be among them.
            uint256 native = natives[i] % 3 == 0 ? 0 : natives[i];
            uint256 tokens = dollars[i] % 3 == 0 ? 0 : dollars[i];
            vm.deal(at, native);
            dollar.mint(at, tokens);
            (nativeSum, dollarSum) = (nativeSum + native, dollarSum + tokens);
            filled += (native == 0 ? 0 : 1) + (tokens == 0 ? 0 : 1);
        }
        // One that never held anything, and one twice.
        (ids[6], ids[7]) = (model, ids[0]);

        vm.recordLogs();
        vault.sweep(bothOf(ids));
        assertEq(sweptLogs(), filled, "one log for each that held something");
        assertEq(vault.credited(NATIVE), nativeSum, "native");
        assertEq(vault.credited(address(dollar)), dollarSum, "dollars");
        vm.recordLogs();
        vault.sweep(bothOf(ids));
        assertEq(vm.getRecordedLogs().length, 0, "nothing is left");
    }

    function test_Sweep_OfNothingChangesNothing() external {
        vm.recordLogs();
        vault.sweep(new SweepOrder[](0));
        vault.sweep(bothOf(new bytes32[](0)));
        vault.sweep(bothOf(one(model)));
        assertEq(vm.getRecordedLogs().length, 0, "no log");
    }

    function testFuzz_Sweep_FindsMoneySentBeforeTheRegistration(uint64 amount) external {
        vm.assume(amount != 0);
        bytes32 later = registry.modelIdOf(creator, "later");
        dollar.mint(registry.payAddressOf(later), amount);
        vm.deal(registry.payAddressOf(later), amount);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnknownModel.selector, later));
        vault.sweep(bothOf(one(later)));
        registerModel("later");
        vault.sweep(bothOf(one(later)));
        assertEq(vault.credited(address(dollar)), amount, "dollars");
        assertEq(vault.credited(NATIVE), amount, "native");
    }

    function testFuzz_Sweep_RefusesAnUnknownModelAmongKnownOnes(bytes32 unknown, uint8 at, bool native) external {
        // The fuzzer draws from storage too, and so finds the model that there is.
        vm.assume(registry.numberOf(unknown) == 0);
        dollar.mint(payAddress, 5);
        bytes32[] memory ids = new bytes32[](3);
        (ids[0], ids[1], ids[2]) = (model, model, model);
        ids[at % 3] = unknown;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnknownModel.selector, unknown));
        sweep(native ? NATIVE : address(dollar), ids);
        assertEq(dollar.balanceOf(payAddress), 5, "nothing moved");
    }

    /// @dev The address of a model that only another registry knows holds code, and is no pay address here.
    function test_Sweep_RefusesAModelOfAnotherRegistry() external {
        ModelRegistry elsewhere = new ModelRegistry(address(vault));
        vm.prank(creator);
        (bytes32 foreign, address at) = elsewhere.register(registration("elsewhere"));
        assertTrue(at.code.length != 0, "there is such an address");
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.UnknownModel.selector, foreign));
        sweep(address(dollar), one(foreign));
    }

    function testFuzz_Sweep_RefusesATokenThatIsNotListed(address token, bool empty) external {
        vm.assume(token != address(dollar) && token != NATIVE);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TokenNotListed.selector, token));
        sweep(token, empty ? new bytes32[](0) : one(model));
    }

    /// @dev It waits at the pay address, which gives it to nobody else, and settles in full.
    function testFuzz_UnlistedToken_WaitsUntilItIsListed(uint128 amount) external {
        vm.assume(amount != 0);
        DecimalsToken token = new DecimalsToken(18);
        token.mint(payAddress, amount);
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(IModelAccount.OnlyVault.selector, creator));
        IModelAccount(payAddress).release(address(token));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.TokenNotListed.selector, address(token)));
        sweep(address(token), one(model));

        ListedToken[] memory listed = new ListedToken[](1);
        listed[0] = ListedToken({token: address(token), smallestLeaf: 1});
        govern(ChangeKind.Tokens, abi.encode(listed));
        sweep(address(token), one(model));
        assertEq(vault.credited(address(token)), amount, "credited");
        settleOne(alice, address(token), amount);
        vault.claim(amount, alice, address(token), noProof());
        assertEq(token.balanceOf(alice), amount, "settled in full");
    }

    function testFuzz_Sweep_NeverPassesOneHundredTwentyEightBits(uint256 amount, bool first) external {
        if (!first) payDollars(model, 7);
        amount = bound(amount, uint256(type(uint128).max) + 1, type(uint256).max - 7);
        dollar.mint(payAddress, amount);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.AmountTooLarge.selector, amount));
        sweep(address(dollar), one(model));
    }
}
