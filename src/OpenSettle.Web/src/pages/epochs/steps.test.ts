import assert from "node:assert/strict";
import { test } from "node:test";
import { purposeText, stepsOf } from "./steps.ts";

const epoch = (state: string, readyAt: number | null = null) => ({
  epoch: { number: 7, attempt: 0, state, firstBlock: 1, lastBlock: 2_000, payments: 1, usageEvents: 0, endedAt: 50, readyAt, activatedAt: state === "active" ? 200 : null, revenue: [], cost: 0n },
  activatedBlock: state === "active" ? 40 : null,
  pushes: [["paid", 3], ["taken", 1]] as [string, number][],
});
const standings = (state: string, readyAt: number | null = null) => stepsOf(epoch(state, readyAt), 100).map((step) => step.is[0]).join("");

test("what is done, what is under way and what is later follows from the state", () => {
  assert.deepEqual(
    ["closed", "built", "signed", "active", "attested", "pushed"].map((state) => standings(state)),
    ["dnlllll", "ddnllll", "dddnlll", "dddddnl", "ddddddn", "ddddddd"],
  );
  assert.equal(standings("proposed", 101), "dddnlll");
  assert.equal(standings("proposed", 100), "ddddnll");
  assert.equal(standings("vetoed", 101), "dddslll");
  // Of a state that this page does not know nothing is said.
  assert.equal(standings("dreaming"), "nllllll");
});

test("times and counts stand with their step", () => {
  const steps = stepsOf(epoch("active"), 100);
  assert.deepEqual([steps[0]?.at, steps[4]?.at], [50, 200]);
  assert.match(steps[0]?.words ?? "", /1 to 2,000/);
  assert.match(steps[6]?.words ?? "", /4 entries/);
  assert.equal(stepsOf(epoch("vetoed"), 100)[3]?.name, "Vetoed");
});

test("purposes are told in words, and unknown ones as they are", () => {
  const symbol = (): string => "dUSD";
  assert.deepEqual(
    ["sweep 0xc24ce3665cd173d82b2634117bfa116019f73769 at 2300", "propose epoch 1.0", "propose epoch 2.1", "activate epoch 1.0 again 2", "attest epoch 1", "push epoch 1 entries 0+1", "push epoch 1 entries 1+3", "fill 7", "push epoch x"].map((purpose) => purposeText(purpose, symbol)),
    [
      "Sweep dUSD into the vault, up to block 2,300",
      "Propose the roots to the vault",
      "Propose the roots to the vault, attempt 2",
      "Activate it, once more",
      "Attest it on EAS",
      "Pay push entry 0",
      "Pay push entries 1 to 3",
      "fill 7",
      "push epoch x",
    ],
  );
});
