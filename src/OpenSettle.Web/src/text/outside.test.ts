import assert from "node:assert/strict";
import { test } from "node:test";
import { clipped, shown } from "./outside.ts";

test("what deceives the eye is named", () => {
  assert.equal(shown("pay\u202Efdp.exe"), "pay‹U+202E›fdp.exe");
  assert.equal(shown("a\u200Bb\uFEFFc\u2066d"), "a‹U+200B›b‹U+FEFF›c‹U+2066›d");
  assert.equal(shown("one\ntwo\u0000"), "one‹U+000A›two‹U+0000›");
  assert.equal(shown("\u{E0041}"), "‹U+E0041›");
  assert.equal(shown("\uD800"), "‹U+D800›");
});

test("what people write stays as it is", () => {
  for (const text of ["Verträge 7B", "نموذج", "契約書-7b", "e\u0301te\u0302", "<script>alert(1)</script>", "👍🏽"]) assert.equal(shown(text), text);
});

test("piles of marks end", () => assert.equal(shown(`a${"\u0301".repeat(40)}`), `a${"\u0301".repeat(4)}‹…›`));

test("long texts are cut between letters", () => {
  assert.equal(clipped("short", 10), "short");
  assert.equal(clipped("x".repeat(100_000), 10), `${"x".repeat(10)}…`);
  assert.equal(clipped("👍🏽👍🏽👍🏽", 2), "👍🏽👍🏽…");
});
