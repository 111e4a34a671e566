/** What becomes of claims that the node brings, in words. */

import { asApiError } from "../../../api/ask.ts";
import type { Relayed } from "../../../api/relay.ts";
import type { Trouble } from "../../../wallet/refusals.ts";

const YOURSELF = "Or claim yourself: take the mark from “without gas”.";

const CODES: Record<string, [title: string, remedy: string]> = {
  "relay-off": ["This node brings no claims", YOURSELF],
  paused: ["This node brings nothing right now", `Try again later. ${YOURSELF}`],
  budget: ["This node's budget for others' gas is spent", `It fills up again within a day. ${YOURSELF}`],
  "too-small": ["The claim is too small for its gas", `Wait until there is more to claim. ${YOURSELF}`],
  "too-often": ["This account had a claim of this token brought not long ago", `Wait until its time has passed. ${YOURSELF}`],
  "bad-signature": ["The signature is not the account's", "Sign with the account itself; a contract's wallet has to be the one that the contract knows."],
  expired: ["The signature's time is over", "Sign again."],
  "nothing-to-claim": ["There is nothing to claim any more", "It was claimed meanwhile. The figures are read anew."],
  "root-changed": ["A newer epoch became active meanwhile", "The figures are read anew: look at them, and sign again."],
  "would-revert": ["The vault would refuse the claim", `The recipient or the token may refuse the money: try another recipient. ${YOURSELF}`],
};

export function declined({ code, reason }: Relayed): Trouble {
  const [title, remedy] = CODES[code ?? ""] ?? ["The node declined the claim", YOURSELF];
  return { kind: code === "root-changed" || code === "nothing-to-claim" ? "changed" : "other", title, remedy, ...(reason === null ? {} : { said: reason }) };
}

/** A failed answer of the node, as a trouble. */
export function ofNode(thrown: unknown): Trouble {
  const error = asApiError(thrown);
  return { kind: "other", title: error.message, remedy: error.remedy };
}

const STATES: Record<string, string> = {
  queued: "The node has it on disk, and waits for others to send along.",
  batched: "The node is about to send it.",
  sent: "The node has sent it.",
};

/** How far those stand that are not paid yet. */
export function standing(claims: readonly Relayed[]): string | null {
  const open = claims.find(({ state }) => state !== "paid" && state !== "declined");
  return open === undefined ? null : (STATES[open.state] ?? "The node has it.");
}
