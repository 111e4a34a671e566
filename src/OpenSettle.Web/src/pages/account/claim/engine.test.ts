import assert from "node:assert/strict";
import { test } from "node:test";
import type { Relayed, SignedClaim } from "../../../api/relay.ts";
import { type Request, walletRpc } from "../../../chain/rpc.ts";
import type { Trouble } from "../../../wallet/refusals.ts";
import { ClaimEngine, Stop, type World } from "./engine.ts";
import type { Trail } from "./machine.ts";
import { ACCOUNT, DOLLAR, VAULT_AT } from "./samples.ts";
import type { Job, Step } from "./steps.ts";

const job: Job = { kind: "claim", tokens: [DOLLAR], to: null, sponsored: false, paymaster: null };
const send: Step = { kind: "send", what: "Claim dUSD", call: { to: VAULT_AT, data: "0x12" } };
const sign: Step = { kind: "sign", what: "Sign", claim: { chainId: 31337, vault: VAULT_AT, account: ACCOUNT, token: DOLLAR, to: ACCOUNT, cumulative: 2n ** 100n, nonce: 0n, deadline: 9 } };
const hand: Step = { kind: "hand", what: "Hand in" };
const HASH = `0x${"a".repeat(64)}`;
const ID = `0x${"b".repeat(64)}`;

const relayed = (changes: Partial<Relayed>): Relayed => ({ id: ID, state: "queued", transaction: null, amount: null, block: null, note: null, code: null, reason: null, ...changes });

class Stage {
  chain = 31337;
  asked: Request[] = [];
  no = new Map<string, unknown>();
  receipt: object | null = null;
  connected = true;
  from: `0x${string}` = ACCOUNT;
  steps: readonly Step[] = [send];
  stop: Trouble | null = null;
  kept: Trail | null = null;
  handed: (readonly SignedClaim[])[] = [];
  answers: Relayed[] = [relayed({})];
  states: Relayed[] = [];
  time = 0;
  rereads = 0;

  readonly rpc = walletRpc({
    request: (request) => {
      this.asked.push(request);
      if (this.no.has(request.method)) return Promise.reject(this.no.get(request.method));
      switch (request.method) {
        case "eth_chainId":
          return Promise.resolve(`0x${this.chain.toString(16)}`);
        case "eth_sendTransaction":
          return Promise.resolve(HASH);
        case "eth_signTypedData_v4":
          return Promise.resolve("0xbeef");
        case "eth_getTransactionReceipt":
          return Promise.resolve(this.receipt);
        case "eth_getTransactionByHash":
          return Promise.resolve({ from: ACCOUNT, nonce: "0x1" });
        case "eth_getBlockByNumber":
          return Promise.resolve({ number: "0x64" });
        default:
          return Promise.resolve("0x1");
      }
    },
  });

  readonly engine: ClaimEngine;

  constructor() {
    const world: World = {
      chainId: 31337,
      vault: VAULT_AT,
      wallet: () => (this.connected ? { rpc: this.rpc, from: this.from } : null),
      reader: () => (this.connected ? this.rpc : null),
      prepare: () => (this.stop === null ? Promise.resolve(this.steps) : Promise.reject(new Stop(this.stop))),
      handIn: (claims) => (this.handed.push(claims), Promise.resolve(this.answers)),
      relayed: () => Promise.resolve(this.states.length > 1 ? this.states.shift()! : this.states[0]!),
      keep: (_, trail) => (this.kept = trail),
      forget: () => (this.kept = null),
      reread: () => this.rereads++,
      // An hour passes in a moment.
      wait: (milliseconds) => new Promise((resolve) => setImmediate(() => ((this.time += milliseconds), resolve()))),
      now: () => this.time,
    };
    this.engine = new ClaimEngine(world, () => undefined);
  }

  press(): void {
    this.engine.dispatch({ type: "press", job, seen: "x" });
  }

  count(method: string): number {
    return this.asked.filter((one) => one.method === method).length;
  }

  async until(holds: () => boolean): Promise<void> {
    for (let i = 0; i < 2_000 && !holds(); i++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(holds(), JSON.stringify(this.engine.state, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)));
    this.engine.end();
  }
}

const mined = { status: "0x1", blockNumber: "0x10", logs: [] };

test("a press is asked, sent, kept, seen mined and final, and forgotten", async () => {
  const stage = new Stage();
  stage.press();
  while (stage.kept === null) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((stage.kept as Trail).kind, "transaction");
  stage.receipt = mined;
  await stage.until(() => stage.engine.state.phase === "done" && stage.engine.state.progress.some((one) => one.at === "done" && one.final));
  assert.equal(stage.count("eth_sendTransaction"), 1);
  assert.equal(stage.kept, null);
  assert.ok(stage.rereads >= 1);
});

