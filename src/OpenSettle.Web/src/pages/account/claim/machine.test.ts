import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trouble } from "../../../wallet/refusals.ts";
import { type Effect, type Event, type Machine, START, type Trail, isBusy, next } from "./machine.ts";
import { ACCOUNT, VAULT_AT } from "./samples.ts";
import type { Job, Step } from "./steps.ts";

const job: Job = { kind: "claim", tokens: [], to: null, sponsored: false, paymaster: null };
const call = { to: VAULT_AT, data: "0x12" } as const;
const send: Step = { kind: "send", what: "Claim", call };
const sign: Step = { kind: "sign", what: "Sign", claim: { chainId: 1, vault: VAULT_AT, account: ACCOUNT, token: VAULT_AT, to: ACCOUNT, cumulative: 1n, nonce: 0n, deadline: 1 } };
const hand: Step = { kind: "hand", what: "Hand in" };
const trail: Trail = { kind: "transaction", sent: { hash: "0x1", from: ACCOUNT, nonce: 1, call, sentAt: 1 } };
const trouble: Trouble = { kind: "rejected", title: "no", remedy: "again" };
const done = { hash: "0x1", block: 5n, payments: [], note: null };

function run(...events: Event[]): [Machine, Effect[]] {
  let machine = START;
  const all: Effect[] = [];
  for (const event of events) {
    const [after, effects] = next(machine, event);
    machine = after;
    all.push(...effects);
  }

  return [machine, all];
}

const press: Event = { type: "press", job, seen: "x" };
const kinds = (effects: Effect[]): string[] => effects.map(({ type }) => type);

test("one transaction: prepared, asked, followed, done, final", () => {
  const [machine, effects] = run(press, { type: "prepared", run: 1, steps: [send] }, { type: "sent", run: 1, at: 0, trail }, { type: "done", run: 1, at: 0, done }, { type: "final", run: 1, at: 0 });
  assert.deepEqual(kinds(effects), ["prepare", "ask", "keep", "follow", "reread", "settle", "forget"]);
  assert.equal(machine.state.phase, "done");
  assert.deepEqual(machine.state.progress, [{ at: "done", done, final: true }]);
});

test("a second step is asked for only after the first is mined", () => {
  const [before, first] = run(press, { type: "prepared", run: 1, steps: [send, send] }, { type: "sent", run: 1, at: 0, trail });
  assert.equal(first.filter(({ type }) => type === "ask").length, 1);
  const [, second] = next(before, { type: "done", run: 1, at: 0, done });
  assert.deepEqual(second.filter((effect) => effect.type === "ask").map((effect) => effect.type === "ask" && effect.at), [1]);
});

test("what is signed is handed in together", () => {
  const [machine, effects] = run(press, { type: "prepared", run: 1, steps: [sign, sign, hand] }, { type: "signed", run: 1, at: 0, signature: "0xaa" }, { type: "signed", run: 1, at: 1, signature: "0xbb" });
  const last = effects.at(-1);
  assert.ok(last?.type === "ask" && last.step === hand);
  assert.deepEqual(last.signatures.map(({ signature }) => signature), ["0xaa", "0xbb"]);
  assert.equal(machine.state.progress[2]?.at, "asking");
});

test("a refusal stops everything that would come after", () => {
  const [machine, effects] = run(press, { type: "prepared", run: 1, steps: [send, send] }, { type: "failed", run: 1, at: 0, trouble }, { type: "sent", run: 1, at: 0, trail }, { type: "done", run: 1, at: 0, done });
  assert.equal(machine.state.phase, "stopped");
  assert.equal(machine.state.trouble, trouble);
  assert.equal(effects.filter(({ type }) => type === "ask").length, 1);
});

test("a press while one is under way does nothing, and after it begins anew", () => {
  const [busy, none] = run(press, press, press);
  assert.equal(none.length, 1);
  const [stopped] = next(busy, { type: "refused", run: 1, trouble });
  assert.deepEqual(kinds(next(stopped, press)[1]), ["prepare"]);
});

test("what is found again is followed, and never asked for", () => {
  const [machine, effects] = run({ type: "resume", what: "Claim", trail });
  assert.deepEqual(kinds(effects), ["follow"]);
  assert.ok(machine.state.resumed && isBusy(machine.state));
  assert.deepEqual(kinds(run(press, { type: "resume", what: "Claim", trail })[1]), ["prepare"]);
});

