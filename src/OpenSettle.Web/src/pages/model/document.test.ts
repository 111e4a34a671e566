import assert from "node:assert/strict";
import { test } from "node:test";
import { documentResults, documentText, documentTexts, linesOf, safeLink } from "./document.ts";

test("fields of any JSON: what is not a text is none", () => {
  const document = { name: "a", license: { id: "MIT" }, tags: ["x", 1, "", null, "y"], description: 5, empty: "  " };
  assert.equal(documentText(document, "name"), "a");
  assert.equal(documentText(document, "license", "id"), "MIT");
  assert.equal(documentText(document, "license"), null);
  assert.equal(documentText(document, "description"), null);
  assert.equal(documentText(document, "empty"), null);
  assert.equal(documentText(document, "constructor", "name"), null);
  assert.equal(documentText(null, "name"), null);
  assert.deepEqual(documentTexts(document, "tags"), ["x", "y"]);
  assert.deepEqual(documentTexts(document, "name"), []);
});

test("reported results, whatever is in them", () => {
  assert.deepEqual(documentResults({ results: [{ task: { type: "t" }, dataset: { name: "d" }, metric: { type: "m", name: "n", value: "0.9" } }, 5, {}] }), [
    { task: "t", dataset: "d", metric: "n", value: "0.9" },
    { task: "", dataset: "", metric: "", value: "" },
  ]);
  assert.deepEqual(documentResults({ results: "x" }), []);
});

test("long texts are cut into lines, and not shown without end", () => {
  assert.deepEqual(linesOf("a\r\n\n b \rc", 5), { lines: ["a", "b", "c"], more: false });
  assert.equal(linesOf("x\n".repeat(100), 5).lines.length, 5);
  assert.equal(linesOf("x".repeat(100_000), 5).lines[0]?.length, 20_000);
  assert.equal(linesOf("x".repeat(100_000), 5).more, true);
});

test("links are http and https alone", () => {
  assert.equal(safeLink("https://example.org/a?b=c#d"), "https://example.org/a?b=c#d");
  for (const bad of ["javascript:alert(1)", "data:text/html,x", "ipfs://x", "//example.org", "https://bank.example@evil.example/", "https://a b", "https://exa\u202Emple.org", "https://", "", " https://a.b"])
    assert.equal(safeLink(bad), null, bad);
});
