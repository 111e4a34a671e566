/** Wallets of this browser, by EIP-6963: each announces itself, and nothing is taken for the only one. */

import type { Provider } from "../chain/rpc.ts";

export interface EventfulProvider extends Provider {
  on?(event: string, listener: (value: unknown) => void): unknown;
  removeListener?(event: string, listener: (value: unknown) => void): unknown;
}

export interface Wallet {
  /** Its own name for itself ("com.example.wallet"), by which it is known again. */
  rdns: string;
  uuid: string;
  /** Chosen by the wallet: an outside text. */
  name: string;
  /** A picture as a data: address, or null: nothing is fetched for it. */
  icon: string | null;
  provider: EventfulProvider;
}

/** A browser's only wallet that announces nothing: found at window.ethereum. */
export const UNANNOUNCED = "window.ethereum";

const ICON = /^data:image\/(png|jpeg|webp|gif|svg\+xml|avif)[;,]/;
const LONGEST_ICON = 200_000;

/** What a wallet announced, or null: it is none. */
export function announced(detail: unknown): Wallet | null {
  if (typeof detail !== "object" || detail === null) return null;
  const { info, provider } = detail as { info?: unknown; provider?: unknown };
  if (typeof info !== "object" || info === null || !isProvider(provider)) return null;
  const { uuid, name, icon, rdns } = info as Record<string, unknown>;
  if (typeof uuid !== "string" || uuid === "" || typeof rdns !== "string" || rdns === "" || rdns === UNANNOUNCED) return null;
  return {
    uuid,
    rdns,
    name: typeof name === "string" && name.trim() !== "" ? name : rdns,
    icon: typeof icon === "string" && icon.length <= LONGEST_ICON && ICON.test(icon) ? icon : null,
    provider,
  };
}

export const isProvider = (value: unknown): value is EventfulProvider => typeof value === "object" && value !== null && typeof (value as { request?: unknown }).request === "function";

/** The list with one more; who announces again, with the same id, is the same. */
export const withWallet = (list: readonly Wallet[], wallet: Wallet): readonly Wallet[] =>
  list.some((one) => one.uuid === wallet.uuid) ? list : [...list, wallet].sort((a, b) => a.name.localeCompare(b.name) || a.rdns.localeCompare(b.rdns));
