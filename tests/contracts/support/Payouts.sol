// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    AccountAmount,
    ClaimRequest,
    IRoyaltySplit,
    Proposal
} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {Deployed} from "./Deployed.sol";
import {Leaf, Merkle, PushLeaf} from "./Merkle.sol";
import {MintableToken} from "./Tokens.sol";

/// @title A vault with money in it, and the short ways to pay it out
abstract contract Payouts is Deployed {
    uint128 internal constant FUNDS = 1_000_000;

    bytes32 internal model;
    address internal payAddress;

    function setUp() public virtual override {
        super.setUp();
        (model, payAddress) = registerModel("model");
        payDollars(model, FUNDS);
        payNative(model, FUNDS);
    }

    /// @dev Deploys anew with another token in the dollar's place, and the same funds.
    function fundWith(address token) internal {
        deploy(token);
        (model, payAddress) = registerModel("model");
        MintableToken(token).mint(payAddress, FUNDS);
        sweep(token, one(model));
        payNative(model, FUNDS);
    }

    function holding(address account, address token) internal view returns (uint256) {
        return token == NATIVE ? account.balance : MintableToken(token).balanceOf(account);
    }

    /// @dev An address that holds nothing and has no code.
    function person(uint256 number) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("person", number)))));
    }

    // Claims

    function leafOf(address account, address token, uint256 cumulative) internal pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](1);
        leaves[0] = Leaf({account: account, token: token, cumulative: cumulative});
    }

    /// @dev For different people, with 1 to 100 units each.
    function leavesOf(address token, uint256 count, uint256 seed) internal pure returns (Leaf[] memory leaves) {
        leaves = new Leaf[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 amount = 1 + uint256(keccak256(abi.encode(seed, i))) % 100;
            leaves[i] = Leaf({account: person(i), token: token, cumulative: amount});
        }
    }

    /// @dev Makes leaves of one token claimable, and promises what they sum to.
    function settleLeaves(Leaf[] memory leaves) internal returns (uint256 sum) {
        for (uint256 i = 0; i < leaves.length; ++i) sum += leaves[i].cumulative;
        settle(Merkle.root(leaves), oneTotal(leaves[0].token, uint128(sum)));
    }

    function claim(Leaf[] memory leaves, uint256 index) internal returns (uint256) {
        Leaf memory leaf = leaves[index];
        return vault.claim(leaf.cumulative, leaf.account, leaf.token, Merkle.proof(leaves, index));
    }

    function requestsOf(Leaf[] memory leaves) internal pure returns (ClaimRequest[] memory requests) {
        requests = new ClaimRequest[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) requests[i] = requestOf(leaves, i);
    }

    function requestOf(Leaf[] memory leaves, uint256 index) internal pure returns (ClaimRequest memory) {
        return ClaimRequest({
            account: leaves[index].account,
            token: leaves[index].token,
            cumulative: leaves[index].cumulative,
            proof: Merkle.proof(leaves, index)
        });
    }

    /// @dev The call of `claimBatch` for the chosen leaves.
    function batchCall(Leaf[] memory leaves, bool[] memory chosen) internal view returns (bytes memory) {
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(Merkle.hashes(leaves), chosen);
        return abi.encodeCall(
            vault.claimBatch, (leaves[0].token, amountsOf(leaves, chosen), proof, Merkle.runs(flags))
        );
    }

    function amountsOf(Leaf[] memory leaves, bool[] memory chosen) internal pure returns (AccountAmount[] memory some) {
        uint256 count = 0;
        for (uint256 i = 0; i < leaves.length; ++i) if (chosen[i]) ++count;
        some = new AccountAmount[](count);
        for (uint256 i = leaves.length; i != 0; --i) {
            Leaf memory leaf = leaves[i - 1];
            if (chosen[i - 1]) some[--count] = AccountAmount({account: leaf.account, cumulative: leaf.cumulative});
        }
    }

    function all(uint256 count) internal pure returns (bool[] memory chosen) {
        chosen = new bool[](count);
        for (uint256 i = 0; i < count; ++i) chosen[i] = true;
    }

    /// @dev Claims all leaves in one batch.
    function claimAll(Leaf[] memory leaves) internal returns (uint256) {
        return claimSome(leaves, all(leaves.length));
    }

    function claimSome(Leaf[] memory leaves, bool[] memory chosen) internal returns (uint256) {
        (bytes32[] memory proof, bool[] memory flags) = Merkle.multiproof(Merkle.hashes(leaves), chosen);
        return vault.claimBatch(leaves[0].token, amountsOf(leaves, chosen), proof, Merkle.runs(flags));
    }

    // Pushes

    /// @dev Consecutive entries of different people, with 1 to 100 units each.
    function entriesOf(address token, uint256 first, uint256 count, uint256 seed)
        internal
        pure
        returns (PushLeaf[] memory leaves)
    {
        leaves = new PushLeaf[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = PushLeaf({
                index: first + i,
                account: person(i),
                recipient: person(i),
                token: token,
                amount: 1 + uint256(keccak256(abi.encode(seed, i))) % 100
            });
        }
    }

    /// @dev Of one token, with the promise that they need.
    function settlePushes(PushLeaf[] memory leaves) internal returns (uint64 epoch) {
        address token = leaves[0].token;
        uint256 total = vault.promised(token) + sumOf(leaves);
        Proposal memory proposal = proposalOf(vault.root(), oneTotal(token, uint128(total)));
        proposal.pushRoot = Merkle.root(leaves);
        settle(proposal);
        return proposal.epoch;
    }

    function sumOf(PushLeaf[] memory leaves) internal pure returns (uint256 sum) {
        for (uint256 i = 0; i < leaves.length; ++i) sum += leaves[i].amount;
    }

    /// @param pushed The places, bit by bit, of those that have to be paid; beyond 256 all alike.
    function checkPaid(uint64 number, PushLeaf[] memory leaves, uint256 pushed) internal view {
        for (uint256 i = 0; i < leaves.length; ++i) {
            bool isPaid = i < 256 ? pushed >> i & 1 == 1 : pushed == type(uint256).max;
            assertEq(vault.isPushPaid(number, leaves[i].index), isPaid, "bit");
            assertEq(holding(leaves[i].recipient, leaves[i].token), isPaid ? leaves[i].amount : 0, "received");
        }
    }

    // Revocation

    /// @dev An epoch that revokes one key, and puts another root with the same promise in the place of the last one.
    function revoke(bytes32 key) internal {
        Proposal memory proposal = proposalOf(keccak256(abi.encode("instead of", key)), oneTotal(NATIVE, 0));
        proposal.totals[0].total = uint128(vault.promised(NATIVE));
        proposal.revoked = new bytes32[](1);
        proposal.revoked[0] = key;
        settle(proposal);
    }

    // Typed data, from the texts that wallets show

    function domainOf(address verifier, uint256 chain) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("OpenSettle"),
                keccak256("1"),
                chain,
                verifier
            )
        );
    }

    function digestOf(bytes32 content) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainOf(address(vault), block.chainid), content));
    }

    function nonceOf(address account) internal view returns (uint256 nonce) {
        (, nonce) = vault.recipientOf(account);
    }

    function claimDigest(ClaimRequest memory request, address to, uint256 deadline) internal view returns (bytes32) {
        return digestOf(claimContent(request, to, nonceOf(request.account), deadline));
    }

    function claimContent(ClaimRequest memory request, address to, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 kind = keccak256(
            "Claim(address account,address token,address to,uint256 cumulative,uint256 nonce,uint256 deadline)"
        );
        return
            keccak256(abi.encode(kind, request.account, request.token, to, request.cumulative, nonce, deadline));
    }

    function recipientDigest(address account, address recipient, uint256 deadline) internal view returns (bytes32) {
        bytes32 kind = keccak256("Recipient(address account,address recipient,uint256 nonce,uint256 deadline)");
        return digestOf(keccak256(abi.encode(kind, account, recipient, nonceOf(account), deadline)));
    }

    function takeDigest(address account, uint64 epoch, uint256 index, address to, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 kind = keccak256(
            "TakePush(address account,uint64 epoch,uint256 index,address to,uint256 nonce,uint256 deadline)"
        );
        return digestOf(keccak256(abi.encode(kind, account, epoch, index, to, nonceOf(account), deadline)));
    }

    // Failures

    /// @dev What a failed call answered was this error, whatever its values.
    function isError(bytes memory answer, bytes4 selector) internal pure returns (bool) {
        return answer.length >= 4 && bytes4(answer) == selector;
    }

    function expectBadProof(address account, address token) internal {
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadProof.selector, account, token));
    }

    function expectNothingToClaim(address account, address token) internal {
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.NothingToClaim.selector, account, token));
    }

    function expectBadSignature(address account) internal {
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadSignature.selector, account));
    }

    function expectBadPushProof(uint64 number) internal {
        vm.expectRevert(abi.encodeWithSelector(IRoyaltySplit.BadPushProof.selector, number));
    }
}
