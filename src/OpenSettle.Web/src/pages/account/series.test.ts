import assert from "node:assert/strict";
import { test } from "node:test";
import { axisText, drawn, epochsText, pointsOf } from "./series.ts";

const one = (epoch: number, earned: bigint, time: number | null = epoch * 100, token = "0xa") => ({ epoch, earned, time, token });

test("points are of one token alone, oldest first, with the sum so far", () => {
  const points = pointsOf([one(3, 5n), one(1, 2n), one(2, 100n, 200, "0xb")], "0xa");
  assert.deepEqual(points.map((point) => [point.first, point.earned, point.sum]), [[1, 2n, 2n], [3, 5n, 7n]]);
  assert.deepEqual(pointsOf([], "0xa"), []);
});

test("of very many epochs nothing is left out, and time only grows", () => {
  const series = Array.from({ length: 10_007 }, (_, i) => one(i + 1, BigInt(i), i % 5 === 0 ? null : Math.floor(i / 3)));
  const points = pointsOf(series, "0xa", 240);
  assert.ok(points.length <= 240);
  assert.equal(points.reduce((sum, point) => sum + point.earned, 0n), series.reduce((sum, epoch) => sum + epoch.earned, 0n));
  assert.equal(points.at(-1)?.sum, series.reduce((sum, epoch) => sum + epoch.earned, 0n));
  assert.deepEqual([points[0]?.first, points.at(-1)?.last], [1, 10_007]);
  points.slice(1).forEach((point, i) => assert.ok(point.time > (points[i]?.time ?? 0) && point.first === (points[i]?.last ?? 0) + 1));
});

test("what is drawn is near what it is, however large", () => {
  assert.equal(drawn(1_500_000n, 6), 1.5);
  assert.equal(drawn(2n ** 256n - 1n, 0), 2 ** 256);
  assert.ok(Math.abs(drawn(1n, 18) - 1e-18) < 1e-30);
});

test("the axis writes short figures, a point its epochs", () => {
  assert.deepEqual([0, 1.5, 250, 12_000, 3e6, 0.002, 1e-9, 1e20].map(axisText), ["0", "1.5", "250", "12K", "3M", "0.002", "1e-9", "1e+20"]);
  assert.deepEqual([epochsText({ first: 4, last: 4, time: 0, earned: 0n, sum: 0n }), epochsText({ first: 4, last: 9, time: 0, earned: 0n, sum: 0n })], ["Epoch 4", "Epochs 4 to 9"]);
});
