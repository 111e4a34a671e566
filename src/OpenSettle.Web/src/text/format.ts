/** Figures for people. Amounts are BigInt from end to end: no digit goes through a floating-point number. */

/** Most decimals shown of a fraction; the exact integer is one hover away. */
const SHOWN_DECIMALS = 6;

/** "1234567" → "1,234,567". */
export function grouped(value: bigint | number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The whole amount, no digit left out: 1500000, 6 → "1.5". */
export function exactAmount(value: bigint, decimals: number): string {
  const { integer, fraction } = parts(value, decimals);
  return fraction.length > 0 ? `${grouped(integer)}.${fraction}` : grouped(integer);
}

/**
 * The amount with at most six decimals. It is cut, never rounded up, and says so by "…"; an amount that would show as
 * nothing is "< 0.000001".
 */
export function shortAmount(value: bigint, decimals: number): string {
  const { integer, fraction } = parts(value, decimals);
  if (fraction.length <= SHOWN_DECIMALS) return exactAmount(value, decimals);
  const shown = fraction.slice(0, SHOWN_DECIMALS);
  if (integer === 0n && /^0*$/.test(shown)) return `< 0.${"0".repeat(SHOWN_DECIMALS - 1)}1`;
  return `${grouped(integer)}.${shown}…`;
}

/** Millionths, as lineage carries its shares: 125000 → "12.5 %". */
export const millionths = (share: number): string => `${exactAmount(BigInt(share), 4)} %`;

/** "0x1234…abcd". */
export function shortHex(hex: string, digits = 4): string {
  return hex.length > 2 + 2 * digits + 1 ? `${hex.slice(0, 2 + digits)}…${hex.slice(-digits)}` : hex;
}

/** "1 model", "2 models". */
export const counted = (count: number, one: string, many = `${one}s`): string => `${grouped(count)} ${count === 1 ? one : many}`;

/** The text with a full stop, where it has no end of its own. */
export const ended = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);

/** What the search field means: an account, a model, or neither. Hex without its 0x is understood. */
export function recognise(query: string): { kind: "account" | "model"; id: string } | null {
  const digits = query.trim().replace(/^0x/i, "");
  if (!/^[0-9a-fA-F]+$/.test(digits)) return null;
  if (digits.length === 40) return { kind: "account", id: `0x${digits}` };
  if (digits.length === 64) return { kind: "model", id: `0x${digits.toLowerCase()}` };
  return null;
}

function parts(value: bigint, decimals: number): { integer: bigint; fraction: string } {
  if (value < 0n) throw new RangeError("amounts are not negative");
  if (decimals === 0) return { integer: value, fraction: "" };
  const unit = 10n ** BigInt(decimals);
  return { integer: value / unit, fraction: (value % unit).toString().padStart(decimals, "0").replace(/0+$/, "") };
}
