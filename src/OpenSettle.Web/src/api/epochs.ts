/** Epochs: what they brought and cost, how far each has come, and what was pushed. */

import { type Page, get, getPage } from "./ask.ts";
import { query } from "./query.ts";
import { type Infer, type Read, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";

const line = shape({
  number: whole,
  attempt: whole,
  state: text,
  firstBlock: whole,
  lastBlock: whole,
  payments: whole,
  usageEvents: whole,
  endedAt: nullable(whole),
  readyAt: nullable(whole),
  activatedAt: nullable(whole),
  revenue: list(shape({ token: text, symbol: text, decimals: whole, amount })),
  cost: amount,
});

const summary = shape({ activeEpoch: whole, epochs: list(line), next: nullable(whole) });

/** How many there are of each: the names are the node's. */
const counts: Read<[string, number][]> = (value, where) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError(`${where}: an object was expected`);
  return Object.entries(value).map(([name, count]) => [name, whole(count, `${where}.${name}`)]);
};

const details = shape({
  epoch: line,
  root: text,
  pushRoot: text,
  recordRoot: text,
  bundleHash: text,
  bundleUri: text,
  revoked: flag,
  activatedBlock: nullable(whole),
  models: whole,
  transactions: list(
    shape({ purpose: text, state: text, hash: nullable(text), nonce: nullable(whole), versions: whole, gas: nullable(whole), cost: nullable(amount), waits: nullable(text) }),
  ),
  pushes: counts,
  vetoed: list(shape({ attempt: whole, root: text, at: whole })),
});

const push = shape({ epoch: whole, entry: whole, account: text, recipient: text, token: text, amount, state: text });
const pushes = shape({ epoch: whole, counts, entries: list(push) });

export type EpochLine = Infer<typeof line>;
export type EpochSummary = Infer<typeof summary>;
export type EpochDetails = Infer<typeof details>;
export type EpochSending = EpochDetails["transactions"][number];
export type Push = Infer<typeof push>;

export const getEpochSummary = (page: { before?: string | undefined; limit: number }, signal?: AbortSignal): Promise<EpochSummary> => get(`epochs/summary${query({ ...page })}`, summary, signal);

export const getEpochDetails = (number: number, signal?: AbortSignal): Promise<EpochDetails> => get(`epochs/${number}/details`, details, signal);

/** `next` as the page before said it. */
export async function getPushes(number: number, next: string | null, signal?: AbortSignal): Promise<Page<Push[]>> {
  const page = await getPage(`epochs/${number}/pushes${next ?? "?limit=200"}`, pushes, signal);
  return { value: page.value.entries, next: page.next };
}
