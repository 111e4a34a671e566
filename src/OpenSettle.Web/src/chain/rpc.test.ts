import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeAbiParameters, encodeFunctionData } from "viem";
import { VAULT } from "./abi.ts";
import { OtherChain, type Request, type Rpc, RpcError, blockHead, chainIdOf, endpointRpc, ethCall, mustBeOn, quantity, walletRpc } from "./rpc.ts";

const VAULT_AT = "0x2058149BDdc93c397fB1022BF56c2081a3F30568";

const answering = (answers: Record<string, unknown>, asked: Request[] = []): Rpc =>
  walletRpc({
    request(request) {
      asked.push(request);
      return request.method in answers ? Promise.resolve(answers[request.method]) : Promise.reject({ code: -32601, message: "no such method" });
    },
  });

test("a view is asked with its arguments at one block, and read", async () => {
  const asked: Request[] = [];
  const rpc = answering({ eth_call: encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [VAULT_AT, 7n]) }, asked);
  const [recipient, nonce] = await ethCall(rpc, { abi: VAULT, address: VAULT_AT, functionName: "recipientOf", args: [VAULT_AT], block: 18n });
  assert.equal(recipient, VAULT_AT);
  assert.equal(nonce, 7n);
  const [call, block] = asked[0]?.params as [{ to: string; data: string }, string];
  assert.equal(block, "0x12");
  assert.equal(call.to, VAULT_AT);
  assert.equal(call.data, encodeFunctionData({ abi: VAULT, functionName: "recipientOf", args: [VAULT_AT] }));
});

test("no code at the address is said, not read as nothing", async () => {
  await assert.rejects(ethCall(answering({ eth_call: "0x" }), { abi: VAULT, address: VAULT_AT, functionName: "root", args: [] }), /nothing at 0x2058.* answers to root/);
});

test("an answer that is cut short is refused", async () => {
  await assert.rejects(ethCall(answering({ eth_call: `0x${"00".repeat(31)}` }), { abi: VAULT, address: VAULT_AT, functionName: "root", args: [] }));
});

test("another chain is told with both ids", async () => {
  const rpc = answering({ eth_chainId: "0x1" });
  assert.equal(await chainIdOf(rpc), 1);
  await assert.rejects(mustBeOn(rpc, 31337), (error) => error instanceof OtherChain && error.found === 1 && error.wanted === 31337);
  await mustBeOn(rpc, 1);
});

test("whatever a wallet throws becomes an error with a code", async () => {
  for (const [thrown, code, message] of [
    [{ code: 4001, message: "no" }, 4001, "no"],
    ["closed", 0, "closed"],
    [undefined, 0, "no reason was given"],
    [new Error("lost"), 0, "lost"],
  ] as const) {
    const rpc = walletRpc({ request: () => Promise.reject(thrown) });
    await assert.rejects(rpc.request({ method: "eth_chainId" }), (error) => error instanceof RpcError && error.code === code && error.message === message);
  }
});

test("a wallet that does not answer is not waited for, unless it asks the person", async () => {
  const silent = walletRpc({ request: () => new Promise(() => undefined) }, 20);
  await assert.rejects(silent.request({ method: "eth_call" }), /nothing came/);
  await assert.rejects(silent.request({ method: "wallet_getCallsStatus" }), /nothing came/);
  const person = Promise.race([silent.request({ method: "eth_sendTransaction" }).catch(() => "gave up"), new Promise((resolve) => setTimeout(resolve, 60, "still waiting"))]);
  assert.equal(await person, "still waiting");
});

test("quantities are hex, and nothing else passes for one", () => {
  assert.equal(quantity("0x10"), 16n);
  for (const bad of [16, "16", "0x", "", null, undefined, "0xg1", `0x${"1".repeat(65)}`]) assert.throws(() => quantity(bad), RpcError);
});

test("a block without a base fee has none", async () => {
  assert.deepEqual(await blockHead(answering({ eth_getBlockByNumber: { number: "0x2", timestamp: "0x64" } })), { number: 2n, time: 100, baseFee: null });
  await assert.rejects(blockHead(answering({ eth_getBlockByNumber: null })), RpcError);
});

const endpoint = (body: (id: number) => string, seen: RequestInit[] = []): Rpc =>
  endpointRpc("http://chain.example/", (_, init) => {
    seen.push(init ?? {});
    const { id } = JSON.parse(String(init?.body)) as { id: number };
    return Promise.resolve(new Response(body(id)));
  });

test("an endpoint is asked without cookies, and its answer is taken only for its own question", async () => {
  const seen: RequestInit[] = [];
  assert.equal(await endpoint((id) => JSON.stringify({ id, result: "0x1" }), seen).request({ method: "eth_chainId" }), "0x1");
  assert.equal(seen[0]?.credentials, "omit");
  await assert.rejects(endpoint((id) => JSON.stringify({ id: id + 1, result: "0x1" })).request({ method: "eth_chainId" }), /something else/);
  await assert.rejects(endpoint((id) => JSON.stringify({ id })).request({ method: "eth_chainId" }), /something else/);
  await assert.rejects(endpoint(() => "<html>").request({ method: "eth_chainId" }), /no answer that can be read/);
  await assert.rejects(endpoint((id) => JSON.stringify({ id, error: { code: 3, message: "execution reverted", data: "0x12" } })).request({ method: "eth_call" }), (error) => error instanceof RpcError && error.code === 3 && error.data === "0x12");
});
