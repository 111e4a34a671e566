/** What the panel's one button does and says, out of all that is so; no document. */

import type { Address } from "viem";
import { counted } from "../../../text/format.ts";
import { type Plan, fingerprint, isClaimable } from "./plan.ts";
import type { Job } from "./steps.ts";

/** What somebody chose in the panel. */
export interface Choice {
  /** Tokens that are left out. */
  without: ReadonlySet<string>;
  /** As typed; "" for the account's own way. */
  to: string;
  /** Checked: an address, or null while it is none. */
  checkedTo: Address | null;
  sponsored: boolean;
  /** The address of a service that pays the gas, or "". */
  paymaster: string;
}

export const NOTHING: Choice = { without: new Set(), to: "", checkedTo: null, sponsored: false, paymaster: "" };

/** A single one is always chosen: it has no box to mark. */
export function chosen(plan: Plan, { without }: Pick<Choice, "without">): Address[] {
  const all = plan.rows.filter(isClaimable).map(({ token }) => token);
  return all.length === 1 ? all : all.filter((token) => !without.has(token));
}

export type Primary =
  | { act: "connect" }
  | { act: "switch"; label: string }
  | { act: "press"; label: string; job: Job; seen: string }
  /** Nothing can be pressed, and why. */
  | { act: "none"; label: string; why: string };

export interface Around {
  connected: boolean;
  onChain: boolean;
  /** The wallet's account is the one that is paid. */
  isSelf: boolean;
  reading: boolean;
  busy: boolean;
}

export function primaryOf(plan: Plan, choice: Choice, { connected, onChain, isSelf, reading, busy }: Around): Primary {
  if (!connected) return { act: "connect" };
  if (!onChain) return { act: "switch", label: `Switch the wallet to chain ${plan.chainId}` };
  const tokens = chosen(plan, choice);
  const label = tokens.length === 0 ? "Claim" : choice.sponsored ? `Sign for ${counted(tokens.length, "token")}` : `Claim ${counted(tokens.length, "token")}`;
  const none = (why: string): Primary => ({ act: "none", label, why });
  if (busy) return none("A claim is under way.");
  if (reading || plan.view === null || plan.source !== "wallet") return none("The vault is asked first.");
  if (!plan.rows.some(isClaimable)) return none("Nothing here can be claimed now.");
  if (tokens.length === 0) return none("Choose a token at least.");
  if (choice.to.trim() !== "" && choice.checkedTo === null) return none("Correct the other address first, or empty its field.");
  if (choice.to.trim() !== "" && !isSelf) return none("Only the account itself can send its money elsewhere.");
  if (choice.sponsored && !isSelf) return none("Only the account itself can sign for its claim.");
  const paymaster = choice.paymaster.trim();
  if (!choice.sponsored && paymaster !== "" && !isPaymaster(paymaster)) return none("A gas service has an address that begins with https://.");
  return { act: "press", label, seen: fingerprint(plan, tokens), job: { kind: "claim", tokens, to: choice.to.trim() === "" ? null : choice.checkedTo, sponsored: choice.sponsored, paymaster: choice.sponsored || paymaster === "" ? null : paymaster } };
}

/** The wallet is given this address, and asks it itself; the page never does. */
export function isPaymaster(text: string): boolean {
  try {
    const url = new URL(text);
    return url.protocol === "https:" && url.username === "" && url.password === "";
  } catch {
    return false;
  }
}
