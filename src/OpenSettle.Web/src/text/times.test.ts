import assert from "node:assert/strict";
import { test } from "node:test";
import { span, utc } from "./times.ts";

test("spans have their two largest parts", () => {
  assert.deepEqual([0, 59, 90, 120, 3_599, 3_600, 7_260, 86_400, 190_800].map(span), ["0 s", "59 s", "90 s", "2 min", "59 min", "1 h", "2 h 1 min", "1 d", "2 d 5 h"]);
  assert.equal(span(-5), "0 s");
});

test("UTC is what it says", () => assert.equal(utc(1_795_316_737), "2026-11-22 03:05:37 UTC"));
