/** What an account earned, what it can claim, and the proofs of it. */

import { get } from "./ask.ts";
import { type Infer, amount, list, shape, text, whole } from "./shape.ts";

const account = shape({
  account: text,
  epoch: whole,
  tokens: list(shape({ token: text, earned: amount, paid: amount, claimable: amount, pending: amount })),
  entries: list(shape({ cause: text, model: text, token: text, amount })),
});

const proof = shape({ epoch: whole, root: text, account: text, token: text, cumulative: amount, proof: list(text) });

export type Account = Infer<typeof account>;
export type Proof = Infer<typeof proof>;

export const getAccount = (address: string, signal?: AbortSignal): Promise<Account> => get(`accounts/${encodeURIComponent(address)}`, account, signal);

export const getProof = (address: string, token: string, signal?: AbortSignal): Promise<Proof> =>
  get(`accounts/${encodeURIComponent(address)}/proofs/${encodeURIComponent(token)}`, proof, signal);
