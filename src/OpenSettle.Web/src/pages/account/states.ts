/** The states in which an account's money is, in words. They are told apart, and never added. */

import type { TokenEarnings } from "../../api/accounts.ts";
import { span } from "../../text/times.ts";

/** Tokens with something to take first, then those with something on the way, then by what was earned. */
export function ordered(tokens: readonly TokenEarnings[]): TokenEarnings[] {
  const rank = (one: TokenEarnings): number => (one.claimable > 0n ? 0 : one.pushWaiting > 0n ? 1 : one.inWindow !== null ? 2 : one.belowLeaf > 0n ? 3 : one.coming !== null ? 4 : 5);
  return [...tokens].sort((a, b) => rank(a) - rank(b) || a.symbol.localeCompare(b.symbol) || a.token.localeCompare(b.token));
}

export interface Window {
  /** Where the epoch is. */
  state: string;
  /** Seconds until it can be activated; null before its window runs. */
  left: number | null;
  /** What happens next. */
  then: string;
}

/** @param now Seconds. */
export function windowOf(window: { state: string; readyAt: number | null }, now: number): Window {
  if (window.state !== "proposed" || window.readyAt === null)
    return {
      state: window.state === "built" ? "divided, not proposed yet" : window.state === "signed" ? "signed, its proposal is on the way" : window.state,
      left: null,
      then: "It is proposed to the vault next; then a window runs in which a guardian can veto it.",
    };
  const left = window.readyAt - now;
  return left > 0
    ? { state: "proposed, its window runs", left, then: "Unless it is vetoed, it is activated then." }
    : { state: "proposed, its window is over", left: 0, then: "It is activated with the node's next transaction." };
}

/** "2 d 3 h", and by the second for the last hour. */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  if (left >= 3_600) return span(left);
  return left >= 60 ? `${Math.floor(left / 60)} min ${String(left % 60).padStart(2, "0")} s` : `${left} s`;
}
