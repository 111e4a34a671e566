/**
 * What the node says that an account can claim. Only figures and proofs are read: calls and what is to be signed are made by
 * this page itself, out of what the vault confirms.
 */

import { get } from "./ask.ts";
import { type Infer, type Read, amount, list, nullable, shape, text, whole } from "./shape.ts";

/** As a token's contract has them: one byte. */
export const decimals: Read<number> = (value, where) => {
  const read = whole(value, where);
  if (read > 255) throw new RangeError(`${where}: a number of at most 255 was expected, and ${read} came`);
  return read;
};

const offer = shape({ token: text, symbol: text, decimals, amount, cumulative: amount, proof: list(text) });
const push = shape({ epoch: whole, entry: whole, token: text, symbol: text, decimals, amount, recipient: text, proof: list(text) });

const claim = shape({
  account: text,
  chainId: whole,
  vault: text,
  block: nullable(whole),
  epoch: whole,
  root: text,
  recipient: text,
  claims: list(offer),
  pushes: list(push),
});

export type ClaimOffer = Infer<typeof claim>;

export const getClaim = (account: string, signal?: AbortSignal): Promise<ClaimOffer> => get(`accounts/${encodeURIComponent(account)}/claim`, claim, signal);
