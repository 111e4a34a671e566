/** Which earnings the page shows: what stands in its address, so that it can be sent to somebody. */

import type { EarningsFilter, ModelEarnings } from "../../api/accounts.ts";

/** The filter of an address's query; what is none is passed over, as old and mistyped links are. */
export function filterOf(query: URLSearchParams): EarningsFilter {
  const matching = (name: string, form: RegExp): string | undefined => {
    const value = query.get(name);
    return value !== null && form.test(value) ? value : undefined;
  };
  const role = query.get("role");
  const by = matching("by", /^(rows|pool)$/);
  return {
    token: matching("token", /^0x[0-9a-fA-F]{40}$/),
    model: matching("model", /^0x[0-9a-fA-F]{64}$/),
    by: role === null || role === "" ? by : undefined,
    role: role === null || role === "" ? undefined : role.slice(0, 200),
    from: matching("from", /^\d{1,15}$/),
    to: matching("to", /^\d{1,15}$/),
  };
}

export const isAny = (filter: EarningsFilter): boolean => Object.values(filter).some((value) => value !== undefined);

/** From after to: nothing can be between them. */
export const isEmptyRange = ({ from, to }: EarningsFilter): boolean => from !== undefined && to !== undefined && Number(from) > Number(to);

export interface Choices {
  tokens: string[];
  models: { model: string; number: number | null }[];
  roles: string[];
  hasPool: boolean;
}

/** What there is to choose from, of all that the account earned. */
export function choicesOf(models: readonly ModelEarnings[]): Choices {
  return {
    tokens: [...new Set(models.map((one) => one.token))],
    models: [...new Map(models.map((one) => [one.model, { model: one.model, number: one.number }])).values()],
    roles: [...new Set(models.flatMap((one) => one.roles))].sort(),
    hasPool: models.some((one) => one.by === "pool"),
  };
}

/** By token, of rows that have one. Sums of two tokens are never made. */
export function totals(rows: readonly { token: string; earned: bigint }[]): [string, bigint][] {
  const sums = new Map<string, bigint>();
  for (const row of rows) sums.set(row.token, (sums.get(row.token) ?? 0n) + row.earned);
  return [...sums];
}
