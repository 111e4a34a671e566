import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf, given, problemsOf, questionOf } from "./question.ts";

const of = (query: string) => questionOf(new URLSearchParams(query));

test("a question goes into the address and back", () => {
  const question = of("domain=nda-review&minN=30&lowerBound=0.75&basis=evaluated&other=1");
  assert.deepEqual(given(question), { domain: "nda-review", minN: "30", lowerBound: "0.75", basis: "evaluated" });
  assert.deepEqual(of(new URLSearchParams(given(question)).toString()), question);
});

test("what the node would refuse is said before it is asked", () => {
  const wrong = (query: string, several = false): string[] => Object.keys(problemsOf(of(query), several));
  assert.deepEqual(wrong("domain=a&minN=30&lowerBound=1.0&maxPrice=0.002"), []);
  for (const [query, field] of [["minN=-1", "minN"], ["minN=many", "minN"], ["lowerBound=1.5", "lowerBound"], ["lowerBound=75", "lowerBound"], ["lowerBound=0.1234567", "lowerBound"], ["maxPrice=1e3", "maxPrice"], ["token=0x12", "token"], ["status=gone", "status"], ["basis=unknown", "basis"], [`domain=${"x".repeat(201)}`, "domain"]] as const)
    assert.deepEqual(wrong(query), [field], query);
  assert.deepEqual(wrong("maxPrice=1", true), ["token"]);
  assert.deepEqual(wrong(`maxPrice=1&token=0x${"1".repeat(40)}`, true), []);
});

test("the command quotes what a shell would read", () => {
  assert.equal(commandOf(of("domain=nda-review&minN=30")), "opensettle find --domain nda-review --min-n 30");
  assert.equal(commandOf({ ...of(""), domain: "it's $(rm -rf)" }), "opensettle find --domain 'it'\\''s $(rm -rf)'");
});
