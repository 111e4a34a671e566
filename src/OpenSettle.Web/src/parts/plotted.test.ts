import assert from "node:assert/strict";
import { test } from "node:test";
import { keyStep, stacked, timeLabels, timeRange, valueRange, zoomed } from "./plotted.ts";

test("a stack is the sum of what is below, and nothing where all have nothing", () => {
  assert.deepEqual(stacked([[1, null, null], [2, 3, null], [4, null, null]]), [[1, 0, null], [3, 3, null], [7, 3, null]]);
  assert.deepEqual(stacked([]), []);
});

test("the range begins at nothing, reaches below it for what is negative, and is never empty", () => {
  assert.deepEqual(valueRange(2, 10), [0, 10.8]);
  assert.deepEqual(valueRange(-10, -2), [-10.8, 0]);
  assert.deepEqual(valueRange(-5, 5), [-5.4, 5.4]);
  assert.deepEqual(valueRange(0, 0), [0, 1]);
  assert.deepEqual(valueRange(null, null), [0, 1]);
});

test("one point stands in the middle; bars have room at both ends, by their narrowest step", () => {
  assert.deepEqual(timeRange([100_000], true), [56_800, 143_200]);
  assert.deepEqual(timeRange([100], true, 3), [97, 103]);
  assert.deepEqual(timeRange([0, 10, 14], true), [-2, 16]);
  assert.deepEqual(timeRange([0, 10, 14], false), [0, 14]);
  assert.deepEqual(timeRange([], false), [-43_200, 43_200]);
});

test("the axis writes months, days or hours, by its steps, and years once", () => {
  const at = (text: string): number => Date.parse(`${text}Z`) / 1000;
  const lines = (labels: string[]): number[] => labels.map((label) => label.split("\n").length);
  const months = timeLabels([at("2025-11-01T00:00"), at("2025-12-01T00:00"), at("2026-01-01T00:00")], 30 * 86_400, "UTC");
  assert.deepEqual(lines(months), [2, 1, 2]);
  assert.ok(months[0]?.endsWith("2025") && months[2]?.endsWith("2026"));
  const hours = timeLabels([at("2026-01-01T22:00"), at("2026-01-01T23:00"), at("2026-01-02T00:00")], 3_600, "UTC");
  assert.notEqual(hours[1], hours[0]?.split("\n")[0]);
  assert.match(hours[2] ?? "", /2/);
  assert.deepEqual(timeLabels([at("2026-01-01T00:00")], 365 * 86_400, "UTC"), ["2026"]);
  assert.deepEqual(timeLabels([], 1), []);
});

test("keys move within the points", () => {
  assert.equal(keyStep("ArrowRight", null, 5), 0);
  assert.equal(keyStep("ArrowLeft", null, 5), 4);
  assert.equal(keyStep("ArrowRight", 4, 5), 4);
  assert.equal(keyStep("PageUp", 3, 5), 0);
  assert.equal(keyStep("End", 0, 2000), 1999);
  assert.equal(keyStep("Tab", 1, 5), null);
  assert.equal(keyStep("Home", null, 0), null);
});

test("zooming stays within the whole, and ends with it", () => {
  assert.deepEqual(zoomed([0, 100], [0, 100], 90, true), [50, 100]);
  assert.deepEqual(zoomed([50, 100], [0, 100], 60, true), [47.5, 72.5]);
  assert.deepEqual(zoomed([0, 100], [0, 100], 2, true), [0, 50]);
  assert.deepEqual(zoomed([50, 75], [0, 100], 60, false), [35, 85]);
  assert.equal(zoomed([50, 100], [0, 100], 60, false), null);
});
