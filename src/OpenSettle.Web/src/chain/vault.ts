/** The vault, read at one block: what it holds against what a node says. */

import { type Address, type Hex, encodeAbiParameters, keccak256 } from "viem";
import { TOKEN, VAULT } from "./abi.ts";
import { type Leaf, type PushEntry, ZERO, checksummed } from "./calls.ts";
import { leafHash, rootOf } from "./proof.ts";
import { refusalOf } from "./reverts.ts";
import { type Rpc, RpcError, blockHead, codeAt, ethCall, mustBeOn, nativeBalance } from "./rpc.ts";

export interface RootStatus {
  /** The epoch that activated it; 0: none did. */
  activatedBy: bigint;
  revoked: boolean;
}

export interface LeafOnChain {
  /** What the proof leads to; null: it is no proof at all. */
  leadsTo: Hex | null;
  status: RootStatus;
  /** What was paid of it before. */
  claimed: bigint;
  /** What the vault has of the token. */
  held: bigint;
  /** As the token itself says; null where it does not. */
  symbol: string | null;
  decimals: number | null;
}

export interface PushOnChain {
  status: RootStatus;
  paid: boolean;
}

export interface VaultView {
  source: Rpc["source"];
  chainId: number;
  vault: Address;
  account: Address;
  block: bigint;
  /** The block's time, in seconds. */
  time: number;
  epoch: bigint;
  root: Hex;
  pausedUntil: bigint;
  /** The standing recipient; zero: the account itself. */
  recipient: Address;
  nonce: bigint;
  /** The account is a contract. */
  isContract: boolean;
  /** In the order that they were asked for. */
  leaves: LeafOnChain[];
  pushes: PushOnChain[];
}

export interface VaultQuestion {
  chainId: number;
  vault: Address;
  account: Address;
  leaves: readonly Leaf[];
  pushes: readonly PushEntry[];
}

const NEVER: RootStatus = { activatedBy: 0n, revoked: false };

export async function readVault(rpc: Rpc, { chainId, vault, account, leaves, pushes }: VaultQuestion): Promise<VaultView> {
  await mustBeOn(rpc, chainId);
  const head = await blockHead(rpc);
  const at = { abi: VAULT, address: vault, block: head.number } as const;
  if ((await codeAt(rpc, vault, head.number)) === "0x") throw new RpcError(`there is no contract at the vault's address ${vault}`, 0);
  const statusOf = async (key: Hex | null): Promise<RootStatus> => {
    if (key === null) return NEVER;
    const [activatedBy, revoked] = await ethCall(rpc, { ...at, functionName: "rootStatus", args: [key] });
    return { activatedBy, revoked };
  };

  const [epoch, root, pausedUntil, [recipient, nonce], accountCode, ofLeaves, ofPushes] = await Promise.all([
    ethCall(rpc, { ...at, functionName: "epoch", args: [] }),
    ethCall(rpc, { ...at, functionName: "root", args: [] }),
    ethCall(rpc, { ...at, functionName: "pausedUntil", args: [] }),
    ethCall(rpc, { ...at, functionName: "recipientOf", args: [account] }),
    codeAt(rpc, account, head.number),
    inTurns(leaves, async (leaf): Promise<LeafOnChain> => {
      const leadsTo = rootOfLeaf(account, leaf);
      const [status, claimed, held, symbol, decimals] = await Promise.all([
        statusOf(leadsTo),
        ethCall(rpc, { ...at, functionName: "claimed", args: [account, leaf.token] }),
        heldBy(rpc, vault, leaf.token, head.number),
        ofToken(rpc, leaf.token, "symbol"),
        ofToken(rpc, leaf.token, "decimals"),
      ]);
      return { leadsTo, status, claimed, held, symbol, decimals };
    }),
    inTurns(pushes, async (entry): Promise<PushOnChain> => {
      const [status, paid] = await Promise.all([
        statusOf(keyOfPush(account, entry)),
        ethCall(rpc, { ...at, functionName: "isPushPaid", args: [BigInt(entry.epoch), BigInt(entry.index)] }),
      ]);
      return { status, paid };
    }),
  ]);
  return {
    source: rpc.source,
    chainId,
    vault,
    account,
    block: head.number,
    time: head.time,
    epoch,
    root: root.toLowerCase() as Hex,
    pausedUntil,
    recipient: checksummed(recipient),
    nonce,
    // A key whose code only delegates (EIP-7702) signs and sends as any other.
    isContract: accountCode !== "0x" && !accountCode.toLowerCase().startsWith("0xef0100"),
    leaves: ofLeaves,
    pushes: ofPushes,
  };
}

/** A token that refuses even this question is as good as not there, and stands in the way of no other. */
async function heldBy(rpc: Rpc, vault: Address, token: Address, block: bigint): Promise<bigint> {
  if (token === ZERO) return nativeBalance(rpc, vault, block);
  try {
    return await ethCall(rpc, { abi: TOKEN, address: token, functionName: "balanceOf", args: [vault], block });
  } catch (error) {
    if (error instanceof RpcError && refusalOf(error) !== null) return 0n;
    throw error;
  }
}

/** So many at once: an account may have many tokens, and endpoints do not like floods. */
const AT_ONCE = 6;

async function inTurns<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let i = 0; i < items.length; i += AT_ONCE) answers.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(ask))));
  return answers;
}

/** What the proof leads to, or null: it is none. */
export function rootOfLeaf(account: string, { token, cumulative, proof }: Leaf): Hex | null {
  try {
    return rootOf(leafHash({ account, token, cumulative }), proof);
  } catch {
    return null;
  }
}

const PUSH_LEAF = [{ type: "uint256" }, { type: "address" }, { type: "address" }, { type: "address" }, { type: "uint256" }] as const;

/** The key by which the vault knows an epoch's pushes: of the epoch, and of the root that the entry leads to. */
export function keyOfPush(account: Address, { epoch, index, recipient, token, amount, proof }: PushEntry): Hex | null {
  try {
    const leaf = keccak256(keccak256(encodeAbiParameters(PUSH_LEAF, [BigInt(index), account, recipient, token, amount])));
    return keccak256(encodeAbiParameters([{ type: "uint64" }, { type: "bytes32" }], [BigInt(epoch), rootOf(leaf, proof)]));
  } catch {
    return null;
  }
}

async function ofToken(rpc: Rpc, token: Address, what: "symbol"): Promise<string | null>;
async function ofToken(rpc: Rpc, token: Address, what: "decimals"): Promise<number | null>;
async function ofToken(rpc: Rpc, token: Address, what: "symbol" | "decimals"): Promise<string | number | null> {
  if (token === ZERO) return null;
  try {
    return await ethCall(rpc, { abi: TOKEN, address: token, functionName: what, args: [] });
  } catch {
    // Old tokens answer otherwise, and some not at all.
    return null;
  }
}
