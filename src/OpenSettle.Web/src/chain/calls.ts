/** What is sent to the vault, and what is signed for it: made here, never taken from a node. */

import { type Address, type Hex, encodeFunctionData, getAddress } from "viem";
import { VAULT } from "./abi.ts";

/** A call that carries no coin. */
export interface Call {
  to: Address;
  data: Hex;
}

/** All that an account ever earned of a token, and the way to the root. */
export interface Leaf {
  token: Address;
  cumulative: bigint;
  proof: readonly Hex[];
}

/** One entry of an epoch's pushes. */
export interface PushEntry {
  epoch: number;
  index: number;
  token: Address;
  recipient: Address;
  amount: bigint;
  proof: readonly Hex[];
}

/** Anyone may send these; the money goes to the account, or to the recipient that it set. */
export function claimCall(vault: Address, account: Address, leaves: readonly Leaf[]): Call {
  const [one] = leaves;
  if (one === undefined) throw new RangeError("a claim is of one token at least");
  const data =
    leaves.length === 1
      ? encodeFunctionData({ abi: VAULT, functionName: "claim", args: [one.cumulative, account, one.token, one.proof] })
      : encodeFunctionData({ abi: VAULT, functionName: "claimMany", args: [leaves.map(({ token, cumulative, proof }) => ({ account, token, cumulative, proof }))] });
  return { to: vault, data };
}

/** Of the sender's own leaf, to any address. */
export const claimToCall = (vault: Address, { cumulative, token, proof }: Leaf, to: Address): Call => ({
  to: vault,
  data: encodeFunctionData({ abi: VAULT, functionName: "claimTo", args: [cumulative, token, proof, to] }),
});

export const setRecipientCall = (vault: Address, recipient: Address): Call => ({
  to: vault,
  data: encodeFunctionData({ abi: VAULT, functionName: "setRecipient", args: [recipient] }),
});

export const takePushCall = (vault: Address, account: Address, { epoch, index, recipient, token, amount, proof }: PushEntry, to: Address): Call => ({
  to: vault,
  data: encodeFunctionData({ abi: VAULT, functionName: "takePush", args: [BigInt(epoch), { index: BigInt(index), account, recipient, token, amount }, proof, to] }),
});

export interface ClaimToSign {
  chainId: number;
  vault: Address;
  account: Address;
  token: Address;
  to: Address;
  cumulative: bigint;
  nonce: bigint;
  deadline: number;
}

const CLAIM = [
  { name: "account", type: "address" },
  { name: "token", type: "address" },
  { name: "to", type: "address" },
  { name: "cumulative", type: "uint256" },
  { name: "nonce", type: "uint256" },
  { name: "deadline", type: "uint256" },
] as const;

const DOMAIN = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
] as const;

/** As eth_signTypedData_v4 takes it: amounts as decimal texts, because JSON's numbers lose digits. */
export function claimTypedData({ chainId, vault, account, token, to, cumulative, nonce, deadline }: ClaimToSign): string {
  return JSON.stringify({
    types: { EIP712Domain: DOMAIN, Claim: CLAIM },
    primaryType: "Claim",
    domain: { name: "OpenSettle", version: "1", chainId: String(chainId), verifyingContract: vault },
    message: { account, token, to, cumulative: cumulative.toString(), nonce: nonce.toString(), deadline: String(deadline) },
  });
}

export const ZERO: Address = "0x0000000000000000000000000000000000000000";

export const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** With the checksum of EIP-55; refuses what is no address. */
export const checksummed = (address: string): Address => getAddress(address.toLowerCase());
