/** What is held against the chain, and how it is told. */

import type { Passport, RecordProof, UseRecord } from "../../api/passports.ts";
import type { Rpc } from "../../chain/rpc.ts";

export type Outcome = "holds" | "differs" | "unchecked";
export type Group = "Contracts" | "Registry" | "Document" | "Epochs" | "Records" | "Attestations" | "Figures";

export interface Check {
  group: Group;
  what: string;
  outcome: Outcome;
  /** What was compared, or why it could not be. It may hold texts of the node: shown as outside. */
  words: string;
}

export interface Verdict {
  checks: Check[];
  holds: number;
  differs: number;
  unchecked: number;
}

export interface Contracts {
  registry: string;
  vault: string;
  resolver: string;
}

export interface Sources {
  passport: Passport;
  contracts: Contracts;
  /** The chain, and who answers for it; null: nobody does. */
  rpc: Rpc | null;
  /** The version of the split in force, as the node says; null: it was not told. */
  split: () => Promise<number | null>;
  /** Why nobody does. */
  missing: string;
  records: () => Promise<{ records: UseRecord[]; complete: boolean }>;
  record: (epoch: number) => Promise<RecordProof>;
  /** The bytes of the model's document; null where the node has none. */
  document: (hash: string) => Promise<Uint8Array | null>;
  /** Told as it goes on. */
  progress: (done: number, all: number) => void;
}

export type Add = (group: Group, what: string, outcome: Outcome, words: string) => void;

export const ZERO = `0x${"0".repeat(64)}`;

export const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The first line of what was thrown: what follows is for programmers. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));

export function summed(checks: Check[]): Verdict {
  const count = (outcome: Outcome): number => checks.filter((check) => check.outcome === outcome).length;
  return { checks, holds: count("holds"), differs: count("differs"), unchecked: count("unchecked") };
}
