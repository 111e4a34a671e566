// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {EpochRecord, Proposal, TokenTotal} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {RoyaltySplit} from "../../contracts/RoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";
import {Leaf, Merkle, PushLeaf} from "./support/Merkle.sol";

/// @notice A cheatcode that only these tests need.
interface BooleanCheats {
    function parseJsonBoolArray(string calldata json, string calldata key) external pure returns (bool[] memory);
}

/// @notice The library's functions on calldata, which the vault uses.
contract CalldataProofs {
    function verify(bytes32[] calldata proof, bytes32 root, bytes32 leaf) external pure returns (bool) {
        return MerkleProof.verifyCalldata(proof, root, leaf);
    }

    function verifyMulti(bytes32[] calldata proof, bool[] calldata flags, bytes32 root, bytes32[] calldata leaves)
        external
        pure
        returns (bool)
    {
        return MerkleProof.multiProofVerifyCalldata(proof, flags, root, leaves);
    }
}

/// @title The golden data in tests/vectors, as the contracts see it
contract VectorsTest is Deployed {
    string private merkle;
    string private many;
    string private chain;
    CalldataProofs private proofs;

    function setUp() public override {
        super.setUp();
        merkle = vm.readFile("tests/vectors/merkle.json");
        many = vm.readFile("tests/vectors/trees.json");
        chain = vm.readFile("tests/vectors/chain.json");
        proofs = new CalldataProofs();
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
            uint256 count = size <= 33 ? size : 3;
            for (uint256 j = 0; j < count; ++j) {
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
                assertTrue(proofs.verify(proof, root, leaf), "proof");
                assertTrue(!proofs.verify(proof, root, ~leaf), "another leaf");
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

    function test_Roots_OfTreesOfManySizesAreTheOnesThatTheTestsBuild() external view {
        string memory json = many;
        uint8[6] memory sizes = [40, 64, 65, 127, 128, 129];
        for (uint256 i = 0; i < sizes.length; ++i) {
            string memory column = string.concat("roots[", vm.toString(sizes[i] - 1), "]");
            PushLeaf[] memory entries = _madePushes(sizes[i]);
            assertEq(Merkle.root(entries), vm.parseJsonBytes32(json, string.concat(".push.", column)), "root");
        }
    }

    function test_MultiProofs_AreTakenByTheLibraryThatTheVaultUses() external {
        string memory json = many;
        for (uint256 i = 0; i < 15; ++i) {
            string memory one = at("multiProofs", i, "");
            address[] memory accounts = vm.parseJsonAddressArray(json, string.concat(one, "accounts"));
            address[] memory tokens = vm.parseJsonAddressArray(json, string.concat(one, "tokens"));
            uint256[] memory amounts = vm.parseJsonUintArray(json, string.concat(one, "amounts"));
            assertEq(accounts.length, vm.parseJsonUintArray(json, string.concat(one, "indices")).length, "leaves");
            bytes32[] memory hashes = new bytes32[](accounts.length);
            for (uint256 j = 0; j < hashes.length; ++j) {
                hashes[j] = Merkle.hash(Leaf({account: accounts[j], token: tokens[j], cumulative: amounts[j]}));
            }
            _checkMultiProof(json, one, hashes);
        }
    }

    function test_PushTrees_AreRebuiltAndTheirProofsTaken() external view {
        string memory json = many;
        for (uint256 i = 0; i < 5; ++i) {
            PushLeaf[] memory entries = _pushes(json, i);
            assertEq(entries.length, vm.parseJsonUint(json, at("pushTrees", i, "size")), "size");
            bytes32 root = vm.parseJsonBytes32(json, at("pushTrees", i, "root"));
            assertEq(Merkle.root(entries), root, "root");
            for (uint256 j = 0; j < entries.length; ++j) {
                bytes32[] memory proof =
                    vm.parseJsonBytes32Array(json, at("pushTrees", i, string.concat("proofs[", vm.toString(j), "]")));
                assertTrue(proofs.verify(proof, root, Merkle.hash(entries[j])), "proof");
                entries[j].index = j + 1;
                assertTrue(!proofs.verify(proof, root, Merkle.hash(entries[j])), "another position");
                entries[j].index = j;
            }
        }
    }

    function test_PushMultiProofs_AreTakenByTheLibraryThatTheVaultUses() external {
        string memory json = many;
        for (uint256 i = 0; i < 4; ++i) {
            string memory one = at("pushMultiProofs", i, "");
            uint256[] memory indices = vm.parseJsonUintArray(json, string.concat(one, "index"));
            PushLeaf[] memory entries = _madePushes(vm.parseJsonUint(json, string.concat(one, "size")));
            bytes32[] memory hashes = new bytes32[](indices.length);
            for (uint256 j = 0; j < hashes.length; ++j) {
                hashes[j] = Merkle.hash(entries[indices[j]]);
            }
            _checkMultiProof(json, one, hashes);
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

            Proposal memory proposal = _proposal(json, i);
            bytes32 digest = RoyaltySplit(payable(verifier)).proposalDigest(proposal);
            assertEq(digest, vm.parseJsonBytes32(json, at("proposals", i, "digest")), "digest");
            assertEq(
                keccak256(abi.encode(proposal)),
                keccak256(vm.parseJsonBytes(json, at("proposals", i, "encoded"))),
                "encoding"
            );
            assertEq(_recordHash(proposal), vm.parseJsonBytes32(json, at("proposals", i, "record.hash")), "record");
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

    function _recordHash(Proposal memory proposal) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                EpochRecord({
                    epoch: proposal.epoch,
                    lastBlock: proposal.lastBlock,
                    root: proposal.root,
                    recordRoot: proposal.recordRoot,
                    bundleHash: proposal.bundleHash
                })
            )
        );
    }

    function _proposal(string memory json, uint256 i) private pure returns (Proposal memory proposal) {
        proposal.epoch = uint64(vm.parseJsonUint(json, at("proposals", i, "message.epoch")));
        proposal.attempt = uint32(vm.parseJsonUint(json, at("proposals", i, "message.attempt")));
        proposal.attestorSet = uint32(vm.parseJsonUint(json, at("proposals", i, "message.attestorSet")));
        proposal.previousRoot = vm.parseJsonBytes32(json, at("proposals", i, "message.previousRoot"));
        proposal.root = vm.parseJsonBytes32(json, at("proposals", i, "message.root"));
        proposal.pushRoot = vm.parseJsonBytes32(json, at("proposals", i, "message.pushRoot"));
        proposal.recordRoot = vm.parseJsonBytes32(json, at("proposals", i, "message.recordRoot"));
        proposal.bundleHash = vm.parseJsonBytes32(json, at("proposals", i, "message.bundleHash"));
        proposal.lastBlock = uint64(vm.parseJsonUint(json, at("proposals", i, "message.lastBlock")));
        proposal.lastBlockHash = vm.parseJsonBytes32(json, at("proposals", i, "message.lastBlockHash"));
        proposal.bundleUri = vm.parseJsonString(json, at("proposals", i, "message.bundleUri"));
        proposal.revoked = vm.parseJsonBytes32Array(json, at("proposals", i, "message.revoked"));
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

    function _checkMultiProof(string memory json, string memory one, bytes32[] memory hashes) private {
        bytes32 root = vm.parseJsonBytes32(json, string.concat(one, "root"));
        bytes32[] memory proof = vm.parseJsonBytes32Array(json, string.concat(one, "proof"));
        bool[] memory flags = BooleanCheats(address(vm)).parseJsonBoolArray(json, string.concat(one, "proofFlags"));
        bytes32[] memory expected = vm.parseJsonBytes32Array(json, string.concat(one, "hashes"));
        assertEq(keccak256(abi.encode(hashes)), keccak256(abi.encode(expected)), "hashes");
        assertTrue(proofs.verifyMulti(proof, flags, root, hashes), "multiproof");
        if (hashes.length != 0) {
            hashes[0] = ~hashes[0];
            assertTrue(!proofs.verifyMulti(proof, flags, root, hashes), "another leaf");
        }
        vm.expectRevert(MerkleProof.MerkleProofInvalidMultiproof.selector);
        proofs.verifyMulti(proof, new bool[](flags.length + 1), root, hashes);
    }

    /// @dev The entries that the vectors' "about" describes.
    function _madePushes(uint256 size) private view returns (PushLeaf[] memory entries) {
        address[] memory tokens = vm.parseJsonAddressArray(merkle, ".tokens");
        entries = new PushLeaf[](size);
        for (uint256 i = 0; i < size; ++i) {
            string memory name = string.concat("opensettle/push/", vm.toString(size), "/", vm.toString(i));
            bytes32 h = keccak256(bytes(name));
            bytes32 recipient = i % 3 == 0 ? h : keccak256(bytes(string.concat(name, "/recipient")));
            entries[i] = PushLeaf({
                index: i,
                account: address(bytes20(h)),
                recipient: address(bytes20(recipient)),
                token: tokens[uint8(h[20]) % 3],
                amount: uint128(uint256(h))
            });
        }
    }

    function _pushes(string memory json, uint256 tree) private pure returns (PushLeaf[] memory entries) {
        address[] memory accounts = vm.parseJsonAddressArray(json, at("pushTrees", tree, "accounts"));
        address[] memory recipients = vm.parseJsonAddressArray(json, at("pushTrees", tree, "recipients"));
        address[] memory tokens = vm.parseJsonAddressArray(json, at("pushTrees", tree, "tokens"));
        uint256[] memory amounts = vm.parseJsonUintArray(json, at("pushTrees", tree, "amounts"));
        entries = new PushLeaf[](accounts.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            entries[i] = PushLeaf({
                index: i,
                account: accounts[i],
                recipient: recipients[i],
                token: tokens[i],
                amount: amounts[i]
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
