import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Domain, Figure, Passport } from "../../api/passports.ts";
import { intervalChecks, sixDigits, wilson } from "./recompute.ts";

interface Vectors {
  wilson: { successes: number; trials: number; low: string; high: string }[];
}

// Made by statsmodels: the node's own statistics are held against the same.
const vectors = (JSON.parse(readFileSync(new URL("../../../../../tests/vectors/metrics.json", import.meta.url), "utf8")) as Vectors).wilson;

test("intervals are those of statsmodels", () => {
  assert.ok(vectors.length > 5);
  for (const { successes, trials, low, high } of vectors) assert.deepEqual(wilson(BigInt(successes), BigInt(trials)), { low, high }, `${successes} of ${trials}`);
});

test("ratios have six digits, rounded half up", () => {
  assert.equal(sixDigits(188n, 200n), "0.940000");
  assert.equal(sixDigits(2n, 3n), "0.666667");
  assert.equal(sixDigits(1n, 2_000_000n), "0.000001");
  assert.equal(sixDigits(0n, 7n), "0.000000");
  assert.equal(sixDigits(7n, 7n), "1.000000");
});

const domain: Domain = { domain: "nda", word: "0x", basis: "evaluated", successes: 188n, trials: 200n, low: "0.898068", high: "0.965348" };
const figure = { id: "domain.evaluated", scope: "nda", state: "known", value: "0.940000", low: "0.898068", high: "0.965348", n: 200n } as Figure;
const outcomes = (domains: Domain[], figures: Figure[] = []): string[] => intervalChecks({ domains, figures } as unknown as Passport).map((check) => check.outcome);

test("an interval that does not follow from its counts, or from its figure, differs", () => {
  assert.deepEqual(outcomes([domain], [figure]), ["holds"]);
  assert.deepEqual(outcomes([domain]), ["holds"]);
  assert.deepEqual(outcomes([{ ...domain, trials: 0n }]), []);
  for (const lie of [{ low: "0.998068" }, { high: "0.999999" }, { successes: 189n }, { trials: 201n }, { successes: 201n }]) assert.deepEqual(outcomes([{ ...domain, ...lie }]), ["differs"], Object.keys(lie)[0]);
  for (const lie of [{ n: 201n }, { value: "0.950000" }, { low: "0.9" }, { high: "1.000000" }]) assert.deepEqual(outcomes([domain], [{ ...figure, ...lie }]), ["differs"], Object.keys(lie)[0]);
  assert.deepEqual(outcomes([domain], [{ ...figure, id: "domain.paidUsage", value: "0.1" }]), ["holds"], "another way of knowing");
});
