/** What a text stands for, and what a transaction did. */

import { get } from "./ask.ts";
import { type Infer, type Read, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";

export type HitKind = "model" | "account" | "epoch" | "transaction";

const KINDS: readonly string[] = ["model", "account", "epoch", "transaction"] satisfies HitKind[];

/** What a newer node finds besides has no page here, and is passed over. */
const kind: Read<HitKind | null> = (value, where) => {
  const word = text(value, where);
  return KINDS.includes(word) ? (word as HitKind) : null;
};

const hit = shape({ kind, id: text, label: nullable(text), what: text });
const answer = shape({ query: text, hits: list(hit), more: flag });

export interface Hit {
  kind: HitKind;
  id: string;
  /** A stranger's text. */
  label: string | null;
  what: string;
}

export interface Found {
  query: string;
  hits: Hit[];
  more: boolean;
}

export async function search(q: string, limit: number, signal?: AbortSignal): Promise<Found> {
  const { query, hits, more } = await get(`search?${new URLSearchParams({ q, limit: String(limit) }).toString()}`, answer, signal);
  return { query, hits: hits.filter((one): one is Hit => one.kind !== null), more };
}

const payment = shape({
  block: whole,
  logIndex: whole,
  model: text,
  token: text,
  amount,
  payer: text,
  route: text,
  final: flag,
  settled: nullable(amount),
  epoch: nullable(whole),
});

const event = shape({
  logIndex: whole,
  kind: text,
  name: nullable(text),
  model: nullable(text),
  account: nullable(text),
  to: nullable(text),
  token: nullable(text),
  amount: nullable(amount),
  epoch: nullable(whole),
});

const transaction = shape({
  hash: text,
  block: nullable(whole),
  time: nullable(whole),
  final: nullable(flag),
  succeeded: nullable(flag),
  own: nullable(shape({ purpose: text, state: text, epoch: nullable(whole), nonce: whole, version: whole, fills: flag })),
  payments: list(payment),
  events: list(event),
  why: nullable(text),
});

export type FoundTransaction = Infer<typeof transaction>;
export type TransactionPayment = Infer<typeof payment>;
export type TransactionEvent = Infer<typeof event>;

export const getTransaction = (hash: string, signal?: AbortSignal): Promise<FoundTransaction> => get(`transactions/${encodeURIComponent(hash)}`, transaction, signal);
