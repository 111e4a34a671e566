/** What is not as it was, as far as the node can tell: what a buyer of before has to know. */

import type { Passport } from "../../api/passports.ts";
import { STATUSES, valueWords, wordText } from "../../text/figures.ts";

export interface Change {
  kind: "warn" | "bad" | "info";
  what: string;
  /** May hold a stranger's text. */
  says: string;
  /** Seconds; null: not known when. */
  at: number | null;
  /** The attestation that it is about. */
  uid: string | null;
}

const ENDED: Readonly<Record<string, { kind: Change["kind"]; what: string }>> = {
  revoked: { kind: "bad", what: "Revoked" },
  expired: { kind: "warn", what: "Expired" },
  replaced: { kind: "info", what: "Replaced by a newer one" },
};

const seconds = (value: bigint): number | null => (value > 0n && value < 100_000_000_000n ? Number(value) : null);

const about = (says: Readonly<Record<string, unknown>> | null): string => {
  const of = says?.["domain"] ?? says?.["use"] ?? says?.["role"];
  return typeof of === "string" ? ` of ${wordText(of)}` : "";
};

/** @param split The version of the split in force; null: not known. */
export function changesOf(passport: Passport, split: { version: number; committed: boolean } | null, symbolOf: (token: string) => string = (token) => token): Change[] {
  const changes: Change[] = [];
  const add = (kind: Change["kind"], what: string, says: string, at: number | null = null, uid: string | null = null): void => void changes.push({ kind, what, says, at, uid });

  const status = STATUSES[passport.status];
  if (passport.status !== "active") add(status?.kind === "bad" ? "bad" : "warn", "Status", status?.says ?? `Its status is ${passport.status}.`);
  const owner = passport.flags.find((flag) => flag.id === "new-owner");
  if (owner !== undefined) add("warn", "New owner", owner.message);
  for (const figure of passport.figures) {
    if (figure.state !== "known" || figure.value === null) continue;
    if (figure.id === "domain.decay")
      add(figure.value.startsWith("-") ? "bad" : "info", figure.value.startsWith("-") ? "It succeeds less and less often" : "It succeeds more and more often", `In ${figure.scope}: ${valueWords(figure.id, figure.value, null)}.`);
    if (figure.id === "revenue.halfLife") add("warn", "Revenue decays", `In ${symbolOf(figure.scope)} it halves in ${valueWords(figure.id, figure.value, null)}.`);
  }

  if (split !== null && split.version > 1) add("info", "Who is paid", `The split has its version ${split.version}: earlier payments went by earlier ones.`);
  if (split?.committed) add("info", "Who is paid", "The split is a table that the chain has the hash of.");

  const ended = passport.attestations.filter((one) => one.standing in ENDED);
  const when = (one: (typeof ended)[number]): bigint => (one.standing === "revoked" ? one.revokedAt : one.standing === "expired" ? one.expires : one.time);
  for (const one of [...ended].sort((a, b) => (when(a) === when(b) ? 0 : when(a) > when(b) ? -1 : 1))) {
    const words = ENDED[one.standing];
    if (words !== undefined) add(words.kind, words.what, `${one.kind}${about(one.says)}${one.why === null ? "" : `: ${one.why}`}`, one.standing === "replaced" ? null : seconds(when(one)), one.uid);
  }

  return changes;
}
