/** Revenue by when its payer came: whether a model lives of new buyers, or keeps the old ones. Weeks begin on Mondays, UTC. */

export interface RevenueRow {
  /** "2026-11-22". */
  day: string;
  payer: string | null;
  paid: bigint;
}

export type Period = "week" | "month";

export interface Cohort {
  name: string;
  /** Distinct accounts; null: nobody knows whose it was. */
  payers: number | null;
  /** One for each time. */
  paid: bigint[];
}

export interface Cohorts {
  period: Period;
  /** Seconds: when each period begins, without a gap. */
  times: number[];
  cohorts: Cohort[];
}

const DAY = 86_400;
const WEEK = 7 * DAY;
/** More weeks than these are shown as months. */
const MOST_WEEKS = 26;
/** As many as there are colours; older cohorts are taken together. */
const MOST_COHORTS = 6;

/** Seconds at the day's beginning, or null where it is none. */
export function dayOf(day: string): number | null {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) ? null : time / 1000;
}

export function periodOf(time: number, period: Period): number {
  // The first day of 1970 was a Thursday.
  if (period === "week") return time - ((((time + 3 * DAY) % WEEK) + WEEK) % WEEK);
  const at = new Date(time * 1000);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1) / 1000;
}

function after(time: number, period: Period): number {
  if (period === "week") return time + WEEK;
  const at = new Date(time * 1000);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1) / 1000;
}

export const periodName = (time: number, period: Period): string => new Date(time * 1000).toISOString().slice(0, period === "week" ? 10 : 7);

export function cohortsOf(rows: readonly RevenueRow[]): Cohorts {
  const dated = rows.map((row) => ({ time: dayOf(row.day), payer: row.payer?.toLowerCase() ?? null, paid: row.paid })).filter((row): row is { time: number; payer: string | null; paid: bigint } => row.time !== null);
  if (dated.length === 0) return { period: "week", times: [], cohorts: [] };
  const [first, last] = dated.reduce(([low, high], { time }) => [Math.min(low, time), Math.max(high, time)], [Number.POSITIVE_INFINITY, 0]);
  const period: Period = last - first > MOST_WEEKS * WEEK ? "month" : "week";

  const times: number[] = [];
  for (let time = periodOf(first, period); time <= last; time = after(time, period)) times.push(time);
  const place = new Map(times.map((time, i) => [time, i]));

  const came = new Map<string, number>();
  for (const { payer, time } of dated) if (payer !== null) came.set(payer, Math.min(came.get(payer) ?? Number.POSITIVE_INFINITY, periodOf(time, period)));

  // The newest cohorts have a colour each; whoever came before them shares one.
  const begins = [...new Set(came.values())].sort((a, b) => a - b);
  const unknown = dated.some((row) => row.payer === null);
  const most = unknown ? MOST_COHORTS - 1 : MOST_COHORTS;
  const merged = begins.length > most ? begins.length - most + 1 : 0;
  const cohortOf = new Map(begins.map((begin, i) => [begin, Math.max(0, i - Math.max(0, merged - 1))]));
  const names = begins.slice(Math.max(0, merged - 1)).map((begin, i) => (i === 0 && merged > 1 ? `${period === "week" ? "Week of " : ""}${periodName(begin, period)} and before` : `${period === "week" ? "Week of " : ""}${periodName(begin, period)}`));

  const cohorts = names.map((name): Cohort => ({ name, payers: 0, paid: times.map(() => 0n) }));
  if (unknown) cohorts.push({ name: "Payer not known", payers: null, paid: times.map(() => 0n) });
  for (const begin of came.values()) {
    const cohort = cohorts[cohortOf.get(begin) ?? 0];
    if (cohort !== undefined && cohort.payers !== null) cohort.payers++;
  }

  for (const { payer, time, paid } of dated) {
    const cohort = cohorts[payer === null ? cohorts.length - 1 : (cohortOf.get(came.get(payer) ?? 0) ?? 0)];
    const at = place.get(periodOf(time, period)) ?? 0;
    if (cohort !== undefined) cohort.paid[at] = (cohort.paid[at] ?? 0n) + paid;
  }

  return { period, times, cohorts };
}

/** For drawing alone: no more digits than a screen has. */
export const forDrawing = (value: bigint, decimals: number): number => Number(value) / 10 ** decimals;
