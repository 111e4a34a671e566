/** What an account earned and why, where that money is, what was paid, and the proofs of it. */

import { get } from "./ask.ts";
import { query } from "./query.ts";
import { type Infer, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";

const proof = shape({ epoch: whole, root: text, account: text, token: text, cumulative: amount, proof: list(text) });

const named = { token: text, symbol: text, decimals: whole };

const tokenEarnings = shape({
  ...named,
  earned: amount,
  claimable: amount,
  belowLeaf: amount,
  smallestLeaf: nullable(amount),
  pushWaiting: amount,
  paid: shape({ total: amount, byClaim: amount, byPush: amount }),
  inWindow: nullable(shape({ epoch: whole, state: text, amount, payable: amount, readyAt: nullable(whole) })),
  // An estimate: what payments that no epoch has yet would give, if they were divided now.
  coming: nullable(shape({ final: amount, notFinal: amount })),
});

const modelEarnings = shape({ model: text, number: nullable(whole), name: nullable(text), token: text, by: text, roles: list(text), earned: amount, epochs: whole, lastEpoch: whole });
const epochEarnings = shape({ epoch: whole, time: nullable(whole), token: text, earned: amount });
const entry = shape({ epoch: whole, time: nullable(whole), model: text, number: nullable(whole), token: text, by: text, roles: list(text), amount });

const earnings = shape({
  account: text,
  epoch: whole,
  block: nullable(whole),
  undivided: nullable(shape({ final: whole, notFinal: whole, estimated: flag })),
  tokens: list(tokenEarnings),
  models: list(modelEarnings),
  series: list(epochEarnings),
  entries: list(entry),
  next: nullable(text),
});

const payout = shape({
  how: text,
  block: whole,
  logIndex: whole,
  time: nullable(whole),
  transaction: nullable(text),
  ...named,
  amount,
  to: nullable(text),
  epoch: nullable(whole),
});

const payouts = shape({ account: text, block: nullable(whole), payouts: list(payout), next: nullable(text) });

/** Exact: the fraction is the figure, and its decimal is cut. */
const exact = shape({ fraction: text, decimal: text });

const reason = shape({
  // Nodes of before they told every factor leave the share, what is kept and the pool out.
  path: list(shape({ model: text, number: whole, share: nullable(whole) })),
  kind: text,
  role: nullable(text),
  keeps: nullable(whole),
  pool: nullable(shape({ weight: amount, of: amount })),
  weight: amount,
  of: amount,
  part: exact,
  exact,
});

const group = shape({
  group: text,
  source: text,
  splitVersion: whole,
  lineageVersion: whole,
  owner: text,
  payments: whole,
  money: amount,
  part: exact,
  exact,
  reasons: list(reason),
  moreReasons: flag,
});

const whyToken = shape({
  ...named,
  earned: amount,
  exact,
  rounding: exact,
  models: list(shape({ model: text, number: whole, payments: whole, money: amount, exact, groups: list(group) })),
  allModels: whole,
  usage: list(shape({ model: text, events: whole, counted: whole, units: amount, methods: list(shape({ method: text, events: whole })) })),
});

const why = shape({ account: text, epoch: whole, root: text, bundle: text, tokens: list(whyToken) });

const whyPayment = shape({
  block: whole,
  logIndex: whole,
  time: whole,
  transaction: text,
  payer: text,
  route: text,
  usageRef: nullable(text),
  paid: amount,
  settled: amount,
  events: whole,
  exact,
});

const whyPayments = shape({ account: text, epoch: whole, bundle: text, token: text, group: text, part: exact, payments: list(whyPayment), next: nullable(text) });

export type Proof = Infer<typeof proof>;
export type Earnings = Infer<typeof earnings>;
export type TokenEarnings = Infer<typeof tokenEarnings>;
export type ModelEarnings = Infer<typeof modelEarnings>;
export type EpochEarnings = Infer<typeof epochEarnings>;
export type EarningEntry = Infer<typeof entry>;
export type Payouts = Infer<typeof payouts>;
export type Payout = Infer<typeof payout>;
export type Exact = Infer<typeof exact>;
export type Why = Infer<typeof why>;
export type WhyToken = Infer<typeof whyToken>;
export type WhyModel = WhyToken["models"][number];
export type WhyGroup = Infer<typeof group>;
export type WhyReason = Infer<typeof reason>;
export type WhyPayment = Infer<typeof whyPayment>;
export type WhyPayments = Infer<typeof whyPayments>;

/** Which earnings are meant; what is not given does not count. */
export interface EarningsFilter {
  token?: string | undefined;
  model?: string | undefined;
  by?: string | undefined;
  role?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** As many rows as the node gives at once. */
export const MOST_ROWS = 500;

const of = (address: string): string => `accounts/${encodeURIComponent(address)}`;

export const getProof = (address: string, token: string, signal?: AbortSignal): Promise<Proof> => get(`${of(address)}/proofs/${encodeURIComponent(token)}`, proof, signal);

export const earningsPath = (address: string, filter: EarningsFilter, more: Record<string, string | number | undefined> = {}): string => `${of(address)}/earnings${query({ ...filter, ...more })}`;

export const payoutsPath = (address: string, more: Record<string, string | number | undefined> = {}): string => `${of(address)}/payouts${query(more)}`;

export const getEarnings = (address: string, filter: EarningsFilter, page: { before?: string | undefined; limit: number }, signal?: AbortSignal): Promise<Earnings> =>
  get(earningsPath(address, filter, { ...page }), earnings, signal);

export const getPayouts = (address: string, page: { token?: string; before?: string | undefined; limit: number }, signal?: AbortSignal): Promise<Payouts> => get(payoutsPath(address, { ...page }), payouts, signal);

export const getWhy = (address: string, epoch: number, signal?: AbortSignal): Promise<Why> => get(`${of(address)}/why${query({ epoch, limit: MOST_ROWS })}`, why, signal);

export const getWhyPayments = (address: string, asked: { epoch: number; token: string; group: string; after?: string | undefined; limit: number }, signal?: AbortSignal): Promise<WhyPayments> =>
  get(`${of(address)}/why${query({ ...asked })}`, whyPayments, signal);
