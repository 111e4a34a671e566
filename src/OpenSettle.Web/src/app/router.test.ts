import assert from "node:assert/strict";
import { test } from "node:test";
import { ofOldHash, query, routeOf, to } from "./router.ts";

const account = `0x${"aB".repeat(20)}`;
const word = `0x${"cD".repeat(32)}`;

test("every link leads to its page", () => {
  assert.deepEqual(routeOf(""), { page: "overview" });
  assert.deepEqual(routeOf(to.account(account)), { page: "account", account });
  assert.deepEqual(routeOf(to.model(word)), { page: "model", model: word.toLowerCase() });
  assert.deepEqual(routeOf(to.transaction(word)), { page: "transaction", hash: word.toLowerCase() });
  assert.deepEqual(routeOf(to.epoch(12)), { page: "epoch", number: 12 });
  for (const page of ["models", "compare", "find", "epochs", "payments", "ops"] as const) assert.deepEqual(routeOf(to[page]()), { page });
  assert.deepEqual(routeOf("/models/"), { page: "models" });
});

test("what is no page is said to be none", () => {
  for (const path of ["accounts", "accounts/0x12", `accounts/${word}`, `models/${account}`, "epochs/0", "epochs/-1", "epochs/1e3", `models/${word}/x`, "constructor", "__proto__"])
    assert.deepEqual(routeOf(path), { page: "missing" }, path);
});

test("a query leaves out what is not given, and escapes", () => {
  assert.equal(query({ a: undefined, b: "" }), "");
  assert.equal(to.find("a&b=c d"), "find?domain=a%26b%3Dc+d");
});

test("links of before paths are understood", () => {
  assert.equal(ofOldHash(`#/accounts/${account}`), `accounts/${account}`);
  assert.equal(ofOldHash("#main"), null);
  assert.equal(ofOldHash("#//evil.example"), null);
});
