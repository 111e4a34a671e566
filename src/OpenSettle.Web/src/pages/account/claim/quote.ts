/** What a claim would do and cost, tried before anybody is asked to sign. */

import type { Address } from "viem";
import { type Call, claimCall, claimToCall } from "../../../chain/calls.ts";
import { type Rpc, asRpcError, hexOf, nativeBalance, quantity } from "../../../chain/rpc.ts";
import { type Trouble, troubleOf } from "../../../wallet/refusals.ts";
import type { Plan, Row } from "./plan.ts";

export interface Quote {
  /** Why it would fail; null: it would not. */
  trouble: Trouble | null;
  /** Tokens that a claim of several would pass over, and why. */
  passedOver: { row: Row; trouble: Trouble }[];
  /** Null: the endpoint gives no estimate. */
  gas: bigint | null;
  /** In the chain's smallest unit; about, because the price moves. */
  cost: bigint | null;
  balance: bigint | null;
}

/** What the price may rise by until it is mined. */
const MARGIN_PERCENT = 25n;

export const lacksGas = ({ cost, balance }: Quote): boolean => balance !== null && (balance === 0n || (cost !== null && balance < cost));

/** Carries the call out without sending it; null: it would be done. */
export async function trial(rpc: Rpc, from: Address, call: Call): Promise<Trouble | null> {
  try {
    await rpc.request({ method: "eth_call", params: [{ from, to: call.to, data: call.data }, "latest"] });
    return null;
  } catch (error) {
    return troubleOf(error, rpc.source);
  }
}

/** With a little more than was needed just now: what was written meanwhile can make it dearer. */
export async function gasOf(rpc: Rpc, from: Address, call: Call): Promise<bigint | null> {
  try {
    const gas = quantity(await rpc.request({ method: "eth_estimateGas", params: [{ from, to: call.to, data: call.data }] }));
    return gas + gas / 10n;
  } catch {
    return null;
  }
}

/**
 * @param rows Tokens of a claim of several: each is tried alone too, because the vault passes over those that refuse.
 * @param payer Whose coin pays for the gas; null: the wallet's own rules say.
 */
export async function quoteOf(rpc: Rpc, plan: Plan, what: { from: Address; calls: readonly Call[]; rows: readonly Row[]; to: Address | null; payer: Address | null }): Promise<Quote> {
  const { from, calls, rows, to, payer } = what;
  const [trials, each, gas, price, balance] = await Promise.all([
    Promise.all(calls.map((call) => trial(rpc, from, call))),
    Promise.all(rows.length < 2 ? [] : rows.map(async (row) => ({ row, trouble: await trial(rpc, from, to === null ? claimCall(plan.vault, plan.account, [row.leaf]) : claimToCall(plan.vault, row.leaf, to)) }))),
    Promise.all(calls.map((call) => gasOf(rpc, from, call))),
    priceOf(rpc),
    payer === null ? null : nativeBalance(rpc, payer),
  ]);
  const passedOver = each.filter((one): one is { row: Row; trouble: Trouble } => one.trouble !== null);
  const sum = gas.reduce<bigint | null>((all, one) => (all === null || one === null ? null : all + one), 0n);
  return {
    trouble: trials.find((one) => one !== null) ?? (passedOver.length > 0 && passedOver.length === rows.length ? (passedOver[0]?.trouble ?? null) : null),
    passedOver,
    gas: sum,
    cost: sum === null || price === null ? null : (sum * price * (100n + MARGIN_PERCENT)) / 100n,
    balance,
  };
}

async function priceOf(rpc: Rpc): Promise<bigint | null> {
  try {
    return quantity(await rpc.request({ method: "eth_gasPrice" }));
  } catch (error) {
    if (asRpcError(error).code === 4001) throw error;
    return null;
  }
}

/** Sends a call through the wallet. */
export const sendParams = (from: Address, call: Call, gas: bigint | null): object => ({ from, to: call.to, data: call.data, value: "0x0", ...(gas === null ? {} : { gas: hexOf(gas) }) });
