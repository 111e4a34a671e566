import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenEarnings } from "../../api/accounts.ts";
import { countdown, ordered, windowOf } from "./states.ts";

const token = (symbol: string, more: Partial<TokenEarnings> = {}): TokenEarnings => ({
  token: `0x${symbol}`, symbol, decimals: 6, earned: 1n, claimable: 0n, belowLeaf: 0n, smallestLeaf: null, pushWaiting: 0n, paid: { total: 1n, byClaim: 1n, byPush: 0n }, inWindow: null, coming: null, ...more,
});

test("what can be taken comes first", () => {
  const window = { epoch: 1, state: "built", amount: 1n, payable: 0n, readyAt: null };
  const tokens = [token("paid"), token("coming", { coming: { final: 0n, notFinal: 1n } }), token("below", { belowLeaf: 1n }), token("window", { inWindow: window }), token("push", { pushWaiting: 1n }), token("b", { claimable: 1n }), token("a", { claimable: 2n ** 255n })];
  assert.deepEqual(ordered(tokens).map((one) => one.symbol), ["a", "b", "push", "window", "below", "coming", "paid"]);
  assert.equal(tokens[0]?.symbol, "paid");
});

test("a window counts down, is over, and does not run before the proposal", () => {
  assert.equal(windowOf({ state: "proposed", readyAt: 1_060 }, 1_000).left, 60);
  assert.match(windowOf({ state: "proposed", readyAt: 1_060 }, 1_060).state, /over/);
  assert.deepEqual([windowOf({ state: "built", readyAt: null }, 1_000).left, windowOf({ state: "signed", readyAt: null }, 0).left], [null, null]);
});

test("the last hour is counted by the second", () => {
  assert.deepEqual([90_000, 3_600, 3_599.2, 61, 60, 59, 0.4, 0, -5].map(countdown), ["1 d 1 h", "1 h", "1 h", "1 min 01 s", "1 min 00 s", "59 s", "1 s", "0 s", "0 s"]);
});
