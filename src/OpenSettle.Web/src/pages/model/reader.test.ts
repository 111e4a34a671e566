import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Provider } from "../../chain/rpc.ts";
import { chainReader } from "./reader.ts";

const globals = globalThis as unknown as Record<string, unknown>;
const NAMES = ["addEventListener", "removeEventListener", "dispatchEvent", "document", "ethereum"];
let before: Record<string, unknown>;
let page: EventTarget;
let named = "";

beforeEach(() => {
  before = Object.fromEntries(NAMES.map((name) => [name, globals[name]]));
  page = new EventTarget();
  named = "";
  globals["addEventListener"] = page.addEventListener.bind(page);
  globals["removeEventListener"] = page.removeEventListener.bind(page);
  globals["dispatchEvent"] = page.dispatchEvent.bind(page);
  globals["document"] = { baseURI: "https://node.example/", querySelector: () => ({ content: named }) };
  globals["ethereum"] = undefined;
});
afterEach(() => Object.assign(globals, before));

const on = (chain: number): Provider => ({ request: ({ method }) => (method === "eth_chainId" ? Promise.resolve(`0x${chain.toString(16)}`) : Promise.reject(new Error("asked for more"))) });
const announce = (...providers: unknown[]): void =>
  page.addEventListener("eip6963:requestProvider", () => providers.forEach((provider) => page.dispatchEvent(Object.assign(new Event("eip6963:announceProvider"), { detail: { provider } }))));

test("a wallet on the chain is asked before the endpoint that the node names", async () => {
  named = "https://rpc.example/";
  announce(on(1), { request: "no function" }, null, on(31337));
  const reader = await chainReader(31337);
  assert.equal(reader.rpc?.source, "wallet");
  assert.match(reader.words, /wallet of this browser/);
});

test("wallets on other chains, broken or busy ones give way to the endpoint, which is said to be the node's choice", async () => {
  named = "https://rpc.example/";
  announce(on(1), { request: () => Promise.reject({ code: -32002, message: "busy" }) }, { request: () => Promise.resolve("31337") });
  const reader = await chainReader(31337);
  assert.equal(reader.rpc?.source, "endpoint");
  assert.match(reader.words, /this node names/);
});

test("a wallet that announces nothing is found where wallets used to be", async () => {
  globals["ethereum"] = on(31337);
  assert.equal((await chainReader(31337)).rpc?.source, "wallet");
});

test("nobody to ask: why, and what to do", async () => {
  assert.deepEqual([(await chainReader(31337)).rpc, /install a wallet/.test((await chainReader(31337)).words)], [null, true]);
  announce(on(5));
  const reader = await chainReader(31337);
  assert.equal(reader.rpc, null);
  assert.match(reader.words, /is on chain 5.*chain 31337/);
});

test("an address of another kind than http is no endpoint", async () => {
  for (const bad of ["javascript:alert(1)", "data:text/plain,x", "wss://rpc.example", "https://", " "]) {
    named = bad;
    assert.equal((await chainReader(31337)).rpc, null, bad);
  }
});
