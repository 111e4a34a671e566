// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IModelRegistry, Parent, Registration} from "../../contracts/interfaces/IModelRegistry.sol";
import {RegistryTest} from "./support/Registrations.sol";

/// @dev What is refused is refused at registration and as a later version, for the same reason.
contract ModelRegistryLineageTest is RegistryTest {
    bytes32 private first;
    bytes32 private second;
    /// @dev Registered after the two, and before the one that is younger.
    bytes32 private child;
    bytes32 private younger;

    function setUp() public override {
        super.setUp();
        (first,) = registerModel("first");
        (second,) = registerModel("second");
        (child,) = registerModel("child");
        (younger,) = registerModel("younger");
    }

    function refuse(Parent[] memory parents, bytes memory reason) private {
        Registration memory all = registration("another");
        all.parents = parents;
        refuseRegistration(all, reason);
        refuseVersion(parents, reason);
    }

    function refuseVersion(Parent[] memory parents, bytes memory reason) private {
        mustRefuse(creator, abi.encodeCall(IModelRegistry.setLineage, (child, parents)), reason);
    }

    function take(Parent[] memory parents) private {
        Registration memory all = registration("another");
        all.parents = parents;
        bytes32 modelId = registry.modelIdOf(creator, "another");
        vm.expectEmit(address(registry));
        emit IModelRegistry.LineageSet(modelId, 1, timeNow(), parents);
        register(all);

        vm.expectEmit(address(registry));
        emit IModelRegistry.LineageSet(child, 2, timeNow() + NOTICE, parents);
        vm.prank(creator);
        assertEq(registry.setLineage(child, parents), 2, "version");
    }

    function two(uint32 share, uint32 other) private view returns (Parent[] memory parents) {
        parents = new Parent[](2);
        parents[0] = Parent({modelId: first, share: share});
        parents[1] = Parent({modelId: second, share: other});
    }

    function test_Lineage_CanBeEmptied() external {
        take(new Parent[](0));
    }

    function testFuzz_Lineage_TakesAWholeOfSharesAndNoMore(uint32 share, uint32 other) external {
        Parent[] memory parents =
            two(uint32(bound(share, 1, 1_000_000)), uint32(bound(other, 1, type(uint32).max)));
        uint256 sum = uint256(parents[0].share) + parents[1].share;
        if (sum > 1_000_000) {
            refuse(parents, abi.encodeWithSelector(IModelRegistry.SharesExceedWhole.selector, sum));
        } else {
            take(parents);
        }
    }

    function testFuzz_Lineage_TakesExactlyTheWhole(uint32 share) external {
        uint32 part = uint32(bound(share, 1, 999_999));
        take(two(part, 1_000_000 - part));
    }

    function test_Lineage_RefusesOneMillionthTooMuch() external {
        refuse(two(1_000_000, 1), abi.encodeWithSelector(IModelRegistry.SharesExceedWhole.selector, 1_000_001));
    }

    function test_Lineage_CannotWrapItsSumAround() external {
        uint256 sum = 2 * uint256(type(uint32).max);
        refuse(
            two(type(uint32).max, type(uint32).max),
            abi.encodeWithSelector(IModelRegistry.SharesExceedWhole.selector, sum)
        );
    }

    function test_Lineage_TakesSixteenParentsAndNoMore() external {
        Parent[] memory parents = new Parent[](17);
        vm.startPrank(alice);
        for (uint256 i = 0; i < 17; ++i) {
            (bytes32 parentId,) = registry.register(registration(bytes32(i)));
            parents[i] = Parent({modelId: parentId, share: 1});
        }
        (bytes32 late,) = registry.register(registration("late"));
        vm.stopPrank();

        Registration memory all = registration("another");
        all.parents = parents;
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.TooManyParents.selector, 17, 16);
        refuseRegistration(all, reason);
        mustRefuse(alice, abi.encodeCall(IModelRegistry.setLineage, (late, parents)), reason);

        Parent[] memory most = new Parent[](16);
        for (uint256 i = 0; i < 16; ++i) most[i] = parents[i];
        all.parents = most;
        register(all);
        mustCall(alice, abi.encodeCall(IModelRegistry.setLineage, (late, most)));
    }

    function testFuzz_Lineage_RefusesAnUnknownParent(bytes32 parentId) external {
        vm.assume(registry.numberOf(parentId) == 0);
        refuse(parentsOf(parentId, 1), abi.encodeWithSelector(IModelRegistry.BadParent.selector, parentId));
    }

    function test_Register_RefusesAModelAsItsOwnParent() external {
        bytes32 modelId = registry.modelIdOf(creator, "self");
        Registration memory all = registration("self");
        all.parents = parentsOf(modelId, 1);
        refuseRegistration(all, abi.encodeWithSelector(IModelRegistry.BadParent.selector, modelId));
    }

    function test_SetLineage_RefusesTheModelItself() external {
        refuseVersion(parentsOf(child, 1), abi.encodeWithSelector(IModelRegistry.BadParent.selector, child));
    }

    function test_SetLineage_RefusesAYoungerModel() external {
        refuseVersion(parentsOf(younger, 1), abi.encodeWithSelector(IModelRegistry.BadParent.selector, younger));
    }

    /// @dev No model reaches itself, since every step upwards leads to a lower number.
    function testFuzz_SetLineage_NeverMakesACycle(uint8 from, uint8 to) external {
        bytes32[5] memory models = [parent, first, second, child, younger];
        bytes32 modelId = models[from % 5];
        bytes32 parentId = models[to % 5];
        bytes memory data = abi.encodeCall(IModelRegistry.setLineage, (modelId, parentsOf(parentId, 1)));
        if (registry.numberOf(parentId) < registry.numberOf(modelId)) mustCall(creator, data);
        else mustRefuse(creator, data, abi.encodeWithSelector(IModelRegistry.BadParent.selector, parentId));
    }

    function test_Lineage_RefusesAParentTwice() external {
        Parent[] memory parents = new Parent[](3);
        parents[0] = Parent({modelId: first, share: 1});
        parents[1] = Parent({modelId: second, share: 2});
        parents[2] = Parent({modelId: first, share: 3});
        refuse(parents, abi.encodeWithSelector(IModelRegistry.DuplicateParent.selector, first));
    }

    function test_Lineage_RefusesAParentWithoutShare() external {
        refuse(two(1, 0), abi.encodeWithSelector(IModelRegistry.ZeroShare.selector, second));
    }

    function test_Lineage_TakesAParentThatIsOwnedBySomebodyElse() external {
        sell(first, creator, bob);
        take(parentsOf(first, 500_000));
    }
}
