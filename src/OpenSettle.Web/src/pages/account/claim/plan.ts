/** What can be claimed: what the node says, held against what the vault says. */

import { type Address, type Hex, isAddress } from "viem";
import { ApiError } from "../../../api/ask.ts";
import type { ClaimOffer } from "../../../api/claims.ts";
import { type Leaf, type PushEntry, ZERO, checksummed, sameAddress } from "../../../chain/calls.ts";
import type { VaultView } from "../../../chain/vault.ts";

/**
 * good: the proof leads to the vault's root. earlier: to one that it activated before, and pays by still. unproven: to none.
 * revoked: to one that was taken back. paid: all of it was paid. short: the vault has less of the token. unchecked: the vault was
 * not asked.
 */
export type Verdict = "good" | "earlier" | "unproven" | "revoked" | "paid" | "short" | "unchecked";

export interface Row {
  token: Address;
  /** As the token itself says where it was asked, and otherwise as the node does: an outside text. */
  symbol: string;
  decimals: number;
  /** What a claim pays now. */
  due: bigint;
  leaf: Leaf;
  verdict: Verdict;
  /** The node names the token otherwise than the token does. */
  misnamed: boolean;
}

export interface PushRow {
  entry: PushEntry;
  symbol: string;
  decimals: number;
  verdict: "good" | "unproven" | "paid" | "unchecked";
}

export interface Plan {
  account: Address;
  chainId: number;
  vault: Address;
  /** Who was asked about the vault; null: nobody. */
  source: VaultView["source"] | null;
  view: VaultView | null;
  /** Where a claim's money goes when nothing else is said. */
  recipient: Address;
  rows: Row[];
  pushes: PushRow[];
  /** The epoch that the node knows, and the vault's: where the vault's is greater, more may be claimable in a moment. */
  nodeEpoch: number;
  nodeRoot: string;
}

/** Only these are offered: what cannot be claimed, or was not checked, is not. */
export const isClaimable = ({ verdict, due }: Row): boolean => (verdict === "good" || verdict === "earlier") && due > 0n;

/** What the node sent, as far as it can be asked about at all. Refuses what is of something else than was asked for. */
export function questionOf(offer: ClaimOffer, account: string): { chainId: number; vault: Address; account: Address; leaves: Leaf[]; pushes: PushEntry[] } {
  if (!sameAddress(offer.account, account)) throw strange("it is of another account");
  const seen = new Set<string>();
  const leaves = offer.claims.map(({ token, cumulative, proof }): Leaf => {
    if (seen.has(token.toLowerCase())) throw strange("it names a token twice");
    seen.add(token.toLowerCase());
    return { token: address(token), cumulative, proof: proof as Hex[] };
  });
  const entries = offer.pushes.map(({ epoch, entry, token, recipient, amount, proof }): PushEntry => ({ epoch, index: entry, token: address(token), recipient: address(recipient), amount, proof: proof as Hex[] }));
  return { chainId: offer.chainId, vault: address(offer.vault), account: address(account), leaves, pushes: entries };
}

export function planOf(offer: ClaimOffer, account: string, view: VaultView | null): Plan {
  const { chainId, vault, account: of, leaves, pushes } = questionOf(offer, account);
  const rows = offer.claims.map((claim, i): Row => {
    const [leaf, found] = [leaves[i], view?.leaves[i]];
    if (leaf === undefined) throw new RangeError("each claim has a leaf");
    if (view === null || found === undefined) return { token: leaf.token, symbol: claim.symbol, decimals: claim.decimals, due: claim.amount, leaf, verdict: "unchecked", misnamed: false };
    const due = leaf.cumulative > found.claimed ? leaf.cumulative - found.claimed : 0n;
    const [symbol, decimals] = [found.symbol ?? claim.symbol, found.decimals ?? claim.decimals];
    return { token: leaf.token, symbol, decimals, due, leaf, verdict: verdictOn(found, view.root, due), misnamed: symbol !== claim.symbol || decimals !== claim.decimals };
  });
  return {
    account: of,
    chainId,
    vault,
    source: view?.source ?? null,
    view,
    recipient: view === null ? address(offer.recipient) : view.recipient === ZERO ? of : view.recipient,
    rows,
    pushes: offer.pushes.map(({ symbol, decimals }, i): PushRow => {
      const [entry, found] = [pushes[i], view?.pushes[i]];
      if (entry === undefined) throw new RangeError("each push has an entry");
      const isLive = found !== undefined && found.status.activatedBy > 0n && !found.status.revoked;
      return { entry, symbol, decimals, verdict: found === undefined ? "unchecked" : !isLive ? "unproven" : found.paid ? "paid" : "good" };
    }),
    nodeEpoch: offer.epoch,
    nodeRoot: offer.root,
  };
}

