/** Exact fractions, as explanations carry them: nothing is rounded before it is shown, and what is cut then says so. */

import { grouped } from "../../text/format.ts";

export interface Fraction {
  n: bigint;
  /** Positive. */
  d: bigint;
}

export const ZERO: Fraction = { n: 0n, d: 1n };

/** "-211/350", "5200000". */
export function fractionOf(text: string): Fraction {
  const found = /^(-?\d{1,4000})(?:\/([1-9]\d{0,3999}))?$/.exec(text);
  if (found === null) throw new TypeError(`${text.slice(0, 60)}: this is no fraction`);
  return { n: BigInt(found[1] ?? "0"), d: BigInt(found[2] ?? "1") };
}

export const whole = (value: bigint): Fraction => ({ n: value, d: 1n });

export const part = (n: bigint, d: bigint): Fraction => {
  if (d <= 0n) throw new RangeError("a part is of something");
  return { n, d };
};

export const plus = (a: Fraction, b: Fraction): Fraction => lowest({ n: a.n * b.d + b.n * a.d, d: a.d * b.d });

export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { n: -b.n, d: b.d });

export const times = (a: Fraction, b: Fraction): Fraction => lowest({ n: a.n * b.n, d: a.d * b.d });

export const equal = (a: Fraction, b: Fraction): boolean => a.n * b.d === b.n * a.d;

export const sum = (all: readonly Fraction[]): Fraction => all.reduce(plus, ZERO);

/** "1,830,000,061/350". */
export const fractionText = ({ n, d }: Fraction): string => `${n < 0n ? "−" : ""}${grouped(n < 0n ? -n : n)}${d === 1n ? "" : `/${grouped(d)}`}`;

/** Digits behind the smallest unit that are shown. */
const BEHIND = 6;

/** So many of the smallest units, as an amount of the token: cut behind the smallest unit, never rounded, and "…" where more follows. */
export function amountText(units: Fraction, decimals: number): string {
  const isLess = units.n < 0n;
  const digits = decimals + BEHIND;
  const scaled = (isLess ? -units.n : units.n) * 10n ** BigInt(BEHIND);
  const [cut, rest] = [scaled / units.d, scaled % units.d];
  const unit = 10n ** BigInt(digits);
  const fraction = (cut % unit).toString().padStart(digits, "0");
  const shown = rest > 0n ? fraction : fraction.replace(/0+$/, "");
  return `${isLess ? "−" : ""}${grouped(cut / unit)}${shown === "" ? "" : `.${shown}`}${rest > 0n ? "…" : ""}`;
}

/** A share of one as a percentage with at most four decimals, cut. */
export function percentText(share: Fraction): string {
  const scaled = share.n * 1_000_000n;
  const [cut, rest] = [scaled / share.d, scaled % share.d];
  if (cut === 0n && rest > 0n) return "< 0.0001 %";
  const decimals = (cut % 10_000n).toString().padStart(4, "0").replace(/0+$/, "");
  return `${grouped(cut / 10_000n)}${decimals === "" ? "" : `.${decimals}`}${rest > 0n ? "…" : ""} %`;
}

function lowest({ n, d }: Fraction): Fraction {
  let [a, b] = [n < 0n ? -n : n, d];
  while (b > 0n) [a, b] = [b, a % b];
  return a > 1n ? { n: n / a, d: d / a } : { n, d };
}
