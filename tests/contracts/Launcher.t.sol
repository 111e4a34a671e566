// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ILauncher} from "../../contracts/interfaces/ILauncher.sol";
import {Launcher} from "../../contracts/Launcher.sol";
import {Test} from "./support/Test.sol";

/// @dev What the tests launch.
contract Noted {
    address public immutable creator;
    bytes32 public immutable note;

    constructor(bytes32 note_) {
        creator = msg.sender;
        note = note_;
    }
}

/// @dev Refuses to be created, with a reason.
contract Unwilling {
    error Because(uint256 number, string reason);

    constructor(uint256 number, string memory reason) {
        revert Because(number, reason);
    }
}

/// @dev Its constructor tries to launch another one.
contract Greedy {
    constructor(Launcher launcher, uint256 number) {
        launcher.launch(number, type(Noted).creationCode);
    }
}

contract LauncherTest is Test {
    Launcher private launcher = new Launcher(address(this));

    function test_TheFirstContractsAreWhereTheyWereForetold() external {
        for (uint256 number = 1; number <= 4; ++number) {
            bytes memory code = _noted(bytes32(number));
            address foretold = vm.computeCreateAddress(address(launcher), number);
            vm.expectEmit(address(launcher));
            emit ILauncher.Launched(number, foretold);
            address created = launcher.launch(number, code);
            assertEq(created, foretold, "address");
            assertEq(Noted(created).creator(), address(launcher), "creator");
            assertEq(Noted(created).note(), bytes32(number), "argument");
            assertEq(launcher.launched(), number, "launched");
            assertEq(launcher.initCodeHash(number), keccak256(code), "hash of the creation");
        }
    }

    function testFuzz_TheAddressDependsOnTheNumberAlone(bytes32 note, bool small) external {
        // PUSH1 1, PUSH0, RETURN: a contract of one zero byte.
        address created = launcher.launch(1, small ? bytes(hex"60015ff3") : _noted(note));
        assertEq(created, vm.computeCreateAddress(address(launcher), 1), "address");
    }

    function testFuzz_TheLauncherDependsOnDeployerAndSaltAlone(address deployer, bytes32 salt) external {
        bytes32 initCodeHash = keccak256(abi.encodePacked(type(Launcher).creationCode, abi.encode(deployer)));
        address foretold =
            address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, initCodeHash)))));
        Launcher made = new Launcher{salt: salt}(deployer);
        assertEq(address(made), foretold, "address");
        assertEq(made.deployer(), deployer, "deployer");
        assertEq(made.launched(), 0, "launched");
        assertEq(made.initCodeHash(1), bytes32(0), "hash");
    }

    function testFuzz_AStrangerCannotLaunch(address caller) external {
        vm.assume(caller != address(this));
        bytes memory code = _noted("x");
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(ILauncher.OnlyDeployer.selector, caller));
        launcher.launch(1, code);
    }

    function testFuzz_OnlyTheNextNumberIsTaken(uint256 number) external {
        launcher.launch(1, _noted("first"));
        vm.assume(number != 2);
        bytes memory code = _noted("other");
        vm.expectRevert(abi.encodeWithSelector(ILauncher.WrongNumber.selector, number, 2));
        launcher.launch(number, code);
    }

    function test_TheSameCallTwiceCreatesOnce() external {
        bytes memory code = _noted("once");
        launcher.launch(1, code);
        vm.expectRevert(abi.encodeWithSelector(ILauncher.WrongNumber.selector, 1, 2));
        launcher.launch(1, code);
        assertEq(vm.getNonce(address(launcher)), 2, "contracts created");
    }

    function testFuzz_TheConstructorsReasonIsPassedOn(uint256 number, string calldata reason) external {
        bytes memory code = abi.encodePacked(type(Unwilling).creationCode, abi.encode(number, reason));
        vm.expectRevert(abi.encodeWithSelector(Unwilling.Because.selector, number, reason));
        launcher.launch(1, code);
    }

    function test_AFailedCreationUsesNoNumber() external {
        bytes memory unwilling = abi.encodePacked(type(Unwilling).creationCode, abi.encode(7, "no"));
        vm.expectRevert(abi.encodeWithSelector(Unwilling.Because.selector, 7, "no"));
        launcher.launch(1, unwilling);
        assertEq(launcher.launched(), 0, "launched");
        assertEq(launcher.initCodeHash(1), bytes32(0), "hash");
        assertEq(launcher.launch(1, _noted("later")), vm.computeCreateAddress(address(launcher), 1), "address");
    }

    function test_ACreationThatFailsWithoutReasonIsRefused() external {
        // INVALID, and REVERT without data.
        vm.expectRevert(abi.encodeWithSelector(ILauncher.NothingCreated.selector, 1));
        launcher.launch(1, hex"fe");
        vm.expectRevert(abi.encodeWithSelector(ILauncher.NothingCreated.selector, 1));
        launcher.launch(1, hex"5f5ffd");
    }

    function test_AContractWithoutCodeIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(ILauncher.NothingCreated.selector, 1));
        launcher.launch(1, "");
        // A constructor that ends without returning code.
        vm.expectRevert(abi.encodeWithSelector(ILauncher.NothingCreated.selector, 1));
        launcher.launch(1, hex"00");
        assertEq(vm.getNonce(address(launcher)), 1, "contracts created");
    }

    function testFuzz_WhatIsCreatedCannotLaunch(uint256 number) external {
        bytes memory code = abi.encodePacked(type(Greedy).creationCode, abi.encode(launcher, number));
        address created = vm.computeCreateAddress(address(launcher), 1);
        vm.expectRevert(abi.encodeWithSelector(ILauncher.OnlyDeployer.selector, created));
        launcher.launch(1, code);
    }

    function test_NativeCoinIsRefused() external {
        vm.deal(address(this), 2);
        (bool taken,) = address(launcher).call{value: 1}("");
        assertTrue(!taken, "plain native coin");
        bytes memory call = abi.encodeCall(ILauncher.launch, (1, _noted("x")));
        (taken,) = address(launcher).call{value: 1}(call);
        assertTrue(!taken, "native coin with a launch");
        (taken,) = address(launcher).call(call);
        assertTrue(taken, "the launch without it");
    }

    function _noted(bytes32 note) private pure returns (bytes memory) {
        return abi.encodePacked(type(Noted).creationCode, abi.encode(note));
    }
}