test("a block that goes takes the end with it", () => {
  const [machine, effects] = run(press, { type: "prepared", run: 1, steps: [send] }, { type: "sent", run: 1, at: 0, trail }, { type: "done", run: 1, at: 0, done }, { type: "unmined", run: 1, at: 0, trail });
  assert.equal(machine.state.phase, "working");
  assert.equal(effects.at(-1)?.type, "follow");
});

test("who stops watching can begin anew, and what is told of before is passed over", () => {
  const [machine, effects] = run(press, { type: "prepared", run: 1, steps: [send] }, { type: "sent", run: 1, at: 0, trail }, { type: "clear" }, { type: "done", run: 1, at: 0, done });
  assert.equal(machine.state.phase, "idle");
  assert.deepEqual(kinds(effects).slice(-2), ["forget", "reread"]);
});

/** A small generator with a seed: a failure can be had again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("whatever happens in whatever order, nothing is asked twice, nor without a press", () => {
  let presses = 0;
  let asks = 0;
  let ends = 0;
  for (let seed = 1; seed <= 3_000; seed++) {
    const pick = random(seed);
    let machine = START;
    const asked = new Set<string>();
    const pressed = new Set<number>();
    const followed = new Set<string>();
    for (let i = 0; i < 60; i++) {
      // Mostly of this run and its steps, now and then of an earlier one or of a step that is not there.
      const of = { run: machine.state.run - (pick(6) === 0 ? 1 : 0), at: pick(3) };
      const steps: Step[] = [[send], [send, send], [sign, hand], [sign, sign, hand]][pick(4)]!;
      const events: Event[] = [
        press,
        { type: "prepared", run: of.run, steps },
        { type: "prepared", run: of.run, steps },
        { type: "refused", run: of.run, trouble },
        { type: "signed", ...of, signature: "0xaa" },
        { type: "sent", ...of, trail },
        { type: "failed", ...of, trouble },
        { type: "seen", ...of, note: "later" },
        { type: "replaced", ...of, trail: { ...trail } },
        { type: "done", ...of, done },
        { type: "final", ...of },
        { type: "unmined", ...of, trail },
        { type: "resume", what: "x", trail },
        { type: "clear" },
      ];
      const event = events[pick(events.length)]!;
      const before = machine;
      const [after, effects] = next(machine, event);
      machine = after;
      for (const effect of effects) {
        if (effect.type === "prepare") {
          assert.equal(event.type, "press");
          assert.ok(!isBusy(before.state), "a press counts only where nothing is under way");
          assert.ok(!pressed.has(effect.run));
          pressed.add(effect.run);
          presses++;
        }
        if (effect.type === "ask") {
          const name = `${effect.run} ${effect.at}`;
          assert.ok(pressed.has(effect.run), "asked without a press");
          assert.ok(!asked.has(name), "asked twice");
          asked.add(name);
          if (effect.at > 0) assert.ok(machine.state.progress.slice(0, effect.at).every(({ at }) => at === "done"), "asked before what comes first was done");
          if (effect.step.kind === "hand") assert.equal(effect.signatures.length, machine.steps.length - 1);
          asks++;
        }
        if (effect.type === "follow") followed.add(`${effect.run} ${effect.at}`);
      }
      const { state } = machine;
      assert.equal(state.steps.length, state.progress.length);
      assert.ok(state.run >= before.state.run);
      assert.ok(state.progress.filter(({ at }) => at === "asking" || at === "following").length <= 1, "one step at a time");
      if (state.phase === "done") {
        assert.ok(state.progress.length > 0 && state.progress.every(({ at }) => at === "done"));
        ends++;
      }
      if (state.phase === "stopped") assert.notEqual(state.trouble, null);
      else assert.equal(state.trouble, null);
      if (state.phase === "idle") assert.equal(state.progress.length, 0);
      state.progress.forEach(({ at }, i) => at === "following" && assert.ok(followed.has(`${state.run} ${i}`), "followed without being looked after"));
    }
  }

  // The walk went everywhere.
  assert.ok(presses > 3_000 && asks > 2_000 && ends > 1_000, `${presses} presses, ${asks} questions, ${ends} ends`);
});
