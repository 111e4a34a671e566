/** The state of the node as a whole. */

import { get } from "./ask.ts";
import { type Infer, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";

const token = shape({
  token: text,
  symbol: text,
  decimals: whole,
  received: amount,
  unswept: amount,
  undivided: amount,
  suspense: amount,
  owed: amount,
  paid: amount,
  balanced: flag,
});

export const epoch = shape({
  number: whole,
  attempt: whole,
  state: text,
  firstBlock: whole,
  lastBlock: whole,
  root: text,
  bundleHash: text,
  payments: whole,
  usageEvents: whole,
  readyAt: whole,
});

const transaction = shape({ purpose: text, state: text, hash: nullable(text), waits: nullable(text) });

export const alert = shape({ name: text, message: text, since: nullable(text) });

const status = shape({
  chainId: whole,
  client: text,
  contracts: shape({ registry: text, rail: text, vault: text, resolver: text }),
  chain: nullable(
    shape({
      head: whole,
      final: whole,
      pendingPayments: whole,
      backfill: nullable(shape({ next: whole, last: whole, secondsLeft: nullable(whole) })),
    }),
  ),
  booksBlock: nullable(whole),
  models: whole,
  payments: whole,
  usageEvents: whole,
  activeEpoch: whole,
  latestEpoch: nullable(epoch),
  tokens: list(token),
  transactions: list(transaction),
  attestations: shape({ service: nullable(text), known: whole, unread: whole }),
  alerts: list(alert),
  held: nullable(text),
  trouble: nullable(text),
  halted: nullable(text),
});

export type Status = Infer<typeof status>;
export type Token = Infer<typeof token>;
export type Transaction = Infer<typeof transaction>;
export type Alert = Infer<typeof alert>;

export const getStatus = (signal?: AbortSignal): Promise<Status> => get("status", status, signal);
