/** What was earned over time, for a chart of one token: epoch by epoch, and all so far. */

import type { EpochEarnings } from "../../api/accounts.ts";

export interface Point {
  /** One epoch, or several that are drawn as one. */
  first: number;
  last: number;
  /** Seconds; of two points the later one's is greater. */
  time: number;
  earned: bigint;
  /** With all before it. */
  sum: bigint;
}

/** More than these cannot be told apart on a screen. */
export const MOST_POINTS = 240;

/** The points of a token, oldest first; of very many epochs some are drawn as one, and nothing is left out. */
export function pointsOf(series: readonly EpochEarnings[], token: string, most = MOST_POINTS): Point[] {
  const mine = series.filter((one) => one.token === token).sort((a, b) => a.epoch - b.epoch);
  const size = Math.max(1, Math.ceil(mine.length / most));
  const points: Point[] = [];
  let sum = 0n;
  for (let i = 0; i < mine.length; i += size) {
    const some = mine.slice(i, i + size);
    const [first, last] = [some[0], some.at(-1)];
    if (first === undefined || last === undefined) break;
    const earned = some.reduce((all, one) => all + one.earned, 0n);
    sum += earned;
    const before = points.at(-1)?.time;
    // Old books may not say when an epoch ended, and two may end in one second: the order holds.
    const time = Math.max(last.time ?? 0, before === undefined ? 0 : before + 1);
    points.push({ first: first.epoch, last: last.epoch, time, earned, sum });
  }

  return points;
}

/** For drawing only: what people read is made from the amounts. */
export function drawn(value: bigint, decimals: number): number {
  // Whole tokens and the rest apart: large amounts keep their first digits, small ones theirs.
  const unit = 10n ** BigInt(decimals);
  return Number(value / unit) + Number(value % unit) / Number(unit);
}

/** "1.5k", "2M", "0.001": a place on the axis. */
export function axisText(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1e15 || Math.abs(value) < 1e-4) return value.toExponential(0);
  return new Intl.NumberFormat("en", { notation: Math.abs(value) >= 10_000 ? "compact" : "standard", maximumSignificantDigits: 4 }).format(value);
}

export const epochsText = ({ first, last }: Point): string => (first === last ? `Epoch ${first}` : `Epochs ${first} to ${last}`);
