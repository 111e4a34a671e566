// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {DemoDollar} from "../../../contracts/demo/DemoDollar.sol";
import {InferencePayments} from "../../../contracts/InferencePayments.sol";
import {Parent, Registration, SplitRow} from "../../../contracts/interfaces/IModelRegistry.sol";
import {ListedToken, Proposal, TokenTotal} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {RoyaltySplit} from "../../../contracts/RoyaltySplit.sol";
import {Leaf, Merkle} from "./Merkle.sol";
import {Test} from "./Test.sol";

/// @title A deployment to test against: three attestors of whom two sign, one guardian, a dollar and native coin
abstract contract Deployed is Test {
    address internal constant NATIVE = address(0);
    uint32 internal constant WINDOW = 1 days;
    uint32 internal constant NOTICE = 7 days;

    address internal constant creator = address(0xC0FFEE);
    address internal constant payer = address(0xBEEF);
    address internal constant guardian = address(0x6A6A);
    address internal constant alice = address(0xA11CE);
    address internal constant bob = address(0xB0B);

    ModelRegistry internal registry;
    InferencePayments internal rail;
    RoyaltySplit internal vault;
    DemoDollar internal dollar;

    /// @dev In ascending order of address, as signatures have to be.
    uint256[] internal keys;

    function setUp() public virtual {
        vm.roll(1_000);
        vm.warp(1_800_000_000);
        dollar = new DemoDollar();
        deploy(address(dollar));
    }

    function deploy(address token) internal {
        ListedToken[] memory tokens = new ListedToken[](2);
        tokens[0] = ListedToken({token: NATIVE, smallestLeaf: 1 gwei});
        tokens[1] = ListedToken({token: token, smallestLeaf: 10_000});
        deploy(tokens);
    }

    function deploy(ListedToken[] memory tokens) internal {
        if (keys.length == 0) _makeKeys(3);
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 2);
        registry = new ModelRegistry(predicted);
        rail = new InferencePayments(address(registry), predicted);
        vault = new RoyaltySplit(address(registry), address(rail), guardian, attestors(), 2, WINDOW, tokens);
    }

    function attestors() internal view returns (address[] memory all) {
        all = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) all[i] = vm.addr(keys[i]);
    }

    // Models and money

    function registration(bytes32 salt) internal pure returns (Registration memory) {
        SplitRow[] memory rows = new SplitRow[](1);
        rows[0] = SplitRow({account: alice, weight: 1, role: "data"});
        return Registration({
            salt: salt,
            noticePeriod: NOTICE,
            identityHash: keccak256("weights"),
            metadataHash: keccak256("metadata"),
            uri: "https://models.example/1.json",
            split: rows,
            parents: new Parent[](0),
            gateways: new address[](0)
        });
    }

    function registerModel(bytes32 salt) internal returns (bytes32 modelId, address payAddress) {
        Registration memory all = registration(salt);
        vm.prank(creator);
        return registry.register(all);
    }

    function payNative(bytes32 modelId, uint256 amount) internal {
        vm.deal(payer, amount);
        vm.prank(payer);
        rail.pay{value: amount}(modelId, NATIVE, amount, "use");
    }

    function payDollars(bytes32 modelId, uint256 amount) internal {
        dollar.mint(payer, amount);
        vm.startPrank(payer);
        dollar.approve(address(rail), amount);
        rail.pay(modelId, address(dollar), amount, "use");
        vm.stopPrank();
    }

    function one(bytes32 modelId) internal pure returns (bytes32[] memory ids) {
        ids = new bytes32[](1);
        ids[0] = modelId;
    }

    // Epochs

    function oneTotal(address token, uint128 total) internal pure returns (TokenTotal[] memory totals) {
        totals = new TokenTotal[](1);
        totals[0] = TokenTotal({token: token, total: total});
    }

    /// @dev A proposal that the vault takes, if the totals are covered.
    function proposalOf(bytes32 root, TokenTotal[] memory totals) internal view returns (Proposal memory) {
        return Proposal({
            epoch: vault.epoch() + 1,
            attempt: vault.attempt(),
            previousRoot: vault.root(),
            root: root,
            bundleHash: keccak256(abi.encode("bundle", root)),
            lastBlock: uint64(block.number - 1),
            lastBlockHash: blockhash(block.number - 1),
            totals: totals,
            bundleUri: "https://bundles.example/1.json"
        });
    }

    function signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev Signed by the first `count` attestors.
    function signatures(Proposal memory proposal, uint256 count) internal view returns (bytes[] memory all) {
        bytes32 digest = vault.proposalDigest(proposal);
        all = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) all[i] = signature(keys[i], digest);
    }

    function propose(bytes32 root, TokenTotal[] memory totals) internal returns (Proposal memory proposal) {
        proposal = proposalOf(root, totals);
        vault.propose(proposal, signatures(proposal, 2));
    }

    function settle(bytes32 root, TokenTotal[] memory totals) internal {
        propose(root, totals);
        vm.warp(block.timestamp + WINDOW);
        vault.activate();
        vm.roll(block.number + 1);
    }

    /// @dev Makes one leaf of one token claimable.
    function settleOne(address account, address token, uint128 cumulative) internal returns (Leaf[] memory leaves) {
        leaves = new Leaf[](1);
        leaves[0] = Leaf({account: account, token: token, cumulative: cumulative});
        settle(Merkle.root(leaves), oneTotal(token, cumulative));
    }

    function noProof() internal pure returns (bytes32[] memory) {
        return new bytes32[](0);
    }

    function _makeKeys(uint256 count) private {
        for (uint256 i = 0; i < count; ++i) {
            keys.push(uint256(keccak256(abi.encode("attestor", i))));
            for (uint256 j = i; j != 0 && vm.addr(keys[j]) < vm.addr(keys[j - 1]); --j) {
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
            }
        }
    }
}
