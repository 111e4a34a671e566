import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hit } from "../api/search.ts";
import { byKind, moved, placeOf } from "./hits.ts";

const hit = (kind: Hit["kind"], id: string): Hit => ({ kind, id, label: null, what: "" });

test("every kind has its page", () => {
  assert.equal(placeOf(hit("model", "0x1")), "models/0x1");
  assert.equal(placeOf(hit("account", "0x2")), "accounts/0x2");
  assert.equal(placeOf(hit("epoch", "3")), "epochs/3");
  assert.equal(placeOf(hit("transaction", "0x4")), "transactions/0x4");
});

test("groups have one order, and what was found best stays first", () => {
  const groups = byKind([hit("epoch", "1"), hit("model", "b"), hit("model", "a")]);
  assert.deepEqual(groups.map((group) => [group.heading, group.hits.map((one) => one.id)]), [["Models", ["b", "a"]], ["Epochs", ["1"]]]);
});

test("arrows go round by the field", () => {
  const down = [moved("ArrowDown", -1, 2), moved("ArrowDown", 0, 2), moved("ArrowDown", 1, 2)];
  assert.deepEqual(down, [0, 1, -1]);
  const up = [moved("ArrowUp", -1, 2), moved("ArrowUp", 1, 2), moved("ArrowUp", 0, 2)];
  assert.deepEqual(up, [1, 0, -1]);
  assert.equal(moved("ArrowDown", -1, 0), null);
  assert.equal(moved("Tab", 0, 2), null);
});