test("a wallet that changed over to another chain sends nothing", async () => {
  const stage = new Stage();
  stage.chain = 1;
  stage.press();
  await stage.until(() => stage.engine.state.phase === "stopped");
  assert.equal(stage.engine.state.trouble?.kind, "chain");
  assert.equal(stage.count("eth_sendTransaction"), 0);
});

test("a wallet that is gone by then is said", async () => {
  const stage = new Stage();
  stage.connected = false;
  stage.press();
  await stage.until(() => stage.engine.state.phase === "stopped");
  assert.match(stage.engine.state.trouble?.title ?? "", /no longer connected/);
});

test("a wallet that changed to another account between two steps sends no more", async () => {
  const stage = new Stage();
  stage.steps = [send, send];
  stage.receipt = mined;
  stage.press();
  while (stage.count("eth_sendTransaction") === 0) await new Promise((resolve) => setImmediate(resolve));
  stage.from = VAULT_AT;
  await stage.until(() => stage.engine.state.phase === "stopped");
  assert.match(stage.engine.state.trouble?.title ?? "", /another account/);
  assert.equal(stage.count("eth_sendTransaction"), 1);
});

test("what was prepared and found wanting is never asked", async () => {
  const stage = new Stage();
  stage.stop = { kind: "changed", title: "changed", remedy: "look" };
  stage.press();
  await stage.until(() => stage.engine.state.phase === "stopped");
  assert.equal(stage.asked.length, 0);
});

test("a revert says why, and that its gas is spent", async () => {
  const stage = new Stage();
  stage.receipt = { ...mined, status: "0x0" };
  stage.no.set("eth_call", { code: 3, message: "execution reverted", data: "0x" + "deadbeef" });
  stage.press();
  await stage.until(() => stage.engine.state.phase === "stopped");
  assert.match(stage.engine.state.trouble?.remedy ?? "", /gas is spent/);
});

test("a transaction that nobody knows is said after a while, and waited for all the same", async () => {
  const stage = new Stage();
  stage.no.set("eth_getTransactionByHash", null);
  stage.press();
  const following = () => stage.engine.state.progress.find((one) => one.at === "following");
  await stage.until(() => following()?.note != null);
  assert.match(following()?.note ?? "", /does not (know|answer)/);
});

test("an endpoint that fails for a while is asked again", async () => {
  const stage = new Stage();
  stage.no.set("eth_getTransactionReceipt", new Error("offline"));
  stage.press();
  while (!stage.engine.state.progress.some((one) => one.at === "following" && one.note !== null)) await new Promise((resolve) => setImmediate(resolve));
  stage.no.clear();
  stage.receipt = mined;
  await stage.until(() => stage.engine.state.phase === "done");
});

test("what is signed is handed in exactly, and followed until it is paid", async () => {
  const stage = new Stage();
  stage.steps = [sign, hand];
  stage.states = [relayed({ state: "queued" }), relayed({ state: "sent", transaction: HASH }), relayed({ state: "paid", transaction: HASH, block: 16, amount: 5n })];
  stage.receipt = mined;
  stage.press();
  await stage.until(() => stage.engine.state.phase === "done");
  assert.deepEqual(stage.handed, [[{ account: ACCOUNT, token: DOLLAR, cumulative: (2n ** 100n).toString(), to: ACCOUNT, deadline: 9, signature: "0xbeef" }]]);
  assert.equal(stage.count("eth_sendTransaction"), 0);
});

test("a node that declines is quoted, with its code in words", async () => {
  for (const [code, words] of [["budget", /budget/], ["too-often", /not long ago/], ["bad-signature", /not the account's/], ["relay-off", /brings no claims/], ["something-new", /declined/]] as const) {
    const stage = new Stage();
    stage.steps = [sign, hand];
    stage.answers = [relayed({ id: null, state: "declined", code, reason: "Its own words." })];
    stage.press();
    await stage.until(() => stage.engine.state.phase === "stopped");
    assert.match(stage.engine.state.trouble?.title ?? "", words);
    assert.equal(stage.engine.state.trouble?.said, "Its own words.");
  }
});

test("a claim that the node took and then gave up is no success", async () => {
  const stage = new Stage();
  stage.steps = [sign, hand];
  stage.states = [relayed({ state: "queued" }), relayed({ state: "declined", code: "root-changed" })];
  stage.press();
  await stage.until(() => stage.engine.state.phase === "stopped");
  assert.equal(stage.engine.state.trouble?.kind, "changed");
});

test("what is found again is seen to its end without a question to the person", async () => {
  const stage = new Stage();
  stage.receipt = mined;
  stage.engine.dispatch({ type: "resume", what: "Claim", trail: { kind: "transaction", sent: { hash: HASH as `0x${string}`, from: ACCOUNT, nonce: null, call: { to: VAULT_AT, data: "0x12" }, sentAt: 1 } } });
  await stage.until(() => stage.engine.state.phase === "done");
  assert.equal(stage.count("eth_sendTransaction"), 0);
});
