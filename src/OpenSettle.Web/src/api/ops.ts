/** What an operator sees and says: behind an operator's key. */

import { get, post } from "./ask.ts";
import { type Infer, type Read, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";
import { alert } from "./status.ts";

/** ISO 8601 to seconds since 1970. */
const moment: Read<number> = (value, where) => {
  const at = Date.parse(text(value, where));
  if (Number.isNaN(at)) throw new TypeError(`${where}: a time was expected`);
  return Math.floor(at / 1000);
};

const signer = shape({ role: text, address: text, balance: nullable(amount), epochCost: nullable(amount), asOf: nullable(moment), why: nullable(text) });

const endpoint = shape({
  name: text,
  state: text,
  why: nullable(text),
  askedAgain: nullable(moment),
  head: nullable(whole),
  latencyMilliseconds: nullable(whole),
  failures: whole,
});

const epochTransaction = shape({ purpose: text, state: text, hash: nullable(text), sent: nullable(moment), cost: nullable(amount), waits: nullable(text) });

const pipelineEpoch = shape({
  epoch: shape({ number: whole, attempt: whole, state: text, firstBlock: whole, lastBlock: whole, payments: whole, usageEvents: whole, readyAt: nullable(whole), cost: nullable(amount) }),
  endedAt: nullable(whole),
  activatedAt: nullable(whole),
  vetoed: list(shape({ attempt: whole, root: text, time: whole })),
  transactions: list(epochTransaction),
});

const version = shape({ number: whole, hash: text, nonce: whole, fills: flag, signedAt: moment, firstSent: nullable(moment), lastSent: nullable(moment) });

const openTransaction = shape({ purpose: text, state: text, to: text, epoch: nullable(whole), nonce: nullable(whole), waits: nullable(text), versions: list(version) });

const token = shape({ token: text, symbol: text, decimals: whole, received: amount, unswept: amount, undivided: amount, suspense: amount, owed: amount, paid: amount, balanced: flag });

const sweep = shape({ token: text, amount, models: whole, cost: nullable(amount), why: text, nextLook: moment });

const quarantine = shape({
  events: whole,
  conflicts: whole,
  groups: list(shape({ reason: text, model: text, gateway: shape({ id: whole, address: nullable(text) }), events: whole })),
});

const operations = shape({
  signers: list(signer),
  endpoints: list(endpoint),
  pipeline: list(pipelineEpoch),
  transactions: list(openTransaction),
  tokens: list(token),
  sweeps: list(sweep),
  quarantine,
  reorgs: list(shape({ at: nullable(moment), blocks: whole, tip: nullable(whole) })),
  ingest: shape({ events: whole, lastMinute: whole, lastQuarter: whole, waiting: whole, conflicts: whole }),
  alerts: list(alert),
  mirrors: list(shape({ name: text, alert: nullable(text) })),
  listeners: whole,
  held: nullable(text),
  trouble: nullable(text),
  halted: nullable(text),
});

const chains = shape({
  chains: list(
    shape({ name: nullable(text), chainId: whole, vault: text, path: text, ready: flag, head: nullable(whole), final: nullable(whole), stopped: nullable(text) }),
  ),
});

const changed = shape({ chain: nullable(text), setting: text });
const reloaded = shape({ applied: list(changed), needStart: list(changed) });

const relay = shape({ on: flag, budget: amount, budgetLeft: amount });

export type Operations = Infer<typeof operations>;
export type Signer = Infer<typeof signer>;
export type Endpoint = Infer<typeof endpoint>;
export type PipelineEpoch = Infer<typeof pipelineEpoch>;
export type OpenTransaction = Infer<typeof openTransaction>;
export type Chain = Infer<typeof chains>["chains"][number];
export type Reloaded = Infer<typeof reloaded>;

export const getOperations = (signal?: AbortSignal): Promise<Operations> => get("ops", operations, signal);

export const getChains = async (signal?: AbortSignal): Promise<Chain[]> => (await get("chains", chains, signal)).chains;

export const getRelay = (signal?: AbortSignal): Promise<Infer<typeof relay>> => get("relay", relay, signal);

export const retryQuarantine = async (): Promise<number> => (await post("ops/quarantine/retry", {}, shape({ waiting: whole }))).waiting;

export const resume = (epochNumber: number, attempt: number, sameRoot: boolean): Promise<{ epoch: number; attempt: number; sameRoot: boolean }> =>
  post("ops/resume", { epoch: epochNumber, attempt, sameRoot }, shape({ epoch: whole, attempt: whole, sameRoot: flag }));

export const reload = (): Promise<Reloaded> => post("ops/reload", {}, reloaded);
