/** Figures of passports in the words of people. Values come as decimal texts, and no digit of them goes through a floating-point number. */

import { grouped, shortAmount } from "./format.ts";

export interface Decimal {
  negative: boolean;
  /** value · 10^digits */
  units: bigint;
  digits: number;
}

/** "-0.001200" → −1200 · 10^−6; null where the text is no plain number. */
export function decimal(text: string): Decimal | null {
  const parts = /^(-?)(\d{1,90})(?:\.(\d{1,30}))?$/.exec(text);
  if (parts === null) return null;
  const [, sign, integer = "0", fraction = ""] = parts;
  return { negative: sign === "-", units: BigInt(integer + fraction), digits: fraction.length };
}

/** With at most so many digits after the point, rounded half up, as the figure itself was; no zeros at the end. */
export function rounded({ negative, units, digits }: Decimal, most: number): string {
  const scale = 10n ** BigInt(Math.max(0, digits - most));
  const whole = (units * 2n + scale) / (2n * scale);
  const shown = Math.min(digits, most);
  const unit = 10n ** BigInt(shown);
  const fraction = shown === 0 ? "" : (whole % unit).toString().padStart(shown, "0").replace(/0+$/, "");
  return `${negative && whole > 0n ? "−" : ""}${grouped(whole / unit)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** "0.898068" → "89.8 %". What is not quite all, or not quite nothing, is not shown as such. */
export function share(text: string): string {
  const value = decimal(text);
  if (value === null) return text;
  const one = 10n ** BigInt(value.digits);
  const hundredfold = { ...value, units: value.units * 100n };
  const shown = rounded(hundredfold, 1);
  if (shown === "100" && value.units < one) return "> 99.9 %";
  if (shown === "0" && value.units > 0n) return "< 0.1 %";
  return `${shown} %`;
}

/** Where on a line from 0 to 1, in millionths: for drawing, and for sorting. */
export function millionthsOf(text: string): number {
  const value = decimal(text);
  if (value === null || value.negative) return 0;
  const millionths = (value.units * 1_000_000n) / 10n ** BigInt(value.digits);
  return Number(millionths > 1_000_000n ? 1_000_000n : millionths);
}

/** For drawing only. */
export const drawn = (text: string): number | null => (decimal(text) === null ? null : Number(text));

/** Smallest units, that may have a fraction as an average has, in whole tokens. */
export function amountText(units: string, decimals: number): string {
  const value = decimal(units);
  return value === null || value.negative ? units : shortAmount(value.units, decimals + value.digits);
}

export type Unit = "amount" | "share" | "number" | "weeks" | "seconds" | "slope";

interface Meaning {
  name: string;
  unit: Unit;
  /** What it says, and what it does not. */
  says: string;
}

/** In the words of docs/metrics.md. A figure that a newer node adds shows by its own name. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  "revenue.settled": { name: "Revenue, settled", unit: "amount", says: "What payments were settled with, in all epochs. It says nothing of whose money it was." },
  "revenue.payments": { name: "Payments", unit: "number", says: "How many payments that were. Splitting a payment raises it: nothing ranks by it." },
  "revenue.weekly": { name: "Revenue of the last 12 weeks", unit: "amount", says: "Of complete weeks, by the day of the payment." },
  "revenue.washAdjusted": { name: "Revenue, wash-adjusted", unit: "amount", says: "What known payers paid, less what was seen to come back to them." },
  "revenue.halfLife": { name: "Half-life of revenue", unit: "weeks", says: "Weeks in which revenue halves, of buyers that nobody subsidises." },
  "price.perUse": { name: "Price of a use", unit: "amount", says: "What was settled in the last 84 days over the uses that count. Invented uses make it lower." },
  "wash.share": { name: "Seen to come back", unit: "share", says: "Of what known payers paid. A lower bound: other ways back are not seen." },
  "wash.costToFake": { name: "Cost to fake one unit", unit: "share", says: "What one unit of made-up revenue costs at least, gas not counted. Nothing where the owner keeps everything: look at buyers then." },
  "buyers.payers": { name: "Paying accounts", unit: "number", says: "Distinct accounts. One more costs nothing." },
  "buyers.clusters": { name: "Buyers", unit: "number", says: "Accounts that were given their money by the same account count as one." },
  "concentration.hhi": { name: "Concentration, by account", unit: "number", says: "Herfindahl's index of the payers' shares: 1 is one buyer." },
  "concentration.effectiveBuyers": { name: "Effective buyers, by account", unit: "number", says: "As many buyers of equal size." },
  "concentration.hhiClustered": { name: "Concentration", unit: "number", says: "Herfindahl's index over buyers: splitting a wallet does not change it. 1 is one buyer." },
  "concentration.effectiveBuyersClustered": { name: "Effective buyers", unit: "number", says: "As many buyers of equal size, with accounts of one buyer taken together." },
  "retention.repeatShare": { name: "From buyers that come back", unit: "share", says: "Of what was paid in the last 12 weeks: by buyers active in at least 3 of them." },
  "retention.curve": { name: "Still buying after 4 weeks", unit: "share", says: "Of buyers that nobody subsidises, the part that paid in the k-th week after their first one." },
  "dependency.unsubsidised": { name: "From money of buyers' own", unit: "share", says: "Of all settled revenue: not subsidised, outside of bursts." },
  "settlement.share": { name: "Settled of what was paid", unit: "share", says: "Money whose sweep is not worth its gas waits, and lowers it." },
  "settlement.lateness": { name: "From payment to settlement", unit: "seconds", says: "Weighted by amount." },
  "usage.uses": { name: "Uses", unit: "number", says: "Events that count. They are the gateways' word: inventing them costs nothing, so nothing ranks by it." },
  "usage.paidShare": { name: "Uses that name a payment", unit: "share", says: "The others are a gateway's word, and rank nothing." },
  "usage.consumers": { name: "Consumers in one epoch", unit: "number", says: "The most of one epoch of the last 84 days, by hashes that the gateway makes." },
  "usage.weekly": { name: "Uses of the last 84 days", unit: "number", says: "By the end of their epochs." },
  "usage.seenOutside": { name: "Seen, in no epoch", unit: "number", says: "Uses that this node saw and no epoch has: its word." },
  "domain.paidUsage": { name: "Right, in paid usage", unit: "share", says: "Of judged uses that name a settled payment. The outcome is the gateway's word." },
  "domain.observed": { name: "Right, in all observed usage", unit: "share", says: "Of all judged uses, paid or not. It ranks nothing." },
  "domain.evaluated": { name: "Right, by evaluations", unit: "share", says: "Pooled results of evaluators that do not gain from the model and committed to their set before. Anybody may call itself an evaluator." },
  "domain.decay": { name: "Change of the rate a week", unit: "slope", says: "Of the weekly rate of success; told where it cannot be chance." },
};

export const nameOfFigure = (id: string): string => MEANINGS[id]?.name ?? id;
export const meaningOfFigure = (id: string): string | null => MEANINGS[id]?.says ?? null;

export interface TokenWords {
  symbol: string;
  decimals: number;
  known: boolean;
}

/** A value as people read it; `token` for what is an amount. */
export function valueWords(id: string, value: string, token: TokenWords | null): string {
  const number = decimal(value);
  if (number === null) return value;
  switch (MEANINGS[id]?.unit ?? "number") {
    case "amount":
      return token === null ? rounded(number, 6) : `${amountText(value, token.decimals)} ${token.symbol}`;
    case "share":
      return share(value);
    case "weeks":
      return `${rounded(number, 1)} weeks`;
    case "seconds":
      return seconds(number);
    case "slope":
      return `${number.negative || number.units === 0n ? "" : "+"}${rounded({ ...number, units: number.units * 100n }, 2)} points a week`;
    default:
      return rounded(number, 3);
  }
}

export interface FigureLike {
  id: string;
  state: string;
  value: string | null;
  low: string | null;
  high: string | null;
  n: bigint;
  leastN: bigint;
}

/** The value, or why there is none, as the commands say it. */
export function figureWords(figure: FigureLike, token: TokenWords | null): string {
  switch (figure.state) {
    case "known":
      return valueWords(figure.id, figure.value ?? "", token);
    case "insufficient":
      return `Insufficient data: ${grouped(figure.n)} of ${grouped(figure.leastN)} needed`;
    case "notFound":
      return "Nothing to be found in the data";
    case "notRead":
      return "Not read";
    default:
      return "Unknown";
  }
}

/** "89.8 % to 96.5 %", "12.1 to 29.4 weeks", or null where there is no interval. */
export function intervalWords(figure: FigureLike, token: TokenWords | null): string | null {
  if (figure.low === null || figure.high === null) return null;
  const [low, high] = [valueWords(figure.id, figure.low, token), valueWords(figure.id, figure.high, token)];
  const unit = high.slice(high.indexOf(" ") + 1);
  // A unit of words is said once.
  return high.includes(" ") && unit !== "%" && low.endsWith(` ${unit}`) ? `${low.slice(0, -unit.length - 1)} to ${high}` : `${low} to ${high}`;
}

/**
 * The command that computes a figure again, where it is that and nothing else: people copy it into a shell, and a node could send any text.
 * Scopes with other than plain characters stand in single quotes.
 */
export const safeCommand = (query: string): string | null =>
  query.length <= 600 && /^opensettle passport 0x[0-9a-fA-F]{64} --verify --block \d{1,20} --figure (?:[\w.:-]+|'(?:[\x20-\x26\x28-\x7e]|'\\'')*')$/.test(query) ? query : null;

/** As of docs/passport.md. */
export const LEVELS: Readonly<Record<string, { name: string; says: string }>> = {
  onChain: { name: "On chain", says: "It follows from the chain and the bundles: anybody recomputes it." },
  attested: { name: "Attested", says: "An account signed it: it is as true as that account is honest." },
  selfReported: { name: "Self-reported", says: "The model's owner, or this node, says so." },
};

export const BASES: Readonly<Record<string, string>> = {
  evaluated: "by independent evaluations",
  paidUsage: "by judged uses that were paid for",
};

export const STATUSES: Readonly<Record<string, { kind: "good" | "warn" | "bad" | "info"; name: string; says: string }>> = {
  active: { kind: "good", name: "Active", says: "Its owner calls it active." },
  deprecated: { kind: "warn", name: "Deprecated", says: "Its owner says that it is deprecated." },
  retired: { kind: "bad", name: "Retired", says: "Its owner says that it is retired." },
  salvage: { kind: "warn", name: "Salvage", says: "Its owner says that it is salvage." },
};

/** Flags in short; their own message says the rest. */
export const FLAGS: Readonly<Record<string, string>> = {
  "self-payment": "Its own people pay",
  rebate: "Payments are given back",
  incentive: "Payers get money from those who gain",
  burst: "A burst of payments",
  concentrated: "One buyer pays most",
  "late-settlement": "Settled late",
  "unpaid-usage": "Most uses name no payment",
  "evaluator-benefits": "An evaluator gains",
  "evaluation-contradicted": "Buyers contradict the evaluations",
  "results-withheld": "Results were withheld",
  "transfers-not-read": "Transfers were not read",
  "many-domains": "More domains than are shown",
  "table-missing": "A split table is missing",
  "new-owner": "New owner",
  deprecated: "Deprecated",
  retired: "Retired",
  salvage: "Salvage",
};

function seconds(value: Decimal): string {
  const whole = value.units / 10n ** BigInt(value.digits);
  if (whole < 120n) return `${grouped(whole)} s`;
  if (whole < 7_200n) return `${grouped(whole / 60n)} min`;
  return whole < 172_800n ? `${grouped(whole / 3_600n)} h` : `${grouped(whole / 86_400n)} d`;
}

/** A word of 32 bytes as text where it is one, left aligned printable ASCII: as the registry writes roles and uses. */
export function wordText(word: string): string {
  const bytes = /^0x([0-9a-fA-F]{64})$/.exec(word)?.[1]?.match(/../g)?.map((pair) => Number.parseInt(pair, 16));
  if (bytes === undefined) return word;
  const end = bytes.findIndex((byte) => byte === 0);
  const letters = end < 0 ? bytes : bytes.slice(0, end);
  if (letters.length === 0 || (end >= 0 && bytes.slice(end).some((byte) => byte !== 0)) || letters.some((byte) => byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c)) return word;
  const text = String.fromCharCode(...letters);
  return text.startsWith("0x") ? word : text;
}
