// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {DemoDollar} from "../../../contracts/demo/DemoDollar.sol";
import {InferencePayments} from "../../../contracts/InferencePayments.sol";
import {
    Parent,
    Registration,
    SplitRow,
    SplitTable,
    TableCommitment
} from "../../../contracts/interfaces/IModelRegistry.sol";
import {
    ChangeKind,
    ListedToken,
    Proposal,
    Signature,
    SweepOrder,
    TokenTotal,
    VaultSettings
} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {RoyaltySplit} from "../../../contracts/RoyaltySplit.sol";
import {Artifacts} from "./Artifacts.sol";
import {Leaf, Merkle} from "./Merkle.sol";
import {Test} from "./Test.sol";

/// @notice What the chain says now. The compiler takes `block.timestamp` for constant within a call, and so may read it
/// before or after a cheat code changes it.
interface ClockCheats {
    function getBlockTimestamp() external view returns (uint256);
    function getBlockNumber() external view returns (uint256);
}

/// @title A deployment to test against: three attestors of whom two sign, one guardian, a dollar and native coin
abstract contract Deployed is Test {
    address internal constant NATIVE = address(0);
    uint32 internal constant WINDOW = 1 days;
    uint32 internal constant NOTICE = 7 days;

    address internal constant creator = address(0xC0FFEE);
    address internal constant payer = address(0xBEEF);
    address internal constant guardian = address(0x6A6A);
    address internal constant governor = address(0x6071);
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

    function time() internal view returns (uint64) {
        return uint64(ClockCheats(address(vm)).getBlockTimestamp());
    }

    function wait(uint256 secs) internal {
        vm.warp(time() + secs);
    }

    function blockNumber() internal view returns (uint64) {
        return uint64(ClockCheats(address(vm)).getBlockNumber());
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
        registry = ModelRegistry(Artifacts.create("ModelRegistry", abi.encode(predicted)));
        rail = InferencePayments(Artifacts.create("InferencePayments", abi.encode(registry, predicted)));
        vault = RoyaltySplit(payable(Artifacts.create("RoyaltySplit", abi.encode(registry, rail, settings(tokens)))));
    }

    function settings(ListedToken[] memory tokens) internal view returns (VaultSettings memory) {
        return VaultSettings({
            guardian: guardian,
            governor: governor,
            attestors: attestors(),
            threshold: 2,
            window: WINDOW,
            tokens: tokens
        });
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
            royalty: 500,
            split: tableOf(rows),
            parents: new Parent[](0),
            gateways: new address[](0)
        });
    }

    /// @dev A table of rows alone.
    function tableOf(SplitRow[] memory rows) internal pure returns (SplitTable memory) {
        return SplitTable({
            rows: rows,
            poolWeight: 0,
            fallbackRows: new SplitRow[](0),
            committed: TableCommitment({hash: 0, rows: 0, weight: 0, uri: ""})
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

    function sweep(address token, bytes32[] memory modelIds) internal {
        SweepOrder[] memory orders = new SweepOrder[](1);
        orders[0] = SweepOrder({token: token, modelIds: modelIds});
        vault.sweep(orders);
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
            attestorSet: vault.attestorSet(),
            previousRoot: vault.root(),
            root: root,
            pushRoot: 0,
            recordRoot: 0,
            bundleHash: keccak256(abi.encode("bundle", root)),
            lastBlock: blockNumber() - 1,
            lastBlockHash: blockhash(blockNumber() - 1),
            totals: totals,
            revoked: new bytes32[](0),
            bundleUri: "https://bundles.example/1.json"
        });
    }

    function signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev Signed by the first `count` attestors.
    function signatures(Proposal memory proposal, uint256 count) internal view returns (Signature[] memory) {
        return signaturesOf(vault.proposalDigest(proposal), count);
    }

    /// @dev By the first `count` attestors.
    function signaturesOf(bytes32 digest, uint256 count) internal view returns (Signature[] memory all) {
        all = new Signature[](count);
        for (uint256 i = 0; i < count; ++i) {
            all[i] = Signature({signer: vm.addr(keys[i]), data: signature(keys[i], digest)});
        }
    }

    /// @dev The EIP-712 digest of a struct that is for the vault.
    function typedDigest(bytes32 content) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("OpenSettle"),
                keccak256("1"),
                block.chainid,
                address(vault)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, content));
    }

    /// @dev Signed after the test has changed what it wants refused.
    function refuse(Proposal memory proposal, bytes memory reason) internal {
        Signature[] memory signed = signatures(proposal, 2);
        vm.expectRevert(reason);
        vault.propose(proposal, signed);
    }

    function propose(bytes32 root, TokenTotal[] memory totals) internal returns (Proposal memory proposal) {
        proposal = proposalOf(root, totals);
        vault.propose(proposal, signatures(proposal, 2));
    }

    function settle(bytes32 root, TokenTotal[] memory totals) internal returns (Proposal memory proposal) {
        proposal = proposalOf(root, totals);
        settle(proposal);
    }

    function settle(Proposal memory proposal) internal {
        vault.propose(proposal, signatures(proposal, 2));
        wait(WINDOW);
        vault.activate(proposal);
        vm.roll(blockNumber() + 1);
    }

    /// @dev Makes one leaf of one token claimable.
    function settleOne(address account, address token, uint128 cumulative) internal returns (Leaf[] memory leaves) {
        leaves = new Leaf[](1);
        leaves[0] = Leaf({account: account, token: token, cumulative: cumulative});
        settle(Merkle.root(leaves), oneTotal(token, cumulative));
    }

    function veto(Proposal memory proposal) internal {
        vm.prank(guardian);
        vault.veto(proposal.epoch, proposal.attempt);
    }

    // Governance

    /// @dev Schedules a change, waits, and carries it out.
    function govern(ChangeKind kind, bytes memory data) internal {
        vm.prank(governor);
        vault.schedule(kind, data);
        wait(2 * uint256(vault.window()));
        vault.execute(kind, data);
    }

    function guardianDigest(address next) internal view returns (bytes32) {
        return typedDigest(
            keccak256(
                abi.encode(
                    keccak256("GuardianChange(address guardian,uint32 attestorSet,uint256 nonce)"),
                    next,
                    vault.attestorSet(),
                    vault.guardianNonce()
                )
            )
        );
    }

    function scheduleGuardian(address next) internal {
        Signature[] memory signed = signaturesOf(guardianDigest(next), 2);
        vm.prank(governor);
        vault.scheduleGuardian(next, signed);
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
