import assert from "node:assert/strict";
import { test } from "node:test";
import { type Address, type Hex, encodeAbiParameters, encodeEventTopics } from "viem";
import { VAULT } from "../chain/abi.ts";
import { ZERO } from "../chain/calls.ts";
import { type Request, RpcError, walletRpc } from "../chain/rpc.ts";
import { type Sent, isFinal, outcomeOf, paymentsOf } from "./watch.ts";

const ACCOUNT: Address = "0x71bE63f3384f5fb98995898A86B02Fb2426c5788";
const OTHER: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const AT: Address = "0x2058149BDdc93c397fB1022BF56c2081a3F30568";
const hash = (digit: string): Hex => `0x${digit.repeat(64)}`;
const sent: Sent = { hash: hash("1"), from: ACCOUNT, nonce: 4, call: { to: AT, data: "0xabcd" }, sentAt: 10 };

interface Chain {
  receipts?: Record<string, object>;
  known?: string[];
  used?: number;
  blocks?: Record<number, object[]>;
  head?: number;
}

const rpc = ({ receipts = {}, known = [], used = 4, blocks = {}, head = 12 }: Chain) =>
  walletRpc({
    request({ method, params }: Request): Promise<unknown> {
      const [first] = (params ?? []) as [string];
      switch (method) {
        case "eth_getTransactionReceipt":
          return Promise.resolve(receipts[first] ?? null);
        case "eth_getTransactionByHash":
          return Promise.resolve(known.includes(first) ? {} : null);
        case "eth_getTransactionCount":
          return Promise.resolve(`0x${used.toString(16)}`);
        case "eth_blockNumber":
          return Promise.resolve(`0x${head.toString(16)}`);
        case "eth_getBlockByNumber":
          return Promise.resolve(first === "finalized" ? { number: "0x5" } : { transactions: blocks[Number(first)] ?? [] });
        default:
          return Promise.reject({ code: -32601, message: method });
      }
    },
  });

test("a transaction waits, is mined, reverts, or is not known", async () => {
  assert.deepEqual(await outcomeOf(rpc({ known: [sent.hash] }), sent), { state: "waiting" });
  assert.deepEqual(await outcomeOf(rpc({}), sent), { state: "unknown" });
  assert.deepEqual(await outcomeOf(rpc({ receipts: { [sent.hash]: { status: "0x1", blockNumber: "0xb", logs: [{}] } } }), sent), { state: "mined", hash: sent.hash, block: 11n, logs: [{}] });
  assert.deepEqual(await outcomeOf(rpc({ receipts: { [sent.hash]: { status: "0x0", blockNumber: "0xb", logs: [] } } }), sent), { state: "reverted", hash: sent.hash, block: 11n });
  assert.deepEqual(await outcomeOf(rpc({ known: [sent.hash], receipts: { [sent.hash]: { status: "0x1", blockNumber: null } } }), sent), { state: "waiting" });
});

test("what took its number is found: the same call sped up, something else, or nobody knows", async () => {
  const other = (input: string) => ({ from: ACCOUNT.toLowerCase(), nonce: "0x4", hash: hash("2"), to: AT.toLowerCase(), input });
  assert.deepEqual(await outcomeOf(rpc({ used: 5, blocks: { 11: [{ from: OTHER, nonce: "0x4", hash: hash("3") }, other("0xABCD")] } }), sent), { state: "replaced", by: hash("2"), isSame: true });
  assert.deepEqual(await outcomeOf(rpc({ used: 5, blocks: { 12: [other("0x")] } }), sent), { state: "replaced", by: hash("2"), isSame: false });
  assert.deepEqual(await outcomeOf(rpc({ used: 9 }), sent), { state: "replaced", by: null, isSame: false });
  assert.deepEqual(await outcomeOf(rpc({ used: 9 }), { ...sent, nonce: null }), { state: "unknown" });
});

test("final is what the chain calls so, and where it does not, nothing is said", async () => {
  assert.equal(await isFinal(rpc({}), 5n), true);
  assert.equal(await isFinal(rpc({}), 6n), false);
  assert.equal(await isFinal(walletRpc({ request: () => Promise.reject({ code: -32602, message: "unknown block tag" }) }), 5n), null);
  await assert.rejects(isFinal(walletRpc({ request: () => Promise.reject(new Error("offline")) }), 5n), RpcError);
});

const event = (eventName: "Claimed" | "ClaimRedirected" | "ClaimRefused", args: object, amount: bigint, address: string = AT): object => ({
  address,
  topics: encodeEventTopics({ abi: VAULT, eventName, args } as Parameters<typeof encodeEventTopics>[0]),
  data: encodeAbiParameters([{ type: "uint256" }], [amount]),
});

test("the vault's events say what was paid, to whom, and what was passed over", () => {
  const of = { account: ACCOUNT, token: ZERO };
  const logs = [
    event("Claimed", of, 5n),
    event("Claimed", { ...of, token: AT }, 6n),
    event("ClaimRedirected", { ...of, token: AT, to: OTHER }, 6n),
    event("ClaimRefused", { ...of, to: OTHER }, 7n),
    // Another contract may log what it likes.
    event("Claimed", of, 999n, OTHER),
    { address: AT, topics: [hash("f")], data: "0x" },
    null,
    { address: AT, topics: "nonsense", data: 7 },
  ];
  assert.deepEqual(paymentsOf(logs, AT.toLowerCase()), [
    { kind: "paid", account: ACCOUNT, token: ZERO, to: ACCOUNT, amount: 5n },
    { kind: "paid", account: ACCOUNT, token: AT, to: OTHER, amount: 6n },
    { kind: "refused", account: ACCOUNT, token: ZERO, to: OTHER, amount: 7n },
  ]);
});
