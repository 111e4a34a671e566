/** What a transaction did, in words. */

import type { FoundTransaction, TransactionEvent } from "../../api/search.ts";

const EVENTS: Record<string, string> = {
  claim: "An account was paid what it had earned",
  claimTo: "and the money went to",
  claimRefused: "A claim's receiver refused the money: it stays claimable",
  push: "Accounts were paid without a claim",
  pushRefused: "A push's receiver refused the money: it stays reserved",
  take: "An account took a push that had been refused",
  recipient: "An account set where its money goes",
  proposed: "An epoch was proposed: its window began",
  vetoed: "The guardian vetoed an epoch",
  activated: "An epoch became active: it can be claimed against",
  revoked: "Roots or pushes of an epoch were revoked",
  swept: "What waited at a pay address came into the vault",
  model: "A model was registered",
};

/** "SplitCommitted" → "split committed": what has no words of its own keeps the contract's. */
const plain = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();

export function wordsOf(event: Pick<TransactionEvent, "kind" | "name">): string {
  const known = EVENTS[event.kind];
  if (known !== undefined) return known;
  return event.name === null ? "Something that this page does not know" : `Contract's event: ${plain(event.name)}`;
}

export type Standing = { kind: "good" | "warn" | "bad" | "info"; word: string; note: string };

/** How far it has come. */
export function standingOf(transaction: Pick<FoundTransaction, "block" | "final" | "succeeded" | "why" | "own">): Standing {
  if (transaction.succeeded === false) return { kind: "bad", word: "reverted", note: "It is in a block, and changed nothing." };
  if (transaction.block === null)
    return transaction.why === null
      ? { kind: "info", word: "not mined", note: "The endpoint has it in no block." }
      : { kind: "warn", word: "not known", note: "The chain could not be asked: this is what the node itself knows." };
  return transaction.final === true
    ? { kind: "good", word: "final", note: "Its block is in the books." }
    : { kind: "info", word: "not final", note: "Its block may still go." };
}
