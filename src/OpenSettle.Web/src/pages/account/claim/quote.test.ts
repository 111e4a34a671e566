import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeErrorResult } from "viem";
import { VAULT } from "../../../chain/abi.ts";
import { ZERO, claimCall } from "../../../chain/calls.ts";
import { type Request, walletRpc } from "../../../chain/rpc.ts";
import { gasOf, lacksGas, quoteOf, sendParams, trial } from "./quote.ts";
import { ACCOUNT, DOLLAR, VAULT_AT, plan } from "./samples.ts";

const refused = { code: 3, message: "execution reverted", data: encodeErrorResult({ abi: VAULT, errorName: "TransferFailed", args: [ZERO, ACCOUNT] }) };

/** @param refuses Which calls it refuses. */
const rpc = (refuses: (data: string) => boolean, changes: Record<string, unknown> = {}) =>
  walletRpc({
    request: ({ method, params }: Request): Promise<unknown> => {
      if (method in changes) return changes[method] instanceof Error ? Promise.reject(changes[method]) : Promise.resolve(changes[method]);
      const [call] = (params ?? []) as [{ data: string }];
      if (method === "eth_call") return refuses(call.data) ? Promise.reject(refused) : Promise.resolve("0x");
      return Promise.resolve({ eth_estimateGas: "0x186a0", eth_gasPrice: "0x3b9aca00", eth_getBalance: "0xde0b6b3a7640000" }[method]);
    },
  });

const of = plan();
const both = { from: ACCOUNT, calls: [claimCall(VAULT_AT, ACCOUNT, of.rows.map(({ leaf }) => leaf))], rows: of.rows, to: null, payer: ACCOUNT };

test("a claim that would be done has a cost, with a margin, and no trouble", async () => {
  const quote = await quoteOf(rpc(() => false), of, both);
  assert.deepEqual(quote, { trouble: null, passedOver: [], gas: 110_000n, cost: (110_000n * 1_000_000_000n * 125n) / 100n, balance: 10n ** 18n });
  assert.equal(lacksGas(quote), false);
  assert.equal(lacksGas({ ...quote, balance: 0n }), true);
  assert.equal(lacksGas({ ...quote, balance: (quote.cost ?? 0n) - 1n }), true);
  assert.equal(lacksGas({ ...quote, balance: null }), false);
  assert.equal(lacksGas({ ...quote, cost: null }), false);
});

test("a token that the vault would pass over is found, though the claim of all goes through", async () => {
  const alone = claimCall(VAULT_AT, ACCOUNT, [of.rows[1]!.leaf]).data;
  const quote = await quoteOf(rpc((data) => data === alone), of, both);
  assert.equal(quote.trouble, null);
  assert.deepEqual(quote.passedOver.map(({ row, trouble }) => [row.token, trouble.kind]), [[ZERO, "reverted"]]);
});

test("where each would be passed over the whole is refused", async () => {
  const singles = of.rows.map(({ leaf }) => claimCall(VAULT_AT, ACCOUNT, [leaf]).data as string);
  assert.match((await quoteOf(rpc((data) => singles.includes(data)), of, both)).trouble?.title ?? "", /refused the money/);
});

test("an endpoint that estimates nothing leaves the cost to the wallet", async () => {
  const silent = rpc(() => false, { eth_estimateGas: new Error("no"), eth_gasPrice: new Error("no") });
  const quote = await quoteOf(silent, of, { ...both, payer: null });
  assert.deepEqual([quote.gas, quote.cost, quote.balance], [null, null, null]);
  assert.equal(await gasOf(silent, ACCOUNT, both.calls[0]!), null);
});

test("what would fail is said in the vault's words, and what goes out carries no coin", async () => {
  assert.equal((await trial(rpc(() => true), ACCOUNT, both.calls[0]!))?.kind, "reverted");
  assert.equal(await trial(rpc(() => false), ACCOUNT, both.calls[0]!), null);
  assert.deepEqual(sendParams(ACCOUNT, { to: DOLLAR, data: "0x12" }, 255n), { from: ACCOUNT, to: DOLLAR, data: "0x12", value: "0x0", gas: "0xff" });
  assert.ok(!("gas" in sendParams(ACCOUNT, { to: DOLLAR, data: "0x12" }, null)));
});
