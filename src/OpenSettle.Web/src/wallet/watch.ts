/** What became of a transaction: mined, reverted, replaced by another with its number, or lost. */

import { type Address, type Hex, decodeEventLog } from "viem";
import { VAULT } from "../chain/abi.ts";
import { type Call, sameAddress } from "../chain/calls.ts";
import { type Rpc, RpcError, bytes, hexOf, quantity } from "../chain/rpc.ts";

export interface Sent {
  hash: Hex;
  from: Address;
  /** The account's number of this transaction; null: it could not be read. */
  nonce: number | null;
  call: Call;
  /** The newest block when it was sent. */
  sentAt: number;
}

export type Outcome =
  | { state: "waiting" }
  /** Neither mined nor known to the endpoint: it may have been dropped, or the endpoint has not heard of it yet. */
  | { state: "unknown" }
  | { state: "mined"; hash: Hex; block: bigint; logs: unknown[] }
  | { state: "reverted"; hash: Hex; block: bigint }
  /** Another transaction has its number: the same call (sped up in the wallet), or something else (cancelled there). */
  | { state: "replaced"; by: Hex | null; isSame: boolean };

/** Blocks that are looked through for what replaced a transaction. */
const MOST_BLOCKS = 64;

export async function outcomeOf(rpc: Rpc, sent: Sent): Promise<Outcome> {
  const mined = await receiptOf(rpc, sent.hash);
  if (mined !== null) return mined;
  const known = await rpc.request({ method: "eth_getTransactionByHash", params: [sent.hash] });
  if (sent.nonce !== null) {
    const used = Number(quantity(await rpc.request({ method: "eth_getTransactionCount", params: [sent.from, "latest"] })));
    if (used > sent.nonce) {
      // It may have been mined between the two questions.
      return (await receiptOf(rpc, sent.hash)) ?? (await replacementOf(rpc, sent, sent.nonce));
    }
  }

  return { state: known === null || known === undefined ? "unknown" : "waiting" };
}

async function receiptOf(rpc: Rpc, hash: Hex): Promise<Outcome | null> {
  const receipt = await rpc.request({ method: "eth_getTransactionReceipt", params: [hash] });
  if (typeof receipt !== "object" || receipt === null) return null;
  const { status, blockNumber, logs } = receipt as { status?: unknown; blockNumber?: unknown; logs?: unknown };
  if (blockNumber === null || blockNumber === undefined) return null;
  const block = quantity(blockNumber);
  return quantity(status) === 1n ? { state: "mined", hash, block, logs: Array.isArray(logs) ? (logs as unknown[]) : [] } : { state: "reverted", hash, block };
}

async function replacementOf(rpc: Rpc, sent: Sent, nonce: number): Promise<Outcome> {
  const newest = Number(quantity(await rpc.request({ method: "eth_blockNumber" })));
  for (let number = Math.max(sent.sentAt, newest - MOST_BLOCKS); number <= newest; number++) {
    const block = await rpc.request({ method: "eth_getBlockByNumber", params: [hexOf(number), true] });
    const list = (block as { transactions?: unknown } | null)?.transactions;
    for (const one of Array.isArray(list) ? (list as Record<string, unknown>[]) : []) {
      const { from, hash, to, input } = one;
      if (typeof from !== "string" || typeof hash !== "string" || !sameAddress(from, sent.from) || Number(quantity(one["nonce"])) !== nonce) continue;
      return { state: "replaced", by: bytes(hash), isSame: typeof to === "string" && sameAddress(to, sent.call.to) && typeof input === "string" && input.toLowerCase() === sent.call.data.toLowerCase() };
    }
  }

  return { state: "replaced", by: null, isSame: false };
}

/** Whether the block is final; null: the endpoint does not say which blocks are. */
export async function isFinal(rpc: Rpc, block: bigint): Promise<boolean | null> {
  try {
    const final = await rpc.request({ method: "eth_getBlockByNumber", params: ["finalized", false] });
    return typeof final === "object" && final !== null ? quantity((final as { number?: unknown }).number) >= block : null;
  } catch (error) {
    if (error instanceof RpcError && error.code !== 0) return null;
    throw error;
  }
}

/** What the vault logged, in order. */
export type Payment =
  | { kind: "paid"; account: Address; token: Address; to: Address; amount: bigint }
  | { kind: "refused"; account: Address; token: Address; to: Address; amount: bigint }
  | { kind: "taken"; account: Address; epoch: bigint; index: bigint; to: Address; amount: bigint }
  | { kind: "recipient"; account: Address; recipient: Address };

export function paymentsOf(logs: readonly unknown[], vault: string): Payment[] {
  const payments: Payment[] = [];
  for (const log of logs) {
    const { address, topics, data } = (typeof log === "object" && log !== null ? log : {}) as { address?: unknown; topics?: unknown; data?: unknown };
    if (typeof address !== "string" || !sameAddress(address, vault) || !Array.isArray(topics)) continue;
    try {
      const event = decodeEventLog({ abi: VAULT, topics: topics as [Hex, ...Hex[]], data: bytes(data) });
      const last = payments.at(-1);
      switch (event.eventName) {
        case "Claimed":
          payments.push({ kind: "paid", to: event.args.account, ...event.args });
          break;
        case "ClaimRedirected":
          // It follows the claim that it redirects.
          if (last?.kind === "paid" && sameAddress(last.account, event.args.account) && sameAddress(last.token, event.args.token)) last.to = event.args.to;
          break;
        case "ClaimRefused":
          payments.push({ kind: "refused", ...event.args });
          break;
        case "PushTaken":
          payments.push({ kind: "taken", ...event.args });
          break;
        case "RecipientSet":
          payments.push({ kind: "recipient", account: event.args.account, recipient: event.args.recipient });
          break;
      }
    } catch {
      // An event of the vault that this page has no use for.
    }
  }

  return payments;
}
