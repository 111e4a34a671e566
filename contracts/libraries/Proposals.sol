// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Proposal, TokenTotal} from "../interfaces/IRoyaltySplit.sol";

/// @title The EIP-712 hash of a proposal
/// @notice In assembly, because every epoch pays for it twice. A proposal's first ten members stand in the calldata as its
/// encoding wants them; whoever acts on one of them reads it through Solidity, which refuses what is out of range. The tests
/// hold it to the plain encoding, and to what wallets compute.
library Proposals {
    bytes32 private constant PROPOSAL_TYPE = keccak256(
        "Proposal(uint64 epoch,uint32 attempt,uint32 attestorSet,bytes32 previousRoot,bytes32 root,bytes32 pushRoot,bytes32 recordRoot,bytes32 bundleHash,uint64 lastBlock,bytes32 lastBlockHash,TokenTotal[] totals,bytes32[] revoked,string bundleUri)TokenTotal(address token,uint128 total)"
    );
    bytes32 private constant TOKEN_TOTAL_TYPE = keccak256("TokenTotal(address token,uint128 total)");

    function structHash(Proposal calldata proposal) internal pure returns (bytes32 hash) {
        bytes32 totalsHash = _totalsHash(proposal.totals);
        bytes32[] calldata revoked = proposal.revoked;
        string calldata uri = proposal.bundleUri;
        (bytes32 type_, bytes32 revokedHash, bytes32 uriHash) = (PROPOSAL_TYPE, 0, 0);
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, revoked.offset, shl(5, revoked.length))
            revokedHash := keccak256(free, shl(5, revoked.length))
            calldatacopy(free, uri.offset, uri.length)
            uriHash := keccak256(free, uri.length)

            mstore(free, type_)
            calldatacopy(add(free, 0x20), proposal, 0x140)
            mstore(add(free, 0x160), totalsHash)
            mstore(add(free, 0x180), revokedHash)
            mstore(add(free, 0x1a0), uriHash)
            hash := keccak256(free, 0x1c0)
        }
    }

    function _totalsHash(TokenTotal[] calldata totals) private pure returns (bytes32 hash) {
        bytes32 type_ = TOKEN_TOTAL_TYPE;
        assembly ("memory-safe") {
            // Each total is two words, token and amount, behind the type; the hashes are put together behind that.
            let free := mload(0x40)
            let hashes := add(free, 0x60)
            mstore(free, type_)
            for { let i := 0 } lt(i, totals.length) { i := add(i, 1) } {
                calldatacopy(add(free, 0x20), add(totals.offset, shl(6, i)), 0x40)
                mstore(add(hashes, shl(5, i)), keccak256(free, 0x60))
            }
            hash := keccak256(hashes, shl(5, totals.length))
        }
    }
}
