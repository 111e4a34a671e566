import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelEarnings } from "../../api/accounts.ts";
import { choicesOf, filterOf, isAny, isEmptyRange, totals } from "./filter.ts";

const TOKEN = `0x${"a".repeat(40)}`;
const MODEL = `0x${"b".repeat(64)}`;

test("a filter is what stands in the address, and nothing that could not be meant", () => {
  const read = filterOf(new URLSearchParams({ token: TOKEN, model: MODEL, role: "data & <b>", from: "2", to: "9" }));
  assert.deepEqual(read, { token: TOKEN, model: MODEL, by: undefined, role: "data & <b>", from: "2", to: "9" });
  const none = filterOf(new URLSearchParams({ token: "dUSD", model: "3", by: "luck", role: "", from: "-1", to: "1e9", other: "x" }));
  assert.equal(isAny(none), false);
  assert.equal(filterOf(new URLSearchParams({ by: "pool" })).by, "pool");
  // A role is of rows: both together would find nothing.
  assert.equal(filterOf(new URLSearchParams({ by: "pool", role: "data" })).by, undefined);
});

test("a range that begins after its end is empty", () => {
  assert.ok(isEmptyRange({ from: "10", to: "9" }));
  assert.ok(!isEmptyRange({ from: "9", to: "9" }) && !isEmptyRange({ from: "9" }) && !isEmptyRange({}));
});

test("choices and totals are of each token and model once", () => {
  const row = (model: string, token: string, earned: bigint, by = "rows", roles: string[] = ["data"]): ModelEarnings => ({ model, number: 1, name: null, token, by, roles, earned, epochs: 1, lastEpoch: 1 });
  const rows = [row("m", "a", 1n), row("m", "a", 2n, "pool", []), row("n", "b", 5n, "rows", ["code", "data"])];
  assert.deepEqual(choicesOf(rows), { tokens: ["a", "b"], models: [{ model: "m", number: 1 }, { model: "n", number: 1 }], roles: ["code", "data"], hasPool: true });
  assert.deepEqual(totals(rows), [["a", 3n], ["b", 5n]]);
});
