// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    ChangeKind,
    EpochRecord,
    IRoyaltySplit,
    Proposal,
    Signature,
    TokenTotal
} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";

/// @title Propose, veto, activate: numbers, windows and blocks
contract RoyaltySplitEpochsTest is Deployed {
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant NEXT_ROOT = keccak256("next root");

    function setUp() public override {
        super.setUp();
        (bytes32 model,) = registerModel("model");
        payDollars(model, 1_000);
        payNative(model, 500);
    }

    function dollars(uint128 total) private view returns (TokenTotal[] memory) {
        return oneTotal(address(dollar), total);
    }

    function refuseActivation(Proposal memory proposal, bytes memory reason) private {
        vm.expectRevert(reason);
        vault.activate(proposal);
    }

    // Propose

    function testFuzz_Propose_OpensTheWindow(address sender, bytes32 root, uint128 total) external {
        vm.assume(root != 0);
        total = uint128(bound(total, 1, 1_000));
        Proposal memory proposal = proposalOf(root, dollars(total));
        Signature[] memory signed = signatures(proposal, 2);
        uint64 readyAt = time() + WINDOW;

        vm.expectEmit(address(vault));
        emit IRoyaltySplit.EpochProposed(1, 0, root, readyAt, proposal);
        vm.prank(sender);
        vault.propose(proposal, signed);

        (uint64 epoch, bytes32 digest, uint64 ready) = vault.openProposal();
        assertEq(epoch, 1, "epoch");
        assertEq(digest, vault.proposalDigest(proposal), "digest");
        assertEq(ready, readyAt, "readyAt");
        assertEq(vault.epoch(), 0, "not counted yet");
        assertEq(vault.root(), 0, "not claimable yet");
        assertEq(vault.promised(address(dollar)), 0, "not promised yet");
        (uint64 activatedBy, bool revoked) = vault.rootStatus(root);
        assertTrue(activatedBy == 0 && !revoked, "not live yet");
    }

    function test_Propose_RefusesASecondOne() external {
        Proposal memory proposal = propose(ROOT, dollars(10));
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.ProposalOpen.selector, 1));
        refuse(proposalOf(NEXT_ROOT, dollars(20)), abi.encodeWithSelector(IRoyaltySplit.ProposalOpen.selector, 1));
        // Also once its window is over: it has to be activated first.
        wait(WINDOW);
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.ProposalOpen.selector, 1));
        vault.activate(proposal);
        propose(NEXT_ROOT, dollars(20));
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.ProposalOpen.selector, 2));
    }

    function testFuzz_Propose_RefusesAnotherEpochThanTheNext(uint64 epoch, bool second) external {
        uint64 next = second ? 2 : 1;
        if (second) settle(NEXT_ROOT, dollars(5));
        vm.assume(epoch != next);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.epoch = epoch;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.WrongEpoch.selector, epoch, next));
    }

    function testFuzz_Propose_RefusesAnotherAttempt(uint32 attempt, uint8 vetoes) external {
        vetoes = vetoes % 3;
        vm.assume(attempt != vetoes);
        for (uint256 i = 0; i < vetoes; ++i) veto(propose(ROOT, dollars(10)));
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.attempt = attempt;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.WrongAttempt.selector, attempt, vetoes));
    }

    function testFuzz_Propose_RefusesABlockThatIsNotPast(uint64 ahead) external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.lastBlock = uint64(bound(ahead, blockNumber(), type(uint64).max));
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.BlockNotPast.selector, proposal.lastBlock));
    }

    function testFuzz_Propose_RefusesABlockBeforeThePreviousEpochs(uint64 before) external {
        settle(ROOT, dollars(10));
        Proposal memory proposal = proposalOf(NEXT_ROOT, dollars(20));
        proposal.lastBlock = uint64(bound(before, 0, 998));
        refuse(
            proposal, abi.encodeWithSelector(IRoyaltySplit.BlockBeforePrevious.selector, proposal.lastBlock, 999)
        );
    }

    function test_Propose_TakesThePreviousEpochsBlockAgain() external {
        settle(ROOT, dollars(10));
        Proposal memory proposal = proposalOf(NEXT_ROOT, dollars(20));
        (proposal.lastBlock, proposal.lastBlockHash) = (999, blockhash(999));
        settle(proposal);
        assertEq(vault.lastBlock(), 999, "last block");
    }

    function testFuzz_Propose_ComparesTheBlockHashWhereTheChainKnowsIt(bytes32 known, bytes32 given, uint8 back)
        external
    {
        vm.assume(known != given && known != 0);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.lastBlock = blockNumber() - 1 - back;
        vm.setBlockhash(proposal.lastBlock, known);
        proposal.lastBlockHash = given;
        refuse(
            proposal,
            abi.encodeWithSelector(IRoyaltySplit.WrongBlockHash.selector, proposal.lastBlock, given, known)
        );
        proposal.lastBlockHash = known;
        vault.propose(proposal, signatures(proposal, 2));
    }

    function testFuzz_Propose_TakesAnOldBlockWhoseHashIsForgotten(bytes32 given, uint16 back) external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.lastBlock = uint64(blockNumber() - bound(back, 257, blockNumber()));
        proposal.lastBlockHash = given;
        settle(proposal);
        assertEq(vault.lastBlock(), proposal.lastBlock, "last block");
    }

    // Veto

    function testFuzz_Veto_DeletesTheProposalAndRaisesTheAttempt(uint32 after_) external {
        Proposal memory proposal = propose(ROOT, dollars(10));
        wait(bound(after_, 0, WINDOW - 1));
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.EpochVetoed(1, 0);
        vm.prank(guardian);
        vault.veto(1, 0);

        (uint64 epoch, bytes32 digest, uint64 readyAt) = vault.openProposal();
        assertEq(epoch, 0, "closed");
        assertEq(digest, 0, "no digest");
        assertEq(readyAt, 0, "no time");
        assertEq(vault.attempt(), 1, "attempt");
        assertEq(vault.epoch(), 0, "epoch");
        assertEq(vault.root(), 0, "root");
        wait(WINDOW);
        refuseActivation(proposal, abi.encodeWithSelector(IRoyaltySplit.NoProposal.selector));
    }

    function test_Veto_LeavesNothingBehind() external {
        Proposal memory proposal = proposalOf(ROOT, dollars(1_000));
        proposal.pushRoot = keccak256("pushes");
        vault.propose(proposal, signatures(proposal, 2));
        veto(proposal);
        settle(NEXT_ROOT, oneTotal(NATIVE, 7));
        assertEq(vault.promised(address(dollar)), 0, "vetoed total");
        assertEq(vault.promised(NATIVE), 7, "activated total");
        (uint64 activatedBy,) = vault.rootStatus(ROOT);
        assertEq(activatedBy, 0, "vetoed root");
        (activatedBy,) = vault.rootStatus(keccak256(abi.encode(uint64(1), proposal.pushRoot)));
        assertEq(activatedBy, 0, "vetoed pushes");
    }

    function testFuzz_Veto_CountsAttemptsUntilAnActivation(uint8 times) external {
        times = times % 6;
        for (uint32 i = 0; i < times; ++i) {
            assertEq(vault.attempt(), i, "attempt");
            veto(propose(ROOT, dollars(10)));
        }
        settle(ROOT, dollars(10));
        assertEq(vault.attempt(), 0, "from the beginning");
        assertEq(vault.epoch(), 1, "one epoch");
    }

    function testFuzz_Veto_IsTheGuardiansOnly(address other) external {
        vm.assume(other != guardian);
        propose(ROOT, dollars(10));
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyGuardian.selector, other));
        vault.veto(1, 0);
    }

    function test_Veto_NeedsAProposal() external {
        vm.startPrank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoProposal.selector));
        vault.veto(1, 0);
        vm.stopPrank();
        settle(ROOT, dollars(10));
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoProposal.selector));
        vault.veto(1, 0);
    }

    function testFuzz_Veto_NamesTheEpochAndTheAttempt(uint64 epoch, uint32 attempt) external {
        veto(propose(ROOT, dollars(10)));
        propose(ROOT, dollars(10));
        vm.startPrank(guardian);
        if (epoch != 1) {
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongEpoch.selector, epoch, 1));
            vault.veto(epoch, attempt);
        }
        if (attempt != 1) {
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongAttempt.selector, attempt, 1));
            vault.veto(1, attempt);
        }
        vault.veto(1, 1);
    }

    function testFuzz_Veto_IsTooLateOnceTheWindowIsOver(uint32 late) external {
        propose(ROOT, dollars(10));
        uint64 readyAt = time() + WINDOW;
        vm.warp(uint256(readyAt) + late);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WindowClosed.selector, readyAt));
        vault.veto(1, 0);
    }

    /// @dev Two guardians' vetoes of attempt 0, of which the second comes when attempt 1 is already open.
    function test_Veto_ThatComesLateDoesNotHitTheNextAttempt() external {
        veto(propose(ROOT, dollars(10)));
        Proposal memory proposal = propose(NEXT_ROOT, dollars(10));
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongAttempt.selector, 0, 1));
        vault.veto(1, 0);
        wait(WINDOW);
        vault.activate(proposal);
        assertEq(vault.root(), NEXT_ROOT, "root");
    }

    function test_Veto_OfAnActivatedEpochDoesNotHitTheNext() external {
        settle(ROOT, dollars(10));
        propose(NEXT_ROOT, dollars(20));
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongEpoch.selector, 1, 2));
        vault.veto(1, 0);
    }

    function test_Veto_LetsTheSameRootComeAgainWithTheNextAttemptOnly() external {
        Proposal memory proposal = propose(ROOT, dollars(10));
        Signature[] memory signed = signatures(proposal, 2);
        veto(proposal);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongAttempt.selector, 0, 1));
        vault.propose(proposal, signed);
        proposal.attempt = 1;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signed[0].signer));
        vault.propose(proposal, signed);
        settle(proposal);
        assertEq(vault.root(), ROOT, "root");
    }

    // Activate

    function testFuzz_Activate_MakesTheRootClaimable(address sender, uint32 late, bytes32 recordRoot) external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        (proposal.recordRoot, proposal.pushRoot) = (recordRoot, keccak256("pushes"));
        vault.propose(proposal, signatures(proposal, 2));
        wait(uint256(WINDOW) + late);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.EpochActivated(1, ROOT);
        vm.prank(sender);
        vault.activate(proposal);

        EpochRecord memory record = EpochRecord({
            epoch: 1,
            lastBlock: proposal.lastBlock,
            root: ROOT,
            recordRoot: recordRoot,
            bundleHash: proposal.bundleHash
        });
        assertEq(vault.epochHash(1), keccak256(abi.encode(record)), "record");
        assertEq(vault.epochHash(2), 0, "no record of the next");
        assertEq(vault.epoch(), 1, "epoch");
        assertEq(vault.root(), ROOT, "root");
        assertEq(vault.lastBlock(), proposal.lastBlock, "last block");
        assertEq(vault.promised(address(dollar)), 10, "promised");
        (uint64 activatedBy, bool revoked) = vault.rootStatus(ROOT);
        assertTrue(activatedBy == 1 && !revoked, "root's status");
        (activatedBy, revoked) = vault.rootStatus(keccak256(abi.encode(uint64(1), proposal.pushRoot)));
        assertTrue(activatedBy == 1 && !revoked, "pushes' status");
        (uint64 open, bytes32 digest, uint64 readyAt) = vault.openProposal();
        assertTrue(open == 0 && digest == 0 && readyAt == 0, "closed");
    }

    function testFuzz_Activate_WaitsForTheWindow(uint32 after_) external {
        Proposal memory proposal = propose(ROOT, dollars(10));
        uint64 readyAt = time() + WINDOW;
        wait(bound(after_, 0, WINDOW - 1));
        refuseActivation(proposal, abi.encodeWithSelector(IRoyaltySplit.WindowOpen.selector, readyAt));
    }

    /// @dev To the second there is either a veto or an activation, never both and never neither.
    function testFuzz_Window_IsExactAtAnyTimeAndOfAnyLength(uint40 now_, uint32 window) external {
        window = uint32(bound(window, WINDOW, 30 days));
        vm.warp(bound(now_, time(), type(uint40).max));
        govern(ChangeKind.Window, abi.encode(window));
        Proposal memory proposal = propose(ROOT, dollars(10));
        uint64 readyAt = time() + window;
        (,, uint64 ready) = vault.openProposal();
        assertEq(ready, readyAt, "readyAt");

        vm.warp(readyAt - 1);
        refuseActivation(proposal, abi.encodeWithSelector(IRoyaltySplit.WindowOpen.selector, readyAt));
        vm.warp(readyAt);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WindowClosed.selector, readyAt));
        vault.veto(1, 0);
        vault.activate(proposal);
    }

    function test_Activate_HappensOnce() external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        refuseActivation(proposal, abi.encodeWithSelector(IRoyaltySplit.NoProposal.selector));
        settle(proposal);
        refuseActivation(proposal, abi.encodeWithSelector(IRoyaltySplit.NoProposal.selector));
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.WrongEpoch.selector, 1, 2));
    }

    function test_Activate_RefusesTheVetoedProposalInPlaceOfTheOpenOne() external {
        Proposal memory vetoed = propose(ROOT, dollars(10));
        veto(vetoed);
        Proposal memory open = propose(NEXT_ROOT, dollars(10));
        wait(WINDOW);
        refuseActivation(
            vetoed,
            abi.encodeWithSelector(
                IRoyaltySplit.NotTheProposal.selector, vault.proposalDigest(vetoed), vault.proposalDigest(open)
            )
        );
        vault.activate(open);
    }

    function test_Activate_KeepsTotalsThatAnEpochDoesNotName() external {
        settle(ROOT, dollars(10));
        bytes32 first = vault.epochHash(1);
        settle(NEXT_ROOT, oneTotal(NATIVE, 5));
        assertEq(vault.promised(address(dollar)), 10, "kept");
        assertEq(vault.promised(NATIVE), 5, "new");
        assertEq(vault.epochHash(1), first, "first record");
        assertTrue(vault.epochHash(2) != 0 && vault.epochHash(2) != first, "second record");
        (uint64 activatedBy,) = vault.rootStatus(ROOT);
        assertEq(activatedBy, 1, "the first root stays claimable");
    }
}
