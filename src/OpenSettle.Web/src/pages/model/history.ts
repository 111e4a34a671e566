/** A model's revenue by day and payer, as far back as there is any: an answer has so many rows at most, so long histories come in parts. */

import { ApiError } from "../../api/ask.ts";
import type { ModelUsage } from "../../api/passports.ts";
import type { RevenueRow } from "./cohorts.ts";

export interface History {
  /** By token, as the node writes it. */
  tokens: { token: string; rows: RevenueRow[] }[];
  /** Days before this are not in it; null: all are. */
  since: string | null;
}

const DAY_MS = 86_400_000;
/** Questions for one history: a model of many payers shows its newest days. */
const MOST_ASKED = 24;

const dayText = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** @param until The last day that counts. */
export async function readHistory(ask: (from: string, to: string) => Promise<ModelUsage>, until: string): Promise<History> {
  const tokens = new Map<string, RevenueRow[]>();
  const take = (usage: ModelUsage): void => {
    for (const { token, rows } of usage.revenue) tokens.set(token, [...rows.map(({ day, payer, paid }) => ({ day, payer, paid })), ...(tokens.get(token) ?? [])]);
  };
  // The newest part first, so that what is left out in the end is the oldest.
  const parts: [number, number][] = [[0, Date.parse(`${until}T00:00:00Z`)]];
  let asked = 0;
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const [from, to] = part;
    if (asked++ >= MOST_ASKED) return of(tokens, dayText(to + DAY_MS));
    try {
      take(await ask(dayText(from), dayText(to)));
    } catch (error) {
      // More rows than an answer has: by halves.
      if (!(error instanceof ApiError) || error.status !== 400 || from >= to) throw error;
      const middle = from + Math.floor((to - from) / DAY_MS / 2) * DAY_MS;
      parts.push([from, middle], [middle + DAY_MS, to]);
    }
  }

  return of(tokens, null);
}

const of = (tokens: Map<string, RevenueRow[]>, since: string | null): History => ({ tokens: [...tokens].map(([token, rows]) => ({ token, rows })), since });