function verdictOn(found: VaultView["leaves"][number], root: Hex, due: bigint): Verdict {
  const { leadsTo, status, held } = found;
  if (leadsTo === null || status.activatedBy === 0n) return "unproven";
  if (status.revoked) return "revoked";
  if (due === 0n) return "paid";
  if (held < due) return "short";
  return leadsTo === root ? "good" : "earlier";
}

/** What was seen when the button was pressed: where it differs afterwards, nothing is sent, and it is asked again. */
export function fingerprint(plan: Plan, tokens: readonly Address[]): string {
  const rows = plan.rows.filter((row) => tokens.includes(row.token)).map(({ token, due, leaf, verdict }) => [token, due, leaf.cumulative, verdict].join(":"));
  return [plan.chainId, plan.vault, plan.account, plan.view?.root ?? "", plan.recipient, ...rows].join("|").toLowerCase();
}

export const VERDICTS: Record<Verdict, { kind: "good" | "warn" | "bad" | "info"; short: string; words: string }> = {
  good: { kind: "good", short: "Proven", words: "The proof leads to the root in the vault." },
  earlier: { kind: "warn", short: "Proven, by an earlier root", words: "The vault pays by it, and has a newer root by now: in a moment there may be more." },
  unproven: { kind: "bad", short: "Not proven", words: "The node's proof leads to no root that the vault activated. The vault would refuse it: do not rely on this node, and ask its operator or another node." },
  revoked: { kind: "bad", short: "Revoked", words: "The root of this proof was taken back. What is owed stands in a newer one: look again in a moment." },
  paid: { kind: "info", short: "Paid", words: "The vault has paid all of it. The node will say so in a moment." },
  short: { kind: "bad", short: "Not in the vault", words: "The vault has less of this token than the claim: the token may have taken a part for itself. Tell the operator." },
  unchecked: { kind: "info", short: "Not checked yet", words: "The node says so. It is checked against the vault once a wallet is connected." },
};

/** What the endpoint says that the node's operator set proves nothing against that operator. */
export const verdictOf = (verdict: Verdict, source: Plan["source"]): (typeof VERDICTS)[Verdict] =>
  source === "endpoint" && (verdict === "good" || verdict === "earlier") ? { kind: "info", short: "Proven, says the node's endpoint", words: VERDICTS[verdict].words } : VERDICTS[verdict];

/** How an address that somebody typed is wrong, or null. */
export function recipientProblem(typed: string, plan: Pick<Plan, "vault" | "rows">): string | null {
  const text = typed.trim();
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return "An address is 0x and 40 hexadecimal digits.";
  // Without its checksum a mistyped digit cannot be seen; in one case there is none.
  if (/[a-f]/.test(text.slice(2)) && /[A-F]/.test(text.slice(2)) && !isAddress(text)) return "The checksum does not hold: a digit is mistyped, or one letter's case was changed.";
  if (sameAddress(text, ZERO)) return "Nobody has the zero address: the money would be lost.";
  if (sameAddress(text, plan.vault)) return "This is the vault itself: it refuses this.";
  if (plan.rows.some(({ token }) => sameAddress(token, text))) return "This is a token's contract: money sent there is lost.";
  return null;
}

function address(text: string): Address {
  try {
    return checksummed(text);
  } catch {
    throw strange("an address in it is none");
  }
}

const strange = (what: string): ApiError => new ApiError("The node's answer about this claim cannot be used", `Of what it sent, ${what}. Do not rely on this node; ask its operator, or another node.`);
