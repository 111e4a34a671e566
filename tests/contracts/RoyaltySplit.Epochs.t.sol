// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    EpochRecord,
    IRoyaltySplit,
    ListedToken,
    Proposal,
    TokenTotal
} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {RoyaltySplit} from "../../contracts/RoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";

/// @title Propose, veto, activate
contract RoyaltySplitEpochsTest is Deployed {
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant NEXT_ROOT = keccak256("next root");

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

    /// @dev Signed after the test has changed what it wants refused.
    function refuse(Proposal memory proposal, bytes memory reason) private {
        bytes[] memory signed = signatures(proposal, 2);
        vm.expectRevert(reason);
        vault.propose(proposal, signed);
    }

    // Propose

    function test_Propose_OpensTheWindow(address sender, bytes32 root, uint128 total) external {
        vm.assume(root != 0);
        total = uint128(bound(total, 1, 1_000));
        Proposal memory proposal = proposalOf(root, dollars(total));
        bytes[] memory signed = signatures(proposal, 2);
        uint64 readyAt = uint64(block.timestamp) + WINDOW;

        vm.expectEmit(address(vault));
        emit IRoyaltySplit.EpochProposed(
            1, 0, root, 0, proposal.bundleHash, proposal.lastBlock, proposal.lastBlockHash, readyAt, proposal.totals,
            proposal.bundleUri
        );
        vm.prank(sender);
        vault.propose(proposal, signed);

        (uint64 epoch, bytes32 open, uint64 ready) = vault.openProposal();
        assertEq(epoch, 1, "epoch");
        assertEq(open, root, "root");
        assertEq(ready, readyAt, "readyAt");
        assertEq(vault.root(), 0, "not claimable yet");
        assertEq(vault.promised(address(dollar)), 0, "not promised yet");
    }

    function test_Propose_TakesSeveralTokensInAscendingOrder() external {
        TokenTotal[] memory totals = new TokenTotal[](2);
        totals[0] = TokenTotal({token: NATIVE, total: 500});
        totals[1] = TokenTotal({token: address(dollar), total: 1_000});
        settle(ROOT, totals);
        assertEq(vault.promised(NATIVE), 500, "native");
        assertEq(vault.promised(address(dollar)), 1_000, "dollars");
    }

    function test_Propose_RefusesASecondOne() external {
        Proposal memory proposal = propose(ROOT, dollars(10));
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.ProposalOpen.selector, 1));
        // Also once its window is over: it has to be activated first.
        vm.warp(block.timestamp + WINDOW);
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.ProposalOpen.selector, 1));
    }

    function test_Propose_RefusesAnotherEpochThanTheNext(uint64 epoch) external {
        vm.assume(epoch != 1);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.epoch = epoch;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.WrongEpoch.selector, epoch, 1));
    }

    function test_Propose_RefusesAnotherAttempt(uint32 attempt) external {
        vm.assume(attempt != 0);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.attempt = attempt;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.WrongAttempt.selector, attempt, 0));
    }

    function test_Propose_RefusesAnotherPreviousRoot(bytes32 previous) external {
        vm.assume(previous != 0);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.previousRoot = previous;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.WrongPreviousRoot.selector, previous, bytes32(0)));
    }

    function test_Propose_RefusesAnEmptyRoot() external {
        refuse(proposalOf(0, new TokenTotal[](0)), abi.encodeWithSelector(IRoyaltySplit.EmptyRoot.selector));
    }

    function test_Propose_RefusesABlockThatIsNotPast(uint64 ahead) external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.lastBlock = uint64(bound(ahead, block.number, type(uint64).max));
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.BlockNotPast.selector, proposal.lastBlock));
    }

    function test_Propose_RefusesABlockBeforeThePreviousEpochs() external {
        settle(ROOT, dollars(10));
        Proposal memory proposal = proposalOf(NEXT_ROOT, dollars(20));
        proposal.lastBlock = 998;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.BlockBeforePrevious.selector, 998, 999));
        (proposal.lastBlock, proposal.lastBlockHash) = (999, blockhash(999));
        bytes[] memory signed = signatures(proposal, 2);
        vault.propose(proposal, signed);
    }

    function test_Propose_ComparesTheBlockHashWhereTheChainKnowsIt(bytes32 known, bytes32 given) external {
        vm.assume(known != given && known != 0);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        vm.setBlockhash(proposal.lastBlock, known);
        proposal.lastBlockHash = given;
        refuse(
            proposal,
            abi.encodeWithSelector(IRoyaltySplit.WrongBlockHash.selector, proposal.lastBlock, given, known)
        );
        proposal.lastBlockHash = known;
        bytes[] memory signed = signatures(proposal, 2);
        vault.propose(proposal, signed);
    }

    function test_Propose_TakesAnOldBlockWhoseHashIsForgotten(bytes32 given) external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        proposal.lastBlock = uint64(block.number - 257);
        proposal.lastBlockHash = given;
        bytes[] memory signed = signatures(proposal, 2);
        vault.propose(proposal, signed);
    }

    function test_Propose_RefusesTokensThatDoNotAscend(bool same) external {
        TokenTotal[] memory totals = new TokenTotal[](2);
        totals[0] = TokenTotal({token: address(dollar), total: 10});
        totals[1] = TokenTotal({token: same ? address(dollar) : NATIVE, total: 10});
        refuse(
            proposalOf(ROOT, totals),
            abi.encodeWithSelector(IRoyaltySplit.TokensNotAscending.selector, totals[1].token)
        );
    }

    function test_Propose_RefusesATokenThatIsNotListed(address token) external {
        vm.assume(token != address(dollar) && token != NATIVE);
        refuse(
            proposalOf(ROOT, oneTotal(token, 1)), abi.encodeWithSelector(IRoyaltySplit.TokenNotListed.selector, token)
        );
    }

    function test_Propose_NeverLowersATotal(uint128 before, uint128 next) external {
        before = uint128(bound(before, 1, 1_000));
        next = uint128(bound(next, 0, before - 1));
        settle(ROOT, dollars(before));
        refuse(
            proposalOf(NEXT_ROOT, dollars(next)),
            abi.encodeWithSelector(IRoyaltySplit.TotalLowered.selector, address(dollar), next, before)
        );
    }

    function test_Propose_NeverPromisesMoreThanWasCredited(uint128 total) external {
        total = uint128(bound(total, 1_001, type(uint128).max));
        refuse(
            proposalOf(ROOT, dollars(total)),
            abi.encodeWithSelector(IRoyaltySplit.PromisesMoreThanCredited.selector, address(dollar), total, 1_000)
        );
    }

    function test_Propose_RefusesANewRootWithoutARisenTotal() external {
        bytes memory first = abi.encodeWithSelector(IRoyaltySplit.RootAndTotalsDisagree.selector, ROOT, bytes32(0));
        refuse(proposalOf(ROOT, new TokenTotal[](0)), first);
        refuse(proposalOf(ROOT, dollars(0)), first);
        settle(ROOT, dollars(10));
        refuse(
            proposalOf(NEXT_ROOT, dollars(10)),
            abi.encodeWithSelector(IRoyaltySplit.RootAndTotalsDisagree.selector, NEXT_ROOT, ROOT)
        );
    }

    function test_Propose_RefusesARisenTotalWithoutANewRoot() external {
        settle(ROOT, dollars(10));
        refuse(
            proposalOf(ROOT, dollars(11)),
            abi.encodeWithSelector(IRoyaltySplit.RootAndTotalsDisagree.selector, ROOT, ROOT)
        );
    }

    function test_Propose_TakesAnEpochThatChangesNothing() external {
        settle(ROOT, dollars(10));
        settle(ROOT, new TokenTotal[](0));
        assertEq(vault.epoch(), 2, "epoch");
        assertEq(vault.root(), ROOT, "root");
        assertEq(vault.promised(address(dollar)), 10, "promised");
    }

    // Signatures

    function test_Propose_NeedsTheThreshold(uint8 count) external {
        count = count % 2;
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes[] memory signed = signatures(proposal, count);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotEnoughSignatures.selector, count, 2));
        vault.propose(proposal, signed);
    }

    function test_Propose_TakesMoreSignaturesThanItNeeds() external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes[] memory signed = signatures(proposal, 3);
        vault.propose(proposal, signed);
    }

    function test_Propose_RefusesASignerWhoIsNoAttestor(uint128 key) external {
        vm.assume(key != 0);
        address stranger = vm.addr(key);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes32 digest = vault.proposalDigest(proposal);
        bytes[] memory signed = new bytes[](3);
        (uint256 at, uint256 next) = (0, 0);
        // In its place in the order, so that only its being a stranger is wrong.
        while (at < 3) {
            bool here = next == 2 || (at == next && stranger < vm.addr(keys[next]));
            signed[at++] = here ? signature(key, digest) : signature(keys[next++], digest);
        }
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, stranger));
        vault.propose(proposal, signed);
    }

    function test_Propose_CountsASignerOnce() external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes[] memory signed = signatures(proposal, 2);
        signed[1] = signed[0];
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, vm.addr(keys[0])));
        vault.propose(proposal, signed);
    }

    function test_Propose_RefusesSignersThatDoNotAscend() external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes[] memory signed = signatures(proposal, 2);
        (signed[0], signed[1]) = (signed[1], signed[0]);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, vm.addr(keys[0])));
        vault.propose(proposal, signed);
    }

    function test_Propose_RefusesASignatureOfNobody(bytes calldata junk) external {
        vm.assume(junk.length != 65);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes[] memory signed = signatures(proposal, 2);
        signed[0] = junk;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, address(0)));
        vault.propose(proposal, signed);
    }

    function test_Propose_RefusesTheOtherHalfOfASignature() external {
        // The same signature with s mirrored recovers to the same signer where nobody checks.
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[0], vault.proposalDigest(proposal));
        bytes[] memory signed = signatures(proposal, 2);
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        signed[0] = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, address(0)));
        vault.propose(proposal, signed);
    }

    /// @dev Signatures over one proposal are good for no other: each field is part of what is signed.
    function test_Propose_BindsEveryField(uint8 field) external view {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes32 digest = vault.proposalDigest(proposal);
        field = field % 10;
        if (field == 0) proposal.epoch += 1;
        else if (field == 1) proposal.attempt += 1;
        else if (field == 2) proposal.previousRoot = keccak256("other");
        else if (field == 3) proposal.root = keccak256("other");
        else if (field == 4) proposal.bundleHash = keccak256("other");
        else if (field == 5) proposal.lastBlock -= 1;
        else if (field == 6) proposal.lastBlockHash = keccak256("other");
        else if (field == 7) proposal.totals[0].total += 1;
        else if (field == 8) proposal.totals[0].token = NATIVE;
        else proposal.bundleUri = "elsewhere";
        assertTrue(vault.proposalDigest(proposal) != digest, "another digest");
    }

    function test_Propose_RefusesSignaturesOfAVetoedAttempt() external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes[] memory signed = signatures(proposal, 2);
        vault.propose(proposal, signed);
        vm.prank(guardian);
        vault.veto();

        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongAttempt.selector, 0, 1));
        vault.propose(proposal, signed);
        proposal.attempt = 1;
        _expectStrangers(proposal, signed, vault);
    }

    function test_Propose_RefusesSignaturesOfAnotherEpoch() external {
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes[] memory signed = signatures(proposal, 2);
        settle(ROOT, dollars(10));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WrongEpoch.selector, 1, 2));
        vault.propose(proposal, signed);
        (proposal.epoch, proposal.previousRoot, proposal.root) = (2, ROOT, NEXT_ROOT);
        proposal.totals[0].total = 20;
        _expectStrangers(proposal, signed, vault);
    }

    function test_Propose_RefusesSignaturesForAnotherVault() external {
        RoyaltySplit first = vault;
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes[] memory signed = signatures(proposal, 2);
        deploy(address(dollar));
        (model,) = registerModel("model");
        payDollars(model, 1_000);
        assertTrue(address(first) != address(vault), "another vault");
        _expectStrangers(proposal, signed, vault);
    }

    function test_Propose_RefusesSignaturesForAnotherChain(uint32 chain) external {
        vm.assume(chain != block.chainid && chain != 0);
        Proposal memory proposal = proposalOf(ROOT, dollars(10));
        bytes[] memory signed = signatures(proposal, 2);
        vm.chainId(chain);
        _expectStrangers(proposal, signed, vault);
    }

    // Veto

    function test_Veto_DeletesTheProposalAndRaisesTheAttempt(uint32 wait) external {
        propose(ROOT, dollars(10));
        vm.warp(block.timestamp + bound(wait, 0, WINDOW - 1));
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.EpochVetoed(1, 0, ROOT);
        vm.prank(guardian);
        vault.veto();

        (uint64 epoch, bytes32 root, uint64 readyAt) = vault.openProposal();
        assertEq(epoch, 0, "closed");
        assertEq(root, 0, "no root");
        assertEq(readyAt, 0, "no time");
        assertEq(vault.attempt(), 1, "attempt");
        assertEq(vault.epoch(), 0, "epoch");
        assertEq(vault.root(), 0, "root");
        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoProposal.selector));
        vault.activate();
    }

    function test_Veto_LeavesNoTotalsBehind() external {
        propose(ROOT, dollars(1_000));
        vm.prank(guardian);
        vault.veto();
        settle(NEXT_ROOT, oneTotal(NATIVE, 7));
        assertEq(vault.promised(address(dollar)), 0, "vetoed total");
        assertEq(vault.promised(NATIVE), 7, "activated total");
    }

    function test_Veto_CountsAttemptsUntilAnActivation() external {
        for (uint32 i = 0; i < 3; ++i) {
            assertEq(vault.attempt(), i, "attempt");
            propose(ROOT, dollars(10));
            vm.prank(guardian);
            vault.veto();
        }
        settle(ROOT, dollars(10));
        assertEq(vault.attempt(), 0, "from the beginning");
    }

    function test_Veto_IsTheGuardiansOnly(address other) external {
        vm.assume(other != guardian);
        propose(ROOT, dollars(10));
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.OnlyGuardian.selector, other));
        vault.veto();
    }

    function test_Veto_NeedsAProposal() external {
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoProposal.selector));
        vault.veto();
    }

    function test_Veto_IsTooLateOnceTheWindowIsOver(uint32 late) external {
        propose(ROOT, dollars(10));
        uint64 readyAt = uint64(block.timestamp) + WINDOW;
        vm.warp(uint256(readyAt) + late);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WindowClosed.selector, readyAt));
        vault.veto();
    }

    // Activate

    function test_Activate_MakesTheRootClaimable(address sender, uint32 late) external {
        Proposal memory proposal = propose(ROOT, dollars(10));
        vm.warp(block.timestamp + WINDOW + late);
        vm.expectEmit(address(vault));
        emit IRoyaltySplit.EpochActivated(1, ROOT);
        vm.prank(sender);
        vault.activate();

        EpochRecord memory record = vault.epochRecord(1);
        assertEq(record.root, ROOT, "record's root");
        assertEq(record.bundleHash, proposal.bundleHash, "bundle");
        assertEq(record.lastBlock, proposal.lastBlock, "last block");
        assertEq(record.activatedAt, block.timestamp, "time");
        assertEq(vault.epoch(), 1, "epoch");
        assertEq(vault.root(), ROOT, "root");
        assertEq(vault.promised(address(dollar)), 10, "promised");
        (uint64 open,,) = vault.openProposal();
        assertEq(open, 0, "closed");
    }

    function test_Activate_WaitsForTheWindow(uint32 wait) external {
        propose(ROOT, dollars(10));
        uint64 readyAt = uint64(block.timestamp) + WINDOW;
        vm.warp(block.timestamp + bound(wait, 0, WINDOW - 1));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.WindowOpen.selector, readyAt));
        vault.activate();
    }

    function test_Activate_HappensOnce() external {
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoProposal.selector));
        vault.activate();
        settle(ROOT, dollars(10));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NoProposal.selector));
        vault.activate();
    }

    function test_Activate_KeepsTotalsThatAnEpochDoesNotName() external {
        settle(ROOT, dollars(10));
        settle(NEXT_ROOT, oneTotal(NATIVE, 5));
        assertEq(vault.promised(address(dollar)), 10, "kept");
        assertEq(vault.promised(NATIVE), 5, "new");
        assertEq(vault.epochRecord(1).root, ROOT, "first record");
        assertEq(vault.epochRecord(2).root, NEXT_ROOT, "second record");
    }

    /// @dev Old signatures over a changed proposal recover to strangers, whoever they are.
    function _expectStrangers(Proposal memory proposal, bytes[] memory signed, RoyaltySplit at) private {
        try at.propose(proposal, signed) {
            revert Failed("old signatures were taken");
        } catch (bytes memory reason) {
            assertTrue(bytes4(reason) == IRoyaltySplit.BadSigner.selector, "BadSigner");
        }
    }
}
