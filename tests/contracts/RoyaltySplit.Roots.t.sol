// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRoyaltySplit, Proposal, PushEntry, Signature, TokenTotal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";

/// @title Which roots and totals a proposal may carry, and what it may revoke
contract RoyaltySplitRootsTest is Deployed {
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant NEXT_ROOT = keccak256("next root");
    bytes32 private constant PUSHES = keccak256("pushes");

    bytes32 private model;

    function setUp() public override {
        super.setUp();
        (model,) = registerModel("model");
        payDollars(model, 1_000);
        payNative(model, 500);
    }

    function dollars(uint128 total) private view returns (TokenTotal[] memory) {
        return oneTotal(address(dollar), total);
    }

    function disagree(bytes32 root, bytes32 previous) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRoyaltySplit.RootAndTotalsDisagree.selector, root, previous);
    }

    function keyOf(uint64 epoch, bytes32 pushRoot) private pure returns (bytes32) {
        return keccak256(abi.encode(epoch, pushRoot));
    }

    function revoking(Proposal memory proposal, bytes32 key) private pure returns (Proposal memory) {
        proposal.revoked = new bytes32[](1);
        proposal.revoked[0] = key;
        return proposal;
    }

    function checkStatus(bytes32 key, uint64 by, bool revoked, string memory what) private view {
        (uint64 activatedBy, bool gone) = vault.rootStatus(key);
        assertEq(activatedBy, by, what);
        assertEq(gone, revoked, what);
    }

    // Totals

    function test_Totals_OfSeveralTokensAscend() external {
        TokenTotal[] memory totals = new TokenTotal[](2);
        totals[0] = TokenTotal({token: NATIVE, total: 500});
        totals[1] = TokenTotal({token: address(dollar), total: 1_000});
        settle(ROOT, totals);
        assertEq(vault.promised(NATIVE), 500, "native");
        assertEq(vault.promised(address(dollar)), 1_000, "dollars");
    }

    function testFuzz_Totals_ThatDoNotAscendAreRefused(bool same, bool native) external {
        TokenTotal[] memory totals = new TokenTotal[](2);
        totals[0] = TokenTotal({token: native && same ? NATIVE : address(dollar), total: 10});
        totals[1] = TokenTotal({token: same ? totals[0].token : NATIVE, total: 10});
        refuse(
            proposalOf(ROOT, totals),
            abi.encodeWithSelector(IRoyaltySplit.TokensNotAscending.selector, totals[1].token)
        );
    }

    function testFuzz_Totals_OfATokenThatIsNotListedAreRefused(address token, uint128 total) external {
        vm.assume(token != address(dollar) && token != NATIVE);
        refuse(
            proposalOf(ROOT, oneTotal(token, total)),
            abi.encodeWithSelector(IRoyaltySplit.TokenNotListed.selector, token)
        );
    }

    function testFuzz_Totals_AreNeverLowered(uint128 before, uint128 next) external {
        before = uint128(bound(before, 1, 1_000));
        next = uint128(bound(next, 0, before - 1));
        settle(ROOT, dollars(before));
        refuse(
            proposalOf(NEXT_ROOT, dollars(next)),
            abi.encodeWithSelector(IRoyaltySplit.TotalLowered.selector, address(dollar), next, before)
        );
    }

    function testFuzz_Totals_NeverPassWhatWasCredited(uint128 credited, uint128 total) external {
        credited = uint128(bound(credited, 1_000, type(uint128).max));
        if (credited > 1_000) payDollars(model, credited - 1_000);
        if (total > credited) {
            refuse(
                proposalOf(ROOT, dollars(total)),
                abi.encodeWithSelector(
                    IRoyaltySplit.PromisesMoreThanCredited.selector, address(dollar), total, credited
                )
            );
        }
        total = uint128(bound(total, 1, credited));
        settle(ROOT, dollars(total));
        assertEq(vault.promised(address(dollar)), total, "promised");
        assertEq(vault.credited(address(dollar)), credited, "credited");
    }

    /// @dev What waits at the pay address is not credited yet.
    function test_Totals_DoNotCountOnASweepToCome() external {
        dollar.mint(registry.payAddressOf(model), 500);
        refuse(
            proposalOf(ROOT, dollars(1_001)),
            abi.encodeWithSelector(
                IRoyaltySplit.PromisesMoreThanCredited.selector, address(dollar), 1_001, 1_000
            )
        );
        sweep(address(dollar), one(model));
        settle(ROOT, dollars(1_500));
    }

    function test_Totals_GoUpToTheLastOfOneHundredTwentyEightBits() external {
        payDollars(model, type(uint128).max - 1_000);
        Leaf[] memory leaves = settleOne(alice, address(dollar), type(uint128).max);
        assertEq(vault.promised(address(dollar)), type(uint128).max, "promised");
        vault.claim(type(uint128).max, alice, address(dollar), Merkle.proof(leaves, 0));
        assertEq(dollar.balanceOf(alice), type(uint128).max, "paid");
        assertEq(vault.paid(address(dollar)), type(uint128).max, "books");
        refuse(proposalOf(ROOT, dollars(type(uint128).max)), disagree(ROOT, Merkle.root(leaves)));
        settle(Merkle.root(leaves), dollars(type(uint128).max));
    }

    // Roots

    function testFuzz_Root_FollowsThePreviousOne(bytes32 previous, bool first) external {
        bytes32 expected = first ? bytes32(0) : NEXT_ROOT;
        if (!first) settle(NEXT_ROOT, dollars(5));
        vm.assume(previous != expected);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.previousRoot = previous;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.WrongPreviousRoot.selector, previous, expected));
    }

    function test_Root_IsNotEmpty() external {
        bytes memory empty = abi.encodeWithSelector(IRoyaltySplit.EmptyRoot.selector);
        refuse(proposalOf(0, new TokenTotal[](0)), empty);
        refuse(proposalOf(0, dollars(10)), empty);
        settle(ROOT, dollars(10));
        refuse(proposalOf(0, dollars(20)), empty);
        // Nor does it become so by pushes, once there was one.
        Proposal memory proposal = proposalOf(0, dollars(20));
        proposal.pushRoot = PUSHES;
        refuse(proposal, empty);
    }

    function test_Root_MayBeEmptyAsLongAsThereWereOnlyPushes() external {
        Proposal memory proposal = proposalOf(0, dollars(10));
        proposal.pushRoot = PUSHES;
        settle(proposal);
        assertEq(vault.root(), 0, "no root");
        checkStatus(0, 0, false, "zero is no root");
        checkStatus(keyOf(1, PUSHES), 1, false, "pushes");
        refuse(proposalOf(0, new TokenTotal[](0)), abi.encodeWithSelector(IRoyaltySplit.EmptyRoot.selector));

        proposal = proposalOf(0, dollars(20));
        proposal.pushRoot = PUSHES;
        settle(proposal);
        checkStatus(keyOf(2, PUSHES), 2, false, "the same pushes under another number");
        settle(ROOT, dollars(30));
        checkStatus(ROOT, 3, false, "the first root");
    }

    function test_Root_ThatWasActivatedIsNotTakenAgain() external {
        settle(ROOT, dollars(10));
        settle(NEXT_ROOT, dollars(20));
        refuse(proposalOf(ROOT, dollars(30)), abi.encodeWithSelector(IRoyaltySplit.RootUsed.selector, ROOT));
    }

    function test_Root_IsNotTheKeyOfEarlierPushes() external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.pushRoot = PUSHES;
        settle(proposal);
        bytes32 key = keyOf(1, PUSHES);
        refuse(proposalOf(key, dollars(20)), abi.encodeWithSelector(IRoyaltySplit.RootUsed.selector, key));
    }

    function test_Root_StaysWhileAnEpochPushesOnly() external {
        settle(ROOT, dollars(10));
        Proposal memory proposal = proposalOf(ROOT, dollars(20));
        proposal.pushRoot = PUSHES;
        settle(proposal);
        assertEq(vault.root(), ROOT, "root");
        checkStatus(ROOT, 1, false, "the epoch that activated it");
        checkStatus(keyOf(2, PUSHES), 2, false, "pushes");
    }

    function test_Root_StaysWhereAnEpochChangesNothing() external {
        settle(ROOT, dollars(10));
        settle(ROOT, new TokenTotal[](0));
        settle(ROOT, dollars(10));
        assertEq(vault.epoch(), 3, "epoch");
        checkStatus(ROOT, 1, false, "the epoch that activated it");
        assertEq(vault.promised(address(dollar)), 10, "promised");
    }

    /// @dev More is promised exactly where there is something to claim or push it by, but for a root that replaces a
    /// revoked one.
    function testFuzz_Root_AndTotalsAgree(bool first, bool newRoot, bool pushes, bool raised, bool named, bool revokes)
        external
    {
        if (!first) {
            settle(NEXT_ROOT, dollars(5));
            settle(ROOT, dollars(10));
        }
        bytes32 previous = first ? bytes32(0) : ROOT;
        bytes32 next = newRoot || first ? keccak256("third root") : ROOT;
        uint128 before = first ? 0 : 10;
        Proposal memory proposal =
            proposalOf(next, raised ? dollars(before + 1) : named ? dollars(before) : new TokenTotal[](0));
        if (pushes) proposal.pushRoot = PUSHES;
        bool replaces = revokes && !first;
        if (replaces) revoking(proposal, NEXT_ROOT);

        bool carries = newRoot || first || pushes;
        if (raised ? carries : !carries || replaces) {
            settle(proposal);
            assertEq(vault.promised(address(dollar)), raised ? before + 1 : before, "promised");
        } else {
            refuse(proposal, disagree(next, previous));
        }
    }

    // Revocation

    function test_Revoked_RootsCannotBeClaimedAgainst() external {
        Leaf[] memory wrong = settleOne(bob, address(dollar), 600);
        bytes32 revoked = Merkle.root(wrong);
        Leaf[] memory right = new Leaf[](1);
        right[0] = Leaf({account: alice, token: address(dollar), cumulative: 600});
        // Nothing more is promised: the new root replaces the old one.
        Proposal memory proposal = revoking(proposalOf(Merkle.root(right), new TokenTotal[](0)), revoked);
        vault.propose(proposal, signatures(proposal, 2));
        checkStatus(revoked, 1, false, "good until then");
        wait(WINDOW);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.Revoked(2, revoked);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.EpochActivated(2, proposal.root);
        vault.activate(proposal);

        checkStatus(revoked, 1, true, "revoked");
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RootRevoked.selector, revoked));
        vault.claim(600, bob, address(dollar), noProof());
        vault.claim(600, alice, address(dollar), noProof());
        assertEq(dollar.balanceOf(alice), 600, "alice");
        assertEq(dollar.balanceOf(bob), 0, "bob");
    }

    function test_Revoked_PushesCannotBePaid() external {
        PushLeaf[] memory leaves = new PushLeaf[](1);
        leaves[0] = PushLeaf({index: 0, account: bob, recipient: bob, token: address(dollar), amount: 10});
        Proposal memory proposal = proposalOf(0, dollars(10));
        proposal.pushRoot = Merkle.root(leaves);
        settle(proposal);
        bytes32 key = keyOf(1, proposal.pushRoot);
        settle(revoking(proposalOf(ROOT, new TokenTotal[](0)), key));
        checkStatus(key, 1, true, "revoked");
        PushEntry memory entry =
            PushEntry({index: 0, account: bob, recipient: bob, token: address(dollar), amount: 10});
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.RootRevoked.selector, key));
        vault.takePush(1, entry, noProof(), bob);
    }

    function testFuzz_Revoked_MustHaveBeenActivated(bytes32 key) external {
        settle(NEXT_ROOT, dollars(5));
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.pushRoot = PUSHES;
        settle(proposal);
        (uint64 activatedBy,) = vault.rootStatus(key);
        vm.assume(activatedBy == 0);
        bytes32[7] memory keys_ = [
            // Any; none; a push root itself; keys of other epochs' pushes, of its own, and of none; its own root.
            key,
            bytes32(0),
            PUSHES,
            keyOf(1, PUSHES),
            keyOf(3, PUSHES),
            keyOf(1, 0),
            keccak256("third root")
        ];
        for (uint256 i = 0; i < keys_.length; ++i) {
            Proposal memory next = revoking(proposalOf(keccak256("third root"), dollars(20)), keys_[i]);
            next.pushRoot = PUSHES;
            refuse(next, abi.encodeWithSelector(IRoyaltySplit.NotRevocable.selector, keys_[i]));
        }
    }

    function test_Revoked_IsNeverTheRootThatStays() external {
        settle(ROOT, dollars(10));
        bytes memory reason = abi.encodeWithSelector(IRoyaltySplit.NotRevocable.selector, ROOT);
        refuse(revoking(proposalOf(ROOT, new TokenTotal[](0)), ROOT), reason);
        Proposal memory proposal = revoking(proposalOf(ROOT, dollars(20)), ROOT);
        proposal.pushRoot = PUSHES;
        refuse(proposal, reason);
    }

    function test_Revoked_NamesTheFirstThatIsNot() external {
        settle(ROOT, dollars(10));
        Proposal memory proposal = proposalOf(NEXT_ROOT, dollars(20));
        proposal.revoked = new bytes32[](3);
        (proposal.revoked[0], proposal.revoked[1], proposal.revoked[2]) = (ROOT, "second", "third");
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.NotRevocable.selector, bytes32("second")));
    }

    function test_Revoked_RootNeverComesBack() external {
        settle(ROOT, dollars(10));
        settle(revoking(proposalOf(NEXT_ROOT, dollars(20)), ROOT));
        refuse(proposalOf(ROOT, dollars(30)), abi.encodeWithSelector(IRoyaltySplit.RootUsed.selector, ROOT));
        // Revoking it again changes nothing.
        settle(revoking(proposalOf(NEXT_ROOT, new TokenTotal[](0)), ROOT));
        checkStatus(ROOT, 1, true, "revoked");
        checkStatus(NEXT_ROOT, 2, false, "the current root");
    }

    function test_Revoked_ManyAtOnceAndTheSameTwice() external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.pushRoot = PUSHES;
        settle(proposal);
        settle(NEXT_ROOT, dollars(20));
        proposal = proposalOf("third root", dollars(20));
        proposal.revoked = new bytes32[](4);
        (proposal.revoked[0], proposal.revoked[1]) = (NEXT_ROOT, keyOf(1, PUSHES));
        (proposal.revoked[2], proposal.revoked[3]) = (ROOT, NEXT_ROOT);
        settle(proposal);
        checkStatus(ROOT, 1, true, "first root");
        checkStatus(keyOf(1, PUSHES), 1, true, "first pushes");
        checkStatus(NEXT_ROOT, 2, true, "second root");
        checkStatus("third root", 3, false, "third root");
        assertEq(vault.promised(address(dollar)), 20, "promised as before");
    }

    function test_Revoked_NothingByAVetoedProposal() external {
        settle(ROOT, dollars(10));
        Proposal memory proposal = revoking(proposalOf(NEXT_ROOT, dollars(20)), ROOT);
        vault.propose(proposal, signatures(proposal, 2));
        veto(proposal);
        checkStatus(ROOT, 1, false, "as before");
        assertEq(vault.root(), ROOT, "root");
    }

    /// @dev An epoch that revokes may also promise no more, keep its root, and push nothing.
    function test_Revoked_WithoutAnythingElse() external {
        settle(ROOT, dollars(10));
        settle(NEXT_ROOT, dollars(20));
        Proposal memory proposal = revoking(proposalOf(NEXT_ROOT, new TokenTotal[](0)), ROOT);
        Signature[] memory signed = signatures(proposal, 2);
        vault.propose(proposal, signed);
        wait(WINDOW);
        vault.activate(proposal);
        checkStatus(ROOT, 1, true, "revoked");
    }
}
