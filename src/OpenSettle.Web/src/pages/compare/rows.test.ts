import assert from "node:assert/strict";
import { test } from "node:test";
import type { Comparison, Figure } from "../../api/passports.ts";
import { betterOf, compared, groupsOf, verdictOf, wanted } from "./rows.ts";

const figure = (value: string | null, more: Partial<Figure> = {}): Figure => ({
  id: "domain.evaluated",
  scope: "x",
  state: value === null ? "insufficient" : "known",
  value,
  low: null,
  high: null,
  n: 1n,
  leastN: 1n,
  level: "attested",
  firstBlock: 1,
  lastBlock: 2,
  query: "",
  note: null,
  points: null,
  ...more,
});

test("decimals are compared digit by digit", () => {
  assert.equal(compared("0.10", "0.1"), 0);
  assert.equal(compared("-0.2", "0.1"), -1);
  assert.equal(compared("115792089237316195423570985008687907853269984665640564039457584007913129639935", "115792089237316195423570985008687907853269984665640564039457584007913129639934"), 1);
  assert.equal(compared("a", "1"), null);
});

test("what is sure needs intervals apart", () => {
  assert.equal(verdictOf(figure("0.9"), figure("0.900000")), "same");
  assert.equal(verdictOf(figure("0.9"), figure("0.8")), "differs");
  assert.equal(verdictOf(figure("0.9", { low: "0.85", high: "0.95" }), figure("0.8", { low: "0.7", high: "0.86" })), "differs");
  assert.equal(verdictOf(figure("0.9", { low: "0.87", high: "0.95" }), figure("0.8", { low: "0.7", high: "0.86" })), "surely");
  assert.equal(verdictOf(figure("0.9"), figure(null)), "one-sided");
  assert.equal(verdictOf(null, figure(null)), "neither");
  assert.equal(verdictOf(null, figure("1")), "one-sided");
});

test("better is said only where it is sure, and where more or less is better", () => {
  const apart = { a: figure("0.9", { low: "0.87", high: "0.95" }), b: figure("0.8", { low: "0.7", high: "0.86" }), scope: "x", verdict: "surely" as const };
  assert.equal(betterOf({ id: "domain.evaluated", ...apart }), "a");
  assert.equal(betterOf({ id: "wash.share", ...apart }), "b");
  assert.equal(betterOf({ id: "revenue.settled", ...apart }), null);
  assert.equal(betterOf({ id: "domain.observed", ...apart }), null);
  assert.equal(betterOf({ id: "domain.evaluated", ...apart, verdict: "differs" }), null);
});

test("every row is in one group, and what neither knows only where asked for", () => {
  const ids = ["domain.evaluated", "domain.decay", "buyers.payers", "revenue.settled", "wash.share", "usage.uses", "settlement.share", "new.figure"];
  const comparison = { a: {}, b: {}, differ: [], rows: [...ids.map((id) => ({ id, scope: "", a: figure("1"), b: figure("2") })), { id: "price.perUse", scope: "", a: figure(null), b: null }] } as unknown as Comparison;
  assert.deepEqual(groupsOf(comparison, false).flatMap((group) => group.rows.map((row) => row.id)).sort(), [...ids].sort());
  assert.equal(groupsOf(comparison, true).flatMap((group) => group.rows).length, ids.length + 1);
  assert.deepEqual(groupsOf(comparison, false).map((group) => group.title), ["What they are good for", "Change", "Buyers", "Revenue", "Usage", "Settlement", "Other"]);
});

test("a model by its id, its number, or words of its name", () => {
  assert.deepEqual(wanted(` 0x${"A".repeat(64)} `), { id: `0x${"a".repeat(64)}` });
  assert.deepEqual(wanted("#3"), { number: 3 });
  assert.deepEqual(wanted("12"), { number: 12 });
  assert.deepEqual(wanted("Lexis 7B"), { words: "lexis 7b" });
  assert.equal(wanted("  "), null);
});
