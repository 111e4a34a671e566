/** The figures that follow from a model's records alone, computed again from records that the chain proves. docs/metrics.md has the rules. */

import type { Figure, Passport, UseRecord } from "../../api/passports.ts";
import { counted, grouped } from "../../text/format.ts";

export interface FigureCheck {
  what: string;
  outcome: "holds" | "differs" | "unchecked";
  words: string;
}

/** part/whole with six digits, rounded half up: "0.940000". */
export function sixDigits(part: bigint, whole: bigint): string {
  const millionths = (part * 2_000_000n + whole) / (2n * whole);
  return `${millionths / 1_000_000n}.${(millionths % 1_000_000n).toString().padStart(6, "0")}`;
}

const Z95 = 1.959963984540054;

/** Wilson's 95 % interval with six digits: the same doubles, in the same order, as the node has them. */
export function wilson(successes: bigint, trials: bigint): { low: string; high: string } {
  const square = Z95 * Z95;
  const n = Number(trials);
  const p = Number(successes) / n;
  const middle = 2 * n * p + square;
  const reach = Z95 * Math.sqrt(square + 4 * n * p * (1 - p));
  const low = successes === 0n ? 0 : Math.max(0, (middle - reach) / (2 * (n + square)));
  const high = successes === trials ? 1 : Math.min(1, (middle + reach) / (2 * (n + square)));
  return { low: low.toFixed(6), high: high.toFixed(6) };
}

/** Whether the interval by which a domain ranks follows from its own counts, and the figure that it stands for says the same. */
export function intervalChecks(passport: Passport): FigureCheck[] {
  return passport.domains
    .filter((domain) => domain.trials > 0n)
    .map((domain): FigureCheck => {
      const what = `Interval of ${domain.domain}`;
      if (domain.successes > domain.trials) return { what, outcome: "differs", words: "It has more successes than trials." };
      const due = wilson(domain.successes, domain.trials);
      if (due.low !== domain.low || due.high !== domain.high) return { what, outcome: "differs", words: `From ${grouped(domain.successes)} of ${grouped(domain.trials)} follow ${due.low} to ${due.high}, and the passport says ${domain.low} to ${domain.high}.` };
      const figure = passport.figures.find((one) => one.id === `domain.${domain.basis}` && one.scope === domain.domain && one.state === "known");
      if (figure !== undefined && (figure.n !== domain.trials || figure.value !== sixDigits(domain.successes, domain.trials) || figure.low !== due.low || figure.high !== due.high))
        return { what, outcome: "differs", words: `The figure ${figure.id} says something else than the domain's standing.` };
      return { what, outcome: "holds", words: `It follows from ${grouped(domain.successes)} of ${grouped(domain.trials)}. Where these come from is not computed again here.` };
    });
}

/** @param why Why the records are not proven; null: they are, and all of them are there. */
export function figureChecks(passport: Passport, records: readonly UseRecord[], why: string | null): FigureCheck[] {
  const from = passport.figures.filter((figure) => ["usage.uses", "revenue.settled", "domain.observed"].includes(figure.id));
  if (why !== null) return from.length === 0 ? [] : [{ what: "Figures that follow from records", outcome: "unchecked", words: `${counted(from.length, "figure")} were not computed again. ${why}` }];

  const uses = records.reduce((sum, record) => sum + BigInt(record.uses), 0n);
  const revenue = new Map<string, bigint>();
  const domains = new Map<string, { successes: bigint; trials: bigint }>();
  for (const record of records) {
    for (const { token, amount } of record.revenue) revenue.set(token.toLowerCase(), (revenue.get(token.toLowerCase()) ?? 0n) + amount);
    for (const { domain, successes, trials } of record.domains) {
      const known = domains.get(domain) ?? { successes: 0n, trials: 0n };
      domains.set(domain, { successes: known.successes + BigInt(successes), trials: known.trials + BigInt(trials) });
    }
  }

  const checks = from.map((figure): FigureCheck => {
    const what = figure.scope === "" ? figure.id : `${figure.id} of ${figure.scope}`;
    if (figure.id === "usage.uses") return compare(what, figure, uses, uses.toString());
    if (figure.id === "revenue.settled") return compare(what, figure, null, (revenue.get(figure.scope.toLowerCase()) ?? 0n).toString());
    const { successes, trials } = domains.get(figure.scope) ?? { successes: 0n, trials: 0n };
    return compare(what, figure, trials, trials === 0n ? null : sixDigits(successes, trials));
  });
  // What the records have, and no figure says.
  for (const token of revenue.keys())
    if (!from.some((figure) => figure.id === "revenue.settled" && figure.scope.toLowerCase() === token)) checks.push({ what: `revenue.settled of ${token}`, outcome: "differs", words: "Records have revenue of this token, and the passport leaves it out." });
  return checks;
}

/** @param n Null where it counts something that records do not have. */
function compare(what: string, figure: Figure, n: bigint | null, value: string | null): FigureCheck {
  if (n !== null && n !== figure.n) return { what, outcome: "differs", words: `It is said to be of ${grouped(figure.n)}, and records have ${grouped(n)}.` };
  if (figure.state === "insufficient") {
    if (n !== null && n >= figure.leastN) return { what, outcome: "differs", words: `It is called insufficient, and records have ${grouped(n)}.` };
    if (n === null && value !== "0") return { what, outcome: "differs", words: `It is called insufficient, and records sum up to ${value ?? "nothing"}.` };
    return { what, outcome: "holds", words: n === null ? "There is none in the records either." : `Records have ${grouped(n)} of ${grouped(figure.leastN)} needed, too.` };
  }

  return figure.state === "known" && figure.value === value
    ? { what, outcome: "holds", words: `Proven records give the same: ${value ?? ""}.` }
    : { what, outcome: "differs", words: `The passport says ${figure.value ?? figure.state}, and proven records give ${value ?? "nothing"}.` };
}
