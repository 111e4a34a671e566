import assert from "node:assert/strict";
import { test } from "node:test";
import { type Hex, decodeFunctionData, encodeErrorResult, encodeFunctionResult } from "viem";
import type { ClaimOffer } from "../../../api/claims.ts";
import { TOKEN, VAULT } from "../../../chain/abi.ts";
import { ZERO } from "../../../chain/calls.ts";
import { type Request, walletRpc } from "../../../chain/rpc.ts";
import { rootOfLeaf } from "../../../chain/vault.ts";
import { NONE } from "../../../wallet/calls.ts";
import { Stop } from "./engine.ts";
import { type Plan, fingerprint, questionOf } from "./plan.ts";
import { prepare } from "./prepare.ts";
import { ACCOUNT, DOLLAR, OTHER, VAULT_AT, offer } from "./samples.ts";
import type { Job } from "./steps.ts";

/** A chain with a vault on it that answers as the real one does, for one leaf. */
class Chain {
  id = 31337;
  code: Hex = "0x60";
  claimed = 10_000_000n;
  root: Hex;
  live = new Set<string>();
  refusal: Hex | null = null;
  tried: string[] = [];

  constructor(of: ClaimOffer) {
    const { leaves } = questionOf(of, ACCOUNT);
    this.root = rootOfLeaf(ACCOUNT, leaves[0]!)!;
    leaves.forEach((leaf) => this.live.add(rootOfLeaf(ACCOUNT, leaf)!));
  }

  readonly rpc = walletRpc({
    request: ({ method, params }: Request): Promise<unknown> => {
      const [call] = (params ?? []) as [{ to: string; data: Hex; from?: string }];
      switch (method) {
        case "eth_chainId":
          return Promise.resolve(`0x${this.id.toString(16)}`);
        case "eth_getBlockByNumber":
          return Promise.resolve({ number: "0x64", timestamp: "0x6b49d200" });
        case "eth_getCode":
          return Promise.resolve((params as [string])[0] === VAULT_AT ? this.code : "0x");
        case "eth_getBalance":
          return Promise.resolve("0xffffffff");
        case "eth_call":
          return this.call(call);
        default:
          return Promise.reject({ code: -32601, message: method });
      }
    },
  });

  call({ to, data }: { to: string; data: Hex }): Promise<Hex> {
    if (to !== VAULT_AT) {
      const { functionName } = decodeFunctionData({ abi: TOKEN, data });
      return functionName === "balanceOf" ? Promise.resolve(encodeFunctionResult({ abi: TOKEN, functionName, result: 2n ** 90n })) : Promise.reject({ code: 3, message: "execution reverted" });
    }

    const { functionName, args } = decodeFunctionData({ abi: VAULT, data });
    switch (functionName) {
      case "epoch":
        return Promise.resolve(encodeFunctionResult({ abi: VAULT, functionName, result: 2n }));
      case "root":
        return Promise.resolve(encodeFunctionResult({ abi: VAULT, functionName, result: this.root }));
      case "pausedUntil":
        return Promise.resolve(encodeFunctionResult({ abi: VAULT, functionName, result: 0n }));
      case "recipientOf":
        return Promise.resolve(encodeFunctionResult({ abi: VAULT, functionName, result: [ZERO, 3n] }));
      case "rootStatus":
        return Promise.resolve(encodeFunctionResult({ abi: VAULT, functionName, result: [this.live.has(String(args?.[0])) ? 2n : 0n, false] }));
      case "claimed":
        return Promise.resolve(encodeFunctionResult({ abi: VAULT, functionName, result: this.claimed }));
      default:
        this.tried.push(functionName);
        return this.refusal === null ? Promise.resolve("0x") : Promise.reject({ code: 3, message: "execution reverted", data: this.refusal });
    }
  }
}

const one = (): ClaimOffer => offer({ claims: [offer().claims[0]!], pushes: [] });
const job: Job = { kind: "claim", tokens: [DOLLAR], to: null, sponsored: false, paymaster: null };

async function press(chain: Chain, offered: ClaimOffer, what: Job = job, seen?: string) {
  let shown: Plan | undefined;
  const steps = await prepare(
    { account: ACCOUNT, chainId: 31337, vault: VAULT_AT, wallet: { rpc: chain.rpc, from: ACCOUNT }, can: NONE, relay: undefined, fetchOffer: () => Promise.resolve(offered), show: (plan) => (shown = plan) },
    what,
    seen ?? "",
  ).catch((error: unknown) => error as Stop);
  return { steps, shown };
}

/** What was seen before, when all was as it is. */
async function seenOn(chain: Chain, offered = one()): Promise<string> {
  const { shown } = await press(chain, offered);
  assert.ok(shown !== undefined);
  return fingerprint(shown, [DOLLAR]);
}

const troubleOf = ({ steps }: { steps: unknown }): Stop["trouble"] => {
  assert.ok(steps instanceof Stop, String(steps));
  return steps.trouble;
};

test("what is as it was seen is tried, and becomes steps", async () => {
  const chain = new Chain(one());
  const { steps } = await press(chain, one(), job, await seenOn(chain));
  assert.ok(Array.isArray(steps));
  assert.deepEqual(chain.tried, ["claim"]);
});

test("what changed since is said, and nothing becomes a step", async () => {
  const chain = new Chain(one());
  const seen = await seenOn(chain);
  chain.claimed = 12_000_000n;
  assert.match(troubleOf(await press(chain, one(), job, seen)).title, /not what you saw/);
  chain.claimed = 15_000_000n;
  assert.match(troubleOf(await press(chain, one(), job, seen)).title, /nothing to claim/i);
  chain.claimed = 10_000_000n;
  chain.root = `0x${"7".repeat(64)}`;
  assert.match(troubleOf(await press(chain, one(), job, seen)).title, /not what you saw/);
  chain.live.clear();
  assert.match(troubleOf(await press(chain, one(), job, seen)).title, /does not hold any more/);
  assert.deepEqual(chain.tried, []);
});

test("what was read is shown, so that the next press is of it", async () => {
  const chain = new Chain(one());
  const seen = await seenOn(chain);
  chain.claimed = 12_000_000n;
  const { shown } = await press(chain, one(), job, seen);
  assert.ok(shown !== undefined);
  assert.equal(shown.rows[0]?.due, 3_000_000n);
  assert.ok(Array.isArray((await press(chain, one(), job, fingerprint(shown, [DOLLAR]))).steps));
});

test("a node that names another vault or chain gets nothing", async () => {
  const chain = new Chain(one());
  for (const other of [{ ...one(), vault: OTHER }, { ...one(), chainId: 1 }]) assert.match(troubleOf(await press(chain, other)).title, /another vault/);
});

test("what the vault would refuse is said before anybody signs", async () => {
  const chain = new Chain(one());
  const seen = await seenOn(chain);
  chain.refusal = encodeErrorResult({ abi: VAULT, errorName: "TransferFailed", args: [DOLLAR, OTHER] });
  for (const what of [job, { ...job, sponsored: true }, { ...job, to: OTHER }]) assert.match(troubleOf(await press(chain, one(), what, seen)).title, /refused the money/);
});

test("a wallet on another chain, or a vault without code, is no place to claim at", async () => {
  const chain = new Chain(one());
  chain.id = 1;
  await assert.rejects(async () => {
    const { steps } = await press(chain, one());
    throw steps as unknown as Error;
  }, /chain 1 answers/);
  chain.id = 31337;
  chain.code = "0x";
  await assert.rejects(async () => {
    const { steps } = await press(chain, one());
    throw steps as unknown as Error;
  }, /no contract/);
});

