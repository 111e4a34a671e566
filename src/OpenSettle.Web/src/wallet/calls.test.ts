import assert from "node:assert/strict";
import { test } from "node:test";
import { ZERO } from "../chain/calls.ts";
import { type Request, walletRpc } from "../chain/rpc.ts";
import { NONE, callsStatus, capabilitiesOf, sendCalls } from "./calls.ts";

const answering = (answer: unknown, asked: Request[] = []) => walletRpc({ request: (request) => (asked.push(request), answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)) });

test("what a wallet can do is read for the chain, and for all chains", async () => {
  const cases: [answer: unknown, atomic: boolean, paymaster: boolean][] = [
    [{ "0x7a69": { atomic: { status: "supported" }, paymasterService: { supported: true } } }, true, true],
    [{ "0x7a69": { atomic: { status: "ready" } } }, true, false],
    [{ "0x7a69": { atomic: { status: "unsupported" } } }, false, false],
    [{ "0x0": { atomic: { status: "supported" } } }, true, false],
    [{ "0x0": { atomic: { status: "supported" } }, "0x7A69": { atomic: { status: "unsupported" } } }, false, false],
    [{ "0x1": { atomic: { status: "supported" } } }, false, false],
    [{ "0x7a69": null }, false, false],
    [null, false, false],
    ["yes", false, false],
  ];
  for (const [answer, atomic, paymaster] of cases) assert.deepEqual(await capabilitiesOf(answering(answer), ZERO, 31337), { atomic, paymaster }, JSON.stringify(answer));
  assert.deepEqual(await capabilitiesOf(answering(new Error("no such method")), ZERO, 31337), NONE);
});

test("a batch asks for all or nothing, carries no coin, and names a service only where there is one", async () => {
  const asked: Request[] = [];
  assert.equal(await sendCalls(answering({ id: "b1" }, asked), { from: ZERO, chainId: 31337, calls: [{ to: ZERO, data: "0x12" }], paymaster: null }), "b1");
  const [batch] = asked[0]?.params as [Record<string, unknown>];
  assert.deepEqual(batch, { version: "2.0.0", from: ZERO, chainId: "0x7a69", atomicRequired: true, calls: [{ to: ZERO, data: "0x12", value: "0x0" }] });
  await sendCalls(answering("old", asked), { from: ZERO, chainId: 1, calls: [], paymaster: "https://gas.example" });
  assert.deepEqual((asked[1]?.params as [Record<string, unknown>])[0]["capabilities"], { paymasterService: { url: "https://gas.example" } });
  await assert.rejects(sendCalls(answering({}), { from: ZERO, chainId: 1, calls: [], paymaster: null }), /no id/);
});

test("a batch waits, is mined, or failed", async () => {
  const hash = `0x${"1".repeat(64)}`;
  assert.deepEqual(await callsStatus(answering({ status: 100 }), "b1"), { state: "waiting" });
  assert.deepEqual(await callsStatus(answering({ status: 200, receipts: [{ transactionHash: hash, blockNumber: "0x5", logs: [{ a: 1 }] }] }), "b1"), { state: "mined", hash, block: 5n, logs: [{ a: 1 }] });
  assert.deepEqual(await callsStatus(answering({ status: 200 }), "b1"), { state: "mined", hash: null, block: null, logs: [] });
  for (const status of [400, 500, 600]) assert.equal((await callsStatus(answering({ status }), "b1")).state, "failed");
  await assert.rejects(callsStatus(answering({}), "b1"), /does not say/);
});
