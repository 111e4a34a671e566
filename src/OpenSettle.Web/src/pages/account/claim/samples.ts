/** For the tests beside: a node's offer, the vault's word on it, and what they make together. */

import type { Address, Hex } from "viem";
import type { ClaimOffer } from "../../../api/claims.ts";
import { ZERO } from "../../../chain/calls.ts";
import { keyOfPush, rootOfLeaf, type VaultView } from "../../../chain/vault.ts";
import { type Plan, planOf, questionOf } from "./plan.ts";

export const ACCOUNT: Address = "0x71bE63f3384f5fb98995898A86B02Fb2426c5788";
export const OTHER: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
export const VAULT_AT: Address = "0x2058149BDdc93c397fB1022BF56c2081a3F30568";
export const DOLLAR: Address = "0xc24cE3665Cd173D82B2634117bFA116019F73769";
export const ROOT_OF_NOBODY = `0x${"9".repeat(64)}` as Hex;

const sibling = `0x${"5".repeat(64)}`;

export const offer = (changes: Partial<ClaimOffer> = {}): ClaimOffer => ({
  account: ACCOUNT,
  chainId: 31337,
  vault: VAULT_AT,
  block: 90,
  epoch: 2,
  root: `0x${"0".repeat(64)}`,
  recipient: ACCOUNT,
  claims: [
    { token: DOLLAR, symbol: "dUSD", decimals: 6, amount: 5_000_000n, cumulative: 15_000_000n, proof: [sibling] },
    { token: ZERO, symbol: "ETH", decimals: 18, amount: 7n, cumulative: 7n, proof: [sibling] },
  ],
  pushes: [{ epoch: 1, entry: 4, token: DOLLAR, symbol: "dUSD", decimals: 6, amount: 60_000_000n, recipient: ACCOUNT, proof: [] }],
  ...changes,
});

/** A vault that activated whatever the first offer's proofs lead to; both leaves lead to one root only in a tree of their own. */
export function view(of: ClaimOffer = offer(), changes: Partial<VaultView> = {}): VaultView {
  const { leaves, pushes, account } = questionOf(of, ACCOUNT);
  return {
    source: "wallet",
    chainId: 31337,
    vault: VAULT_AT,
    account,
    block: 100n,
    time: 1_800_000_000,
    epoch: 2n,
    root: leaves[0] === undefined ? ROOT_OF_NOBODY : (rootOfLeaf(account, leaves[0]) ?? ROOT_OF_NOBODY),
    pausedUntil: 0n,
    recipient: ZERO,
    nonce: 3n,
    isContract: false,
    leaves: leaves.map((leaf) => ({ leadsTo: rootOfLeaf(account, leaf), status: { activatedBy: 2n, revoked: false }, claimed: leaf.token === DOLLAR ? 10_000_000n : 0n, held: 2n ** 100n, symbol: null, decimals: null })),
    pushes: pushes.map((entry) => ({ status: { activatedBy: keyOfPush(account, entry) === null ? 0n : 1n, revoked: false }, paid: false })),
    ...changes,
  };
}

export const plan = (of: ClaimOffer = offer(), seen: VaultView | null = view(of)): Plan => planOf(of, ACCOUNT, seen);
