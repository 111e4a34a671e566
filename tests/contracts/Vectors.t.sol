// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Proposal, TokenTotal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {RoyaltySplit} from "../../contracts/RoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {Leaf, Merkle} from "./support/Merkle.sol";

/// @title The golden data in tests/vectors, as the contracts see it
contract VectorsTest is Deployed {
    string private merkle;
    string private chain;

    function setUp() public override {
        super.setUp();
        merkle = vm.readFile("tests/vectors/merkle.json");
        chain = vm.readFile("tests/vectors/chain.json");
    }

    function at(string memory list, uint256 index, string memory field) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(index), "].", field);
    }

    function test_Trees_OfUpToAHundredLeavesAreRebuilt() external view {
        string memory json = merkle;
        for (uint256 i = 0; i < 34; ++i) {
            Leaf[] memory leaves = _leaves(json, i);
            assertEq(leaves.length, i < 33 ? i + 1 : 100, "size");
            assertEq(Merkle.root(leaves), vm.parseJsonBytes32(json, at("trees", i, "root")), "root");
            bytes memory hashes;
            for (uint256 j = 0; j < leaves.length; ++j) {
                hashes = bytes.concat(hashes, Merkle.hash(leaves[j]));
                assertTrue(j == 0 || _ordered(leaves[j - 1], leaves[j]), "order");
            }
            assertEq(keccak256(hashes), vm.parseJsonBytes32(json, at("trees", i, "leavesHash")), "leaves");
        }
    }

    function test_Proofs_AreTakenByTheLibraryThatTheVaultUses() external view {
        string memory json = merkle;
        // All proofs of some sizes around powers of two, and those of the large trees.
        uint8[12] memory trees = [0, 1, 2, 3, 4, 6, 7, 8, 15, 16, 33, 34];
        for (uint256 i = 0; i < trees.length; ++i) {
            uint256 size = vm.parseJsonUint(json, at("trees", trees[i], "size"));
            bytes32 root = vm.parseJsonBytes32(json, at("trees", trees[i], "root"));
            uint256 proofs = size <= 33 ? size : 3;
            for (uint256 j = 0; j < proofs; ++j) {
                string memory one = at("trees", trees[i], string.concat("proofs[", vm.toString(j), "]."));
                bytes32[] memory proof = vm.parseJsonBytes32Array(json, string.concat(one, "proof"));
                bytes32 leaf = Merkle.hash(
                    Leaf({
                        account: vm.parseJsonAddress(json, string.concat(one, "account")),
                        token: vm.parseJsonAddress(json, string.concat(one, "token")),
                        cumulative: vm.parseJsonUint(json, string.concat(one, "amount"))
                    })
                );
                assertEq(leaf, vm.parseJsonBytes32(json, string.concat(one, "leaf")), "leaf");
                assertTrue(MerkleProof.verify(proof, root, leaf), "proof");
            }
        }
    }

    function test_Proofs_AreTheOnesThatTheTestsBuild() external view {
        string memory json = merkle;
        uint8[5] memory trees = [0, 2, 6, 12, 32];
        for (uint256 i = 0; i < trees.length; ++i) {
            Leaf[] memory leaves = _leaves(json, trees[i]);
            for (uint256 j = 0; j < leaves.length; ++j) {
                string memory key = at("trees", trees[i], string.concat("proofs[", vm.toString(j), "].proof"));
                assertEq(
                    keccak256(abi.encode(Merkle.proof(leaves, j))),
                    keccak256(abi.encode(vm.parseJsonBytes32Array(json, key))),
                    "proof"
                );
            }
        }
    }

    function test_Hashes_AreKeccak() external view {
        string memory json = chain;
        for (uint256 i = 0; i < 15; ++i) {
            bytes memory input = vm.parseJsonBytes(json, at("keccak", i, "input"));
            assertEq(input.length, vm.parseJsonUint(json, at("keccak", i, "length")), "length");
            assertEq(keccak256(input), vm.parseJsonBytes32(json, at("keccak", i, "hash")), "hash");
        }
    }

    function test_Transactions_HashToTheirNamesAndRecoverToTheirSenders() external view {
        string memory json = chain;
        for (uint256 i = 0; i < 20; ++i) {
            assertEq(
                keccak256(vm.parseJsonBytes(json, at("transactions", i, "raw"))),
                vm.parseJsonBytes32(json, at("transactions", i, "hash")),
                "hash"
            );
            address sender = ecrecover(
                vm.parseJsonBytes32(json, at("transactions", i, "unsignedHash")),
                uint8(27 + vm.parseJsonUint(json, at("transactions", i, "yParity"))),
                vm.parseJsonBytes32(json, at("transactions", i, "r")),
                vm.parseJsonBytes32(json, at("transactions", i, "s"))
            );
            assertEq(sender, vm.parseJsonAddress(json, at("transactions", i, "from")), "sender");
            assertEq(sender, vm.addr(vm.parseJsonUint(json, at("transactions", i, "privateKey"))), "key");
        }
    }

    function test_Proposals_HaveTheDigestsThatTheVaultComputes() external {
        string memory json = chain;
        for (uint256 i = 0; i < 10; ++i) {
            // The vault's code at the address, and on the chain, that the vector names.
            address verifier = vm.parseJsonAddress(json, at("proposals", i, "domain.verifyingContract"));
            vm.etch(verifier, address(vault).code);
            vm.chainId(vm.parseJsonUint(json, at("proposals", i, "domain.chainId")));

            bytes32 digest = RoyaltySplit(payable(verifier)).proposalDigest(_proposal(json, i));
            assertEq(digest, vm.parseJsonBytes32(json, at("proposals", i, "digest")), "digest");
            for (uint256 j = 0; j < 3; ++j) {
                string memory one = at("proposals", i, string.concat("signatures[", vm.toString(j), "]."));
                assertEq(
                    ECDSA.recover(digest, vm.parseJsonBytes(json, string.concat(one, "signature"))),
                    vm.parseJsonAddress(json, string.concat(one, "signer")),
                    "signer"
                );
            }
        }
    }

    function _proposal(string memory json, uint256 i) private pure returns (Proposal memory proposal) {
        proposal.epoch = uint64(vm.parseJsonUint(json, at("proposals", i, "message.epoch")));
        proposal.attempt = uint32(vm.parseJsonUint(json, at("proposals", i, "message.attempt")));
        proposal.previousRoot = vm.parseJsonBytes32(json, at("proposals", i, "message.previousRoot"));
        proposal.root = vm.parseJsonBytes32(json, at("proposals", i, "message.root"));
        proposal.bundleHash = vm.parseJsonBytes32(json, at("proposals", i, "message.bundleHash"));
        proposal.lastBlock = uint64(vm.parseJsonUint(json, at("proposals", i, "message.lastBlock")));
        proposal.lastBlockHash = vm.parseJsonBytes32(json, at("proposals", i, "message.lastBlockHash"));
        proposal.bundleUri = vm.parseJsonString(json, at("proposals", i, "message.bundleUri"));
        // The generator gives proposal i the remainder of i by 4 as its number of totals.
        proposal.totals = new TokenTotal[](i % 4);
        for (uint256 j = 0; j < proposal.totals.length; ++j) {
            string memory one = at("proposals", i, string.concat("message.totals[", vm.toString(j), "]."));
            proposal.totals[j] = TokenTotal({
                token: vm.parseJsonAddress(json, string.concat(one, "token")),
                total: uint128(vm.parseJsonUint(json, string.concat(one, "total")))
            });
        }
    }

    function _leaves(string memory json, uint256 tree) private pure returns (Leaf[] memory leaves) {
        address[] memory accounts = vm.parseJsonAddressArray(json, at("trees", tree, "accounts"));
        address[] memory tokens = vm.parseJsonAddressArray(json, at("trees", tree, "tokens"));
        uint256[] memory amounts = vm.parseJsonUintArray(json, at("trees", tree, "amounts"));
        leaves = new Leaf[](accounts.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = Leaf({account: accounts[i], token: tokens[i], cumulative: amounts[i]});
        }
    }

    function _ordered(Leaf memory a, Leaf memory b) private pure returns (bool) {
        return a.token != b.token ? a.token < b.token : a.account < b.account;
    }
}
