/** Two models' figures, row by row: what differs, what is surely different, and what cannot be held against each other. */

import type { ComparedRow, Comparison, Figure } from "../../api/passports.ts";
import { type Decimal, decimal } from "../../text/figures.ts";

export type Verdict =
  /** The same value. */
  | "same"
  /** Another value; nothing says that it is not chance. */
  | "differs"
  /** Intervals that do not overlap. */
  | "surely"
  /** One of them, or both, is not known. */
  | "one-sided"
  | "neither";

export interface Row {
  id: string;
  scope: string;
  a: Figure | null;
  b: Figure | null;
  verdict: Verdict;
}

/** Figures whose difference can say which is better, and which way. What ranks nothing, as all observed usage, is not among them. */
const MORE_IS_BETTER = new Set(["domain.evaluated", "domain.paidUsage", "retention.repeatShare", "retention.curve", "dependency.unsubsidised", "concentration.effectiveBuyersClustered", "wash.costToFake", "settlement.share", "usage.paidShare", "domain.decay"]);
const LESS_IS_BETTER = new Set(["wash.share", "concentration.hhiClustered", "settlement.lateness"]);

const isKnown = (figure: Figure | null): figure is Figure => figure !== null && figure.state === "known" && figure.value !== null;

/** −1, 0, 1; null where one is no number. */
export function compared(a: string, b: string): number | null {
  const [left, right] = [decimal(a), decimal(b)];
  if (left === null || right === null) return null;
  const digits = Math.max(left.digits, right.digits);
  const whole = (value: Decimal): bigint => value.units * 10n ** BigInt(digits - value.digits) * (value.negative ? -1n : 1n);
  const [x, y] = [whole(left), whole(right)];
  return x === y ? 0 : x < y ? -1 : 1;
}

export function verdictOf(a: Figure | null, b: Figure | null): Verdict {
  if (!isKnown(a) && !isKnown(b)) return "neither";
  if (!isKnown(a) || !isKnown(b)) return "one-sided";
  if (a.value === b.value || compared(a.value ?? "", b.value ?? "") === 0) return "same";
  if (a.low !== null && a.high !== null && b.low !== null && b.high !== null && (compared(a.high, b.low) === -1 || compared(b.high, a.low) === -1)) return "surely";
  return "differs";
}

/** Which is better by this row: only where it is sure, and where more, or less, is better. */
export function betterOf(row: Row): "a" | "b" | null {
  if (row.verdict !== "surely") return null;
  const order = compared(row.a?.value ?? "", row.b?.value ?? "");
  if (order === null || order === 0) return null;
  if (MORE_IS_BETTER.has(row.id)) return order > 0 ? "a" : "b";
  return LESS_IS_BETTER.has(row.id) ? (order < 0 ? "a" : "b") : null;
}

export interface RowGroup {
  title: string;
  rows: Row[];
}

const GROUPS: readonly [string, RegExp][] = [
  ["What they are good for", /^domain\.(?!decay)/],
  ["Change", /^(?:domain\.decay|revenue\.halfLife)$/],
  ["Buyers", /^(?:buyers|concentration|retention|dependency)\./],
  ["Revenue", /^(?:revenue|price|wash)\./],
  ["Usage", /^usage\./],
  ["Settlement", /^settlement\./],
  ["Other", /^/],
];

/** Rows in the order in which a buyer asks; what neither knows only where it is asked for. */
export function groupsOf(comparison: Comparison, everything: boolean): RowGroup[] {
  const rows = comparison.rows.map((row: ComparedRow): Row => ({ ...row, verdict: verdictOf(row.a, row.b) })).filter((row) => everything || row.verdict !== "neither");
  return GROUPS.map(([title], place) => ({ title, rows: rows.filter((row) => GROUPS.findIndex(([, pattern]) => pattern.test(row.id)) === place) })).filter((group) => group.rows.length > 0);
}

/** A model as somebody writes it: its id, or its number. */
export function wanted(text: string): { id: string } | { number: number } | { words: string } | null {
  const words = text.trim();
  if (words === "") return null;
  if (/^0x[0-9a-fA-F]{64}$/.test(words)) return { id: words.toLowerCase() };
  const number = /^#?(\d{1,12})$/.exec(words)?.[1];
  return number === undefined ? { words: words.toLowerCase() } : { number: Number(number) };
}
