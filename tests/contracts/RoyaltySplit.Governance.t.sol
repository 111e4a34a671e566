// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    ChangeKind,
    IRoyaltySplit,
    ListedToken,
    Proposal,
    Signature
} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";

/// @title What the governor schedules, who takes it back, and who carries it out
contract RoyaltySplitGovernanceTest is Deployed {
    bytes32 private constant ROOT = keccak256("root");
    address private constant other = address(0x0DD);

    function listed(address token) private pure returns (ListedToken[] memory tokens) {
        tokens = new ListedToken[](1);
        tokens[0] = ListedToken({token: token, smallestLeaf: 7});
    }

    function pair(address a, address b) private pure returns (address[] memory members) {
        members = new address[](2);
        (members[0], members[1]) = (a, b);
    }

    /// @dev A good change of each kind.
    function dataOf(ChangeKind kind) private pure returns (bytes memory) {
        if (kind == ChangeKind.Attestors) return abi.encode(pair(alice, bob), uint32(1));
        if (kind == ChangeKind.Window) return abi.encode(uint32(2 days));
        if (kind == ChangeKind.Tokens) return abi.encode(listed(other));
        return abi.encode(other);
    }

    function schedule(ChangeKind kind, bytes memory data) private {
        if (kind == ChangeKind.Guardian) return scheduleGuardian(abi.decode(data, (address)));
        vm.prank(governor);
        vault.schedule(kind, data);
    }

    function refuseSchedule(ChangeKind kind, bytes memory data, bytes memory reason) private {
        vm.prank(governor);
        vm.expectRevert(reason);
        vault.schedule(kind, data);
    }

    function checkScheduled(ChangeKind kind, bytes32 hash, uint256 at, string memory what) private view {
        (bytes32 dataHash, uint64 readyAt) = vault.scheduled(kind);
        assertEq(dataHash, hash, what);
        assertEq(readyAt, at, what);
    }

    // Schedule and execute

    function testFuzz_Change_WaitsTwoWindowsAndIsCarriedOutByAnyone(uint8 which, uint32 early, uint32 late, address who)
        external
    {
        ChangeKind kind = ChangeKind(which % 5);
        bytes memory data = dataOf(kind);
        uint64 readyAt = time() + 2 * WINDOW;
        if (kind == ChangeKind.Guardian) {
            Signature[] memory signed = signaturesOf(guardianDigest(other), 2);
            vm.expectEmit(address(vault));
            emit IRoyaltySplit.ChangeScheduled(kind, data, readyAt);
            vm.prank(governor);
            vault.scheduleGuardian(other, signed);
        } else {
            vm.expectEmit(address(vault));
            emit IRoyaltySplit.ChangeScheduled(kind, data, readyAt);
            vm.prank(governor);
            vault.schedule(kind, data);
        }
        checkScheduled(kind, keccak256(data), readyAt, "scheduled");

        vm.warp(bound(early, readyAt - 2 * WINDOW, readyAt - 1));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.ChangeNotReady.selector, kind, readyAt));
        vault.execute(kind, data);

        vm.warp(uint256(readyAt) + late);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.ChangeExecuted(kind, data);
        vm.prank(who);
        vault.execute(kind, data);
        checkScheduled(kind, 0, 0, "nothing left");
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoChange.selector, kind));
        vault.execute(kind, data);

        assertEq(vault.attestorSet(), kind == ChangeKind.Attestors ? 2 : 1, "set of attestors");
        assertEq(vault.threshold(), kind == ChangeKind.Attestors ? 1 : 2, "threshold");
        assertEq(vault.window(), kind == ChangeKind.Window ? 2 days : WINDOW, "window");
        assertEq(vault.isListed(other), kind == ChangeKind.Tokens, "token");
        assertEq(vault.guardian(), kind == ChangeKind.Guardian ? other : guardian, "guardian");
        assertEq(vault.governor(), kind == ChangeKind.Governor ? other : governor, "governor");
    }

    function testFuzz_Change_IsCarriedOutWithItsExactDataOnly(uint8 which, bytes calldata given) external {
        ChangeKind kind = ChangeKind(which % 5);
        bytes memory data = dataOf(kind);
        vm.assume(keccak256(given) != keccak256(data));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoChange.selector, kind));
        vault.execute(kind, data);
        schedule(kind, data);
        wait(2 * WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplit.NotTheChange.selector, kind, keccak256(given), keccak256(data)
            )
        );
        vault.execute(kind, given);
        vault.execute(kind, data);
    }

    function test_Change_OfOneKindIsNotCarriedOutAsAnother() external {
        bytes memory data = abi.encode(other);
        schedule(ChangeKind.Governor, data);
        wait(2 * WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoChange.selector, ChangeKind.Guardian));
        vault.execute(ChangeKind.Guardian, data);
    }

    /// @dev The wait does not move with the window, neither way.
    function test_Change_WaitsByTheWindowAtItsScheduling() external {
        bytes memory data = dataOf(ChangeKind.Governor);
        uint256 now_ = time();
        schedule(ChangeKind.Window, abi.encode(uint32(10 days)));
        vm.warp(now_ + 1 days);
        schedule(ChangeKind.Governor, data);
        checkScheduled(ChangeKind.Governor, keccak256(data), now_ + 3 days, "by the old window");
        vm.warp(now_ + 2 days);
        vault.execute(ChangeKind.Window, abi.encode(uint32(10 days)));
        checkScheduled(ChangeKind.Governor, keccak256(data), now_ + 3 days, "as before");
        schedule(ChangeKind.Tokens, dataOf(ChangeKind.Tokens));
        checkScheduled(
            ChangeKind.Tokens, keccak256(dataOf(ChangeKind.Tokens)), now_ + 22 days, "by the new window"
        );
        vm.warp(now_ + 3 days);
        vault.execute(ChangeKind.Governor, data);
    }

    function test_Change_ReplacesTheOneOfItsKindAndNoOther() external {
        uint256 now_ = time();
        for (uint8 i = 0; i < 5; ++i) schedule(ChangeKind(i), dataOf(ChangeKind(i)));
        vm.warp(now_ + 1 days);
        bytes memory next = abi.encode(uint32(3 days));
        schedule(ChangeKind.Window, next);
        checkScheduled(ChangeKind.Window, keccak256(next), now_ + 3 days, "the new one, from the beginning");
        vm.warp(now_ + 2 days);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplit.NotTheChange.selector,
                ChangeKind.Window,
                keccak256(dataOf(ChangeKind.Window)),
                keccak256(next)
            )
        );
        vault.execute(ChangeKind.Window, dataOf(ChangeKind.Window));
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltySplit.ChangeNotReady.selector, ChangeKind.Window, now_ + 3 days)
        );
        vault.execute(ChangeKind.Window, next);
        for (uint8 i = 0; i < 5; ++i) {
            if (ChangeKind(i) != ChangeKind.Window) vault.execute(ChangeKind(i), dataOf(ChangeKind(i)));
        }
        vm.warp(now_ + 3 days);
        vault.execute(ChangeKind.Window, next);
        assertEq(vault.window(), 3 days, "window");
    }

    // What cannot be scheduled

    function test_Attestors_AreCheckedWhenTheyAreScheduled() external {
        ChangeKind kind = ChangeKind.Attestors;
        (bytes4 threshold, bytes4 attestor) =
            (IRoyaltySplit.BadThreshold.selector, IRoyaltySplit.BadAttestor.selector);
        address[] memory none = new address[](0);
        refuseSchedule(kind, abi.encode(none, uint32(0)), abi.encodeWithSelector(threshold, 0, 0));
        address[] memory members = pair(alice, bob);
        refuseSchedule(kind, abi.encode(members, uint32(0)), abi.encodeWithSelector(threshold, 0, 2));
        refuseSchedule(kind, abi.encode(members, uint32(3)), abi.encodeWithSelector(threshold, 3, 2));
        members = pair(alice, address(0));
        refuseSchedule(kind, abi.encode(members, uint32(1)), abi.encodeWithSelector(attestor, address(0)));
        members = pair(bob, bob);
        refuseSchedule(kind, abi.encode(members, uint32(1)), abi.encodeWithSelector(attestor, bob));
        checkScheduled(kind, 0, 0, "nothing");
    }

    function testFuzz_Window_IsNeverShorterThanAtFirstNorLongerThanThirtyDays(uint32 window) external {
        govern(ChangeKind.Window, abi.encode(uint32(20 days)));
        if (window < WINDOW || window > 30 days) {
            refuseSchedule(
                ChangeKind.Window,
                abi.encode(window),
                abi.encodeWithSelector(IRoyaltySplit.BadWindow.selector, window, WINDOW, 30 days)
            );
        }
        window = uint32(bound(window, WINDOW, 30 days));
        govern(ChangeKind.Window, abi.encode(window));
        assertEq(vault.window(), window, "window");
    }

    function test_Window_BoundsAreThemselvesGood() external {
        govern(ChangeKind.Window, abi.encode(uint32(30 days)));
        assertEq(vault.window(), 30 days, "longest");
        govern(ChangeKind.Window, abi.encode(WINDOW));
        assertEq(vault.window(), WINDOW, "shortest");
    }

    function test_Tokens_AreAddedAndNeverTwice() external {
        ListedToken[] memory tokens = new ListedToken[](2);
        tokens[0] = ListedToken({token: other, smallestLeaf: 7});
        tokens[1] = ListedToken({token: other, smallestLeaf: 8});
        refuseSchedule(
            ChangeKind.Tokens,
            abi.encode(tokens),
            abi.encodeWithSelector(IRoyaltySplit.DuplicateToken.selector, other)
        );
        tokens[1].token = NATIVE;
        refuseSchedule(
            ChangeKind.Tokens,
            abi.encode(tokens),
            abi.encodeWithSelector(IRoyaltySplit.DuplicateToken.selector, NATIVE)
        );
        tokens[1].token = bob;
        bytes memory data = abi.encode(tokens);
        schedule(ChangeKind.Tokens, data);
        wait(2 * WINDOW);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.TokenListed(other, 7);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.TokenListed(bob, 8);
        vault.execute(ChangeKind.Tokens, data);

        ListedToken[] memory all = vault.listedTokens();
        assertEq(all.length, 4, "those before too");
        assertTrue(all[0].token == NATIVE && all[1].token == address(dollar), "in their places");
        assertTrue(all[2].token == other && all[2].smallestLeaf == 7, "the first new one");
        assertTrue(all[3].token == bob && all[3].smallestLeaf == 8, "the second new one");
        refuseSchedule(
            ChangeKind.Tokens, data, abi.encodeWithSelector(IRoyaltySplit.DuplicateToken.selector, other)
        );
    }

    function test_Tokens_AreNeverRemovedWhateverIsCarriedOut() external {
        for (uint8 i = 0; i < 5; ++i) {
            schedule(ChangeKind(i), dataOf(ChangeKind(i)));
        }
        wait(2 * WINDOW);
        for (uint8 i = 0; i < 5; ++i) vault.execute(ChangeKind(i), dataOf(ChangeKind(i)));
        assertTrue(vault.isListed(NATIVE) && vault.isListed(address(dollar)), "listed");
    }

    function test_Governor_IsNotNobody() external {
        refuseSchedule(
            ChangeKind.Governor, abi.encode(address(0)), abi.encodeWithSelector(IRoyaltySplit.NoGovernor.selector)
        );
    }

    function testFuzz_Guardian_IsNotScheduledByTheGovernorAlone(bytes calldata data) external {
        refuseSchedule(ChangeKind.Guardian, data, abi.encodeWithSelector(IRoyaltySplit.QuorumNeeded.selector));
    }

    function refuseData(ChangeKind kind, bytes memory data) private {
        vm.prank(governor);
        (bool done, bytes memory answer) = address(vault).call(abi.encodeCall(vault.schedule, (kind, data)));
        // By the decoder, which gives no reason, or says that memory does not reach so far.
        bytes memory panic = abi.encodeWithSignature("Panic(uint256)", 0x41);
        assertTrue(!done && (answer.length == 0 || keccak256(answer) == keccak256(panic)), "refused");
        checkScheduled(kind, 0, 0, "nothing");
    }

    /// @dev While somebody is there to mend it: what cannot be read would be refused two windows later.
    function test_Data_ThatCannotBeReadIsRefusedAtOnce() external {
        ChangeKind[4] memory kinds =
            [ChangeKind.Attestors, ChangeKind.Window, ChangeKind.Tokens, ChangeKind.Governor];
        for (uint256 i = 0; i < 4; ++i) {
            refuseData(kinds[i], "");
            refuseData(kinds[i], new bytes(31));
            // More bits than an offset, a number of seconds, or an address has.
            refuseData(kinds[i], abi.encode(type(uint256).max, uint256(1)));
        }
        refuseData(ChangeKind.Window, abi.encode(uint256(1) << 32));
        refuseData(ChangeKind.Governor, abi.encode(uint256(1) << 160));
        // Lists that begin or end beyond the data, or whose members have too many bits.
        refuseData(ChangeKind.Attestors, abi.encode(uint256(0x60), uint256(1), uint256(0)));
        refuseData(ChangeKind.Attestors, abi.encode(uint256(0x40), uint256(1), type(uint256).max));
        refuseData(ChangeKind.Attestors, abi.encode(uint256(0x40), uint256(1), uint256(2), alice));
        refuseData(ChangeKind.Attestors, abi.encode(uint256(0x40), uint256(1), uint256(1), uint256(1) << 160));
        refuseData(ChangeKind.Attestors, abi.encode(uint256(0x40), uint256(1) << 32, uint256(1), alice));
        refuseData(ChangeKind.Tokens, abi.encode(uint256(0x20)));
        refuseData(ChangeKind.Tokens, abi.encode(uint256(0x20), type(uint256).max));
        refuseData(ChangeKind.Tokens, abi.encode(uint256(0x20), uint256(1), other));
        refuseData(ChangeKind.Tokens, abi.encode(uint256(0x20), uint256(1), uint256(1) << 160, uint256(1)));
        refuseData(ChangeKind.Tokens, abi.encode(uint256(0x20), uint256(1), other, uint256(1) << 128));
    }

    function test_Data_OfASixthKindIsRefused() external {
        bytes memory call = abi.encodeCall(vault.schedule, (ChangeKind.Governor, abi.encode(other)));
        for (uint8 kind = 4; kind < 6; ++kind) {
            call[35] = bytes1(kind);
            vm.prank(governor);
            (bool done,) = address(vault).call(call);
            assertEq(done, kind == 4, "the last kind is taken, and no more");
        }
    }

    /// @dev What stands behind the data is nobody's business, but it has to be brought again.
    function test_Data_WithSomethingBehindItIsCarriedOutAsItWasScheduled() external {
        bytes memory data = bytes.concat(abi.encode(other), "and more");
        schedule(ChangeKind.Governor, data);
        wait(2 * WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRoyaltySplit.NotTheChange.selector,
                ChangeKind.Governor,
                keccak256(abi.encode(other)),
                keccak256(data)
            )
        );
        vault.execute(ChangeKind.Governor, abi.encode(other));
        vault.execute(ChangeKind.Governor, data);
        assertEq(vault.governor(), other, "governor");
    }

    // Attestors and epochs

    function test_Attestors_ThatWereReplacedSignNothingAnyMore() external {
        (bytes32 model,) = registerModel("model");
        payDollars(model, 1_000);
        Proposal memory proposal = proposalOf(ROOT, oneTotal(address(dollar), 10));
        Signature[] memory signed = signatures(proposal, 2);
        govern(ChangeKind.Attestors, abi.encode(pair(alice, bob), uint32(2)));
        for (uint256 i = 0; i < keys.length; ++i) assertTrue(!vault.isAttestor(vm.addr(keys[i])), "no more");
        assertTrue(vault.isAttestor(alice) && vault.isAttestor(bob), "attestors");
        assertEq(keccak256(abi.encode(vault.attestors())), keccak256(abi.encode(pair(alice, bob))), "list");

        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongAttestorSet.selector, 1, 2));
        vault.propose(proposal, signed);
        proposal.attestorSet = 2;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, vm.addr(keys[0])));
    }

    /// @dev Even where a member stays, or comes back: a signature names the set that it belongs to.
    function test_Attestors_WhoStaySignAnew() external {
        (bytes32 model,) = registerModel("model");
        payDollars(model, 1_000);
        Proposal memory proposal = proposalOf(ROOT, oneTotal(address(dollar), 10));
        Signature[] memory signed = signatures(proposal, 2);
        govern(ChangeKind.Attestors, abi.encode(pair(alice, bob), uint32(2)));
        govern(ChangeKind.Attestors, abi.encode(attestors(), uint32(2)));
        proposal.attestorSet = 3;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, vm.addr(keys[0])));
        vault.propose(proposal, signed);
        vault.propose(proposal, signatures(proposal, 2));
    }

    /// @dev A proposal that is open when the attestors change goes on: its window runs, and the guardian can veto it.
    function testFuzz_Attestors_WhoseProposalIsOpenHaveSaidTheirWord(bool vetoed) external {
        (bytes32 model,) = registerModel("model");
        payDollars(model, 1_000);
        bytes memory data = abi.encode(pair(alice, bob), uint32(2));
        schedule(ChangeKind.Attestors, data);
        wait(2 * WINDOW - 1);
        Proposal memory proposal = propose(ROOT, oneTotal(address(dollar), 10));
        wait(1);
        vault.execute(ChangeKind.Attestors, data);
        if (vetoed) {
            veto(proposal);
            assertEq(vault.attempt(), 1, "attempt");
        } else {
            wait(WINDOW - 1);
            vault.activate(proposal);
            assertEq(vault.root(), ROOT, "root");
        }
        assertEq(vault.attestorSet(), 2, "the new set");
    }

    function test_Window_OfAnOpenProposalDoesNotChange() external {
        (bytes32 model,) = registerModel("model");
        payDollars(model, 1_000);
        schedule(ChangeKind.Window, abi.encode(uint32(30 days)));
        wait(2 * WINDOW - 1);
        Proposal memory proposal = propose(ROOT, oneTotal(address(dollar), 10));
        wait(1);
        vault.execute(ChangeKind.Window, abi.encode(uint32(30 days)));
        wait(WINDOW - 1);
        vault.activate(proposal);
    }
}
