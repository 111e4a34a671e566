import assert from "node:assert/strict";
import { test } from "node:test";
import type { PipelineEpoch } from "../../api/ops.ts";
import { stepsOf, toResume, windowEnd } from "./pipeline.ts";

type Sent = PipelineEpoch["transactions"][number];
const sent = (purpose: string, more: Partial<Sent> = {}): Sent => ({ purpose, state: "done", hash: `0x${purpose.length}`, sent: 100, cost: null, waits: null, ...more });
const row = (state: string, transactions: Sent[] = [], more: Partial<PipelineEpoch> = {}): PipelineEpoch => ({
  epoch: { number: 2, attempt: 1, state, firstBlock: 1, lastBlock: 9, payments: 3, usageEvents: 4, readyAt: 500, cost: null },
  endedAt: 50,
  activatedAt: null,
  vetoed: [],
  transactions,
  ...more,
});
const states = (epoch: PipelineEpoch) => stepsOf(epoch).map((step) => step.state);

test("what was reached is done, one step is under way, the rest is to come", () => {
  assert.deepEqual(states(row("closed")), ["done", "now", "later", "later", "later", "later", "later"]);
  assert.deepEqual(states(row("proposed")), ["done", "done", "done", "done", "now", "later", "later"]);
  assert.deepEqual(states(row("pushed")), Array(7).fill("done"));
});

test("of a proposal that this node did not make nothing is done or under way", () => {
  assert.deepEqual(states(row("foreign")), ["later", "later", "later", "waits", "later", "later", "later"]);
});

test("steps have the transaction of their attempt, and its newest try", () => {
  const steps = stepsOf(row("active", [sent("propose epoch 2.0", { hash: "0xold" }), sent("propose epoch 2.1", { hash: "0xfirst", state: "reverted" }), sent("propose epoch 2.1 again 2", { hash: "0xnew", sent: 70 }), sent("activate epoch 2.1", { hash: "0xact" })], { activatedAt: 90 }));
  assert.deepEqual(steps.slice(3, 5).map(({ hash, at }) => [hash, at]), [["0xnew", 70], ["0xact", 90]]);
});

test("another epoch's transaction with the same beginning is not this one's", () => {
  assert.equal(stepsOf(row("attested", [sent("attest epoch 21", { hash: "0xother" })]))[5]?.hash, null);
});

test("what waits, and what reverted, is told at its step", () => {
  assert.deepEqual(stepsOf(row("signed", [sent("propose epoch 2.1", { state: "planned", waits: "gas is dear" })])).map(({ state, note }) => [state, note])[3], ["waits", "gas is dear"]);
  assert.equal(states(row("signed", [sent("propose epoch 2.1", { state: "reverted" })]))[3], "reverted");
});

test("a veto stands at the proposal, and only it can be resumed from", () => {
  const vetoed = row("vetoed", [], { vetoed: [{ attempt: 0, root: "0x1", time: 300 }, { attempt: 1, root: "0x2", time: 400 }] });
  assert.deepEqual(states(vetoed), ["done", "done", "done", "vetoed", "later", "later", "later"]);
  assert.equal(stepsOf(vetoed)[3]?.at, 400);
  assert.deepEqual(toResume([vetoed]), { epoch: 2, attempt: 1, typed: "2.1" });
  assert.equal(toResume([row("proposed"), vetoed]), null);
  assert.equal(toResume([]), null);
});

test("a window has an end while it runs", () => {
  assert.equal(windowEnd(row("proposed")), 500);
  assert.equal(windowEnd(row("active")), null);
  assert.equal(stepsOf(row("pushed"))[6]?.note, "nobody was to be");
});
