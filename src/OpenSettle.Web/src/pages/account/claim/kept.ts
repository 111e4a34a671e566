/** What this browser remembers of claims: the vault that it knows, and what was sent and is not mined yet. */

import type { Address, Hex } from "viem";
import type { Trail } from "./machine.ts";

export interface Keep {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** A storage that is missing or full takes nothing away but the memory. */
export const forgiving = (storage: () => Keep): Keep => {
  const attempt = <T>(act: (keep: Keep) => T, otherwise: T): T => {
    try {
      return act(storage());
    } catch {
      return otherwise;
    }
  };
  return {
    getItem: (key) => attempt((keep) => keep.getItem(key), null),
    setItem: (key, value) => attempt((keep) => keep.setItem(key, value), undefined),
    removeItem: (key) => attempt((keep) => keep.removeItem(key), undefined),
  };
};

/** One origin may serve several nodes, each below a path of its own. */
const vaultKey = (root: string, chainId: number): string => `opensettle vault ${root} ${chainId}`;

export type Pin = { known: true; before: null } | { known: false; before: string };

/** The first vault that a node names is remembered; from then on another one is not taken without a word. */
export function pinOf(keep: Keep, root: string, chainId: number, vault: string): Pin {
  const before = keep.getItem(vaultKey(root, chainId));
  if (before === null) pin(keep, root, chainId, vault);
  return before === null || before.toLowerCase() === vault.toLowerCase() ? { known: true, before: null } : { known: false, before };
}

export const pin = (keep: Keep, root: string, chainId: number, vault: string): void => keep.setItem(vaultKey(root, chainId), vault);

export interface Kept {
  what: string;
  vault: string;
  trail: Trail;
}

const sentKey = (chainId: number, account: string): string => `opensettle sent ${chainId} ${account.toLowerCase()}`;

export const keepSent = (keep: Keep, chainId: number, account: string, kept: Kept): void => keep.setItem(sentKey(chainId, account), JSON.stringify(kept));

export const forgetSent = (keep: Keep, chainId: number, account: string): void => keep.removeItem(sentKey(chainId, account));

/** What was sent and not seen to its end; what cannot be read is forgotten. */
export function keptOf(keep: Keep, chainId: number, account: string): Kept | null {
  const text = keep.getItem(sentKey(chainId, account));
  if (text === null) return null;
  const read = parsed(text);
  if (read === null) forgetSent(keep, chainId, account);
  return read;
}

function parsed(text: string): Kept | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }

  const { what, vault, trail } = object(value);
  const read = trailOf(trail);
  return typeof what === "string" && isHex(vault, 40) && read !== null ? { what, vault, trail: read } : null;
}

function trailOf(value: unknown): Trail | null {
  const { kind, sent, id, ids } = object(value);
  if (kind === "batch" && typeof id === "string" && id !== "") return { kind, id };
  if (kind === "relay" && Array.isArray(ids) && ids.length > 0 && ids.every((one): one is string => isHex(one, 64))) return { kind, ids };
  const { hash, from, nonce, call, sentAt } = object(sent);
  const { to, data } = object(call);
  if (kind !== "transaction" || !isHex(hash, 64) || !isHex(from, 40) || !isHex(to, 40) || typeof data !== "string" || !/^0x([0-9a-f]{2})*$/i.test(data)) return null;
  if (!(nonce === null || isCount(nonce)) || !isCount(sentAt)) return null;
  return { kind, sent: { hash: hash as Hex, from: from as Address, nonce, sentAt, call: { to: to as Address, data: data as Hex } } };
}

const object = (value: unknown): Record<string, unknown> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
const isHex = (value: unknown, digits: number): value is string => typeof value === "string" && value.length === digits + 2 && /^0x[0-9a-fA-F]+$/.test(value);
const isCount = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
