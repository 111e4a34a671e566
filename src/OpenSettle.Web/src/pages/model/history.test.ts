import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../api/ask.ts";
import type { ModelUsage } from "../../api/passports.ts";
import { readHistory } from "./history.ts";

/** A node with these days that gives at most so many rows. */
function node(days: readonly string[], most: number) {
  const asked: [string, string][] = [];
  const ask = (from: string, to: string): Promise<ModelUsage> => {
    asked.push([from, to]);
    const rows = days.filter((day) => day >= from && day <= to).map((day) => ({ day, payer: "0xa", payments: 1, paid: 1n }));
    if (rows.length > most) return Promise.reject(new ApiError("That is too much for one answer", "Ask for fewer days.", 400));
    return Promise.resolve({ model: "", from, to, usage: [], revenue: rows.length === 0 ? [] : [{ token: "0xt", payments: rows.length, paid: BigInt(rows.length), rows }] });
  };
  return { ask, asked };
}

const days = Array.from({ length: 400 }, (_, i) => new Date(Date.UTC(2025, 9, 1 + i)).toISOString().slice(0, 10));

test("a short history is one question", async () => {
  const { ask, asked } = node(days, 1000);
  const history = await readHistory(ask, "2026-11-22");
  assert.deepEqual(asked, [["1970-01-01", "2026-11-22"]]);
  assert.equal(history.since, null);
  assert.equal(history.tokens[0]?.rows.length, 400);
});

test("a long one comes in parts, each day once and in order", async () => {
  const { ask } = node(days, 150);
  const history = await readHistory(ask, "2026-11-22");
  assert.equal(history.since, null);
  assert.deepEqual(history.tokens[0]?.rows.map((row) => row.day), days);
});

test("one that is too long shows its newest days, and says since when", async () => {
  const { ask, asked } = node(days, 6);
  const history = await readHistory(ask, "2026-11-22");
  assert.equal(asked.length, 24);
  assert.notEqual(history.since, null);
  const read = history.tokens[0]!.rows.map((row) => row.day);
  assert.deepEqual(read, days.filter((day) => day >= history.since! && day <= "2026-11-22"));
});

test("another refusal is one", async () => {
  await assert.rejects(readHistory(() => Promise.reject(new ApiError("There is no such model", "", 404)), "2026-11-22"), ApiError);
});

test("a day that alone has too many rows is a refusal, and no endless question", async () => {
  const { ask } = node(["2026-11-22", "2026-11-22", "2026-11-22"], 2);
  await assert.rejects(readHistory(ask, "2026-11-22"), /too much/);
});
