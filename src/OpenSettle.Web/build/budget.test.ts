import assert from "node:assert/strict";
import { test } from "node:test";
import { type Piece, costs, fetched } from "./budget.ts";

const pieces = new Map<string, Piece>([
  ["index.html", { bytes: 1, needs: [] }],
  ["index.js", { bytes: 10, needs: ["shared.js", "index.css"] }],
  ["index.css", { bytes: 100, needs: [] }],
  ["shared.js", { bytes: 1_000, needs: ["index.js"] }],
  ["small.js", { bytes: 10_000, needs: ["shared.js"] }],
  ["large.js", { bytes: 100_000, needs: ["chart.js", "shared.js"] }],
  ["chart.js", { bytes: 1_000_000, needs: [] }],
  ["later.js", { bytes: 10_000_000, needs: [] }],
]);

test("what several need is fetched once, and what comes later is not counted", () => {
  const pages = new Map([["Small", "small.js"], ["Large", "large.js"]]);
  assert.deepEqual(costs(pieces, ["index.html", "index.js"], pages), [
    { page: "Large", bytes: 1_101_111 },
    { page: "Small", bytes: 11_111 },
  ]);
});

test("a file that is not there is an error, not nothing", () => assert.throws(() => fetched(pieces, ["gone.js"]), /gone\.js/));
