/** What an attestation says, in a line. Its texts are strangers'. */

import type { Attestation } from "../../api/passports.ts";
import { counted, grouped, millionths, shortHex } from "../../text/format.ts";
import { wordText } from "../../text/figures.ts";

type Says = NonNullable<Attestation["says"]>;

const text = (says: Says, name: string): string => (typeof says[name] === "string" ? says[name] : typeof says[name] === "number" ? String(says[name]) : "");
const items = (says: Says, name: string): unknown[] => (Array.isArray(says[name]) ? says[name] : []);
const whole = (digits: string): string => (/^\d{1,78}$/.test(digits) ? grouped(BigInt(digits)) : digits);
const brief = (word: string): string => (/^0x[0-9a-fA-F]{64}$/.test(wordText(word)) ? shortHex(word, 4) : wordText(word));
const of = (value: unknown, name: string): string => (typeof value === "object" && value !== null ? text(value as Says, name) : "");

export const KIND_NAMES: Readonly<Record<string, string>> = {
  provenance: "Provenance",
  lineage: "Lineage",
  contribution: "Contribution",
  permission: "Permission",
  evaluation: "Evaluation",
  epoch: "Epoch",
  usageRecord: "Usage record",
};

export const STANDINGS: Readonly<Record<string, { kind: "good" | "warn" | "bad" | "info"; name: string; says: string }>> = {
  valid: { kind: "good", name: "Valid", says: "" },
  revoked: { kind: "bad", name: "Revoked", says: "Its attester took it back." },
  expired: { kind: "warn", name: "Expired", says: "It has ended." },
  replaced: { kind: "info", name: "Replaced", says: "The same attester said something newer about the same thing." },
  stranger: { kind: "warn", name: "Stranger", says: "Its attester was not the one whose word this is." },
  void: { kind: "bad", name: "Void", says: "It does not say what its form says, or contradicts what is known." },
};

export function saysWords(one: Pick<Attestation, "kind" | "says">): string {
  const { says } = one;
  if (says === null) return "What it says was not read, or is not in its form.";
  switch (one.kind) {
    case "evaluation":
      return text(says, "n") === "0" || text(says, "value") === ""
        ? `Commits to a set for ${brief(text(says, "domain"))}, by ${text(says, "metric")}, before results`
        : `${brief(text(says, "domain"))}: ${text(says, "metric")} ${text(says, "value")} of ${whole(text(says, "n"))}`;
    case "permission":
      return `${brief(text(says, "use"))}: ${text(says, "permission") === "notAllowed" ? "not allowed" : text(says, "permission")}${/^0x0{40}$/.test(text(says, "account")) ? " for anybody" : ` for ${shortHex(text(says, "account"))}`}`;
    case "contribution":
      return `${shortHex(text(says, "account"))} as ${brief(text(says, "role"))}, weight ${whole(text(says, "weight"))}`;
    case "lineage":
      return items(says, "parents").length === 0
        ? "Derives from nothing"
        : `Derives from ${items(says, "parents")
            .slice(0, 4)
            .map((parent) => `${shortHex(of(parent, "model"))} (${/^\d{1,7}$/.test(of(parent, "share")) ? millionths(Number(of(parent, "share"))) : of(parent, "share")})`)
            .join(", ")}`;
    case "provenance":
      return `${counted(items(says, "datasetHashes").length, "data set")}${items(says, "relations").length === 0 ? "" : `: ${items(says, "relations").slice(0, 4).map(String).join(", ")}`}`;
    case "epoch":
      return `Epoch ${whole(text(says, "number"))} up to block ${whole(text(says, "lastBlock"))}`;
    case "usageRecord":
      return `Epoch ${whole(text(says, "epoch"))}: ${whole(text(says, "uses"))} uses, ${counted(items(says, "domains").length, "domain")}`;
    default:
      return "";
  }
}
