/** Where what a search finds has its page. */

import type { Hit, HitKind } from "../api/search.ts";
import { to } from "./router.ts";

export const placeOf = ({ kind, id }: Pick<Hit, "kind" | "id">): string => {
  switch (kind) {
    case "model":
      return to.model(id);
    case "account":
      return to.account(id);
    case "epoch":
      return to.epoch(Number(id));
    case "transaction":
      return to.transaction(id);
  }
};

const HEADINGS: readonly (readonly [HitKind, string])[] = [
  ["model", "Models"],
  ["account", "Accounts"],
  ["epoch", "Epochs"],
  ["transaction", "Transactions"],
];

/** By kind, in the order of the headings; within one the best stays first. */
export const byKind = (hits: readonly Hit[]): { heading: string; hits: Hit[] }[] =>
  HEADINGS.map(([kind, heading]) => ({ heading, hits: hits.filter((hit) => hit.kind === kind) })).filter((group) => group.hits.length > 0);

/** The option that a key goes to; -1 is the field itself. Null: the key moves nothing. */
export function moved(key: string, active: number, count: number): number | null {
  if (count === 0) return null;
  if (key === "ArrowDown") return active + 1 >= count ? -1 : active + 1;
  if (key === "ArrowUp") return active <= -1 ? count - 1 : active - 1;
  return null;
}
