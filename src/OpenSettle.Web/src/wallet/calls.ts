/** Several calls at once, where a wallet takes them (EIP-5792), and gas that somebody else pays, where it knows such (ERC-7677). */

import type { Address, Hex } from "viem";
import type { Call } from "../chain/calls.ts";
import { type Rpc, RpcError, hexOf } from "../chain/rpc.ts";

export interface Capabilities {
  /** It carries out all calls of a batch, or none; "ready": after the person agrees to a change of the account. */
  atomic: boolean;
  /** It lets a service pay the gas, whose address the page has to give. */
  paymaster: boolean;
}

export const NONE: Capabilities = { atomic: false, paymaster: false };

/** What the wallet can do for an account on a chain. Most wallets know nothing of this: then nothing. */
export async function capabilitiesOf(rpc: Rpc, account: string, chainId: number): Promise<Capabilities> {
  let said: unknown;
  try {
    said = await rpc.request({ method: "wallet_getCapabilities", params: [account, [hexOf(chainId)]] });
  } catch {
    return NONE;
  }

  if (typeof said !== "object" || said === null) return NONE;
  // What holds on all chains stands under 0x0.
  const of = (id: number): Record<string, unknown> => {
    const found = Object.entries(said).find(([key]) => /^0x[0-9a-fA-F]+$/.test(key) && Number(key) === id)?.[1] as unknown;
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  };
  const { atomic, paymasterService } = { ...of(0), ...of(chainId) } as { atomic?: { status?: unknown }; paymasterService?: { supported?: unknown } };
  return { atomic: atomic?.status === "supported" || atomic?.status === "ready", paymaster: paymasterService?.supported === true };
}

/** @returns The id by which the wallet knows the batch. */
export async function sendCalls(rpc: Rpc, batch: { from: Address; chainId: number; calls: readonly Call[]; paymaster: string | null }): Promise<string> {
  const { from, chainId, calls, paymaster } = batch;
  const said = await rpc.request({
    method: "wallet_sendCalls",
    params: [
      {
        version: "2.0.0",
        from,
        chainId: hexOf(chainId),
        // All of it or nothing: half a claim would have to be explained.
        atomicRequired: true,
        calls: calls.map(({ to, data }) => ({ to, data, value: "0x0" })),
        ...(paymaster === null ? {} : { capabilities: { paymasterService: { url: paymaster } } }),
      },
    ],
  });
  const id = typeof said === "string" ? said : (said as { id?: unknown } | null)?.id;
  if (typeof id !== "string" || id === "") throw new RpcError("the wallet gave the batch no id", 0);
  return id;
}

export type CallsStatus =
  | { state: "waiting" }
  | { state: "mined"; hash: Hex | null; block: bigint | null; logs: unknown[] }
  | { state: "failed"; hash: Hex | null; code: number };

/** What became of a batch: 1xx waits, 2xx is done, anything else is not. */
export async function callsStatus(rpc: Rpc, id: string): Promise<CallsStatus> {
  const said = await rpc.request({ method: "wallet_getCallsStatus", params: [id] });
  const { status, receipts } = (typeof said === "object" && said !== null ? said : {}) as { status?: unknown; receipts?: unknown };
  if (typeof status !== "number") throw new RpcError("the wallet does not say what became of the batch", 0);
  if (status < 200) return { state: "waiting" };
  const list = Array.isArray(receipts) ? (receipts as ({ transactionHash?: unknown; blockNumber?: unknown; logs?: unknown } | null)[]) : [];
  const last = list.at(-1);
  const hash = typeof last?.transactionHash === "string" && /^0x[0-9a-fA-F]{64}$/.test(last.transactionHash) ? (last.transactionHash as Hex) : null;
  if (status >= 300) return { state: "failed", hash, code: status };
  const block = typeof last?.blockNumber === "string" && /^0x[0-9a-fA-F]+$/.test(last.blockNumber) ? BigInt(last.blockNumber) : null;
  return { state: "mined", hash, block, logs: list.flatMap((receipt) => (Array.isArray(receipt?.logs) ? (receipt.logs as unknown[]) : [])) };
}
