// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRoyaltySplit, Proposal, Signature, TokenTotal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";

/// @title What attestors sign: the vault's digest held to a plain encoding, and calldata that is out of range
contract RoyaltySplitProposalsTest is Deployed {
    bytes32 private constant PROPOSAL_TYPE = keccak256(
        "Proposal(uint64 epoch,uint32 attempt,uint32 attestorSet,bytes32 previousRoot,bytes32 root,bytes32 pushRoot,bytes32 recordRoot,bytes32 bundleHash,uint64 lastBlock,bytes32 lastBlockHash,TokenTotal[] totals,bytes32[] revoked,string bundleUri)TokenTotal(address token,uint128 total)"
    );
    bytes32 private constant TOKEN_TOTAL_TYPE = keccak256("TokenTotal(address token,uint128 total)");
    bytes32 private constant ROOT = keccak256("root");

    /// @dev Where a proposal's words begin in the calldata of `propose` and of `activate` (there are 32 bytes of length
    /// before the selector).
    uint256 private constant IN_PROPOSE = 0x20 + 4 + 0x40;
    uint256 private constant IN_ACTIVATE = 0x20 + 4 + 0x20;

    function setUp() public override {
        super.setUp();
        (bytes32 model,) = registerModel("model");
        payDollars(model, 1_000);
        payNative(model, 500);
    }

    function bothTotals() private view returns (TokenTotal[] memory totals) {
        totals = new TokenTotal[](2);
        totals[0] = TokenTotal({token: NATIVE, total: 100});
        totals[1] = TokenTotal({token: address(dollar), total: 200});
    }

    /// @dev The hash of a proposal's ten words as they stand, and of its lists.
    function digestOf(bytes32[10] memory words, Proposal memory proposal) private view returns (bytes32) {
        bytes32[] memory totals = new bytes32[](proposal.totals.length);
        for (uint256 i = 0; i < totals.length; ++i) {
            totals[i] = keccak256(
                abi.encode(TOKEN_TOTAL_TYPE, proposal.totals[i].token, proposal.totals[i].total)
            );
        }
        return typedDigest(
            keccak256(
                abi.encode(
                    PROPOSAL_TYPE,
                    words,
                    keccak256(abi.encodePacked(totals)),
                    keccak256(abi.encodePacked(proposal.revoked)),
                    keccak256(bytes(proposal.bundleUri))
                )
            )
        );
    }

    function wordsOf(Proposal memory p) private pure returns (bytes32[10] memory) {
        return [
            bytes32(uint256(p.epoch)),
            bytes32(uint256(p.attempt)),
            bytes32(uint256(p.attestorSet)),
            p.previousRoot,
            p.root,
            p.pushRoot,
            p.recordRoot,
            p.bundleHash,
            bytes32(uint256(p.lastBlock)),
            p.lastBlockHash
        ];
    }

    function bitsOf(uint256 word) private pure returns (uint256) {
        if (word == 0 || word == 8) return 64;
        return word == 1 || word == 2 ? 32 : 256;
    }

    function load(bytes memory data, uint256 at) private pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := mload(add(data, at))
        }
    }

    function flip(bytes memory data, uint256 at, uint256 bits) private pure {
        assembly ("memory-safe") {
            let place := add(data, at)
            mstore(place, xor(mload(place), bits))
        }
    }

    function call(bytes memory data) private returns (bool done, bytes memory answer) {
        return address(vault).call(data);
    }

    // The digest

    function testFuzz_Digest_IsThatOfAPlainEncoding(
        bytes32[6] calldata hashes,
        uint64[2] calldata numbers,
        uint32[2] calldata counts,
        TokenTotal[6] calldata totals,
        bytes32[4] calldata revoked,
        uint256 lengths
    ) external view {
        Proposal memory proposal = Proposal({
            epoch: numbers[0],
            attempt: counts[0],
            attestorSet: counts[1],
            previousRoot: hashes[0],
            root: hashes[1],
            pushRoot: hashes[2],
            recordRoot: hashes[3],
            bundleHash: hashes[4],
            lastBlock: numbers[1],
            lastBlockHash: hashes[5],
            totals: new TokenTotal[](uint8(lengths) % 7),
            revoked: new bytes32[](uint8(lengths >> 8) % 5),
            bundleUri: ""
        });
        for (uint256 i = 0; i < proposal.totals.length; ++i) proposal.totals[i] = totals[i];
        for (uint256 i = 0; i < proposal.revoked.length; ++i) proposal.revoked[i] = revoked[i];
        bytes memory uri = new bytes(uint8(lengths >> 16) % 201);
        for (uint256 i = 0; i < uri.length; ++i) uri[i] = bytes1(uint8(lengths >> (24 + i % 200)));
        proposal.bundleUri = string(uri);
        assertEq(vault.proposalDigest(proposal), digestOf(wordsOf(proposal), proposal), "digest");
    }

    function test_Digest_IsThatOfAPlainEncodingForAllLengthsOfTheUri() external view {
        Proposal memory proposal = proposalOf(ROOT, bothTotals());
        for (uint256 length = 0; length <= 200; ++length) {
            bytes memory uri = new bytes(length);
            for (uint256 i = 0; i < length; ++i) uri[i] = bytes1(uint8(i + 1));
            proposal.bundleUri = string(uri);
            assertEq(vault.proposalDigest(proposal), digestOf(wordsOf(proposal), proposal), "digest");
        }
    }

    function testFuzz_Digest_IsOfThisChainOnly(uint32 chain) external {
        (,,, uint256 chainId,,,) = vault.eip712Domain();
        vm.assume(chain != 0 && chain != chainId);
        Proposal memory proposal = proposalOf(ROOT, bothTotals());
        bytes32 here = vault.proposalDigest(proposal);
        vm.chainId(chain);
        assertTrue(vault.proposalDigest(proposal) != here, "another digest");
        assertEq(vault.proposalDigest(proposal), digestOf(wordsOf(proposal), proposal), "digest");
    }

    /// @dev Signatures over one proposal are good for no other: each member is part of what is signed.
    function test_Digest_BindsEveryMember() external view {
        Proposal memory proposal = proposalOf(ROOT, bothTotals());
        proposal.revoked = new bytes32[](2);
        proposal.revoked[1] = "two";
        bytes32[20] memory seen;
        seen[0] = vault.proposalDigest(proposal);
        for (uint256 i = 1; i < 20; ++i) {
            seen[i] = vault.proposalDigest(_changed(abi.decode(abi.encode(proposal), (Proposal)), i));
            for (uint256 j = 0; j < i; ++j) assertTrue(seen[i] != seen[j], "another digest");
        }
    }

    function test_Activate_RefusesAProposalOfWhichAnythingIsChanged() external {
        Proposal memory proposal = proposalOf(ROOT, bothTotals());
        settle(proposal);
        Proposal memory next = proposalOf("next root", bothTotals());
        next.revoked = new bytes32[](2);
        (next.revoked[0], next.revoked[1]) = (ROOT, ROOT);
        vault.propose(next, signatures(next, 2));
        wait(WINDOW);
        bytes32 open = vault.proposalDigest(next);
        for (uint256 i = 1; i < 20; ++i) {
            Proposal memory changed = _changed(abi.decode(abi.encode(next), (Proposal)), i);
            bytes32 given = vault.proposalDigest(changed);
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotTheProposal.selector, given, open));
            vault.activate(changed);
        }
        vault.activate(next);
    }

    function _changed(Proposal memory p, uint256 what) private pure returns (Proposal memory) {
        if (what == 1) p.epoch += 1;
        else if (what == 2) p.attempt += 1;
        else if (what == 3) p.attestorSet += 1;
        else if (what == 4) p.previousRoot = "other";
        else if (what == 5) p.root = "other";
        else if (what == 6) p.pushRoot = "other";
        else if (what == 7) p.recordRoot = "other";
        else if (what == 8) p.bundleHash = "other";
        else if (what == 9) p.lastBlock -= 1;
        else if (what == 10) p.lastBlockHash = "other";
        else if (what == 11) p.totals[1].total += 1;
        else if (what == 12) p.totals[1].token = address(7);
        else if (what == 13) (p.totals[0], p.totals[1]) = (p.totals[1], p.totals[0]);
        else if (what == 14) p.totals = new TokenTotal[](0);
        else if (what == 15) p.revoked[1] = "other";
        else if (what == 16) p.revoked = new bytes32[](1);
        else if (what == 17) p.revoked = new bytes32[](0);
        else if (what == 18) p.bundleUri = "elsewhere";
        else p.bundleUri = "";
        return p;
    }

    // Calldata that is out of range

    /// @dev The quorum even signs the words as they stand, so that nothing but their range is wrong.
    function testFuzz_Propose_RefusesHigherBitsInANumber(uint256 dirt) external {
        uint256[4] memory narrow = [uint256(0), 1, 2, 8];
        Proposal memory proposal = proposalOf(ROOT, bothTotals());
        for (uint256 i = 0; i < 4; ++i) {
            uint256 bits = dirt << bitsOf(narrow[i]);
            if (bits == 0) bits = 1 << 255;
            bytes32[10] memory words = wordsOf(proposal);
            words[narrow[i]] ^= bytes32(bits);
            bytes memory data =
                abi.encodeCall(vault.propose, (proposal, signaturesOf(digestOf(words, proposal), 2)));
            flip(data, IN_PROPOSE + 32 * narrow[i], bits);
            (bool done, bytes memory answer) = call(data);
            assertTrue(!done && answer.length == 0, "refused by the decoder");
        }
        vault.propose(proposal, signatures(proposal, 2));
    }

    /// @dev The other six words are whole: any other value is another proposal, which the same quorum did not sign.
    function testFuzz_Propose_RefusesAnyOtherWord(uint256 bits, uint8 word) external {
        vm.assume(bits != 0);
        word = word % 10;
        Proposal memory proposal = proposalOf(ROOT, bothTotals());
        bytes memory data = abi.encodeCall(vault.propose, (proposal, signatures(proposal, 2)));
        flip(data, IN_PROPOSE + 32 * uint256(word), bits);
        (bool done,) = call(data);
        assertTrue(!done, "refused");
    }

    function testFuzz_Propose_RefusesHigherBitsInATotal(uint128 dirt) external {
        vm.assume(dirt != 0);
        Proposal memory proposal = proposalOf(ROOT, bothTotals());
        bytes memory good = abi.encodeCall(vault.propose, (proposal, signatures(proposal, 2)));
        uint256 totals = IN_PROPOSE + uint256(load(good, IN_PROPOSE + 0x140)) + 0x20;
        for (uint256 word = 0; word < 4; ++word) {
            uint256 bits = word % 2 == 0 ? uint256(dirt) << 160 : uint256(dirt) << 128;
            if (bits == 0) bits = 1 << 255;
            bytes memory data = bytes.concat(good);
            flip(data, totals + 32 * word, bits);
            (bool done, bytes memory answer) = call(data);
            assertTrue(!done && answer.length == 0, "refused by the decoder");
        }
        (bool taken,) = call(good);
        assertTrue(taken, "as it was");
    }

    /// @dev Activation hashes the ten words unchecked, but the hash has to be the one that was opened, and nothing
    /// out of range was: so no dirt passes, and the refusal names the digest of the words as they stand.
    function testFuzz_Activate_RefusesAnyOtherWord(uint256 bits) external {
        vm.assume(bits != 0);
        Proposal memory proposal = propose(ROOT, bothTotals());
        wait(WINDOW);
        bytes32 open = vault.proposalDigest(proposal);
        for (uint256 word = 0; word < 10; ++word) {
            uint256 dirt = bits << (bitsOf(word) % 256);
            if (dirt == 0) dirt = 1 << 255;
            bytes32[10] memory words = wordsOf(proposal);
            words[word] ^= bytes32(dirt);
            bytes memory data = abi.encodeCall(vault.activate, (proposal));
            flip(data, IN_ACTIVATE + 32 * word, dirt);
            (bool done, bytes memory answer) = call(data);
            assertTrue(!done, "refused");
            bytes memory reason =
                abi.encodeWithSelector(IRoyaltySplit.NotTheProposal.selector, digestOf(words, proposal), open);
            assertEq(keccak256(answer), keccak256(reason), "as another proposal");
        }
        vault.activate(proposal);
    }

    function testFuzz_Activate_RefusesHigherBitsInATotal(uint128 dirt, uint8 word) external {
        vm.assume(dirt != 0);
        Proposal memory proposal = propose(ROOT, bothTotals());
        wait(WINDOW);
        bytes memory data = abi.encodeCall(vault.activate, (proposal));
        uint256 totals = IN_ACTIVATE + uint256(load(data, IN_ACTIVATE + 0x140)) + 0x20;
        flip(data, totals + 32 * uint256(word % 4), uint256(dirt) << 128);
        (bool done, bytes memory answer) = call(data);
        assertTrue(!done && bytes4(answer) == IRoyaltySplit.NotTheProposal.selector, "refused as another proposal");
    }

    /// @dev The lists may stand elsewhere in the calldata: what counts is what they say.
    function test_Activate_TakesTheSameProposalLaidOutOtherwise() external {
        Proposal memory proposal = propose(ROOT, bothTotals());
        wait(WINDOW);
        bytes memory data = abi.encodeCall(vault.activate, (proposal));
        bytes memory tail = abi.encode(uint256(2), NATIVE, uint256(100), address(dollar), uint256(200));
        uint256 moved = data.length - 4 - 0x20;
        flip(data, IN_ACTIVATE + 0x140, uint256(load(data, IN_ACTIVATE + 0x140)) ^ moved);
        (bool done,) = call(bytes.concat(data, tail));
        assertTrue(done, "taken");
        assertEq(vault.promised(address(dollar)), 200, "promised");
    }

    function testFuzz_Calldata_RefusesAListBeyondItsEnd(uint256 length, uint8 which, bool activates) external {
        Proposal memory proposal = proposalOf(ROOT, bothTotals());
        Signature[] memory signed = signatures(proposal, 2);
        if (activates) {
            vault.propose(proposal, signed);
            wait(WINDOW);
        }
        bytes memory data = activates
            ? abi.encodeCall(vault.activate, (proposal))
            : abi.encodeCall(vault.propose, (proposal, signed));
        uint256 start = activates ? IN_ACTIVATE : IN_PROPOSE;
        uint256 at = start + uint256(load(data, start + 0x140 + 32 * uint256(which % 3)));
        length = bound(length, data.length, type(uint256).max);
        flip(data, at, uint256(load(data, at)) ^ length);
        (bool done, bytes memory answer) = call(data);
        assertTrue(!done && answer.length == 0, "refused by the decoder");
    }
}
