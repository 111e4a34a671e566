// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Registration, Term} from "../../contracts/interfaces/IModelRegistry.sol";
import {RegistryTest} from "./support/Registrations.sol";
import {RegistryHandler} from "./support/RegistryHandler.sol";
import {FuzzSelector} from "./support/Vm.sol";

/// @title What holds of every model, whatever is done to it
/// @dev The runner tells the handler by its compiled artifact, so after a change of the handler run all tests, or
/// `hardhat build`, before this file alone.
contract ModelRegistryInvariantsTest is RegistryTest {
    uint256 private constant MODELS = 3;

    RegistryHandler private handler;

    function setUp() public override {
        super.setUp();
        uint32[3] memory notices = [0, uint32(100), 3_000];
        bytes32[] memory models = new bytes32[](MODELS);
        for (uint256 i = 0; i < MODELS; ++i) {
            Registration memory all = registration(bytes32(i));
            all.noticePeriod = notices[i];
            (models[i],) = register(all);
        }
        address[] memory people = new address[](3);
        (people[0], people[1], people[2]) = (creator, alice, bob);
        handler = new RegistryHandler(registry, parent, models, people);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(handler);
        targets[0].selectors = new bytes4[](8);
        bytes4[8] memory all = [
            handler.set.selector,
            handler.confirm.selector,
            handler.transfer.selector,
            handler.freeze.selector,
            handler.raiseNotice.selector,
            handler.say.selector,
            handler.trespass.selector,
            handler.wait.selector
        ];
        for (uint256 i = 0; i < all.length; ++i) targets[0].selectors[i] = all[i];
    }

    function invariant_AtMostOneVersionOfAKindIsPending() external view {
        for (uint256 i = 0; i < MODELS; ++i) {
            for (uint8 term = 0; term < 3; ++term) {
                (uint256 count,) = handler.pendingUntil(handler.modelAt(i), Term(term));
                assertTrue(count <= 1, "pending");
            }
        }
    }

    function invariant_TheRegistryNamesTheVersionThatItsLogsName() external view {
        for (uint256 i = 0; i < MODELS; ++i) {
            bytes32 modelId = handler.modelAt(i);
            for (uint8 term = 0; term < 3; ++term) {
                (, uint64 time) = handler.pendingUntil(modelId, Term(term));
                assertVersion(modelId, Term(term), handler.countOf(modelId, Term(term)), time);
            }
        }
    }

    function invariant_TheRoyaltyIsTheOneInForceByTheLogs() external view {
        for (uint256 i = 0; i < MODELS; ++i) {
            bytes32 modelId = handler.modelAt(i);
            assertEq(royaltyOf(modelId), handler.contentInForce(modelId, Term.Royalty), "royalty");
        }
    }

    function invariant_AFrozenModelHasNothingPending() external view {
        for (uint256 i = 0; i < MODELS; ++i) {
            bytes32 modelId = handler.modelAt(i);
            assertEq(registry.isFrozen(modelId), handler.isFrozen(modelId), "frozen");
            for (uint8 term = 0; term < 3; ++term) {
                (uint256 count,) = handler.pendingUntil(modelId, Term(term));
                assertTrue(count == 0 || !handler.isFrozen(modelId), "pending");
            }
        }
    }
}
