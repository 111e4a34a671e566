/** Asking the chain itself: through a wallet of the browser, or an endpoint that the page may ask. Nothing here trusts the node. */

import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  type Hex,
  decodeFunctionResult,
  encodeFunctionData,
} from "viem";

export interface Request {
  method: string;
  params?: readonly unknown[] | object;
}

/** What EIP-1193 asks of a provider, and all that is needed of an endpoint, too. */
export interface Provider {
  request(request: Request): Promise<unknown>;
}

export interface Rpc extends Provider {
  /** Who answers: a wallet's name is an outside text. */
  readonly source: "wallet" | "endpoint";
}

/** What an endpoint or a wallet refused, with its code as JSON-RPC and EIP-1193 have it; 0: it did not answer at all. */
export class RpcError extends Error {
  readonly code: number;
  /** What a revert returned, or whatever else came along. */
  readonly data: unknown;

  constructor(message: string, code: number, data?: unknown) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.data = data;
  }
}

/** It answers for another chain than was asked for: nothing that it says of addresses there means anything here. */
export class OtherChain extends Error {
  readonly wanted: number;
  readonly found: number;

  constructor(wanted: number, found: number) {
    super(`chain ${found} answers where chain ${wanted} was asked for`);
    this.name = "OtherChain";
    this.wanted = wanted;
    this.found = found;
  }
}

/** Whatever a provider threw, as an RpcError: wallets throw errors, plain objects and texts. */
export function asRpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown;
  const said = (typeof thrown === "object" && thrown !== null ? thrown : {}) as { code?: unknown; message?: unknown; data?: unknown };
  const code = typeof said.code === "number" ? said.code : 0;
  const message = typeof said.message === "string" && said.message !== "" ? said.message : typeof thrown === "string" ? thrown : "no reason was given";
  return new RpcError(message, code, said.data);
}

const PATIENCE_MS = 15_000;

/** What a person may think about as long as they like. */
const ASKS_THE_PERSON = /^(eth_requestAccounts|eth_send|eth_sign|personal_|wallet_(?!get))/;

/** @param patience For what nobody has to be asked about. */
export function walletRpc(provider: Provider, patience = PATIENCE_MS): Rpc {
  return {
    source: "wallet",
    async request(request) {
      try {
        const answer = provider.request(request);
        return await (ASKS_THE_PERSON.test(request.method) ? answer : within(answer, patience));
      } catch (error) {
        throw asRpcError(error);
      }
    },
  };
}

function within<T>(answer: Promise<T>, patience: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new RpcError(`nothing came for ${patience / 1000} seconds`, 0)), patience)));
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** JSON-RPC by HTTP. No key and no cookie goes along. */
export function endpointRpc(url: string, ask: typeof fetch = (...all) => fetch(...all)): Rpc {
  let last = 0;
  return {
    source: "endpoint",
    async request({ method, params }) {
      const id = ++last;
      let answer: { id?: unknown; result?: unknown; error?: unknown };
      try {
        const response = await ask(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ jsonrpc: "2.0", id, method, params: params ?? [] }),
          credentials: "omit",
          referrerPolicy: "no-referrer",
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        const body: unknown = await response.json();
        if (typeof body !== "object" || body === null) throw new TypeError("no object");
        answer = body;
      } catch (error) {
        throw new RpcError(`the chain's endpoint gave no answer that can be read: ${error instanceof Error ? error.message : String(error)}`, 0);
      }

      if (answer.error !== undefined && answer.error !== null) throw asRpcError(answer.error);
      if (answer.id !== id || answer.result === undefined) throw new RpcError("the chain's endpoint answered something else than it was asked", 0);
      return answer.result;
    },
  };
}

/** A quantity as JSON-RPC writes it. */
export function quantity(value: unknown): bigint {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{1,64}$/.test(value)) throw new RpcError(`${String(value).slice(0, 80)} is no quantity`, 0);
  return BigInt(value);
}

export function bytes(value: unknown): Hex {
  if (typeof value !== "string" || !/^0x([0-9a-fA-F]{2})*$/.test(value)) throw new RpcError("these are no bytes", 0);
  return value as Hex;
}

export const hexOf = (value: bigint | number): Hex => `0x${value.toString(16)}`;

export async function chainIdOf(rpc: Rpc): Promise<number> {
  const id = quantity(await rpc.request({ method: "eth_chainId" }));
  if (id > BigInt(Number.MAX_SAFE_INTEGER)) throw new RpcError(`${id} is no chain's id`, 0);
  return Number(id);
}

/** To be called before anything else is read. */
export async function mustBeOn(rpc: Rpc, chainId: number): Promise<void> {
  const found = await chainIdOf(rpc);
  if (found !== chainId) throw new OtherChain(chainId, found);
}

export interface BlockHead {
  number: bigint;
  /** Seconds. */
  time: number;
  baseFee: bigint | null;
}

/** The newest block, or the one with this number: what is read at one block fits together. */
export async function blockHead(rpc: Rpc, number?: bigint): Promise<BlockHead> {
  const block = await rpc.request({ method: "eth_getBlockByNumber", params: [number === undefined ? "latest" : hexOf(number), false] });
  if (typeof block !== "object" || block === null) throw new RpcError("the chain's endpoint does not know its newest block", 0);
  const { number: found, timestamp, baseFeePerGas } = block as Record<string, unknown>;
  return { number: quantity(found), time: Number(quantity(timestamp)), baseFee: baseFeePerGas === undefined || baseFeePerGas === null ? null : quantity(baseFeePerGas) };
}

export const codeAt = async (rpc: Rpc, address: string, block?: bigint): Promise<Hex> => bytes(await rpc.request({ method: "eth_getCode", params: [address, tag(block)] }));

export const nativeBalance = async (rpc: Rpc, address: string, block?: bigint): Promise<bigint> => quantity(await rpc.request({ method: "eth_getBalance", params: [address, tag(block)] }));

/**
 * Asks a view of a contract.
 * @param block The block at whose end it is asked; the newest one where it is left out.
 * @param from Whom the contract sees as its caller.
 */
export async function ethCall<const A extends Abi, N extends ContractFunctionName<A, "view" | "pure">, const Args extends ContractFunctionArgs<A, "view" | "pure", N>>(
  rpc: Rpc,
  call: { abi: A; address: string; functionName: N; args: Args; block?: bigint; from?: Address },
): Promise<ContractFunctionReturnType<A, "view" | "pure", N, Args>> {
  const { abi, functionName, args } = call;
  const data = encodeFunctionData({ abi: abi as Abi, functionName: functionName as string, args: args as readonly unknown[] });
  const returned = bytes(await rpc.request({ method: "eth_call", params: [{ to: call.address, data, ...(call.from === undefined ? {} : { from: call.from }) }, tag(call.block)] }));
  if (returned === "0x") throw new RpcError(`nothing at ${call.address} answers to ${functionName}: it is another contract, or none`, 0);
  return decodeFunctionResult({ abi: abi as Abi, functionName: functionName as string, args: args as readonly unknown[], data: returned }) as ContractFunctionReturnType<A, "view" | "pure", N, Args>;
}

const tag = (block: bigint | undefined): string => (block === undefined ? "latest" : hexOf(block));
