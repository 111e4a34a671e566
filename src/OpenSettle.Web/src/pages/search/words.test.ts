import assert from "node:assert/strict";
import { test } from "node:test";
import { standingOf, wordsOf } from "./words.ts";

test("events have words, and those that have none keep the contract's", () => {
  assert.match(wordsOf({ kind: "activated", name: null }), /claimed against/);
  assert.equal(wordsOf({ kind: "other", name: "SplitCommitted" }), "Contract's event: split committed");
  assert.match(wordsOf({ kind: "of a newer node", name: null }), /does not know/);
});

test("how far a transaction has come", () => {
  const of = (block: number | null, final: boolean | null, succeeded: boolean | null, why: string | null = null) => standingOf({ block, final, succeeded, why, own: null }).word;
  assert.equal(of(5, true, true), "final");
  assert.equal(of(5, false, true), "not final");
  assert.equal(of(5, true, false), "reverted");
  assert.equal(of(null, null, null), "not mined");
  assert.equal(of(null, null, null, "timeout"), "not known");
});
