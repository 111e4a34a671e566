/** Claims that the node brings to the vault at its own cost. */

import { ApiError, ask, get, problemOf } from "./ask.ts";
import { type Infer, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";

const terms = shape({
  on: flag,
  budgetLeft: amount,
  maxCostPercent: whole,
  batchSeconds: whole,
  perAccountHours: whole,
  mostClaims: whole,
  leastSecondsLeft: whole,
  waits: nullable(text),
});

const relayed = shape({ id: nullable(text), state: text, transaction: nullable(text), amount: nullable(amount), block: nullable(whole), note: nullable(text), code: nullable(text), reason: nullable(text) });

export type RelayTerms = Infer<typeof terms>;
export type Relayed = Infer<typeof relayed>;

export interface SignedClaim {
  account: string;
  token: string;
  cumulative: string;
  to: string;
  deadline: number;
  signature: string;
}

export const getRelay = (signal?: AbortSignal): Promise<RelayTerms> => get("relay", terms, signal);

export const getRelayed = (id: string, signal?: AbortSignal): Promise<Relayed> => get(`relay/claims/${encodeURIComponent(id)}`, relayed, signal);

const answers = list(relayed);

/** Hands claims in, always as a list: then each is answered for itself, also where all are declined (422). */
export async function handIn(claims: readonly SignedClaim[], signal?: AbortSignal): Promise<Relayed[]> {
  const response = await ask("relay/claims", { method: "POST", body: JSON.stringify(claims), headers: { "content-type": "application/json" } }, signal);
  const body: unknown = await response.json().catch(() => undefined);
  if (!Array.isArray(body)) throw problemOf(body, response.status);
  const read = answers(body, "relay");
  if (read.length !== claims.length) throw new ApiError("The node answered for other claims than were handed in", "Look again later, or claim yourself.", response.status);
  return read;
}
