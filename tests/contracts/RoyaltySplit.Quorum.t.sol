// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ChangeKind, IRoyaltySplit, Proposal, Signature} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {RoyaltySplit} from "../../contracts/RoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {OddWallet, Wallet} from "./support/Wallets.sol";

/// @title Who has to sign a proposal, and how
contract RoyaltySplitQuorumTest is Deployed {
    bytes32 private constant ROOT = keccak256("root");
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    /// @dev The key of the contract wallets.
    uint256 private constant WALLET_KEY = 0xB0B;

    function setUp() public override {
        super.setUp();
        (bytes32 model,) = registerModel("model");
        payDollars(model, 1_000);
    }

    function good() private view returns (Proposal memory) {
        return proposalOf(ROOT, oneTotal(address(dollar), 10));
    }

    function refuseSigner(Proposal memory proposal, Signature[] memory signed, address signer) private {
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSigner.selector, signer));
        vault.propose(proposal, signed);
    }

    /// @dev Makes these the attestors, in ascending order, all of whom have to sign.
    function seat(address[] memory members) private {
        govern(ChangeKind.Attestors, abi.encode(members, uint32(members.length)));
    }

    /// @dev A key's address and a contract, of whom the contract is asked for its own signature.
    function seatWithKey(address member)
        private
        returns (Proposal memory proposal, Signature[] memory signed, uint256 at)
    {
        address other = vm.addr(keys[0]);
        at = member < other ? 0 : 1;
        address[] memory members = new address[](2);
        (members[at], members[1 - at]) = (member, other);
        seat(members);
        proposal = good();
        signed = new Signature[](2);
        signed[at].signer = member;
        signed[1 - at] = Signature({signer: other, data: signature(keys[0], vault.proposalDigest(proposal))});
    }

    // How many

    function testFuzz_Quorum_IsTheThreshold(uint8 members, uint8 threshold, uint8 count) external {
        members = uint8(bound(members, 1, 7));
        threshold = uint8(bound(threshold, 1, members));
        count = uint8(bound(count, 0, members));
        while (keys.length < members) _addKey();
        govern(ChangeKind.Attestors, abi.encode(attestors(), uint32(threshold)));
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, count);
        if (count < threshold) {
            vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NotEnoughSignatures.selector, count, threshold));
        }
        vault.propose(proposal, signed);
    }

    function _addKey() private {
        keys.push(uint256(keccak256(abi.encode("another attestor", keys.length))));
        for (uint256 j = keys.length - 1; j != 0 && vm.addr(keys[j]) < vm.addr(keys[j - 1]); --j) {
            (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
        }
    }

    function test_Quorum_MayBeAnyTwoOfThree() external {
        for (uint256 left = 0; left < 3; ++left) {
            Proposal memory proposal = good();
            Signature[] memory all = signatures(proposal, 3);
            Signature[] memory signed = new Signature[](2);
            signed[0] = all[left == 0 ? 1 : 0];
            signed[1] = all[left == 2 ? 1 : 2];
            vault.propose(proposal, signed);
            veto(proposal);
        }
    }

    function test_Quorum_OfMoreThanItNeedsIsTakenIfAllAreGood() external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 3);
        bytes memory third = signed[2].data;
        signed[2].data = signed[1].data;
        refuseSigner(proposal, signed, signed[2].signer);
        signed[2].data = third;
        vault.propose(proposal, signed);
    }

    function test_Quorum_CountsASignerOnce() external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        signed[1] = signed[0];
        refuseSigner(proposal, signed, signed[0].signer);
    }

    function test_Quorum_RefusesSignersThatDoNotAscend() external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        (signed[0], signed[1]) = (signed[1], signed[0]);
        refuseSigner(proposal, signed, signed[1].signer);
    }

    // Who

    function testFuzz_Quorum_RefusesAStranger(uint128 key) external {
        vm.assume(key != 0);
        address stranger = vm.addr(key);
        Proposal memory proposal = good();
        bytes32 digest = vault.proposalDigest(proposal);
        Signature[] memory signed = new Signature[](3);
        (uint256 at, uint256 next) = (0, 0);
        // In its place in the order, so that only its being a stranger is wrong.
        while (at < 3) {
            bool here = next == 2 || (at == next && stranger < vm.addr(keys[next]));
            signed[at++] = here
                ? Signature({signer: stranger, data: signature(key, digest)})
                : Signature({signer: vm.addr(keys[next]), data: signature(keys[next++], digest)});
        }
        refuseSigner(proposal, signed, stranger);
    }

    function test_Quorum_RefusesTheZeroAddress() external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        signed[0] = Signature({signer: address(0), data: new bytes(65)});
        refuseSigner(proposal, signed, address(0));
    }

    function test_Quorum_RefusesGuardianAndGovernor() external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        for (uint256 i = 0; i < 2; ++i) {
            signed[0].signer = i == 0 ? guardian : governor;
            refuseSigner(proposal, signed, signed[0].signer);
        }
    }

    function testFuzz_Quorum_RefusesAnotherVersionOfTheSet(uint32 version) external {
        Proposal memory proposal = good();
        vm.assume(version != 1);
        proposal.attestorSet = version;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.WrongAttestorSet.selector, version, 1));
        // The same three again are another version all the same.
        govern(ChangeKind.Attestors, abi.encode(attestors(), uint32(2)));
        proposal.attestorSet = 1;
        refuse(proposal, abi.encodeWithSelector(IRoyaltySplit.WrongAttestorSet.selector, 1, 2));
    }

    function test_Quorum_RefusesASignatureOfAnotherMemberInOnesName() external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 3);
        Signature[] memory two = new Signature[](2);
        (two[0], two[1]) = (signed[0], signed[1]);
        two[1].data = signed[2].data;
        refuseSigner(proposal, two, two[1].signer);
    }

    // Key signatures

    function testFuzz_Quorum_RefusesGarbage(bytes calldata junk) external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        signed[0].data = junk;
        refuseSigner(proposal, signed, signed[0].signer);
    }

    function testFuzz_Quorum_RefusesAShortenedOrLengthenedSignature(uint8 length) external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        vm.assume(length != 65);
        bytes memory whole = bytes.concat(signed[0].data, new bytes(190));
        assembly ("memory-safe") {
            mstore(whole, length)
        }
        signed[0].data = whole;
        refuseSigner(proposal, signed, signed[0].signer);
    }

    /// @dev The 64 bytes of EIP-2098 would make a second form of the same signature.
    function test_Quorum_RefusesTheCompactForm() external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[0], vault.proposalDigest(proposal));
        signed[0].data = abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
        refuseSigner(proposal, signed, signed[0].signer);
    }

    /// @dev The same signature with s mirrored recovers to the same signer where nobody checks.
    function testFuzz_Quorum_RefusesTheOtherHalfOfASignature(bytes32 root) external {
        vm.assume(root != 0);
        Proposal memory proposal = proposalOf(root, oneTotal(address(dollar), 10));
        bytes32 digest = vault.proposalDigest(proposal);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[0], digest);
        Signature[] memory signed = signatures(proposal, 2);
        bytes32 mirrored = bytes32(CURVE_ORDER - uint256(s));
        uint8 other = v == 27 ? 28 : 27;
        assertEq(ecrecover(digest, other, r, mirrored), signed[0].signer, "the same signer");
        signed[0].data = abi.encodePacked(r, mirrored, other);
        refuseSigner(proposal, signed, signed[0].signer);
    }

    function testFuzz_Quorum_RefusesAnotherRecoveryByte(uint8 v) external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        vm.assume(v != uint8(signed[0].data[64]));
        signed[0].data[64] = bytes1(v);
        refuseSigner(proposal, signed, signed[0].signer);
    }

    // Replay

    function test_Quorum_OfAnotherEpochIsNotTaken() external {
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        settle(proposal);
        (proposal.epoch, proposal.previousRoot, proposal.root) = (2, ROOT, "next root");
        proposal.totals[0].total = 20;
        refuseSigner(proposal, signed, signed[0].signer);
    }

    function test_Quorum_ForAnotherVaultIsNotTaken() external {
        RoyaltySplit first = vault;
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        deploy(address(dollar));
        (bytes32 model,) = registerModel("model");
        payDollars(model, 1_000);
        assertTrue(address(first) != address(vault), "another vault");
        refuseSigner(proposal, signed, signed[0].signer);
        first.propose(proposal, signed);
    }

    function testFuzz_Quorum_ForAnotherChainIsNotTaken(uint32 chain) external {
        (,,, uint256 chainId,,,) = vault.eip712Domain();
        vm.assume(chain != 0 && chain != chainId);
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        vm.chainId(chain);
        refuseSigner(proposal, signed, signed[0].signer);
    }

    // Members with code

    function test_Quorum_TakesAContractsWord() external {
        address wallet = address(new Wallet(vm.addr(WALLET_KEY)));
        (Proposal memory proposal, Signature[] memory signed, uint256 at) = seatWithKey(wallet);
        bytes32 digest = vault.proposalDigest(proposal);
        signed[at].data = signature(WALLET_KEY, keccak256("something else"));
        refuseSigner(proposal, signed, wallet);
        signed[at].data = signature(WALLET_KEY, digest);
        vault.propose(proposal, signed);
    }

    /// @dev The key behind a contract cannot sign in its own name.
    function test_Quorum_RefusesAContractsKeyInItsPlace() external {
        address wallet = address(new Wallet(vm.addr(WALLET_KEY)));
        (Proposal memory proposal, Signature[] memory signed, uint256 at) = seatWithKey(wallet);
        bytes memory word = signature(WALLET_KEY, vault.proposalDigest(proposal));
        Signature[] memory swapped = new Signature[](2);
        (uint256 own, uint256 other) = vm.addr(WALLET_KEY) < signed[1 - at].signer ? (0, 1) : (1, 0);
        swapped[own] = Signature({signer: vm.addr(WALLET_KEY), data: word});
        swapped[other] = signed[1 - at];
        refuseSigner(proposal, swapped, vm.addr(WALLET_KEY));
    }

    function test_Quorum_RefusesContractsThatAnswerOddly() external {
        bytes4 yes = IERC1271.isValidSignature.selector;
        address[7] memory odd = [
            // Nothing; too short; another word; the word with something behind it; a number that holds it elsewhere.
            address(new OddWallet("", false)),
            address(new OddWallet(abi.encodePacked(yes), false)),
            address(new OddWallet(abi.encode(bytes4(0xffffffff)), false)),
            address(new OddWallet(abi.encode(uint256(bytes32(yes)) | 1), false)),
            address(new OddWallet(abi.encode(uint32(yes)), false)),
            address(new OddWallet(abi.encode(yes), true)),
            // No code that answers at all.
            address(dollar)
        ];
        for (uint256 i = 0; i < odd.length; ++i) {
            (Proposal memory proposal, Signature[] memory signed,) = seatWithKey(odd[i]);
            refuseSigner(proposal, signed, odd[i]);
        }
        (Proposal memory last, Signature[] memory all,) =
            seatWithKey(address(new OddWallet(abi.encode(yes), false)));
        vault.propose(last, all);
    }

    /// @dev EIP-7702: the address of a key may have code. Then either will do, and neither takes the other's place.
    function testFuzz_Quorum_TakesKeyOrCodeOfAMemberThatHasBoth(bool byCode, bytes calldata junk) external {
        vm.etch(vm.addr(keys[1]), address(new Wallet(vm.addr(WALLET_KEY))).code);
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        bytes memory own = signed[1].data;
        signed[1].data = junk;
        refuseSigner(proposal, signed, signed[1].signer);
        signed[1].data = byCode ? signature(WALLET_KEY, vault.proposalDigest(proposal)) : own;
        vault.propose(proposal, signed);
    }

    function test_Quorum_TakesTheKeyOfAMemberWhoseCodeRefusesEverything() external {
        vm.etch(vm.addr(keys[0]), hex"5f5ffd");
        Proposal memory proposal = good();
        Signature[] memory signed = signatures(proposal, 2);
        bytes memory own = signed[0].data;
        signed[0].data = "";
        refuseSigner(proposal, signed, signed[0].signer);
        signed[0].data = own;
        vault.propose(proposal, signed);
    }

    function test_Quorum_RefusesTheOtherHalfOfASignatureOfAMemberWithCodeToo() external {
        vm.etch(vm.addr(keys[0]), address(new Wallet(vm.addr(keys[0]))).code);
        Proposal memory proposal = good();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[0], vault.proposalDigest(proposal));
        Signature[] memory signed = signatures(proposal, 2);
        signed[0].data = abi.encodePacked(r, CURVE_ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
        refuseSigner(proposal, signed, signed[0].signer);
    }
}
