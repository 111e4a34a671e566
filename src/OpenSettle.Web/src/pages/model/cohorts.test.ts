import assert from "node:assert/strict";
import { test } from "node:test";
import { type RevenueRow, cohortsOf, dayOf, periodName, periodOf } from "./cohorts.ts";

const row = (day: string, payer: string | null, paid: bigint): RevenueRow => ({ day, payer, paid });
const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

test("weeks begin on Mondays, months on their first day", () => {
  const monday = dayOf("2026-11-16")!;
  for (const day of ["2026-11-16", "2026-11-19", "2026-11-22"]) assert.equal(periodOf(dayOf(day)!, "week"), monday, day);
  assert.equal(periodName(periodOf(dayOf("2026-11-23")!, "week"), "week"), "2026-11-23");
  assert.equal(periodName(periodOf(dayOf("2024-02-29")!, "month"), "month"), "2024-02");
  assert.equal(periodOf(dayOf("1970-01-01")!, "week"), dayOf("1969-12-29"));
  for (const bad of ["", "2026-13-01", "yesterday", "2026-1-1"]) assert.equal(dayOf(bad), null, bad);
});

test("a payer stays with the week in which it first paid", () => {
  const { period, times, cohorts } = cohortsOf([row("2026-11-20", "0xA", 5n), row("2026-11-02", "0xa", 1n), row("2026-11-20", "0xb", 7n)]);
  assert.equal(period, "week");
  assert.deepEqual(times.map((time) => periodName(time, "week")), ["2026-11-02", "2026-11-09", "2026-11-16"]);
  assert.deepEqual(cohorts, [
    { name: "Week of 2026-11-02", payers: 1, paid: [1n, 0n, 5n] },
    { name: "Week of 2026-11-16", payers: 1, paid: [0n, 0n, 7n] },
  ]);
});

test("a long history is shown by months, old cohorts together, and nothing is lost", () => {
  const rows = Array.from({ length: 24 }, (_, i) => row(`${2025 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}-15`, `0x${i}`, BigInt(i + 1)));
  const { period, times, cohorts } = cohortsOf(rows);
  assert.equal(period, "month");
  assert.equal(times.length, 24);
  assert.equal(cohorts.length, 6);
  assert.equal(cohorts[0]?.name, "2026-07 and before");
  assert.equal(cohorts[0]?.payers, 19);
  assert.equal(sum(cohorts.flatMap((cohort) => cohort.paid)), sum(rows.map((one) => one.paid)));
});

test("money of nobody that is known has a cohort of its own", () => {
  const { cohorts } = cohortsOf([row("2026-11-20", null, 3n), row("2026-11-20", "0xb", 7n)]);
  assert.deepEqual(cohorts.map(({ name, payers, paid }) => [name, payers, paid]), [["Week of 2026-11-16", 1, [7n]], ["Payer not known", null, [3n]]]);
});

test("random rows: every sum by period and in all is kept, and each payer is in one cohort", () => {
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  for (let turn = 0; turn < 60; turn++) {
    const span = 1 + random(900);
    const rows = Array.from({ length: 1 + random(200) }, () => row(new Date(Date.UTC(2024, 0, 1 + random(span))).toISOString().slice(0, 10), random(9) === 0 ? null : `0x${random(40)}`, BigInt(random(1000))));
    const { period, times, cohorts } = cohortsOf(rows);
    assert.ok(cohorts.length <= 6);
    assert.ok(times.every((time, i) => i === 0 || time > times[i - 1]!));
    times.forEach((time, i) => {
      const due = sum(rows.filter((one) => periodOf(dayOf(one.day)!, period) === time).map((one) => one.paid));
      assert.equal(sum(cohorts.map((cohort) => cohort.paid[i]!)), due);
    });
    assert.equal(cohorts.reduce((count, cohort) => count + (cohort.payers ?? 0), 0), new Set(rows.filter((one) => one.payer !== null).map((one) => one.payer)).size);
  }
});

test("nothing, and days that are none", () => {
  assert.deepEqual(cohortsOf([]), { period: "week", times: [], cohorts: [] });
  assert.deepEqual(cohortsOf([row("soon", "0xa", 1n)]).cohorts, []);
});
